//! Zips that nobody should unpack.

use std::io::Cursor;

use zip::{ZipWriter, write::SimpleFileOptions};

use super::{FOLDER, collection, complete, zip};

/// The good one with one more entry of this name.
pub fn with_entry(name: &str) -> Vec<u8> {
    let files = collection();
    let files = files
        .iter()
        .map(|(name, bytes)| (format!("{FOLDER}/{name}"), bytes.as_slice()));
    zip(files.chain([(name.to_owned(), &b"root:x:0:0"[..])]))
}

/// Two entries of one name, of which one reader sees the first and another the second.
pub fn with_a_name_twice() -> Vec<u8> {
    // No library writes this, so a name of the same length is changed afterwards.
    let (name, other) = (format!("{FOLDER}/collection.xml"), format!("{FOLDER}/collection.xmm"));
    let mut bytes = with_entry(&other);
    while let Some(at) = bytes.windows(other.len()).position(|part| part == other.as_bytes()) {
        bytes.splice(at..at + other.len(), name.bytes());
    }
    bytes
}

/// An entry that is a symbolic link out of the folder.
pub fn with_a_link() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink(
        format!("{FOLDER}/collection.xml"),
        "/etc/passwd",
        SimpleFileOptions::default(),
    )
    .expect("a link in memory");
    zip.finish().expect("a zip in memory").into_inner()
}

/// Some ten thousand bytes that unpack to a hundred million.
pub fn bomb() -> Vec<u8> {
    let zeros = vec![0; 100_000_000];
    zip([(format!("{FOLDER}/collection.xml"), zeros.as_slice())])
}

/// More entries than any collection has.
pub fn with_many_entries() -> Vec<u8> {
    let nothing: &[u8] = &[];
    zip((0..20_001).map(|number| (format!("{FOLDER}/{number}"), nothing)))
}

/// A first entry that nobody reads without a password.
pub fn encrypted() -> Vec<u8> {
    with_heads(6, 1)
}

/// A first entry that is packed by a method which few know.
pub fn packed_otherwise() -> Vec<u8> {
    with_heads(8, 12)
}

/// The good one with one byte changed in what is said of its first entry, in both places.
fn with_heads(field: usize, value: u8) -> Vec<u8> {
    let mut bytes = complete();
    for (sign, shift) in [(b"PK\x03\x04", 0), (b"PK\x01\x02", 2)] {
        let place = bytes
            .windows(sign.len())
            .position(|part| part == sign)
            .expect("an entry");
        bytes.splice(place + field + shift..=place + field + shift, [value]);
    }
    bytes
}

//! Complete zips: the good one of the fixture, those in which one file is another, and the evil ones.

pub mod evil;

use std::{
    fs,
    io::{Cursor, Write as _},
    path::Path,
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// The files of the collection in `tests/fixtures/connexions`, by their names in its folder.
pub fn collection() -> Vec<(String, Vec<u8>)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![];
    collect(
        &here.join("../../tests/fixtures/connexions").join(PACKAGE),
        "",
        &mut files,
    );
    files
}

/// The zip of that collection, as a repository sends it.
pub fn complete() -> Vec<u8> {
    zip(collection()
        .iter()
        .map(|(name, bytes)| (format!("{FOLDER}/{name}"), bytes.as_slice())))
}

/// The same with another content of one file, or without it, or with one more.
pub fn complete_but(name: &str, content: Option<&[u8]>) -> Vec<u8> {
    let mut files = collection();
    files.retain(|(other, _)| other != name);
    files.extend(content.map(|content| (name.to_owned(), content.to_vec())));
    zip(files
        .iter()
        .map(|(name, bytes)| (format!("{FOLDER}/{name}"), bytes.as_slice())))
}

/// The name of the collection.
pub const PACKAGE: &str = "col10901";
/// The folder of its zip, which says its version.
pub const FOLDER: &str = "col10901_1.3_complete";

fn zip<'a>(files: impl IntoIterator<Item = (String, &'a [u8])>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        zip.start_file(name, options).expect("an entry in memory");
        zip.write_all(bytes).expect("a zip in memory");
    }
    zip.finish().expect("a zip in memory").into_inner()
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
    let entries = fs::read_dir(folder).expect("a folder of the fixture");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry of the fixture").path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), files);
        } else {
            files.push((
                format!("{prefix}{name}"),
                fs::read(&path).expect("a file of the fixture"),
            ));
        }
    }
}

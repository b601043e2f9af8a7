//! The zip that an EPUB is, and the pictures in it.

use std::{
    collections::BTreeMap,
    io::{Cursor, Write as _},
};

use connexions::{Book, picture::Format};
use rbit_guest::Error;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// A picture of the book.
#[derive(Debug)]
pub(crate) struct Picture {
    /// Its name in the book.
    pub(crate) file: String,
    pub(crate) media_type: &'static str,
}

/// The pictures that are shown, by their names in the archive.
pub(crate) fn pictures(book: &Book) -> BTreeMap<&str, Picture> {
    let known = book.pictures().into_iter().filter_map(|source| {
        let format = book.archive.file(source).and_then(Format::of)?;
        Some((source, format))
    });
    known
        .enumerate()
        .map(|(number, (source, format))| {
            let file = format!("picture-{}.{}", number + 1, format.ending());
            (
                source,
                Picture {
                    file,
                    media_type: format.media_type(),
                },
            )
        })
        .collect()
}

/// Packs files, the first of which says what it all is. No clock is asked.
pub(crate) fn zip(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, Error> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    zip.start_file("mimetype", stored)?;
    zip.write_all(b"application/epub+zip")?;
    for (name, bytes) in files {
        zip.start_file(name.as_str(), stored.compression_method(CompressionMethod::Deflated))?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

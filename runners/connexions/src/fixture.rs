//! The collection of the tests, for runners' own tests on the machine that builds them.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
};

use zip::{ZipWriter, write::SimpleFileOptions};

use crate::Book;

/// The folder of `tests/fixtures` with its files.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/connexions/col10901")
}

/// Its complete zip, as a repository sends it.
pub fn zip() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    add(&mut zip, &folder(), "col10901_1.3_complete");
    zip.finish().expect("a zip in memory").into_inner()
}

/// The collection, read.
pub fn book() -> Book {
    Book::read(&zip(), "col10901", "latest").expect("the fixture is good")
}

fn add(zip: &mut ZipWriter<Cursor<Vec<u8>>>, path: &Path, name: &str) {
    if path.is_file() {
        let bytes = fs::read(path).expect("a file of the fixture");
        zip.start_file(name, SimpleFileOptions::default())
            .expect("a zip in memory");
        zip.write_all(&bytes).expect("a zip in memory");
        return;
    }
    let entries = fs::read_dir(path).expect("a folder of the fixture");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry of the fixture").path())
        .collect();
    paths.sort();
    for path in paths {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        add(zip, &path, &format!("{name}/{file}"));
    }
}

//! A runner: a Connexions collection as an EPUB 3.
//!
//! It gets `<uri>/content/<package>/<version>/complete` and delivers `<package>-<version>.epub`, which is the same bytes whenever it is made
//! of the same zip: dates in it are the collection's. MathML stays MathML.
//!
//! Settings: `username` and `password` if the repository wants them, `repository-timeout` in seconds (60).

mod contents;
mod file;
mod markup;
mod math;
mod package;
mod page;
mod title;

use std::{
    fs,
    path::{Path, PathBuf},
};

use connexions::Book;
use rbit_guest::{BuildRequest, Error, OUTPUT, Settings};

rbit_guest::runner!(epub);

fn epub(request: &BuildRequest, settings: &Settings) -> Result<Vec<PathBuf>, Error> {
    let (address, book) = Book::fetch(request, settings)?;
    let file = Path::new(OUTPUT).join(format!("{}-{}.epub", address.package, book.version));
    fs::write(&file, of_book(&book, &address.package)?)?;
    Ok(vec![file])
}

/// The bytes of an EPUB.
pub fn of_book(book: &Book, package: &str) -> Result<Vec<u8>, Error> {
    let pages = contents::pages(book);
    let pictures = file::pictures(book);
    let mut files = vec![
        ("META-INF/container.xml".to_owned(), CONTAINER.as_bytes().to_vec()),
        (
            "EPUB/package.opf".to_owned(),
            package::package(book, package, &pages, &pictures).into_bytes(),
        ),
        (
            "EPUB/contents.xhtml".to_owned(),
            contents::contents(book, &pages).into_bytes(),
        ),
        ("EPUB/style.css".to_owned(), STYLE.as_bytes().to_vec()),
    ];
    for page in &pages {
        files.push((format!("EPUB/{}", page.file), page.text(book, &pictures).into_bytes()));
    }
    for (source, picture) in &pictures {
        let bytes = book.archive.file(source).unwrap_or_default();
        files.push((format!("EPUB/{}", picture.file), bytes.to_vec()));
    }
    file::zip(&files)
}

const CONTAINER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"#;
const STYLE: &str = include_str!("style.css");

#[cfg(test)]
mod tests;

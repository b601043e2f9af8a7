//! A collection in typst's markup.
//!
//! Markup is a program, and the texts of a collection are a stranger's: none of them stands in it but as a string with everything escaped
//! ([`string`]), or in a formula also as the number of a letter. So there is nothing that a text could call, include or break.
//!
//! It is a crate beside the runner `pdf`, so that its tests need no typesetter.

mod book;
mod math;
mod module;
mod string;

use std::collections::BTreeMap;

use connexions::{Book, picture::Format};

/// What a typesetter needs.
#[derive(Clone, Debug)]
pub struct Manuscript {
    /// The main file.
    pub text: String,
    /// The names that the main file has for pictures, by their names in the archive.
    pub pictures: BTreeMap<String, String>,
}

impl Manuscript {
    /// Writes a book down.
    pub fn of(book: &Book) -> Self {
        let known = book.pictures().into_iter().filter_map(|source| {
            let format = book.archive.file(source).and_then(Format::of)?;
            Some((source.to_owned(), format.ending()))
        });
        let pictures = known
            .enumerate()
            .map(|(number, (source, ending))| (source, format!("picture-{}.{ending}", number + 1)))
            .collect();
        let text = book::text(book, &pictures);
        Self { text, pictures }
    }
}

#[cfg(test)]
mod tests;

//! The whole book: how it looks, its title page, its contents, its parts.

use std::collections::{BTreeMap, BTreeSet};

use connexions::{Book, collection::Part};

use crate::{
    module,
    string::{literal, text as quoted},
};

pub(crate) fn text(book: &Book, pictures: &BTreeMap<String, String>) -> String {
    let mut text = settings(book);
    text.push_str(&title_page(book));
    text.push_str("#outline(depth: 3)\n#pagebreak()\n");
    parts(
        book,
        &book.collection.parts,
        1,
        pictures,
        &mut BTreeSet::new(),
        &mut text,
    );
    text
}

fn settings(book: &Book) -> String {
    let collection = &book.collection;
    let authors: String = collection
        .authors
        .iter()
        .map(|author| format!("{}, ", literal(author)))
        .collect();
    let language = collection.language.split('-').next().unwrap_or("en");
    format!(
        "#set document(title: {}, author: ({authors}), date: none)\n#set text(lang: {})\n{STYLE}",
        literal(&collection.title),
        literal(language),
    )
}

fn title_page(book: &Book) -> String {
    let collection = &book.collection;
    let version = format!("Version {}", book.version);
    let license = if collection.license.is_empty() {
        String::new()
    } else {
        format!("License: {}", collection.license)
    };
    let below = [
        collection.authors.join(", "),
        collection.summary.clone(),
        version,
        license,
    ];
    let below: String = below
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| format!("#v(1em)\n{}\n\n", quoted(line)))
        .collect();
    format!(
        "#page(numbering: none)[#align(center)[#v(20%)\n#text(size: 26pt, weight: \"bold\")[{}]\n\n{below}]]\n",
        quoted(&collection.title)
    )
}

fn parts<'a>(
    book: &Book,
    parts_of: &'a [Part],
    level: usize,
    pictures: &BTreeMap<String, String>,
    seen: &mut BTreeSet<&'a str>,
    text: &mut String,
) {
    for part in parts_of {
        match part {
            // A module that the collection has twice is set once: links to it have one end.
            Part::Module { id, title } => {
                if let Some(module) = book.module(id).filter(|_| seen.insert(id)) {
                    text.push_str(&module::text(module, title, level, pictures));
                }
            }
            Part::Chapter { title, parts: inner } => {
                text.push_str(&format!("#heading(level: {level})[{}]\n\n", quoted(title)));
                parts(book, inner, level + 1, pictures, seen, text);
            }
        }
    }
}

/// How all books look.
const STYLE: &str = include_str!("style.typ");

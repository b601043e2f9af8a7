//! The package document: what the book is, and which files it has.

use std::collections::BTreeMap;

use connexions::{Book, collection::iso_date};

use crate::{
    contents::Page,
    file::Picture,
    markup::{self, Markup},
};

pub(crate) fn package(book: &Book, package: &str, pages: &[Page<'_>], pictures: &BTreeMap<&str, Picture>) -> String {
    let root = [
        ("xmlns", "http://www.idpf.org/2007/opf"),
        ("version", "3.0"),
        ("unique-identifier", "id"),
        ("xml:lang", &book.collection.language),
    ];
    markup::document(|markup| {
        markup.element("package", &root, |markup| {
            metadata(markup, book, package);
            markup.line();
            manifest(markup, pages, pictures);
            markup.line();
            markup.element("spine", &[], |spine| {
                for number in 0..pages.len() {
                    spine.empty("itemref", &[("idref", &page_id(number))]);
                    if number == 0 {
                        spine.empty("itemref", &[("idref", "contents")]);
                    }
                }
            });
        });
    })
}

fn metadata(markup: &mut Markup, book: &Book, package: &str) {
    let collection = &book.collection;
    let modified = iso_date(collection.revised.unwrap_or(0));
    markup.element(
        "metadata",
        &[("xmlns:dc", "http://purl.org/dc/elements/1.1/")],
        |markup| {
            markup.text_element("dc:identifier", &[("id", "id")], &format!("{package}-{}", book.version));
            markup.text_element("dc:title", &[], &collection.title);
            markup.text_element("dc:language", &[], &collection.language);
            for author in &collection.authors {
                markup.text_element("dc:creator", &[], author);
            }
            for (name, text) in [
                ("dc:description", &collection.summary),
                ("dc:rights", &collection.license),
            ] {
                if !text.is_empty() {
                    markup.text_element(name, &[], text);
                }
            }
            markup.text_element("meta", &[("property", "dcterms:modified")], &modified);
        },
    );
}

fn manifest(markup: &mut Markup, pages: &[Page<'_>], pictures: &BTreeMap<&str, Picture>) {
    markup.element("manifest", &[], |markup| {
        let mut item = |id: &str, file: &str, media_type: &str, properties: &str| {
            let attributes = [
                ("id", id),
                ("href", file),
                ("media-type", media_type),
                ("properties", properties),
            ];
            markup.empty("item", &attributes);
            markup.line();
        };
        item("contents", "contents.xhtml", PAGE, "nav");
        item("style", "style.css", "text/css", "");
        for (number, page) in pages.iter().enumerate() {
            let properties = if page.has_math() { "mathml" } else { "" };
            item(&page_id(number), &page.file, PAGE, properties);
        }
        for (number, picture) in pictures.values().enumerate() {
            item(&format!("picture-{number}"), &picture.file, picture.media_type, "");
        }
    });
}

fn page_id(number: usize) -> String {
    format!("page-{number}")
}

const PAGE: &str = "application/xhtml+xml";

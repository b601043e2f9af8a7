//! The page with the title.

use connexions::Book;

use crate::markup;

pub(crate) fn title(book: &Book) -> String {
    let collection = &book.collection;
    markup::page(&collection.language, &collection.title, |body| {
        body.text_element("h1", &[], &collection.title);
        if !collection.authors.is_empty() {
            body.text_element("p", &[("class", "title")], &collection.authors.join(", "));
        }
        if !collection.summary.is_empty() {
            body.text_element("p", &[], &collection.summary);
        }
        body.text_element("p", &[], &format!("Version {}", book.version));
        if !collection.license.is_empty() {
            body.text_element("p", &[], &format!("License: {}", collection.license));
        }
    })
}

//! Which pages a book has, and where a reader finds them.

use std::collections::{BTreeMap, BTreeSet};

use connexions::{Book, collection::Part, document::Module};

use crate::{
    file::Picture,
    markup::{self, Markup},
    math, page, title,
};

/// A page of the book.
pub(crate) struct Page<'a> {
    pub(crate) file: String,
    pub(crate) title: &'a str,
    pub(crate) content: Content<'a>,
    /// The pages below it in the contents.
    pub(crate) depth: usize,
}

/// What is on a page.
pub(crate) enum Content<'a> {
    /// Title and people.
    Title,
    /// The title of a chapter.
    Chapter,
    /// A module.
    Module(&'a Module),
}

impl Page<'_> {
    pub(crate) fn text(&self, book: &Book, pictures: &BTreeMap<&str, Picture>) -> String {
        let language = &book.collection.language;
        match self.content {
            Content::Title => title::title(book),
            Content::Chapter => markup::page(language, self.title, |body| body.text_element("h1", &[], self.title)),
            Content::Module(module) => page::page(language, self.title, module, pictures),
        }
    }

    /// Whether there is MathML on it, which the list of files must say.
    pub(crate) fn has_math(&self) -> bool {
        match self.content {
            Content::Title | Content::Chapter => false,
            Content::Module(module) => connexions::book::formulas(module).into_iter().any(math::is_kept),
        }
    }
}

/// All pages, in the order of reading. A module that the collection has twice is a page once.
pub(crate) fn pages(book: &Book) -> Vec<Page<'_>> {
    let mut pages = vec![Page {
        file: "title.xhtml".into(),
        title: &book.collection.title,
        content: Content::Title,
        depth: 0,
    }];
    add(book, &book.collection.parts, 0, &mut BTreeSet::new(), &mut pages);
    pages
}

fn add<'a>(book: &'a Book, parts: &'a [Part], depth: usize, seen: &mut BTreeSet<&'a str>, pages: &mut Vec<Page<'a>>) {
    for part in parts {
        match part {
            Part::Module { id, title } => {
                if let Some(module) = book.module(id).filter(|_| seen.insert(id)) {
                    let content = Content::Module(module);
                    pages.push(Page {
                        file: file_of(id),
                        title,
                        content,
                        depth,
                    });
                }
            }
            Part::Chapter { title, parts } => {
                let file = format!("chapter-{}.xhtml", pages.len());
                pages.push(Page {
                    file,
                    title,
                    content: Content::Chapter,
                    depth,
                });
                add(book, parts, depth + 1, seen, pages);
            }
        }
    }
}

/// The page of a module.
pub(crate) fn file_of(module: &str) -> String {
    format!("module-{module}.xhtml")
}

/// The page with the contents, which readers also show in their own way.
pub(crate) fn contents(book: &Book, pages: &[Page<'_>]) -> String {
    markup::page(&book.collection.language, "Contents", |body| {
        body.element("nav", &[("epub:type", "toc"), ("id", "toc")], |nav| {
            nav.text_element("h1", &[], "Contents");
            list(nav, pages, 0);
        });
    })
}

/// The pages of a depth, each with the deeper ones that follow it.
fn list(markup: &mut Markup, pages: &[Page<'_>], depth: usize) {
    markup.element("ol", &[], |markup| {
        let mut rest = pages;
        while let Some((page, further)) = rest.split_first() {
            let below = further.iter().take_while(|page| page.depth > depth).count();
            let (inner, next) = further.split_at(below);
            markup.element("li", &[], |markup| {
                markup.text_element("a", &[("href", &page.file)], page.title);
                if !inner.is_empty() {
                    list(markup, inner, depth + 1);
                }
            });
            markup.line();
            rest = next;
        }
    });
}

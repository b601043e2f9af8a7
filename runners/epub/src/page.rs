//! A module as a page.

use std::collections::BTreeMap;

use connexions::document::{Block, Entry, Inline, Kind, Line, Module, Style, Table, Target, plain};

use crate::{
    contents::file_of,
    file,
    markup::{self, Markup},
    math,
};

pub(crate) fn page(language: &str, title: &str, module: &Module, pictures: &BTreeMap<&str, file::Picture>) -> String {
    markup::page(language, title, |body| {
        let mut writer = Writer {
            markup: body,
            pictures,
            module: &module.id,
            notes: vec![],
            is_link: false,
        };
        writer.markup.text_element("h1", &[], title);
        writer.blocks(&module.blocks, 1);
        writer.notes();
    })
}

struct Writer<'a, 'm> {
    markup: &'m mut Markup,
    pictures: &'a BTreeMap<&'a str, file::Picture>,
    module: &'a str,
    /// The notes so far.
    notes: Vec<&'a Line>,
    /// Links are not in links.
    is_link: bool,
}

impl<'a> Writer<'a, '_> {
    fn blocks(&mut self, blocks: &'a [Block], level: usize) {
        for block in blocks {
            self.block(block, level);
            self.markup.line();
        }
    }

    fn block(&mut self, block: &'a Block, level: usize) {
        let id = ("id", block.id.as_str());
        match &block.kind {
            Kind::Section(blocks) => self.within("section", &[id], |writer| {
                writer.heading(&block.title, level + 1);
                writer.blocks(blocks, level + 1);
            }),
            Kind::Paragraph(line) => self.within("p", &[id], |writer| {
                if !block.title.is_empty() {
                    writer.within("span", &[("class", "title")], |writer| writer.line(&block.title));
                    writer.markup.text(" ");
                }
                writer.line(line);
            }),
            Kind::List { is_numbered, items } => {
                self.title(&block.title);
                self.within(if *is_numbered { "ol" } else { "ul" }, &[id], |writer| {
                    for item in items {
                        writer.within("li", &[], |writer| writer.item(item, level));
                    }
                });
            }
            Kind::Figure { blocks, caption } => self.within("figure", &[id], |writer| {
                writer.title(&block.title);
                writer.blocks(blocks, level);
                if !caption.is_empty() {
                    writer.within("figcaption", &[], |writer| writer.line(caption));
                }
            }),
            Kind::Picture(picture) => self.within("div", &[id], |writer| writer.picture(&picture.file, &picture.alt)),
            Kind::Table(table) => self.table(id, &block.title, table),
            Kind::Code { text, .. } => {
                self.title(&block.title);
                self.within("pre", &[id], |writer| writer.markup.text_element("code", &[], text));
            }
            Kind::Formula(line) => self.within("div", &[id, ("class", "formula")], |writer| {
                let formulas = line.iter().filter(|piece| matches!(piece, Inline::Math(_))).count();
                for piece in line {
                    writer.inline(piece, formulas == 1);
                }
            }),
            Kind::Aside { label, blocks } => self.within("div", &[id, ("class", "aside")], |writer| {
                writer.within("p", &[("class", "label")], |writer| {
                    writer.markup.text(label.word());
                    if !block.title.is_empty() {
                        writer.markup.text(": ");
                        writer.line(&block.title);
                    }
                });
                writer.blocks(blocks, level);
            }),
            Kind::Quotation(blocks) => self.within("blockquote", &[id], |writer| writer.blocks(blocks, level)),
        }
    }

    /// An item that is one line is not made a paragraph.
    fn item(&mut self, blocks: &'a [Block], level: usize) {
        match blocks.split_first() {
            Some((
                Block {
                    kind: Kind::Paragraph(line),
                    id,
                    title,
                },
                rest,
            )) if id.is_empty() && title.is_empty() => {
                self.line(line);
                self.blocks(rest, level);
            }
            _ => self.blocks(blocks, level),
        }
    }

    fn table(&mut self, id: (&str, &str), title: &'a Line, table: &'a Table) {
        self.within("table", &[id, ("aria-label", &table.summary)], |writer| {
            if !title.is_empty() {
                writer.within("caption", &[], |writer| writer.line(title));
            }
            for (part, cell, rows) in [("thead", "th", &table.head), ("tbody", "td", &table.body)] {
                if !rows.is_empty() {
                    writer.within(part, &[], |writer| writer.rows(cell, rows));
                }
            }
        });
    }

    fn rows(&mut self, cell: &str, rows: &'a [Vec<Entry>]) {
        let many = |count: usize| if count > 1 { count.to_string() } else { String::new() };
        for row in rows {
            self.within("tr", &[], |writer| {
                for entry in row {
                    let spans = [("colspan", many(entry.columns)), ("rowspan", many(entry.rows))];
                    let spans = spans.each_ref().map(|(name, count)| (*name, count.as_str()));
                    writer.within(cell, &spans, |writer| writer.line(&entry.line));
                }
            });
        }
    }

    fn heading(&mut self, title: &'a Line, level: usize) {
        if !title.is_empty() {
            self.within(&format!("h{}", level.min(6)), &[], |writer| writer.line(title));
        }
    }

    fn title(&mut self, title: &'a Line) {
        if !title.is_empty() {
            self.within("p", &[("class", "title")], |writer| writer.line(title));
        }
    }

    fn line(&mut self, line: &'a Line) {
        for piece in line {
            self.inline(piece, false);
        }
    }

    fn inline(&mut self, piece: &'a Inline, is_block: bool) {
        match piece {
            Inline::Text(text) => self.markup.text(text),
            Inline::Break => self.markup.empty("br", &[]),
            Inline::Picture(picture) => self.picture(&picture.file, &picture.alt),
            Inline::Math(math) if math::is_kept(math) => math::math(self.markup, math, is_block),
            Inline::Math(math) => self.markup.text_element("i", &[], &math.line()),
            Inline::Styled(style, line) => self.styled(*style, line),
            Inline::Link(target, line) => match href(target, self.module) {
                Some(href) if !self.is_link => {
                    self.is_link = true;
                    self.within("a", &[("href", &href)], |writer| writer.line(line));
                    self.is_link = false;
                }
                _ => self.line(line),
            },
            Inline::Footnote(line) if self.is_link => self.markup.text(&format!(" ({})", plain(line))),
            Inline::Footnote(line) => {
                self.notes.push(line);
                let number = self.notes.len();
                let (href, id) = (format!("#rbit-note-{number}"), format!("rbit-mark-{number}"));
                let mark = [("epub:type", "noteref"), ("href", href.as_str()), ("id", &id)];
                self.within("sup", &[], |writer| {
                    writer.markup.text_element("a", &mark, &number.to_string());
                });
            }
        }
    }

    fn styled(&mut self, style: Style, line: &'a Line) {
        let name = match style {
            Style::Emphasis => "em",
            Style::Strong => "strong",
            Style::Underlined => return self.within("span", &[("class", "underlined")], |writer| writer.line(line)),
            Style::Code => "code",
            Style::Quoted => "q",
            Style::Superscript => "sup",
            Style::Subscript => "sub",
        };
        self.within(name, &[], |writer| writer.line(line));
    }

    fn picture(&mut self, source: &str, alt: &str) {
        if let Some(picture) = self.pictures.get(source) {
            let alt = if alt.is_empty() { "Picture" } else { alt };
            self.markup.empty("img", &[("src", &picture.file), ("alt", alt)]);
        }
    }

    /// The notes, each with the way back. One may have further notes in it.
    fn notes(&mut self) {
        let mut number = 0;
        while let Some(line) = self.notes.get(number).copied() {
            number += 1;
            let (id, back) = (format!("rbit-note-{number}"), format!("#rbit-mark-{number}"));
            let attributes = [("epub:type", "footnote"), ("class", "notes"), ("id", id.as_str())];
            self.within("aside", &attributes, |writer| {
                writer.within("p", &[], |writer| {
                    writer.markup.text_element("a", &[("href", &back)], &number.to_string());
                    writer.markup.text(" ");
                    writer.line(line);
                });
            });
        }
    }

    fn within(&mut self, name: &str, attributes: &[(&str, &str)], inner: impl FnOnce(&mut Self)) {
        self.markup.open(name, attributes);
        inner(self);
        self.markup.close(name);
    }
}

/// The address of a target, as it is written on the page of a module.
fn href(target: &Target, module: &str) -> Option<String> {
    match target {
        Target::Inside(other, id) if other == module && !id.is_empty() => Some(format!("#{id}")),
        Target::Inside(other, id) if id.is_empty() => Some(file_of(other)),
        Target::Inside(other, id) => Some(format!("{}#{id}", file_of(other))),
        Target::Outside(url) => Some(url.clone()),
        Target::Nowhere => None,
    }
}

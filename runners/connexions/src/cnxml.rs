//! From CNXML 0.5, 0.6 or 0.7 to the model.
//!
//! The generations differ in names (`name` became `title`, `cnxn` became `link`) and in where blocks may stand; all of that is taken in
//! whatever version a file claims. What is not known is read for its text: a word that is set plainly is better than one that is lost.

mod inline;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use rbit_guest::Error;

use crate::{
    Archive,
    document::{Block, Inline, Kind, Label, Line, Module},
    xml::{Element, Node},
};

/// What a module is read with.
pub(crate) struct Reader<'a> {
    pub(crate) archive: &'a Archive,
    /// The titles of all modules of the collection, by their ids.
    pub(crate) titles: &'a BTreeMap<&'a str, &'a str>,
    /// The module's id.
    pub(crate) module: &'a str,
    ids: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(archive: &'a Archive, titles: &'a BTreeMap<&'a str, &'a str>, module: &'a str) -> Self {
        Self {
            archive,
            titles,
            module,
            ids: BTreeSet::new(),
        }
    }

    /// Reads the module's text from the archive.
    pub(crate) fn read(mut self) -> Result<Module, Error> {
        let file = format!("{}/index.cnxml", self.module);
        let bytes = self.archive.file(&file).ok_or_else(|| {
            Error::failed(format!(
                "the collection names the module `{}`, but its zip has no `{file}`",
                self.module
            ))
        })?;
        let root = Element::read(&file, bytes)?;
        let mut blocks = root
            .child("content")
            .map(|content| self.flow(content, false))
            .unwrap_or_default();
        blocks.extend(root.child("glossary").map(|glossary| self.glossary(glossary)));
        let title = ["title", "name"].into_iter().find_map(|name| root.child(name));
        Ok(Module {
            id: self.module.to_owned(),
            title: title.map(Element::line).unwrap_or_default(),
            blocks,
        })
    }

    /// What an element holds, as blocks: what stands in a line beside blocks becomes paragraphs. In a text a picture is part of a line.
    fn flow(&mut self, element: &Element, is_text: bool) -> Vec<Block> {
        let (mut blocks, mut line) = (vec![], vec![]);
        for node in &element.children {
            match node {
                Node::Text(text) => line.push(Inline::Text(folded(text))),
                Node::Element(inner) if is_apart(inner) => {}
                Node::Element(inner) => match self.blocks(inner, is_text) {
                    Some(further) => {
                        end_paragraph(&mut line, &mut blocks);
                        blocks.extend(further);
                    }
                    None => line.extend(self.inline(inner)),
                },
            }
        }
        end_paragraph(&mut line, &mut blocks);
        blocks
    }

    /// The blocks that an element is; nothing if it stands in a line.
    fn blocks(&mut self, element: &Element, is_text: bool) -> Option<Vec<Block>> {
        let block = match element.name.as_str() {
            "para" | "p" | "meaning" => return Some(self.paragraph(element)),
            "media" | "image" if !is_text => {
                let picture = self.picture(element)?;
                self.block(element, |_| Kind::Picture(picture))
            }
            "glossary" => self.glossary(element),
            "section" => self.block(element, |reader| Kind::Section(reader.flow(element, false))),
            "list" => self.block(element, |reader| reader.list(element)),
            "figure" | "subfigure" => self.block(element, |reader| reader.figure(element)),
            "table" => self.block(element, |reader| Kind::Table(reader.table(element))),
            "equation" => self.block(element, |reader| Kind::Formula(reader.line_of(element))),
            "code" | "codeblock" | "preformat" if is_block(element) => self.block(element, |_| code(element)),
            "quote" | "blockquote" if is_block(element) => {
                self.block(element, |reader| Kind::Quotation(reader.flow(element, true)))
            }
            "note" if element.attribute("type") == Some("footnote") => return None,
            name => match label(name, element) {
                Some(label) => self.block(element, |reader| Kind::Aside {
                    label,
                    blocks: reader.flow(element, false),
                }),
                // A frame around blocks is looked through.
                None if holds_blocks(element) => return Some(self.flow(element, is_text)),
                None => return None,
            },
        };
        Some(vec![block])
    }

    fn block(&mut self, element: &Element, kind: impl FnOnce(&mut Self) -> Kind) -> Block {
        let id = self.id(element);
        let title = self.title(element);
        Block {
            id,
            title,
            kind: kind(self),
        }
    }

    /// A paragraph may hold blocks: it then goes on behind them, and its id and title are those of its beginning.
    fn paragraph(&mut self, element: &Element) -> Vec<Block> {
        let (id, title) = (self.id(element), self.title(element));
        let mut blocks = self.flow(element, true);
        match blocks.first_mut() {
            Some(first) if first.id.is_empty() && matches!(first.kind, Kind::Paragraph(_)) => {
                first.id = id;
                first.title = title;
            }
            _ if id.is_empty() && title.is_empty() => {}
            _ => blocks.insert(
                0,
                Block {
                    id,
                    title,
                    kind: Kind::Paragraph(vec![]),
                },
            ),
        }
        blocks
    }

    /// The words at the end of a module, which seldom have a title of their own.
    fn glossary(&mut self, element: &Element) -> Block {
        let mut block = self.block(element, |reader| Kind::Section(reader.flow(element, false)));
        if block.title.is_empty() {
            block.title.push(Inline::Text("Glossary".into()));
        }
        block
    }

    fn list(&mut self, element: &Element) -> Kind {
        let attributes = ["list-type", "type"]
            .into_iter()
            .find_map(|name| element.attribute(name));
        let items = element.elements().filter(|item| item.name == "item");
        Kind::List {
            is_numbered: matches!(attributes, Some("enumerated" | "numbered")),
            items: items.map(|item| self.flow(item, true)).collect(),
        }
    }

    fn figure(&mut self, element: &Element) -> Kind {
        Kind::Figure {
            caption: element
                .child("caption")
                .map(|caption| self.line_of(caption))
                .unwrap_or_default(),
            blocks: self.flow(element, false),
        }
    }

    fn title(&mut self, element: &Element) -> Line {
        let title = ["title", "name", "label"]
            .into_iter()
            .find_map(|name| element.child(name));
        title.map(|title| self.line_of(title)).unwrap_or_default()
    }

    /// The id of an element, if it is one that a page may have, and the first of its kind.
    fn id(&mut self, element: &Element) -> String {
        let id = element.attribute("id").unwrap_or_default();
        let is_new = is_id(id) && self.ids.insert(id.to_owned());
        if is_new { id.to_owned() } else { String::new() }
    }

    /// All that an element holds, in one line.
    fn line_of(&mut self, element: &Element) -> Line {
        let mut line = vec![];
        for node in &element.children {
            match node {
                Node::Text(text) => line.push(Inline::Text(folded(text))),
                Node::Element(inner) => line.extend(self.inline(inner)),
            }
        }
        trimmed(line)
    }
}

/// Whether a text is an id in XML, of the plain kind. Those that begin with `rbit-` are for what runners add.
fn is_id(text: &str) -> bool {
    let begins = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    begins
        && !text.starts_with("rbit-")
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// What is read in another place than where it stands.
fn is_apart(element: &Element) -> bool {
    matches!(
        element.name.as_str(),
        "title"
            | "name"
            | "label"
            | "caption"
            | "metadata"
            | "param"
            | "featured-links"
            | "annotation"
            | "annotation-xml"
    )
}

fn label(name: &str, element: &Element) -> Option<Label> {
    Some(match (name, element.attribute("type")) {
        ("note", Some("warning")) => Label::Warning,
        ("note", Some("important")) => Label::Important,
        ("note", Some("tip")) => Label::Tip,
        ("note", _) => Label::Note,
        ("example", _) => Label::Example,
        ("exercise", _) => Label::Exercise,
        ("problem", _) => Label::Problem,
        ("solution", _) => Label::Solution,
        ("definition", _) => Label::Definition,
        ("rule", _) => Label::Rule,
        ("proof", _) => Label::Proof,
        _ => return None,
    })
}

/// Whether code or a quotation is a block: by its attribute, in older files by another one, and by its name.
fn is_block(element: &Element) -> bool {
    let says = |name: &str| element.attribute(name) == Some("block");
    says("display") || says("type") || matches!(element.name.as_str(), "codeblock" | "preformat" | "blockquote")
}

fn holds_blocks(element: &Element) -> bool {
    element.elements().any(|inner| {
        matches!(
            inner.name.as_str(),
            "para"
                | "p"
                | "section"
                | "list"
                | "figure"
                | "table"
                | "equation"
                | "note"
                | "example"
                | "exercise"
                | "problem"
        ) || holds_blocks(inner)
    })
}

fn code(element: &Element) -> Kind {
    Kind::Code {
        language: element.attribute("lang").unwrap_or_default().to_owned(),
        text: element.text().trim_matches('\n').trim_end().to_owned(),
    }
}

fn end_paragraph(line: &mut Line, blocks: &mut Vec<Block>) {
    let line = trimmed(std::mem::take(line));
    if !line.is_empty() {
        blocks.push(Block {
            id: String::new(),
            title: vec![],
            kind: Kind::Paragraph(line),
        });
    }
}

/// Each run of white space as one blank. A blank that must not be broken at is none of it.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            ' ' | '\n' | '\t' | '\r' if folded.ends_with(' ') => {}
            ' ' | '\n' | '\t' | '\r' => folded.push(' '),
            letter => folded.push(letter),
        }
    }
    folded
}

/// Without blanks at its ends.
fn trimmed(mut line: Line) -> Line {
    while let Some(Inline::Text(text)) = line.first_mut() {
        *text = text.trim_start_matches(' ').to_owned();
        if !text.is_empty() {
            break;
        }
        line.remove(0);
    }
    while let Some(Inline::Text(text)) = line.last_mut() {
        *text = text.trim_end_matches(' ').to_owned();
        if !text.is_empty() {
            break;
        }
        line.pop();
    }
    line
}

#[cfg(test)]
mod tests;

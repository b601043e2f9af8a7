//! A module in markup.

use std::collections::BTreeMap;

use connexions::document::{Block, Entry, Inline, Kind, Line, Module, Picture, Style, Table, Target, plain};

use crate::{
    math::formula,
    string::{literal, text as quoted},
};

pub(crate) fn text(module: &Module, title: &str, level: usize, pictures: &BTreeMap<String, String>) -> String {
    let writer = Writer {
        module: &module.id,
        pictures,
    };
    let heading = format!(
        "#heading(level: {level})[{}]{}\n\n",
        quoted(title),
        writer.label(&module.id, "")
    );
    heading + &writer.blocks(&module.blocks, level)
}

struct Writer<'a> {
    module: &'a str,
    pictures: &'a BTreeMap<String, String>,
}

impl Writer<'_> {
    fn blocks(&self, blocks: &[Block], level: usize) -> String {
        blocks.iter().map(|block| self.block(block, level)).collect()
    }

    fn block(&self, block: &Block, level: usize) -> String {
        let inner = |blocks: &[Block]| self.blocks(blocks, level);
        let body = match &block.kind {
            // A section without a title is one for whoever wrote it; a number alone would be no heading.
            Kind::Section(blocks) if block.title.is_empty() => self.blocks(blocks, level),
            Kind::Section(blocks) => format!(
                "#heading(level: {})[{}]\n\n{}",
                level + 1,
                self.line(&block.title),
                self.blocks(blocks, level + 1)
            ),
            Kind::Paragraph(line) => format!("{}{}", self.title(&block.title), self.line(line)),
            Kind::List { is_numbered, items } => {
                let items: String = items.iter().map(|item| format!("[{}], ", inner(item))).collect();
                let name = if *is_numbered { "enum" } else { "list" };
                format!("{}#{name}({items})", self.title_above(&block.title))
            }
            Kind::Figure { blocks, caption } => {
                let caption = [&block.title, caption].map(|line| self.line(line));
                figure("image", &format!("[{}]", inner(blocks)), &caption)
            }
            Kind::Picture(picture) => self
                .picture(picture)
                .map(|picture| format!("#{picture}"))
                .unwrap_or_default(),
            Kind::Table(table) => figure("table", &self.table(table), &[self.line(&block.title), String::new()]),
            Kind::Code { language, text } => {
                let (text, language) = (literal(text), literal(language));
                format!(
                    "{}#raw({text}, block: true, lang: {language})",
                    self.title_above(&block.title)
                )
            }
            Kind::Formula(line) => match line.as_slice() {
                [Inline::Math(math)] => format!("$ {} $", formula(math)),
                line => format!("#align(center)[{}]", self.line(line)),
            },
            Kind::Aside { label, blocks } => {
                let colon = if block.title.is_empty() { "" } else { ": " };
                let title = format!("{}{}", quoted(colon), self.line(&block.title));
                format!("#aside({}, [{title}], [{}])", literal(label.word()), inner(blocks))
            }
            Kind::Quotation(blocks) => format!("#quote(block: true)[{}]", inner(blocks)),
        };
        let anchor = if block.id.is_empty() {
            String::new()
        } else {
            self.anchor(&block.id)
        };
        format!("{anchor}{body}\n\n")
    }

    /// A place that links lead to, which takes no room.
    fn anchor(&self, id: &str) -> String {
        format!("#[#metadata(none){}]", self.label(self.module, id))
    }

    fn label(&self, module: &str, id: &str) -> String {
        format!("#{};", label(module, id))
    }

    fn title(&self, title: &Line) -> String {
        if title.is_empty() {
            String::new()
        } else {
            format!("#strong[{}]{}", self.line(title), quoted(" "))
        }
    }

    fn title_above(&self, title: &Line) -> String {
        if title.is_empty() {
            String::new()
        } else {
            format!("#strong[{}]\n\n", self.line(title))
        }
    }

    fn table(&self, table: &Table) -> String {
        let cells = |rows: &[Vec<Entry>]| rows.iter().flatten().map(|entry| self.cell(entry)).collect::<String>();
        let head = if table.head.is_empty() {
            String::new()
        } else {
            format!("table.header({}), ", cells(&table.head))
        };
        format!("sized(table(columns: {}, {head}{}))", table.columns, cells(&table.body))
    }

    fn cell(&self, entry: &Entry) -> String {
        let Entry { columns, rows, line } = entry;
        format!("table.cell(colspan: {columns}, rowspan: {rows})[{}], ", self.line(line))
    }

    fn line(&self, line: &[Inline]) -> String {
        line.iter().map(|piece| self.inline(piece)).collect()
    }

    fn inline(&self, piece: &Inline) -> String {
        match piece {
            Inline::Text(text) => quoted(text),
            Inline::Break => "#linebreak();".into(),
            Inline::Math(math) => format!("${}$", formula(math).trim()),
            Inline::Picture(picture) => self
                .picture(picture)
                .map(|picture| format!("#box({picture});"))
                .unwrap_or_default(),
            Inline::Footnote(line) => format!("#footnote[{}];", self.line(line)),
            Inline::Styled(Style::Code, line) => format!("#raw({});", literal(&plain(line))),
            Inline::Styled(style, line) => format!("#{}[{}];", function(*style), self.line(line)),
            Inline::Link(Target::Inside(module, id), line) => {
                format!("#link({})[{}];", label(module, id), self.line(line))
            }
            Inline::Link(Target::Outside(url), line) => format!("#link({})[{}];", literal(url), self.line(line)),
            Inline::Link(Target::Nowhere, line) => self.line(line),
        }
    }

    /// An expression that is the picture.
    fn picture(&self, picture: &Picture) -> Option<String> {
        let file = self.pictures.get(&picture.file)?;
        Some(format!("picture({}, {})", literal(file), literal(&picture.alt)))
    }
}

fn figure(kind: &str, body: &str, caption: &[String; 2]) -> String {
    let caption: Vec<_> = caption
        .iter()
        .filter(|line| !line.is_empty())
        .map(String::as_str)
        .collect();
    match caption.as_slice() {
        // Nothing that a number could stand before, so it does not count.
        [] => format!("#figure({body}, kind: {kind}, numbering: none)"),
        lines => format!(
            "#figure({body}, kind: {kind}, caption: [{}])",
            lines.join(&quoted(". "))
        ),
    }
}

/// The end of a link. Both are plain ids.
fn label(module: &str, id: &str) -> String {
    format!("label({})", literal(&format!("{module}:{id}")))
}

fn function(style: Style) -> &'static str {
    match style {
        Style::Emphasis => "emph",
        Style::Strong => "strong",
        Style::Underlined => "underline",
        Style::Code => "raw",
        Style::Quoted => "quote",
        Style::Superscript => "super",
        Style::Subscript => "sub",
    }
}

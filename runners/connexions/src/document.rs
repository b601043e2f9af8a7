//! A module as it is read: blocks of text, and what stands in a line of text.

use crate::xml::Element;

/// A module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// Its id, such as `m9003`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub blocks: Vec<Block>,
}

/// A block, with the id by which others may refer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Unique in its module; empty if nobody can refer to it.
    pub id: String,
    /// Its title; empty if it has none.
    pub title: Line,
    /// What it is.
    pub kind: Kind,
}

/// What stands in a line.
pub type Line = Vec<Inline>;

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A section.
    Section(Vec<Block>),
    /// A paragraph.
    Paragraph(Line),
    /// A list; each item is blocks.
    List {
        /// Whether its items are counted.
        is_numbered: bool,
        /// Its items.
        items: Vec<Vec<Block>>,
    },
    /// Pictures or other blocks with a caption.
    Figure {
        /// What is shown.
        blocks: Vec<Block>,
        /// What is said below.
        caption: Line,
    },
    /// A picture by itself.
    Picture(Picture),
    /// A table.
    Table(Table),
    /// Lines of a program or of a terminal.
    Code {
        /// Its language; empty if nobody says.
        language: String,
        /// Its text.
        text: String,
    },
    /// A formula by itself: MathML, or what stands for it.
    Formula(Line),
    /// Something that is set apart under a label.
    Aside {
        /// What it is.
        label: Label,
        /// What it says.
        blocks: Vec<Block>,
    },
    /// A text of somebody else.
    Quotation(Vec<Block>),
}

/// What kind of text is set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what it is called")]
pub enum Label {
    Note,
    Warning,
    Important,
    Tip,
    Example,
    Exercise,
    Problem,
    Solution,
    Definition,
    Rule,
    Proof,
}

impl Label {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "Note",
            Self::Warning => "Warning",
            Self::Important => "Important",
            Self::Tip => "Tip",
            Self::Example => "Example",
            Self::Exercise => "Exercise",
            Self::Problem => "Problem",
            Self::Solution => "Solution",
            Self::Definition => "Definition",
            Self::Rule => "Rule",
            Self::Proof => "Proof",
        }
    }
}

/// A table: rows of the same width, but for entries that are wider than one column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// How many columns it has.
    pub columns: usize,
    /// Rows of its head.
    pub head: Vec<Vec<Entry>>,
    /// Its other rows.
    pub body: Vec<Vec<Entry>>,
    /// What it shows, for those who do not see it.
    pub summary: String,
}

/// An entry of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// How many columns it takes, from 1.
    pub columns: usize,
    /// How many rows it takes, from 1.
    pub rows: usize,
    /// What it says.
    pub line: Line,
}

/// A picture of the module's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Its name in the archive, such as `m9003/tree.png`.
    pub file: String,
    /// What is to be seen, for those who do not see it.
    pub alt: String,
}

/// What stands in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Text, as it is.
    Text(String),
    /// Text in another style.
    Styled(Style, Line),
    /// A formula: the element `math`.
    Math(Element),
    /// A picture.
    Picture(Picture),
    /// A link.
    Link(Target, Line),
    /// A note at the foot of the page.
    Footnote(Line),
    /// A new line.
    Break,
}

/// How text is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what it is called")]
pub enum Style {
    Emphasis,
    Strong,
    Underlined,
    Code,
    Quoted,
    Superscript,
    Subscript,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a module of the collection, or to a block in it if the second is not empty.
    Inside(String, String),
    /// To an address: `http`, `https` or `mailto`.
    Outside(String),
    /// Nowhere: what it led to is not here.
    Nowhere,
}

/// The text of a line by itself.
pub fn plain(line: &[Inline]) -> String {
    let mut text = String::new();
    for piece in line {
        match piece {
            Inline::Text(piece) => text.push_str(piece),
            Inline::Styled(_, line) | Inline::Link(_, line) => text.push_str(&plain(line)),
            Inline::Math(math) => text.push_str(&math.line()),
            Inline::Picture(picture) => text.push_str(&picture.alt),
            Inline::Break => text.push(' '),
            Inline::Footnote(_) => {}
        }
    }
    text
}

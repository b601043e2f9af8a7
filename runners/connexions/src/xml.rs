//! XML as a small tree, within bounds.
//!
//! Entities of a document's own are not expanded and nothing is fetched; the names that HTML and MathML know are understood.

use std::{collections::BTreeMap, fmt, sync::LazyLock};

use entities::ENTITIES;
use quick_xml::{
    NsReader, XmlVersion,
    events::{BytesStart, Event},
    name::ResolveResult,
};
use rbit_guest::Error;

use crate::kind::kind_of;

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its namespace; empty if it has none.
    pub space: String,
    /// Its name without a prefix.
    pub name: String,
    /// Attributes, by their names without prefixes.
    pub attributes: Vec<(String, String)>,
    /// What it consists of.
    pub children: Vec<Node>,
}

/// What an element consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Another element.
    Element(Element),
    /// Text, with its entities resolved.
    Text(String),
}

impl Element {
    /// Reads a document. `file` is what people know it as.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, Error> {
        let unreadable = |why: &dyn fmt::Display| Error::failed(format!("`{file}` is no readable XML: {why}"));
        if bytes.len() > LONGEST {
            return Err(unreadable(&format_args!("it is longer than {} MiB", LONGEST >> 20)));
        }
        let kind = kind_of(bytes).filter(|kind| !matches!(*kind, "XML" | "a web page"));
        if let Some(kind) = kind {
            return Err(unreadable(&format_args!("it is {kind}")));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| unreadable(&"it is not in UTF-8"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        parse(text).map_err(|why| unreadable(&why))
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes.find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The elements in it.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element of this name in it.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.name == name)
    }

    /// All its text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.add_text(&mut text);
        text
    }

    /// All its text, each run of white space as one blank, and none around it.
    pub fn line(&self) -> String {
        self.text().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn add_text(&self, text: &mut String) {
        for node in &self.children {
            match node {
                Node::Element(element) => element.add_text(text),
                Node::Text(piece) => text.push_str(piece),
            }
        }
    }
}

fn parse(text: &str) -> Result<Element, String> {
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    // An element for all: what is outermost is its only child.
    let mut open = vec![Element::default()];
    let mut nodes = 0;
    loop {
        let (space, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
        nodes += 1;
        if nodes > MOST_NODES {
            return Err(format!("it has more than {MOST_NODES} parts"));
        }
        match event {
            Event::Start(start) => {
                if open.len() > DEEPEST {
                    return Err(format!("it is more than {DEEPEST} elements deep"));
                }
                open.push(element(&space, &start)?);
            }
            Event::End(_) => close(&mut open),
            Event::Text(text) => add(&mut open, &text.xml10_content()),
            Event::CData(text) => add(&mut open, &text.xml10_content()),
            Event::GeneralRef(name) => match name.resolve_char_ref().map_err(|error| error.to_string())? {
                Some(letter) => add(&mut open, letter.encode_utf8(&mut [0; 4])),
                None => add(&mut open, entity(&name.xml10_content())?),
            },
            Event::Eof => break,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    let outermost = open.pop().filter(|_| open.is_empty()).ok_or("it ends before its end")?;
    let first = outermost.children.into_iter().find_map(|node| match node {
        Node::Element(element) => Some(element),
        Node::Text(_) => None,
    });
    first.ok_or_else(|| "there is no element in it".into())
}

fn element(space: &ResolveResult<'_>, start: &BytesStart<'_>) -> Result<Element, String> {
    let mut attributes = vec![];
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value_with(XmlVersion::Implicit1_0, 1, |name| entity(name).ok());
        let name = attribute.key;
        if name.as_namespace_binding().is_none() {
            let value = value.map_err(|error| error.to_string())?;
            attributes.push((name.local_name().into_inner().to_owned(), value.into_owned()));
        }
    }
    Ok(Element {
        space: match space {
            ResolveResult::Bound(space) => space.into_inner().to_owned(),
            ResolveResult::Unbound | ResolveResult::Unknown(_) => String::new(),
        },
        name: start.local_name().into_inner().to_owned(),
        attributes,
        children: vec![],
    })
}

/// The text of an entity that everybody knows. A document's own are not looked up.
fn entity(name: &str) -> Result<&'static str, String> {
    let known = KNOWN.get(name).copied();
    known.ok_or_else(|| format!("nobody knows the entity `{name}`"))
}

/// The texts of all entities of HTML, by the names between `&` and `;`.
static KNOWN: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let named = |entity: &'static entities::Entity| {
        let name = entity.entity.strip_prefix('&')?.strip_suffix(';')?;
        Some((name, entity.characters))
    };
    ENTITIES.iter().filter_map(named).collect()
});

fn close(open: &mut Vec<Element>) {
    let Some(done) = open.pop() else { return };
    if let Some(parent) = open.last_mut() {
        parent.children.push(Node::Element(done));
    }
}

fn add(open: &mut [Element], piece: &str) {
    let Some(parent) = open.last_mut() else { return };
    if let Some(Node::Text(text)) = parent.children.last_mut() {
        text.push_str(piece);
    } else {
        parent.children.push(Node::Text(piece.to_owned()));
    }
}

/// Bytes of a document: many times what the longest textbook has.
const LONGEST: usize = 16 << 20;
/// Deeper than anybody writes; the functions that walk a tree call themselves.
const DEEPEST: usize = 200;
/// Parts of a long module: a few ten thousand.
const MOST_NODES: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Element, String> {
        Element::read("a.xml", text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn names_are_without_their_prefixes_and_namespaces_are_kept() {
        let tree = read("<a xmlns='u' xmlns:b='v' x:y='&amp;1' xmlns:x='w'><b:c/>t</a>").unwrap();
        assert_eq!((tree.space.as_str(), tree.name.as_str()), ("u", "a"));
        assert_eq!(tree.attribute("y"), Some("&1"));
        let inner = tree.child("c").unwrap();
        assert_eq!((inner.space.as_str(), tree.text().as_str()), ("v", "t"));
    }

    #[test]
    fn the_entities_of_html_and_mathml_are_known() {
        let tree = read("<a>x&nbsp;&#65;&#x42;&alpha;&InvisibleTimes;&lt;<![CDATA[&lt;]]></a>").unwrap();
        assert_eq!(tree.text(), "x\u{a0}ABα\u{2062}<&lt;");
    }

    #[test]
    fn entities_of_a_document_are_not_expanded() {
        let bomb = "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>";
        assert_eq!(
            read(bomb).unwrap_err(),
            "`a.xml` is no readable XML: nobody knows the entity `c`"
        );
        let outside = "<!DOCTYPE a [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><a>&f;</a>";
        assert!(read(outside).unwrap_err().ends_with("nobody knows the entity `f`"));
    }

    #[test]
    fn what_is_broken_is_said_with_the_files_name() {
        for text in ["", "text", "<a>", "<a></b>", "<a", "<a b=1/>", "<a><b></a>"] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with("`a.xml` is no readable XML: "), "{text}: {error}");
        }
        let cases: [(&[u8], &str); 3] = [
            (b"<a>\xff</a>", "`a.xml` is no readable XML: it is not in UTF-8"),
            (b"PK\x03\x04", "`a.xml` is no readable XML: it is a zip"),
            (b"", "`a.xml` is no readable XML: it is empty"),
        ];
        for (bytes, told) in cases {
            assert_eq!(Element::read("a.xml", bytes).unwrap_err().to_string(), told);
        }
    }

    #[test]
    fn depth_length_and_count_have_bounds() {
        let deep = |count: usize| "<a>".repeat(count) + &"</a>".repeat(count);
        assert!(read(&deep(DEEPEST)).is_ok());
        assert!(read(&deep(DEEPEST + 1)).unwrap_err().contains("200 elements deep"));
        let long = format!("<a>{}</a>", " ".repeat(LONGEST));
        assert!(read(&long).unwrap_err().ends_with("it is longer than 16 MiB"));
        let many = format!("<a>{}</a>", "<b/>".repeat(MOST_NODES / 2));
        assert!(read(&many).unwrap_err().ends_with("it has more than 1000000 parts"));
    }

    #[test]
    fn a_line_has_its_white_space_folded() {
        assert_eq!(read("<a> b\n  <c>d</c> </a>").unwrap().line(), "b d");
    }
}

//! What stands in a line.

use super::{Reader, folded, is_id};
use crate::{
    document::{Inline, Line, Picture, Style, Target},
    picture::Format,
    xml::{Element, Node},
};

impl Reader<'_> {
    /// An element in a line.
    pub(super) fn inline(&mut self, element: &Element) -> Line {
        let style = match element.name.as_str() {
            "math" => return vec![Inline::Math(element.clone())],
            "link" | "cnxn" => return vec![self.link(element)],
            "footnote" => return vec![Inline::Footnote(self.line_of(element))],
            "note" if element.attribute("type") == Some("footnote") => {
                return vec![Inline::Footnote(self.line_of(element))];
            }
            "newline" => return vec![Inline::Break],
            "space" => return vec![Inline::Text(" ".into())],
            "media" | "image" => return self.media(element),
            "emphasis" => match element.attribute("effect") {
                Some("bold") => Style::Strong,
                Some("underline") => Style::Underlined,
                Some("normal" | "smallcaps") => return self.inner(element),
                _ => Style::Emphasis,
            },
            "term" | "foreign" | "cite-title" => Style::Emphasis,
            "code" => Style::Code,
            "quote" => Style::Quoted,
            "sup" => Style::Superscript,
            "sub" => Style::Subscript,
            _ => return self.inner(element),
        };
        vec![Inline::Styled(style, self.inner(element))]
    }

    /// As it stands there, with the blanks at its ends.
    fn inner(&mut self, element: &Element) -> Line {
        let mut line = vec![];
        for node in &element.children {
            match node {
                Node::Text(text) => line.push(Inline::Text(folded(text))),
                Node::Element(inner) => line.extend(self.inline(inner)),
            }
        }
        line
    }

    fn link(&mut self, element: &Element) -> Inline {
        let target = self.target(element);
        let mut line = self.line_of(element);
        if line.is_empty() {
            let title = match &target {
                Target::Inside(module, id) if id.is_empty() => self.titles.get(module.as_str()).copied(),
                Target::Outside(url) => Some(url.as_str()),
                _ => None,
            };
            line.push(Inline::Text(title.unwrap_or("[link]").to_owned()));
        }
        Inline::Link(target, line)
    }

    fn target(&self, element: &Element) -> Target {
        let first = |names: [&str; 2]| {
            names
                .into_iter()
                .find_map(|name| element.attribute(name))
                .unwrap_or_default()
        };
        let url = first(["url", "src"]);
        if !url.is_empty() {
            return outside(url);
        }
        let module = match element.attribute("document") {
            None | Some("") => self.module,
            Some(module) => module,
        };
        let id = first(["target-id", "target"]);
        let is_file = element.attribute("resource").is_some();
        if is_file || !self.titles.contains_key(module) {
            return Target::Nowhere;
        }
        Target::Inside(module.to_owned(), if is_id(id) { id.to_owned() } else { String::new() })
    }

    fn media(&mut self, element: &Element) -> Line {
        match self.picture(element) {
            Some(picture) => vec![Inline::Picture(picture)],
            // A film, a program, a picture that is not there: what it shows, if somebody wrote it down.
            None => match alt(element) {
                text if text.is_empty() => vec![],
                text => vec![Inline::Text(format!("[{text}]"))],
            },
        }
    }

    /// The first picture that a book can show, among those that are offered in each other's place.
    pub(super) fn picture(&self, element: &Element) -> Option<Picture> {
        let file = element.attribute("src").map(|source| {
            let source = source.strip_prefix("./").unwrap_or(source);
            format!("{}/{source}", self.module)
        });
        let is_picture = |file: &String| self.archive.file(file).and_then(Format::of).is_some();
        if let Some(file) = file.filter(is_picture) {
            return Some(Picture {
                file,
                alt: alt(element),
            });
        }
        let inner = element.elements().find_map(|inner| self.picture(inner))?;
        Some(Picture {
            alt: if inner.alt.is_empty() { alt(element) } else { inner.alt },
            file: inner.file,
        })
    }
}

fn outside(url: &str) -> Target {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte);
    let begins = ["http://", "https://", "mailto:"]
        .into_iter()
        .find_map(|start| url.strip_prefix(start));
    if begins.is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_alphanumeric()))
        && url.bytes().all(is_plain)
    {
        Target::Outside(url.to_owned())
    } else {
        Target::Nowhere
    }
}

/// What a picture shows: an attribute, or in older files a parameter.
fn alt(element: &Element) -> String {
    let parameter = element
        .elements()
        .find(|inner| inner.name == "param" && inner.attribute("name") == Some("alt"))
        .and_then(|inner| inner.attribute("value"));
    element
        .attribute("alt")
        .or(parameter)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

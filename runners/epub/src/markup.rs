//! XML under construction: what is opened is closed, and every text is escaped.

use std::fmt::Write as _;

/// A piece of XML.
#[derive(Debug, Default)]
pub(crate) struct Markup(String);

impl Markup {
    /// An element with what is put in it.
    pub(crate) fn element(&mut self, name: &str, attributes: &[(&str, &str)], inner: impl FnOnce(&mut Self)) {
        self.open(name, attributes);
        inner(self);
        self.close(name);
    }

    /// The beginning of an element, for those who cannot put what is in it into one function.
    pub(crate) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, ">");
    }

    /// The end of an element.
    pub(crate) fn close(&mut self, name: &str) {
        let _ = write!(self.0, "</{name}>");
    }

    /// An element that is empty.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, "/>");
    }

    /// An element with a text.
    pub(crate) fn text_element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.element(name, attributes, |inner| inner.text(text));
    }

    /// A text.
    pub(crate) fn text(&mut self, text: &str) {
        for letter in text.chars().filter(|letter| is_allowed(*letter)) {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                letter => self.0.push(letter),
            }
        }
    }

    /// A new line, for those who look into the file.
    pub(crate) fn line(&mut self) {
        self.0.push('\n');
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }

    /// Attributes without a value are left out.
    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], end: &str) {
        let _ = write!(self.0, "<{name}");
        for (key, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = write!(self.0, " {key}=\"");
            self.text(value);
            self.0.push('"');
        }
        self.0.push_str(end);
    }
}

/// A whole page.
pub(crate) fn page(language: &str, title: &str, body: impl FnOnce(&mut Markup)) -> String {
    let mut page = Markup(DECLARATION.to_owned());
    let root = [
        ("xmlns", "http://www.w3.org/1999/xhtml"),
        ("xmlns:epub", "http://www.idpf.org/2007/ops"),
        ("lang", language),
        ("xml:lang", language),
    ];
    page.element("html", &root, |html| {
        html.element("head", &[], |head| {
            head.text_element("title", &[], title);
            head.empty(
                "link",
                &[("rel", "stylesheet"), ("type", "text/css"), ("href", "style.css")],
            );
        });
        html.line();
        html.element("body", &[], body);
    });
    page.line();
    page.into_text()
}

/// A document that is no page.
pub(crate) fn document(root: impl FnOnce(&mut Markup)) -> String {
    let mut markup = Markup(DECLARATION.to_owned());
    root(&mut markup);
    markup.line();
    markup.into_text()
}

/// What XML can hold.
fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_values_are_escaped_and_what_xml_cannot_hold_is_left_out() {
        let mut markup = Markup::default();
        markup.element("a", &[("b", "\"<&>'"), ("c", "")], |inner| {
            inner.text("]]>&\u{1}\u{b}\u{fffe}x");
        });
        assert_eq!(markup.into_text(), "<a b=\"&quot;&lt;&amp;&gt;'\">]]&gt;&amp;x</a>");
    }
}

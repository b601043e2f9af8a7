//! MathML as EPUB wants it: presentation only, each element with as many parts as it must have.

use connexions::xml::{Element, Node};

use crate::markup::Markup;

/// Whether a formula can be kept: content MathML says what is meant and not how it is set, and no reader shows it.
pub(crate) fn is_kept(math: &Element) -> bool {
    let presented = presented(math);
    presented.iter().all(|part| is_known(&part.name) && is_kept(part))
}

/// Writes a formula.
pub(crate) fn math(markup: &mut Markup, math: &Element, is_block: bool) {
    let display = if is_block { "block" } else { "" };
    let attributes = [("xmlns", "http://www.w3.org/1998/Math/MathML"), ("display", display)];
    markup.element("math", &attributes, |markup| parts(markup, math));
}

fn parts(markup: &mut Markup, element: &Element) {
    for part in presented(element) {
        write(markup, part);
    }
}

fn write(markup: &mut Markup, element: &Element) {
    let name = element.name.as_str();
    let kept: Vec<_> = element
        .attributes
        .iter()
        .filter(|(key, value)| is_good(key, value))
        .collect();
    let attributes: Vec<_> = kept.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    match name {
        "semantics" | "math" => markup.element("mrow", &[], |markup| parts(markup, element)),
        "mi" | "mn" | "mo" | "ms" | "mtext" => markup.text_element(name, &attributes, &element.line()),
        "mspace" => markup.empty(name, &[]),
        "mfenced" => markup.element("mrow", &[], |markup| fenced(markup, element)),
        "mtable" => markup.element(name, &attributes, |markup| rows(markup, element)),
        _ if presented(element).len() == wanted(name).unwrap_or(presented(element).len()) => {
            markup.element(outside_of_tables(name), &attributes, |markup| parts(markup, element));
        }
        _ => markup.element("mrow", &[], |markup| parts(markup, element)),
    }
}

/// Brackets and commas by themselves: many readers do not know the element that has them.
fn fenced(markup: &mut Markup, element: &Element) {
    let sign = |markup: &mut Markup, sign: &str| {
        if !sign.trim().is_empty() {
            markup.text_element("mo", &[], sign.trim());
        }
    };
    let separators: Vec<char> = element
        .attribute("separators")
        .unwrap_or(",")
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    sign(markup, element.attribute("open").unwrap_or("("));
    for (number, part) in presented(element).into_iter().enumerate() {
        // The last separator is repeated.
        let before = number.checked_sub(1);
        if let Some(separator) = before.and_then(|place| separators.get(place).or(separators.last())) {
            sign(markup, &separator.to_string());
        }
        write(markup, part);
    }
    sign(markup, element.attribute("close").unwrap_or(")"));
}

/// Rows and cells, whatever stands in their places.
fn rows(markup: &mut Markup, table: &Element) {
    for row in table.elements() {
        markup.element("mtr", &[], |markup| {
            let cells: Vec<_> = row.elements().filter(|cell| cell.name == "mtd").collect();
            for cell in &cells {
                markup.element("mtd", &[], |markup| parts(markup, cell));
            }
            if cells.is_empty() {
                markup.element("mtd", &[], |markup| write(markup, row));
            }
        });
    }
}

/// What of an element is set: of several versions the first.
fn presented(element: &Element) -> Vec<&Element> {
    if is_token(&element.name) {
        return vec![];
    }
    let is_set = |part: &&Element| !part.name.starts_with("annotation");
    let parts = element.children.iter().filter_map(|node| match node {
        Node::Element(part) => Some(part),
        Node::Text(_) => None,
    });
    let count = if element.name == "semantics" { 1 } else { usize::MAX };
    parts.filter(is_set).take(count).collect()
}

fn outside_of_tables(name: &str) -> &str {
    match name {
        "mtr" | "mtd" | "mlabeledtr" | "mmultiscripts" | "mphantom" => "mrow",
        name => name,
    }
}

fn is_token(name: &str) -> bool {
    matches!(name, "mi" | "mn" | "mo" | "ms" | "mtext" | "mspace")
}

fn is_known(name: &str) -> bool {
    let is_layout = matches!(
        name,
        "mrow"
            | "mfrac"
            | "msqrt"
            | "mroot"
            | "mstyle"
            | "mpadded"
            | "mfenced"
            | "menclose"
            | "semantics"
            | "mtable"
            | "mtr"
            | "mtd"
    );
    is_token(name) || is_layout || matches!(name, "msub" | "msup" | "msubsup" | "munder" | "mover" | "munderover")
}

/// How many parts an element must have.
fn wanted(name: &str) -> Option<usize> {
    match name {
        "mfrac" | "mroot" | "msub" | "msup" | "munder" | "mover" => Some(2),
        "msubsup" | "munderover" => Some(3),
        _ => None,
    }
}

/// Attributes that say something a reader needs, with a value that they can have.
fn is_good(key: &str, value: &str) -> bool {
    match key {
        "stretchy" | "fence" | "separator" | "accent" | "accentunder" => matches!(value, "true" | "false"),
        "mathvariant" => matches!(
            value,
            "normal"
                | "bold"
                | "italic"
                | "bold-italic"
                | "double-struck"
                | "script"
                | "fraktur"
                | "sans-serif"
                | "monospace"
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(inner: &str) -> Option<String> {
        let element = Element::read("a", format!("<math>{inner}</math>").as_bytes()).unwrap();
        let mut markup = Markup::default();
        math(&mut markup, &element, false);
        let text = markup.into_text();
        let inner = text.strip_prefix("<math xmlns=\"http://www.w3.org/1998/Math/MathML\">")?;
        is_kept(&element).then(|| inner.strip_suffix("</math>").unwrap().to_owned())
    }

    #[test]
    fn a_formula_is_kept_as_it_is() {
        for inner in [
            "<mfrac><mn>1</mn><mi>n</mi></mfrac>",
            "<msubsup><mi mathvariant=\"bold\">x</mi><mn>1</mn><mn>2</mn></msubsup>",
            "<mtable><mtr><mtd><mi>a</mi></mtd></mtr></mtable>",
        ] {
            assert_eq!(written(inner).as_deref(), Some(inner));
        }
    }

    #[test]
    fn what_would_not_be_valid_is_made_so() {
        let cases = [
            ("<mfrac><mn>1</mn></mfrac>", "<mrow><mn>1</mn></mrow>"),
            (
                "<mtable><mi>a</mi></mtable>",
                "<mtable><mtr><mtd><mi>a</mi></mtd></mtr></mtable>",
            ),
            (
                "<mfenced><mi>a</mi><mi>b</mi></mfenced>",
                "<mrow><mo>(</mo><mi>a</mi><mo>,</mo><mi>b</mi><mo>)</mo></mrow>",
            ),
            (
                "<mfenced open='[' close='' separators='; |'><mi>a</mi><mi>b</mi><mi>c</mi><mi>d</mi></mfenced>",
                "<mrow><mo>[</mo><mi>a</mi><mo>;</mo><mi>b</mi><mo>|</mo><mi>c</mi><mo>|</mo><mi>d</mi></mrow>",
            ),
            ("<mtd><mi>a</mi></mtd>", "<mrow><mi>a</mi></mrow>"),
            ("<mi onclick='x' mathvariant='y'>a<b/></mi>", "<mi>a</mi>"),
            (
                "<semantics><mi>a</mi><annotation>b</annotation></semantics>",
                "<mrow><mi>a</mi></mrow>",
            ),
        ];
        for (inner, valid) in cases {
            assert_eq!(written(inner).as_deref(), Some(valid), "{inner}");
        }
    }

    #[test]
    fn content_mathml_is_not_kept() {
        assert_eq!(written("<apply><plus/><ci>a</ci></apply>"), None);
        assert_eq!(written("<mrow><script/></mrow>"), None);
    }
}

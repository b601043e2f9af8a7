//! MathML in typst's language for formulas. What is not known is set as its text.

use connexions::xml::{Element, Node};

use crate::string::{letter, literal};

/// A formula without the signs around it.
pub(crate) fn formula(math: &Element) -> String {
    row(&parts(math))
}

fn row(parts: &[&Element]) -> String {
    let fence = |part: Option<&&Element>, kind: fn(char) -> bool| {
        part.is_some_and(|part| part.name == "mo" && part.line().chars().all(kind) && !part.line().is_empty())
    };
    let inner: String = parts.iter().map(|part| one(part)).collect();
    if parts.len() > 2 && fence(parts.first(), is_opening) && fence(parts.last(), is_closing) {
        return format!("lr({inner})");
    }
    or_nothing(inner)
}

fn one(element: &Element) -> String {
    let parts = parts(element);
    let argument = |index: usize| parts.get(index).map_or_else(|| NOTHING.to_owned(), |part| one(part));
    match element.name.as_str() {
        "mi" => identifier(&element.line()),
        "mn" | "mtext" | "ms" => format!("{} ", literal(&element.text())),
        "mo" => operator(&element.line()),
        "mspace" => "\" \" ".into(),
        "mphantom" | "annotation" | "annotation-xml" => String::new(),
        "semantics" => argument(0),
        "mrow" | "math" | "mstyle" | "mpadded" | "menclose" | "mtd" | "merror" => row(&parts),
        "mfrac" => format!("frac({}, {}) ", argument(0), argument(1)),
        "msqrt" => format!("sqrt({}) ", row(&parts)),
        "mroot" => format!("root({}, {}) ", argument(1), argument(0)),
        "msub" => format!("attach({}, b: {}) ", argument(0), argument(1)),
        "msup" => format!("attach({}, t: {}) ", argument(0), argument(1)),
        "msubsup" => format!("attach({}, b: {}, t: {}) ", argument(0), argument(1), argument(2)),
        "mover" if is_line(parts.get(1)) => format!("overline({}) ", argument(0)),
        "munder" if is_line(parts.get(1)) => format!("underline({}) ", argument(0)),
        "mover" => format!("attach(limits({}), t: {}) ", argument(0), argument(1)),
        "munder" => format!("attach(limits({}), b: {}) ", argument(0), argument(1)),
        "munderover" => format!(
            "attach(limits({}), b: {}, t: {}) ",
            argument(0),
            argument(1),
            argument(2)
        ),
        "mtable" => table(&parts),
        "mfenced" => fenced(element, &parts),
        _ => format!("{} ", literal(&element.line())),
    }
}

fn parts(element: &Element) -> Vec<&Element> {
    let elements = element.children.iter().filter_map(|node| match node {
        Node::Element(part) => Some(part),
        Node::Text(_) => None,
    });
    elements.collect()
}

/// One letter is a variable, more are the name of a function.
fn identifier(name: &str) -> String {
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (None, _) => format!("{NOTHING} "),
        (Some(only), None) => letter(only),
        _ => format!("op({}) ", literal(name)),
    }
}

fn operator(name: &str) -> String {
    name.chars()
        .filter(|sign| !('\u{2061}'..='\u{2064}').contains(sign))
        .map(|sign| letter(if sign == '-' { '\u{2212}' } else { sign }))
        .collect()
}

fn table(rows: &[&Element]) -> String {
    let cells = |row: &&Element| {
        let cells: Vec<_> = parts(row).into_iter().map(|cell| or_nothing(one(cell))).collect();
        or_nothing(cells.join(", "))
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    if rows.is_empty() {
        return format!("{NOTHING} ");
    }
    format!("mat(delim: #none, {}) ", rows.join("; "))
}

fn fenced(element: &Element, parts: &[&Element]) -> String {
    let sign = |name: &str, usual: &str| operator(element.attribute(name).unwrap_or(usual).trim());
    let inner: Vec<_> = parts.iter().map(|part| one(part)).collect();
    let separators = element.attribute("separators").unwrap_or(",");
    let separators: Vec<_> = separators
        .chars()
        .filter(|sign| !sign.is_whitespace())
        .map(letter)
        .collect();
    let mut set = sign("open", "(");
    for (number, part) in inner.iter().enumerate() {
        // The last separator is repeated.
        let before = number
            .checked_sub(1)
            .and_then(|place| separators.get(place).or(separators.last()));
        set.extend(before.map(String::as_str));
        set.push_str(part);
    }
    format!("lr({set}{}) ", sign("close", ")"))
}

fn or_nothing(text: String) -> String {
    if text.trim().is_empty() {
        format!("{NOTHING} ")
    } else {
        text
    }
}

fn is_line(element: Option<&&Element>) -> bool {
    element.is_some_and(|element| {
        matches!(
            element.line().as_str(),
            "\u{af}" | "\u{203e}" | "_" | "\u{332}" | "\u{305}"
        )
    })
}

fn is_opening(sign: char) -> bool {
    matches!(sign, '(' | '[' | '{' | '\u{27e8}' | '\u{230a}' | '\u{2308}')
}

fn is_closing(sign: char) -> bool {
    matches!(sign, ')' | ']' | '}' | '\u{27e9}' | '\u{230b}' | '\u{2309}')
}

/// A formula that is there and shows nothing.
const NOTHING: &str = "\"\"";

#[cfg(test)]
mod tests {
    use super::*;

    fn set(inner: &str) -> String {
        formula(&Element::read("a", format!("<math>{inner}</math>").as_bytes()).unwrap())
    }

    #[test]
    fn the_common_elements_are_typsts_functions() {
        let cases = [
            ("<mi>x</mi><mo>=</mo><mn>12</mn>", "\\u{78} \\u{3d} \"12\" "),
            ("<mi>sin</mi>", "op(\"sin\") "),
            ("<mfrac><mn>1</mn><mi>n</mi></mfrac>", "frac(\"1\" , \\u{6e} ) "),
            ("<msqrt><mi>a</mi><mi>b</mi></msqrt>", "sqrt(\\u{61} \\u{62} ) "),
            ("<mroot><mi>a</mi><mn>3</mn></mroot>", "root(\"3\" , \\u{61} ) "),
            ("<msub><mi>a</mi><mn>1</mn></msub>", "attach(\\u{61} , b: \"1\" ) "),
            ("<mover><mi>a</mi><mo>&#175;</mo></mover>", "overline(\\u{61} ) "),
            (
                "<mfenced><mi>a</mi><mi>b</mi></mfenced>",
                "lr(\\u{28} \\u{61} \\u{2c} \\u{62} \\u{29} ) ",
            ),
            (
                "<mrow><mo>(</mo><mi>a</mi><mo>)</mo></mrow>",
                "lr(\\u{28} \\u{61} \\u{29} )",
            ),
            (
                "<mtable><mtr><mtd><mi>a</mi></mtd><mtd/></mtr><mtr/></mtable>",
                "mat(delim: #none, \\u{61} , \"\" ; \"\" ) ",
            ),
        ];
        for (inner, typst) in cases {
            assert_eq!(set(inner), typst, "{inner}");
        }
    }

    #[test]
    fn what_is_not_known_or_not_whole_is_set_all_the_same() {
        assert_eq!(set("<apply><ci>a</ci><ci>b</ci></apply>"), "\"ab\" ");
        assert_eq!(set("<mfrac><mn>1</mn></mfrac>"), "frac(\"1\" , \"\") ");
        assert_eq!(set(""), "\"\" ");
        assert_eq!(set("<mo>-</mo><mo>&#8290;</mo>"), "\\u{2212} ");
    }

    #[test]
    fn no_text_becomes_part_of_the_formula() {
        let hostile = "<mtext>\"); #panic(</mtext><mi>#x</mi><mo>$#,;</mo>";
        assert_eq!(
            set(hostile),
            "\"\\\"); #panic(\" op(\"#x\") \\u{24} \\u{23} \\u{2c} \\u{3b} "
        );
    }
}

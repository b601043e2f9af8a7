//! Texts of all generations, and what is read of them.

use super::*;
use crate::document::{Picture, Style, Target, plain};

fn archive(files: &[(&str, &[u8])]) -> Archive {
    use std::io::{Cursor, Write as _};

    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(format!("c_1_complete/{name}"), zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    Archive::read(&zip.finish().unwrap().into_inner()).unwrap()
}

fn blocks(content: &str) -> Vec<Block> {
    let text = format!("<document><title>T</title><metadata><x/></metadata><content>{content}</content></document>");
    let archive = archive(&[("m1/index.cnxml", text.as_bytes()), ("m1/a.png", b"\x89PNG\r\n\x1a\n")]);
    let titles = BTreeMap::from([("m1", "One"), ("m2", "Two")]);
    Reader::new(&archive, &titles, "m1").read().unwrap().blocks
}

fn only(content: &str) -> Block {
    let mut blocks = blocks(content);
    assert_eq!(blocks.len(), 1, "{blocks:?}");
    blocks.remove(0)
}

fn line(content: &str) -> Line {
    match only(&format!("<para>{content}</para>")).kind {
        Kind::Paragraph(line) => line,
        other => panic!("{other:?}"),
    }
}

fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

#[test]
fn titles_have_two_names() {
    for name in ["title", "name"] {
        let section = only(&format!(
            "<section id='s'><{name}>A <emphasis>b</emphasis></{name}><para>c</para></section>"
        ));
        assert_eq!((section.id.as_str(), plain(&section.title).as_str()), ("s", "A b"));
        assert!(matches!(section.kind, Kind::Section(blocks) if blocks.len() == 1));
    }
}

#[test]
fn a_paragraph_goes_on_behind_a_block_in_it() {
    let blocks = blocks("<para id='p'><title>T</title>a <list><item>b</item></list> c</para>");
    let [first, list, last] = blocks.as_slice() else {
        panic!("{blocks:?}")
    };
    assert_eq!((first.id.as_str(), plain(&first.title).as_str()), ("p", "T"));
    assert_eq!(first.kind, Kind::Paragraph(vec![text("a")]));
    assert!(matches!(list.kind, Kind::List { is_numbered: false, .. }));
    assert_eq!(last.kind, Kind::Paragraph(vec![text("c")]));
}

#[test]
fn links_have_two_names_and_lead_into_the_collection_or_out() {
    let target = |content: &str| match line(content).remove(0) {
        Inline::Link(target, line) => (target, plain(&line)),
        other => panic!("{other:?}"),
    };
    let inside = |module: &str, id: &str| Target::Inside(module.into(), id.into());
    let cases = [
        ("<link document='m2' target-id='x'>a</link>", inside("m2", "x"), "a"),
        ("<cnxn document='m2' target='x'>a</cnxn>", inside("m2", "x"), "a"),
        ("<link target-id='x'/>", inside("m1", "x"), "[link]"),
        ("<link document='m2'/>", inside("m2", ""), "Two"),
        ("<link document='m3'>a</link>", Target::Nowhere, "a"),
        (
            "<link url='http://a.org/?b=c'>a</link>",
            Target::Outside("http://a.org/?b=c".into()),
            "a",
        ),
        (
            "<link src='mailto:a@b'>a</link>",
            Target::Outside("mailto:a@b".into()),
            "a",
        ),
        ("<link url='javascript:alert(1)'>a</link>", Target::Nowhere, "a"),
        ("<link url='http://a b'>a</link>", Target::Nowhere, "a"),
        ("<link resource='a.zip'>a</link>", Target::Nowhere, "a"),
    ];
    for (content, expected, label) in cases {
        assert_eq!(target(content), (expected, label.to_owned()), "{content}");
    }
}

#[test]
fn pictures_are_found_in_both_ways_of_writing_them() {
    let picture = Kind::Picture(Picture {
        file: "m1/a.png".into(),
        alt: "A".into(),
    });
    let new = "<media alt='A'><image mime-type='application/postscript' src='a.eps'/><image src='a.png'/></media>";
    assert_eq!(only(new).kind, picture);
    let old = "<media type='image/png' src='a.png'><param name='alt' value='A'/></media>";
    assert_eq!(only(old).kind, picture);
    assert_eq!(line("<media alt='A'><image src='../m2/a.png'/></media>"), [text("[A]")]);
}

#[test]
fn code_is_a_block_only_where_it_says_so() {
    let code = |language: &str, text: &str| Kind::Code {
        language: language.into(),
        text: text.into(),
    };
    assert_eq!(
        only("<code display='block' lang='c'>\n a\n  b\n</code>").kind,
        code("c", " a\n  b")
    );
    assert_eq!(only("<codeblock>a</codeblock>").kind, code("", "a"));
    assert_eq!(line("<code>a</code>"), [Inline::Styled(Style::Code, vec![text("a")])]);
}

#[test]
fn what_is_not_known_is_read_for_its_text() {
    assert_eq!(plain(&line("a <strange>b <math><mi>c</mi></math></strange>")), "a b c");
    assert_eq!(blocks("<strange><para>a</para><para>b</para></strange>").len(), 2);
}

#[test]
fn an_id_counts_once_and_only_if_it_is_one() {
    let ids: Vec<_> = blocks("<para id='a'>1</para><para id='a'>2</para><para id='1 a'>3</para>")
        .into_iter()
        .map(|block| block.id)
        .collect();
    assert_eq!(ids, ["a", "", ""]);
}

#[test]
fn notes_examples_and_exercises_are_set_apart() {
    let aside =
        only("<exercise id='e'><problem><para>p</para></problem><solution><para>s</para></solution></exercise>");
    let Kind::Aside {
        label: Label::Exercise,
        blocks,
    } = aside.kind
    else {
        panic!()
    };
    let labels: Vec<_> = blocks
        .iter()
        .map(|block| matches!(block.kind, Kind::Aside { .. }))
        .collect();
    assert_eq!(labels, [true, true]);
    assert!(matches!(
        only("<note type='warning'>a</note>").kind,
        Kind::Aside {
            label: Label::Warning,
            ..
        }
    ));
}

#[test]
fn a_glossary_is_a_section_at_the_end() {
    let text = b"<document><glossary><definition><term>a</term></definition></glossary><content><para>b</para></content></document>";
    let archive = archive(&[("m1/index.cnxml", text)]);
    let module = Reader::new(&archive, &BTreeMap::new(), "m1").read().unwrap();
    let titles: Vec<_> = module.blocks.iter().map(|block| plain(&block.title)).collect();
    assert_eq!(titles, ["", "Glossary"]);
}

#[test]
fn a_blank_that_holds_together_stays() {
    assert_eq!(line("  64&#160;mm \n of "), [text("64\u{a0}mm of")]);
}

#[test]
fn a_module_that_is_not_there_is_named() {
    let archive = archive(&[("collection.xml", b"")]);
    let error = Reader::new(&archive, &BTreeMap::new(), "m7")
        .read()
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the collection names the module `m7`, but its zip has no `m7/index.cnxml`"
    );
}

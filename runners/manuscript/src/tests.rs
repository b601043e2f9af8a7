//! What becomes of the fixture, and of a text that would rather be a program.

use connexions::{
    Collection,
    collection::Part,
    document::{Block, Inline, Kind, Module},
    fixture,
};

use super::*;

#[test]
fn headings_are_as_deep_as_the_collection_and_go_on_in_the_modules() {
    let text = Manuscript::of(&fixture::book()).text;
    for heading in [
        "#heading(level: 1)[#\"How Water Moves\";]#label(\"m50101:\");",
        "#heading(level: 2)[#\"A Formula\";]",
        "#heading(level: 1)[#\"Stones\";]",
        "#heading(level: 2)[#\"From Rock to Pebble\";]#label(\"m50102:\");",
        "#heading(level: 4)[#\"Wear\";]",
    ] {
        assert!(text.contains(heading), "{heading} is not in\n{text}");
    }
}

#[test]
fn each_label_that_a_link_leads_to_is_there_once() {
    let text = Manuscript::of(&fixture::book()).text;
    let ends: Vec<_> = text
        .split("#link(")
        .skip(1)
        .filter_map(|link| link.split_once(")["))
        .collect();
    let inner: Vec<_> = ends
        .iter()
        .map(|(end, _)| *end)
        .filter(|end| end.starts_with("label("))
        .collect();
    assert_eq!(inner.len(), 5, "{inner:?}");
    for label in inner {
        assert_eq!(
            text.matches(&format!("#{label};")).count() + text.matches(&format!("#{label})")).count(),
            1,
            "{label}"
        );
    }
}

#[test]
fn a_picture_has_a_name_of_ours() {
    let manuscript = Manuscript::of(&fixture::book());
    let names: Vec<_> = manuscript.pictures.into_iter().collect();
    assert_eq!(names, [("m50102/pebbles.png".to_owned(), "picture-1.png".to_owned())]);
    assert!(
        manuscript
            .text
            .contains("picture(\"picture-1.png\", \"Round grey stones on sand\")")
    );
}

/// The text of a book with one module of these blocks.
fn set(blocks: Vec<Block>) -> String {
    let part = Part::Module {
        id: "m1".into(),
        title: "One".into(),
    };
    let book = Book {
        collection: Collection {
            parts: vec![part],
            ..Collection::default()
        },
        modules: vec![Module {
            id: "m1".into(),
            title: String::new(),
            blocks,
        }],
        ..Book::default()
    };
    let text = Manuscript::of(&book).text;
    text.split_once("#heading").unwrap().1.to_owned()
}

fn block(title: &str, kind: Kind) -> Block {
    let title = Some(title).filter(|title| !title.is_empty());
    Block {
        id: String::new(),
        title: title.map(|title| Inline::Text(title.into())).into_iter().collect(),
        kind,
    }
}

#[test]
fn only_what_has_a_title_is_numbered() {
    let figure = |title: &str| {
        let (blocks, caption) = (vec![], vec![]);
        block(title, Kind::Figure { blocks, caption })
    };
    let section = |title: &str| block(title, Kind::Section(vec![]));
    assert_eq!(set(vec![figure("")]).matches("numbering: none)").count(), 1);
    assert_eq!(set(vec![figure("A")]).matches("numbering: none)").count(), 0);
    assert_eq!(set(vec![section(""), section("A")]).matches("#heading").count(), 1);
}

#[test]
fn a_text_that_would_be_a_program_stays_a_text() {
    let hostile = "\"] #read(\"/etc/passwd\") $ = <a> @b \\ // /*";
    let book = Book {
        collection: Collection {
            title: hostile.into(),
            authors: vec![hostile.into()],
            parts: vec![Part::Module {
                id: "m1".into(),
                title: hostile.into(),
            }],
            ..Collection::default()
        },
        modules: vec![Module {
            id: "m1".into(),
            title: String::new(),
            blocks: vec![Block {
                id: String::new(),
                title: vec![],
                kind: Kind::Paragraph(vec![Inline::Text(hostile.into())]),
            }],
        }],
        ..Book::default()
    };
    let text = Manuscript::of(&book).text;
    // Title and author in the metadata and on the title page, the heading, the paragraph.
    let escaped = r#""\"] #read(\"/etc/passwd\") $ = <a> @b \\ // /*""#;
    assert_eq!(text.matches(escaped).count(), 6);
    assert_eq!(text.matches("#read").count(), 6);
}

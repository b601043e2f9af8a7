//! The EPUB of the fixture. Whether it is valid is `epubcheck`'s to say: `tests/e2e` asks it.

use std::io::{Cursor, Read as _};

use connexions::{fixture, xml::Element};
use zip::ZipArchive;

use super::*;

fn files() -> Vec<(String, Vec<u8>)> {
    let epub = of_book(&fixture::book(), "col10901").unwrap();
    let mut zip = ZipArchive::new(Cursor::new(epub)).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).unwrap();
            let mut bytes = vec![];
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn page(name: &str) -> Element {
    let files = files();
    let (_, bytes) = files.iter().find(|(file, _)| file == name).unwrap();
    Element::read(name, bytes).unwrap()
}

fn find<'a>(element: &'a Element, name: &str) -> Vec<&'a Element> {
    let mut found = vec![];
    for inner in element.elements() {
        if inner.name == name {
            found.push(inner);
        }
        found.extend(find(inner, name));
    }
    found
}

#[test]
fn it_is_the_same_bytes_each_time() {
    let once = || of_book(&fixture::book(), "col10901").unwrap();
    assert_eq!(once(), once());
}

#[test]
fn the_first_file_says_what_it_is_and_all_pages_are_well_formed() {
    let files = files();
    assert_eq!(files[0], ("mimetype".to_owned(), b"application/epub+zip".to_vec()));
    let pages: Vec<_> = files
        .iter()
        .filter(|(name, _)| name.ends_with(".xhtml") || name.ends_with(".opf"))
        .collect();
    assert_eq!(pages.len(), 7, "package, contents, title, a chapter, three modules");
    for (name, bytes) in pages {
        Element::read(name, bytes).unwrap();
    }
}

#[test]
fn the_contents_are_as_deep_as_the_collection() {
    let contents = page("EPUB/contents.xhtml");
    let outer = find(&contents, "ol")[0];
    let titles = |list: &Element| {
        list.elements()
            .map(|item| item.child("a").unwrap().line())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        titles(outer),
        ["Pebbles & Rivers: A $hort Course", "How Water Moves", "Stones"]
    );
    let inner = outer.elements().last().unwrap().child("ol").unwrap();
    assert_eq!(titles(inner), ["From Rock to Pebble", "Measuring Pebbles"]);
}

#[test]
fn each_generation_of_cnxml_becomes_a_page_with_all_that_it_has() {
    let old = page("EPUB/module-m50101.xhtml");
    assert!(
        old.line().contains("No formula knows the last flood."),
        "{}",
        old.line()
    );
    assert_eq!(find(&old, "math").len(), 4);
    let middle = page("EPUB/module-m50102.xhtml");
    assert_eq!(find(&middle, "img")[0].attribute("src"), Some("picture-1.png"));
    assert_eq!(find(&middle, "aside")[0].attribute("id"), Some("rbit-note-1"));
    let new = page("EPUB/module-m50103.xhtml");
    let rows: Vec<_> = find(&new, "tr").into_iter().map(|row| row.elements().count()).collect();
    assert_eq!(rows, [2, 3, 3, 3]);
    assert!(
        find(&new, "code")
            .iter()
            .any(|code| code.text().contains("\nEND { print sum / n }"))
    );
}

#[test]
fn links_lead_to_pages_of_the_book_and_only_to_places_that_are_there() {
    let hrefs = |file: &str| -> Vec<String> {
        let page = page(file);
        find(&page, "a")
            .iter()
            .filter_map(|link| link.attribute("href").map(str::to_owned))
            .collect()
    };
    assert_eq!(
        hrefs("EPUB/module-m50101.xhtml"),
        ["module-m50103.xhtml#weights", "#first"]
    );
    assert_eq!(hrefs("EPUB/module-m50103.xhtml"), ["module-m50102.xhtml#bank"]);
}

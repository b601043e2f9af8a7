//! What a collection is: its title, its people, and the order of its modules.

use rbit_guest::Error;

use crate::xml::Element;

/// A `collection.xml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// Such as `col10642`.
    pub id: String,
    /// Such as `1.2`.
    pub version: String,
    /// The title.
    pub title: String,
    /// Such as `en`.
    pub language: String,
    /// The names of the authors, in their order.
    pub authors: Vec<String>,
    /// Where the license is.
    pub license: String,
    /// What it is about.
    pub summary: String,
    /// When it was changed last, as seconds of Unix time; none if the date cannot be read.
    pub revised: Option<i64>,
    /// What it consists of.
    pub parts: Vec<Part>,
}

/// A part of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A module, by its id.
    Module {
        /// Such as `m9003`.
        id: String,
        /// Its title in this collection.
        title: String,
    },
    /// A collection in the collection.
    Chapter {
        /// Its title.
        title: String,
        /// What it consists of.
        parts: Vec<Part>,
    },
}

impl Collection {
    /// Reads a `collection.xml`.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let root = Element::read("collection.xml", bytes)?;
        let (Some(metadata), Some(content)) = (root.child("metadata"), root.child("content")) else {
            return Err(Error::failed(
                "`collection.xml` has no `metadata` or no `content`: it is no collection",
            ));
        };
        let line = |name: &str| metadata.child(name).map(Element::line).unwrap_or_default();
        let language = [
            line("language"),
            root.attribute("language").unwrap_or_default().to_owned(),
        ];
        let collection = Self {
            id: line("content-id"),
            version: line("version"),
            title: or(line("title"), "Untitled"),
            language: language
                .into_iter()
                .find(|tag| is_language(tag))
                .unwrap_or_else(|| "en".into()),
            authors: authors(metadata),
            license: metadata.child("license").map(license).unwrap_or_default(),
            summary: line("abstract"),
            revised: seconds(&line("revised")),
            parts: parts(content),
        };
        if collection.modules().next().is_none() {
            return Err(Error::failed("the collection has no modules"));
        }
        Ok(collection)
    }

    /// The ids of its modules, in the order of reading; one that is there twice comes twice.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        let mut ids = vec![];
        collect(&self.parts, &mut ids);
        ids.into_iter()
    }
}

fn collect<'a>(parts: &'a [Part], ids: &mut Vec<&'a str>) {
    for part in parts {
        match part {
            Part::Module { id, .. } => ids.push(id),
            Part::Chapter { parts, .. } => collect(parts, ids),
        }
    }
}

fn parts(content: &Element) -> Vec<Part> {
    let part = |element: &Element| {
        let title = || {
            or(
                element.child("title").map(Element::line).unwrap_or_default(),
                "Untitled",
            )
        };
        match element.name.as_str() {
            "module" => Some(Part::Module {
                id: element.attribute("document")?.to_owned(),
                title: title(),
            }),
            "subcollection" => Some(Part::Chapter {
                title: title(),
                parts: element.child("content").map(parts).unwrap_or_default(),
            }),
            _ => None,
        }
    };
    content.elements().filter_map(part).collect()
}

/// Newer files have roles that name ids of people; older ones list the authors themselves.
fn authors(metadata: &Element) -> Vec<String> {
    let name = |person: &Element| {
        let full = person.child("fullname").map(Element::line).unwrap_or_default();
        let part = |name| person.child(name).map(Element::line).unwrap_or_default();
        or(full, format!("{} {}", part("firstname"), part("surname")).trim())
    };
    let listed = metadata
        .child("authorlist")
        .into_iter()
        .flat_map(Element::elements)
        .map(name);
    let people = metadata.child("actors").into_iter().flat_map(Element::elements);
    let people: Vec<_> = people
        .map(|person| (person.attribute("userid").unwrap_or_default(), name(person)))
        .collect();
    let roles = metadata.child("roles").into_iter().flat_map(Element::elements);
    let ids = roles
        .filter(|role| role.attribute("type") == Some("author"))
        .map(Element::line)
        .collect::<Vec<_>>()
        .join(" ");
    let named = ids.split_whitespace().map(|id| {
        let known = people.iter().find(|(userid, _)| *userid == id);
        known.map_or_else(|| id.to_owned(), |(_, name)| name.clone())
    });
    listed.chain(named).filter(|name| !name.is_empty()).collect()
}

fn license(element: &Element) -> String {
    let attributes = [element.attribute("url"), element.attribute("href")];
    attributes.into_iter().flatten().next().unwrap_or_default().to_owned()
}

fn or(text: String, other: &str) -> String {
    if text.is_empty() { other.to_owned() } else { text }
}

/// Whether a text can be a tag of a language: it goes into files whose readers are strict.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    let is_first = (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_lowercase());
    is_first && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Dates are `2013/01/30 16:20:40.512 US/Central`, `2012-05-02T09:10:11Z` or the like. The zone is not looked at: a reader is told when
/// this edition was made, to the day.
fn seconds(date: &str) -> Option<i64> {
    let mut numbers = date
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|part| !part.is_empty());
    let mut next = || numbers.next().and_then(|part| part.parse::<i64>().ok());
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next().unwrap_or(0), next().unwrap_or(0), next().unwrap_or(0));
    let is_date = (1970..10_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (is_date && hour < 24 && minute < 60 && second < 61)
        .then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Days since 1970 in the Gregorian calendar, in which a year is counted from March so that the odd day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + in_year - 719_468
}

/// A moment as ISO 8601 says it.
pub fn iso_date(seconds: i64) -> String {
    let (mut year, mut month) = (1970, 1);
    let day_number = seconds.div_euclid(86_400);
    while days(year + 1, 1, 1) <= day_number {
        year += 1;
    }
    while month < 12 && days(year, month + 1, 1) <= day_number {
        month += 1;
    }
    let day = day_number - days(year, month, 1) + 1;
    let time = seconds.rem_euclid(86_400);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        time / 3600,
        time / 60 % 60,
        time % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(metadata: &str, content: &str) -> Result<Collection, Error> {
        let text = format!(
            "<collection language='pl'><metadata>{metadata}</metadata><content>{content}</content></collection>"
        );
        Collection::read(text.as_bytes())
    }

    const MODULE: &str = "<module document='m1'><title>One</title></module>";

    #[test]
    fn parts_are_as_deep_as_they_are_written() {
        let chapter =
            |inner: &str| format!("<subcollection><title>C</title><content>{inner}</content></subcollection>");
        let collection = read(
            "",
            &format!("{MODULE}{}", chapter(&format!("{MODULE}{}", chapter(MODULE)))),
        )
        .unwrap();
        let module = Part::Module {
            id: "m1".into(),
            title: "One".into(),
        };
        let inner = Part::Chapter {
            title: "C".into(),
            parts: vec![module.clone()],
        };
        let outer = Part::Chapter {
            title: "C".into(),
            parts: vec![module.clone(), inner],
        };
        assert_eq!(collection.parts, [module, outer]);
        assert_eq!(collection.modules().collect::<Vec<_>>(), ["m1", "m1", "m1"]);
    }

    #[test]
    fn authors_are_named_by_their_roles_or_listed() {
        let new = "<actors><person userid='b'><fullname>Bo</fullname></person><person userid='a'><firstname>Al</firstname>\
            <surname>Xi</surname></person></actors><roles><role type='author'>a c</role><role type='maintainer'>b</role></roles>";
        assert_eq!(read(new, MODULE).unwrap().authors, ["Al Xi", "c"]);
        let old = "<authorlist><author id='a'><firstname>Al</firstname><surname>Xi</surname></author></authorlist>";
        assert_eq!(read(old, MODULE).unwrap().authors, ["Al Xi"]);
    }

    #[test]
    fn a_language_that_is_none_is_not_passed_on() {
        let language = |tag: &str| read(&format!("<language>{tag}</language>"), MODULE).unwrap().language;
        assert_eq!(
            [language("fr"), language("pt-BR"), language(""), language("x\"y")],
            ["fr", "pt-BR", "pl", "pl"]
        );
    }

    #[test]
    fn dates_are_read_as_they_are_written_and_are_the_calendars() {
        let cases = [
            ("1970/01/01", Some("1970-01-01T00:00:00Z")),
            ("2013/01/30 16:20:40.512 US/Central", Some("2013-01-30T16:20:40Z")),
            ("2012-02-29T23:59:59Z", Some("2012-02-29T23:59:59Z")),
            ("2000-12-31", Some("2000-12-31T00:00:00Z")),
            ("soon", None),
            ("2012-13-01", None),
        ];
        for (text, date) in cases {
            assert_eq!(seconds(text).map(iso_date).as_deref(), date, "{text}");
        }
    }

    #[test]
    fn what_is_no_collection_fails_with_a_reason() {
        assert!(read("", "").unwrap_err().to_string().contains("has no modules"));
        assert!(
            Collection::read(b"<a/>")
                .unwrap_err()
                .to_string()
                .contains("it is no collection")
        );
    }
}

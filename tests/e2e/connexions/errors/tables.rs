//! What a repository does, and what becomes of the job.

use rbit_testkit::fake_repository::{
    Serves,
    zips::{self, complete_but, evil},
};
use serde_json::Value;

/// One thing that a repository does.
#[derive(Clone)]
pub(super) struct Case {
    /// What it serves; nothing that it knows, if there is none.
    pub(super) serves: Option<Serves>,
    outcome: &'static str,
    /// Words of the text that a person reads.
    text: &'static str,
}

impl Case {
    /// Holds what became of a job against the table.
    pub(super) fn check(&self, job: &Value) {
        assert_eq!(job["outcome"], self.outcome, "{}: {job:#}", self.text);
        let text = job["text"].as_str().unwrap_or_default();
        assert!(text.contains(self.text), "{}: {job:#}", self.text);
        // A sentence is what a person understands, and no trace of a program.
        assert!(!text.contains("Traceback") && !text.contains("wasm"), "{job:#}");
    }
}

/// What a server may say instead of sending a file, which is the same whatever was asked for.
pub(super) fn answers(elsewhere: &str) -> Vec<Case> {
    let status = |status| Some(Serves::Status(status));
    let moved = Serves::Moved(format!("{elsewhere}/content/{}/1.3/complete", zips::PACKAGE));
    let too_long = Serves::File(vec![b' '; 9 << 20]);
    cases([
        (None, FAILED, "does not exist (status 404)"),
        (
            status(403),
            FAILED,
            "may not be read with what was configured (status 403)",
        ),
        (
            status(302),
            FAILED,
            "is somewhere else, and that is not followed (status 302)",
        ),
        (
            Some(moved),
            FAILED,
            "is somewhere else, and that is not followed (status 302)",
        ),
        (status(500), BLOCKED, "its server is in trouble (status 500)"),
        (status(503), BLOCKED, "its server is in trouble (status 503)"),
        (Some(Serves::Silence), BLOCKED, "did not answer in time"),
        (Some(Serves::Half(zips::complete())), BLOCKED, "broke off"),
        (Some(too_long), FAILED, "is too large"),
        (file(b""), FAILED, "it is empty"),
        (
            file(b"<!DOCTYPE html>\n<title>Log in</title><br>"),
            FAILED,
            "it is a web page",
        ),
    ])
}

/// Zips that nobody should unpack, and two that look worse than they are.
pub(super) fn unpacking() -> Vec<Case> {
    let zip = |bytes| Some(Serves::File(bytes));
    let mut broken = zips::complete();
    broken.truncate(broken.len() / 2);
    let bomb_in_zip = complete_but("more.zip", Some(&evil::bomb()));
    cases([
        (file(b"nothing"), FAILED, "is no zip, or a broken one"),
        (zip(broken), FAILED, "is no zip, or a broken one"),
        (
            zip(evil::with_entry("../../etc/passwd")),
            FAILED,
            "the name `../../etc/passwd` leads out of it",
        ),
        (
            zip(evil::with_entry("/etc/passwd")),
            FAILED,
            "the name `/etc/passwd` leads out of it",
        ),
        (
            zip(evil::with_entry("C:/windows/x")),
            FAILED,
            "the name `C:/windows/x` leads out of it",
        ),
        (
            zip(evil::with_entry("col10901_1.3_complete/..\\x")),
            FAILED,
            "leads out of it",
        ),
        (zip(evil::with_entry("other/x")), FAILED, "it has more than one folder"),
        (
            zip(evil::with_a_name_twice()),
            FAILED,
            "two of its entries have one name",
        ),
        (zip(evil::with_a_link()), FAILED, "is a symbolic link"),
        (zip(evil::bomb()), FAILED, "is too large unpacked"),
        (zip(evil::with_many_entries()), FAILED, "it has 20001 entries"),
        (
            zip(evil::encrypted()),
            FAILED,
            "is packed in a way that no repository uses",
        ),
        (
            zip(evil::packed_otherwise()),
            FAILED,
            "is packed in a way that no repository uses",
        ),
        (
            zip(complete_but("collection.xml", None)),
            FAILED,
            "has no `collection.xml`: it is no collection",
        ),
        // A zip in the zip is a file, and nobody unpacks it.
        (zip(bomb_in_zip), DONE, ""),
        (zip(zips::complete()), DONE, ""),
    ])
}

/// What may be wrong in the files of a zip, for those who read them.
pub(super) fn documents() -> Vec<Case> {
    let module = |text: &[u8]| Some(Serves::File(complete_but("m50102/index.cnxml", Some(text))));
    let collection = |text: &str| Some(Serves::File(complete_but("collection.xml", Some(text.as_bytes()))));
    let missing = Serves::File(complete_but("m50102/index.cnxml", None));
    cases([
        (
            module(b""),
            FAILED,
            "`m50102/index.cnxml` is no readable XML: it is empty",
        ),
        (
            module(b"<document>"),
            FAILED,
            "`m50102/index.cnxml` is no readable XML: ",
        ),
        (module(b"<document>\xff</document>"), FAILED, "it is not in UTF-8"),
        (module(LAUGHS.as_bytes()), FAILED, "nobody knows the entity `c`"),
        (
            module(HIDDEN_LAUGHS.as_bytes()),
            FAILED,
            "`m50102/index.cnxml` is no readable XML: ",
        ),
        (module(OUTSIDE.as_bytes()), FAILED, "nobody knows the entity `f`"),
        (
            module(deep(201).as_bytes()),
            FAILED,
            "it is more than 200 elements deep",
        ),
        (module(long().as_bytes()), FAILED, "it is longer than 16 MiB"),
        (module(many().as_bytes()), FAILED, "it has more than 1000000 parts"),
        (
            Some(missing),
            FAILED,
            "names the module `m50102`, but its zip has no `m50102/index.cnxml`",
        ),
        (
            collection("<collection>"),
            FAILED,
            "`collection.xml` is no readable XML: ",
        ),
        (collection(LAUGHS), FAILED, "nobody knows the entity `c`"),
        (collection("<html/>"), FAILED, "it is no collection"),
        (collection(&naming("../m50101")), FAILED, "is no id of a module"),
        (
            collection(&naming("col10901")),
            FAILED,
            "names the module `col10901`, but its zip has no",
        ),
        // A module that is there twice is read once, and links may lead in circles: in the fixture they do.
        (collection(&naming("m50101").replace("<content>", TWICE)), DONE, ""),
        (module(deep(198).as_bytes()), DONE, ""),
    ])
}

/// What may be wrong with a collection's own XML.
pub(super) fn collections() -> Vec<Case> {
    let text = |text: &str| file(text.as_bytes());
    cases([
        (
            Some(Serves::File(zips::complete())),
            FAILED,
            "is no readable XML: it is a zip",
        ),
        (
            text("<collection>"),
            FAILED,
            "the repository's answer is no readable XML: ",
        ),
        (file(b"<collection>\xff</collection>"), FAILED, "it is not in UTF-8"),
        (
            text("<html><p/></html>"),
            FAILED,
            "is no collection: its first element is `html`",
        ),
        (text(LAUGHS), FAILED, "nobody knows the entity `c`"),
        (text(HIDDEN_LAUGHS), FAILED, "it has an entity of its own, `a_a`"),
        (text(OUTSIDE), FAILED, "nobody knows the entity `f`"),
        (text(&deep(201)), FAILED, "it is more than 200 elements deep"),
        (text(&many()), FAILED, "it has more than 1000000 parts"),
        (text("<collection/>"), DONE, ""),
    ])
}

fn cases<const COUNT: usize>(rows: [(Option<Serves>, &'static str, &'static str); COUNT]) -> Vec<Case> {
    let case = |(serves, outcome, text)| Case { serves, outcome, text };
    rows.into_iter().map(case).collect()
}

fn file(bytes: &[u8]) -> Option<Serves> {
    Some(Serves::File(bytes.to_vec()))
}

/// Elements in each other, below the two of a document: two more than are counted here.
fn deep(count: usize) -> String {
    let (begin, end) = ("<note>".repeat(count), "</note>".repeat(count));
    format!("<document><content>{begin}deep{end}</content></document>")
}

fn long() -> String {
    format!("<document>{}</document>", " ".repeat(16 << 20))
}

fn many() -> String {
    format!("<document>{}</document>", "<b/>".repeat(1_000_000))
}

/// A collection of this module.
fn naming(module: &str) -> String {
    format!("<collection><metadata/><content><module document='{module}'/></content></collection>")
}

const FAILED: &str = "guest-failed";
const BLOCKED: &str = "guest-blocked";
const DONE: &str = "done";
const TWICE: &str = "<content><module document='m50101'/>";
/// Each entity is ten of the one before.
const LAUGHS: &str = "<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>\
    <!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]><document>&c;</document>";
/// The same, where it is overlooked by those who take the first type of a document for the only one.
const HIDDEN_LAUGHS: &str = "<!-- <!DOCTYPE d> --><!DOCTYPE d [<!ENTITY a_a 'ha'><!ENTITY b_b '&a_a;&a_a;&a_a;&a_a;&a_a;'>]>\
    <document>&b_b;</document>";
const OUTSIDE: &str = "<!DOCTYPE d [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><document>&f;</document>";

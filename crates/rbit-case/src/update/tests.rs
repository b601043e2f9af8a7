use std::io;

use rbit_job::Reason;

use super::*;
use crate::{
    Printed,
    case::{Case, Source},
    compare,
};

fn observed() -> Observed {
    let delivered = |name: &str, bytes: &[u8]| Delivered {
        name: name.into(),
        bytes: bytes.into(),
    };
    let requested = |url: &str, is_refused| Requested {
        method: "GET".into(),
        url: url.into(),
        is_refused,
        is_unanswered: false,
    };
    Observed {
        reason: Reason::Done,
        text: String::new(),
        artifacts: vec![
            delivered("a.txt", b"new\n"),
            delivered("b.json", b"{\"n\": 2, \"o\": {\"x\": [true]}}"),
            delivered("c.bin", b"\0\x01\xff"),
        ],
        requests: vec![
            requested("http://a/x", false),
            requested("http://a/x", false),
            requested("http://b/", true),
        ],
        lines: vec![Printed {
            is_stderr: false,
            line: "Hello".into(),
        }],
    }
}

fn none(_: &Path) -> io::Result<Vec<u8>> {
    Err(io::ErrorKind::NotFound.into())
}

fn updated(text: &str) -> Rewritten {
    update(Path::new("/c/case.toml"), text, &observed(), &none).unwrap()
}

/// A case of everything, all of it wrong.
const WRONG: &str = r#"# A case.
runner = "wasm!x.wasm"

[expect]
outcome = "failed" # as it was
text = "gone"
log.stdout = "Hi\n"

# The first file.
[[expect.artifacts]]
name = "a.txt" # its name
text = "old\n"
size = 3

[[expect.artifacts]]
name = "gone.txt"

[[expect.artifacts]]
name = "b.json"
json = { "/n" = 1, "/o" = {}, "/gone" = 3 }

[[expect.requests]]
url = "http://a/*"
"#;

const RIGHT: &str = r#"# A case.
runner = "wasm!x.wasm"

[expect]
outcome = "done" # as it was
text = ""
log.stdout = """
Hello
"""

# The first file.
[[expect.artifacts]]
name = "a.txt" # its name
text = """
new
"""
size = 4

[[expect.artifacts]]
name = "b.json"
json = { "/n" = 2, "/o" = { x = [true] }}

[[expect.artifacts]]
name = "c.bin"
sha256 = "31b5170e6c8d0a67ff23b2a3f64b8e3d"

[[expect.requests]]
url = "http://a/x"
times = 2

[[expect.requests]]
url = "http://b/"
refused = true
"#;

#[test]
fn what_differs_is_rewritten_and_the_rest_stays_as_it_is() {
    let sha256 = digest(b"\0\x01\xff");
    let right = RIGHT.replace("31b5170e6c8d0a67ff23b2a3f64b8e3d", &sha256);
    assert_eq!(updated(WRONG).text, right);
    assert_eq!(updated(&right).text, right);
}

#[test]
fn a_rewritten_case_is_met() {
    for text in [
        WRONG,
        "runner = 'x'",
        "runner = 'x'\nexpect = { outcome = 'trap', artifacts = [{ name = 'a.txt', sha256 = '' }], requests = [] }",
        "runner = 'x'\n[expect]\nreason = 'timeout'\nrequests = []",
    ] {
        let text = updated(text).text;
        let source = Source {
            path: Path::new("/c/case.toml"),
            text: &text,
        };
        let case = Case::read(source, None).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(compare(&case.expect, &observed(), &none), [], "{text}");
    }
}

#[test]
fn a_file_of_an_expectation_is_written_where_it_differs() {
    let text = "runner = 'x'\n[[expect.artifacts]]\nname = 'a.txt'\nfile = 'want/a.txt'\n";
    let written = updated(text).files;
    assert_eq!(written, [("/c/want/a.txt".into(), b"new\n".to_vec())]);
    let same = |_: &Path| Ok(b"new\n".to_vec());
    let rewritten = update(Path::new("/c/case.toml"), text, &observed(), &same).unwrap();
    assert_eq!(rewritten.files, []);
}

#[test]
fn what_says_less_than_all_stays() {
    let text = "runner = 'x'\n[expect]\ntext-contains = 'x'\nlog.contains = 'y'\n\n[[expect.artifacts]]\nname = 'a.txt'\nmatches = 'z'\n";
    let rewritten = updated(text).text;
    for kept in ["text-contains = 'x'", "log.contains = 'y'", "matches = 'z'"] {
        assert!(rewritten.contains(kept), "{rewritten}");
    }
}

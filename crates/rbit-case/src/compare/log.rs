//! What was printed.

use super::{Mismatch, difference::difference};
use crate::{case::Expect, observed::Observed};

/// Where the log is not what it must be.
pub(super) fn compare(expect: &Expect, observed: &Observed) -> Vec<Mismatch> {
    let mut all = Vec::new();
    for (stream, (name, is_stderr)) in expect.streams.iter().zip([("stdout", false), ("stderr", true)]) {
        let found = observed.stream(is_stderr);
        if let Some(wanted) = stream.as_ref().filter(|wanted| **wanted != found) {
            all.push(Mismatch::new(format!("log: {name}"), difference(wanted, &found)));
        }
    }
    let lines = || observed.lines.iter().map(|line| line.line.as_str());
    for part in &expect.log_contains {
        if !lines().any(|line| line.contains(part.as_str())) {
            all.push(Mismatch::new(
                "log",
                format!("no line contains `{}`", part.escape_debug()),
            ));
        }
    }
    for regex in &expect.log_matches {
        if !lines().any(|line| regex.is_match(line)) {
            all.push(Mismatch::new("log", format!("no line matches `{regex}`")));
        }
    }
    for part in &expect.log_lacks {
        if let Some(line) = lines().find(|line| line.contains(part.as_str())) {
            let (part, line) = (part.escape_debug(), line.escape_debug());
            all.push(Mismatch::new("log", format!("a line contains `{part}`: {line}")));
        }
    }
    all
}

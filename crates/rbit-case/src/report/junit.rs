//! For servers of continuous integration: the XML that JUnit's runner for Ant wrote, which all of them read.

use std::{fmt::Write as _, time::Duration};

use quick_xml::escape::escape;

use super::{CaseResult, Verdict};

/// One suite with all cases.
pub fn as_junit(results: &[CaseResult]) -> String {
    let count = |is_meant: fn(&Verdict) -> bool| results.iter().filter(|result| is_meant(&result.verdict)).count();
    let failures = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    let errors = count(|verdict| matches!(verdict, Verdict::Broken(_)));
    let skipped = count(|verdict| matches!(verdict, Verdict::Stopped));
    let time = seconds(results.iter().map(|result| result.duration).sum());
    let sums = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{time}\"",
        results.len()
    );
    let cases: String = results.iter().map(case).collect();
    format!("{HEAD}<testsuites {sums}>\n<testsuite name=\"rbit test\" {sums}>\n{cases}</testsuite>\n</testsuites>\n")
}

fn case(result: &CaseResult) -> String {
    let mut text = format!(
        "<testcase name=\"{}\" classname=\"rbit\" file=\"{}\" time=\"{}\">",
        quoted(&result.name),
        quoted(&result.file.to_string_lossy()),
        seconds(result.duration)
    );
    // Writing to a string does not fail.
    match &result.verdict {
        Verdict::Passed | Verdict::Updated => {}
        Verdict::Stopped => text.push_str("<skipped message=\"stopped\"/>"),
        Verdict::Broken(why) => {
            let _ = write!(text, "<error message=\"{}\">{}</error>", first_line(why), quoted(why));
        }
        Verdict::Failed(mismatches) => {
            let lines: Vec<_> = mismatches
                .iter()
                .map(|found| format!("{}: {}", found.what, found.how))
                .collect();
            let message = lines.first().map(|line| first_line(line)).unwrap_or_default();
            let _ = write!(
                text,
                "<failure message=\"{message}\">{}</failure>",
                quoted(&lines.join("\n"))
            );
        }
    }
    for (element, is_stderr) in [("system-out", false), ("system-err", true)] {
        let lines = result.log.iter().filter(|printed| printed.is_stderr == is_stderr);
        let output: String = lines.map(|printed| format!("{}\n", printed.line)).collect();
        if !output.is_empty() {
            let _ = write!(text, "<{element}>{}</{element}>", quoted(&output));
        }
    }
    text.push_str("</testcase>\n");
    text
}

fn first_line(text: &str) -> String {
    quoted(text.lines().next().unwrap_or_default())
}

/// A text as XML can have it: what no document may hold, escaped or not, becomes a question mark.
fn quoted(text: &str) -> String {
    let is_allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let text: String = text.chars().map(|c| if is_allowed(c) { c } else { '?' }).collect();
    escape(text.as_str()).into_owned()
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

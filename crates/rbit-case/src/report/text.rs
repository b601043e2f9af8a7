//! For people.

use std::fmt::Write as _;

use super::{CaseResult, Verdict};

/// A line for each case, what differs in those that failed, and a sum.
pub fn as_text(results: &[CaseResult]) -> String {
    let mut text = String::new();
    for result in results {
        // Writing to a string does not fail.
        let (word, name) = (result.verdict.as_str(), &result.name);
        let _ = writeln!(text, "{word:7}  {name}  ({} ms)", result.duration.as_millis());
        match &result.verdict {
            Verdict::Failed(mismatches) => {
                for mismatch in mismatches {
                    match mismatch.how.contains('\n') || mismatch.how.starts_with(['-', '+']) {
                        true => indent(&mut text, &format!("{}:\n{}", mismatch.what, indented(&mismatch.how))),
                        false => indent(&mut text, &format!("{}: {}", mismatch.what, mismatch.how)),
                    }
                }
                log(&mut text, result);
            }
            Verdict::Broken(why) => indent(&mut text, why),
            Verdict::Passed | Verdict::Updated | Verdict::Stopped => {}
        }
    }
    let good = results.iter().filter(|result| result.verdict.is_good()).count();
    let _ = writeln!(text, "{good} of {} passed", cases(results.len()));
    text
}

fn cases(count: usize) -> String {
    match count {
        1 => "1 case".to_owned(),
        count => format!("{count} cases"),
    }
}

/// The end of what the guest printed.
fn log(text: &mut String, result: &CaseResult) {
    let left_out = result.log.len().saturating_sub(MAX_LINES);
    if left_out > 0 {
        let _ = writeln!(text, "         | … {left_out} lines before");
    }
    for printed in result.log.iter().skip(left_out) {
        let _ = writeln!(text, "         | {}", printed.line);
    }
}

fn indent(text: &mut String, lines: &str) {
    for line in lines.lines() {
        let _ = writeln!(text, "         {line}");
    }
}

fn indented(lines: &str) -> String {
    lines
        .lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Lines of a guest's output that are shown.
const MAX_LINES: usize = 20;

//! For programs. `docs/testing-guests.md` lists the keys.

use serde_json::{Value, json};

use super::{CaseResult, Verdict};

/// All results, and how many there are of each kind.
pub fn as_json(results: &[CaseResult]) -> Value {
    let count = |word: &str| results.iter().filter(|result| result.verdict.as_str() == word).count();
    json!({
        "cases": results.iter().map(case).collect::<Vec<_>>(),
        "total": results.len(),
        "passed": count("passed"),
        "updated": count("updated"),
        "failed": count("failed"),
        "broken": count("broken"),
        "stopped": count("stopped"),
    })
}

fn case(result: &CaseResult) -> Value {
    let mismatches = match &result.verdict {
        Verdict::Failed(mismatches) => mismatches.as_slice(),
        _ => &[],
    };
    let error = match &result.verdict {
        Verdict::Broken(why) => Some(why),
        _ => None,
    };
    json!({
        "name": result.name,
        "file": result.file,
        "result": result.verdict.as_str(),
        "mismatches": mismatches.iter().map(|found| json!({"what": found.what, "how": found.how})).collect::<Vec<_>>(),
        "error": error,
        "duration_ms": u64::try_from(result.duration.as_millis()).unwrap_or(u64::MAX),
        "log": result.log.iter().map(|printed| json!({
            "stream": if printed.is_stderr { "stderr" } else { "stdout" },
            "line": printed.line,
        })).collect::<Vec<_>>(),
    })
}

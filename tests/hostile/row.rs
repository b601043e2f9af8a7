//! One line of the table that `cargo xtask hostile` prints.

use std::fmt;

use serde_json::Value;

use super::Case;

/// What became of a case.
#[derive(Clone, Debug)]
pub struct Row {
    /// The case.
    pub case: Case,
    /// The job's record.
    pub job: Value,
    /// The most memory that the host's process had, in KiB, where it was measured.
    pub host_kib: Option<i64>,
}

impl Row {
    /// Whether it ended as it must.
    pub fn is_right(&self) -> bool {
        self.outcome() == self.case.reason && self.text().contains(self.case.says)
    }

    /// The reason code it ended with.
    pub fn outcome(&self) -> &str {
        self.job.get("outcome").and_then(Value::as_str).unwrap_or("no end")
    }

    /// The text it ended with.
    pub fn text(&self) -> &str {
        self.job.get("text").and_then(Value::as_str).unwrap_or_default()
    }

    /// How long after its timeout it was gone, if it was to be ended by that.
    pub fn overtime_ms(&self) -> Option<u64> {
        let timeout = self.case.timeout_ms()?;
        Some(self.used("timeout")?.saturating_sub(timeout))
    }

    fn used(&self, limit: &str) -> Option<u64> {
        self.job.pointer(&format!("/usage/{limit}/used"))?.as_u64()
    }
}

/// The names of the columns.
pub fn heading() -> String {
    format!(
        "{:32} {:17} {:17} {:>8} {:>8} {:>9} {:>9} {:>7} {:>9}",
        "guest", "expected", "happened", "stop ms", "cpu ms", "memory K", "disk K", "files", "host K"
    )
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let kib = |limit| number(self.used(limit).map(|bytes| bytes.div_ceil(1024)));
        write!(
            f,
            "{:32} {:17} {:17} {:>8} {:>8} {:>9} {:>9} {:>7} {:>9}",
            self.case.name(),
            self.case.reason,
            self.outcome(),
            number(self.overtime_ms()),
            number(self.used("cpu-time")),
            kib("memory"),
            kib("disk"),
            number(self.used("files")),
            number(self.host_kib.and_then(|kib| u64::try_from(kib).ok())),
        )?;
        if !self.is_right() {
            write!(
                f,
                "\n    WRONG: expected `{}`, it says `{}`",
                self.case.says,
                self.text()
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rbit_testkit::guests::Fixture;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_is_right_only_with_its_reason_and_its_words() {
        let mut row = Row {
            case: super::super::cases(Fixture::LoopsForever)[0],
            job: json!({ "outcome": "timeout", "text": "timeout: limit 300ms is over", "usage": { "timeout": { "used": 342 } } }),
            host_kib: None,
        };
        assert!(row.is_right());
        assert_eq!(row.overtime_ms(), Some(42));
        row.job["text"] = "something else".into();
        assert!(!row.is_right() && row.to_string().contains("WRONG"));
        row.job = json!({ "outcome": "done", "text": "timeout: limit 300ms is over" });
        assert!(!row.is_right());
    }
}

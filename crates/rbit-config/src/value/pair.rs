//! `queue:runner`.

use rbit_job::{QueueName, RunnerName};

use crate::problem::{Wrong, shown};

/// One of the `queue-mappings`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) queue: QueueName,
    pub(crate) runner: RunnerName,
}

/// Reads one pair.
pub(crate) fn parse(text: &str) -> Result<Pair, Wrong> {
    let wrong = |what: &str| Wrong::new(format!("{} {what}", shown(text)), EXPECTED);
    let (queue, runner) = text.split_once(':').ok_or_else(|| wrong("has no colon"))?;
    if runner.contains(':') {
        return Err(wrong("has more than one colon"));
    }
    if queue.is_empty() || runner.is_empty() {
        let side = if queue.is_empty() {
            "has no queue before the colon"
        } else {
            "has no runner after the colon"
        };
        return Err(wrong(side).help("no blanks stand around the colon"));
    }
    let queue = QueueName::new(queue).map_err(|error| Wrong::note(error.to_string()))?;
    let runner = RunnerName::new(runner).map_err(|error| Wrong::note(error.to_string()))?;
    Ok(Pair { queue, runner })
}

const EXPECTED: &str = "pairs `queue:runner`, separated by blanks or new lines";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_colon_and_two_names() {
        let pair = parse("cnx_any_latex_pdf:legacy-print").unwrap();
        assert_eq!(
            (pair.queue.as_str(), pair.runner.as_str()),
            ("cnx_any_latex_pdf", "legacy-print")
        );
        for text in ["a", "a:", ":b", ":", "a:b:c", "a:b/c", "a:.b"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

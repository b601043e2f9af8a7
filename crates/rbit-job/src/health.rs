//! How the parts of a box are, for whoever wants to know from outside.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::QueueName;

/// A part of a box that can be well or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The connection to the broker.
    Broker,
    /// Listening to a queue.
    Queue(QueueName),
    /// Writing down what becomes of jobs.
    Journal,
    /// Telling the front-end of them.
    Outbox,
}

/// How a part is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    is_well: bool,
    is_lasting: bool,
    last_error: Option<String>,
}

impl Condition {
    /// Whether it works.
    pub fn is_well(&self) -> bool {
        self.is_well
    }

    /// Whether it does not, and repeating what failed will not help: a person has to do something.
    pub fn is_lasting(&self) -> bool {
        self.is_lasting && !self.is_well
    }

    /// What went wrong last, also if it has passed.
    pub fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }
}

/// Where parts say how they are. Its clones are the same one.
///
/// ```
/// use rbit_job::health::{Health, Part};
/// let health = Health::default();
/// health.well(Part::Journal);
/// assert!(health.report().is_ready());
/// health.ill(Part::Broker, "wrong password", true);
/// assert!(!health.report().is_ready());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Health {
    report: Arc<Mutex<Report>>,
    words: Words,
}

/// In which words errors are shown.
#[derive(Clone, Default)]
struct Words(Option<Arc<dyn Fn(&str) -> String + Send + Sync>>);

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words").finish_non_exhaustive()
    }
}

/// How the parts are at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    parts: BTreeMap<Part, Condition>,
    is_leaving: bool,
}

impl Health {
    /// One whose errors are changed before they are shown: whoever refuses a password may say it.
    pub fn in_words(change: Arc<dyn Fn(&str) -> String + Send + Sync>) -> Self {
        Self {
            words: Words(Some(change)),
            ..Self::default()
        }
    }

    /// A part works.
    pub fn well(&self, part: Part) {
        let mut report = self.lock();
        let condition = report.parts.entry(part).or_default();
        (condition.is_well, condition.is_lasting) = (true, false);
    }

    /// A part does not work, for this reason; `is_lasting` if repeating it will not help. The text is cut to a bound.
    pub fn ill(&self, part: Part, error: &str, is_lasting: bool) {
        let changed = self.words.0.as_ref().map(|change| change(error));
        let error = changed.as_deref().unwrap_or(error);
        let error = error.get(..error.floor_char_boundary(MAX_ERROR)).unwrap_or_default();
        let condition = Condition {
            is_well: false,
            is_lasting,
            last_error: Some(error.to_owned()),
        };
        self.lock().parts.insert(part, condition);
    }

    /// A part that there is has yet to begin.
    pub fn begins(&self, part: Part) {
        self.lock().parts.insert(part, Condition::default());
    }

    /// The box takes no more jobs.
    pub fn leaving(&self) {
        self.lock().is_leaving = true;
    }

    /// How everything is now.
    pub fn report(&self) -> Report {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Report {
    /// Whether the box takes jobs: it has opened its journal, is not on its way out, and all is well that they need. That the front-end
    /// cannot be told keeps no job from being run.
    pub fn is_ready(&self) -> bool {
        let needed = self.parts.iter().filter(|(part, _)| **part != Part::Outbox);
        let has_begun = self.parts.contains_key(&Part::Journal);
        has_begun && !self.is_leaving && needed.into_iter().all(|(_, condition)| condition.is_well)
    }

    /// Whether the box is on its way out.
    pub fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// How a part is, if it has said anything.
    pub fn of(&self, part: &Part) -> Option<&Condition> {
        self.parts.get(part)
    }

    /// The queues, in the order of their names.
    pub fn queues(&self) -> impl Iterator<Item = (&QueueName, &Condition)> {
        self.parts.iter().filter_map(|(part, condition)| match part {
            Part::Queue(queue) => Some((queue, condition)),
            _ => None,
        })
    }
}

/// Bytes of an error that are kept.
const MAX_ERROR: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_works_again_keeps_its_last_error_and_loses_its_weight() {
        let health = Health::default();
        health.ill(Part::Broker, "wrong password", true);
        assert!(health.report().of(&Part::Broker).unwrap().is_lasting());
        health.well(Part::Broker);
        let report = health.report();
        let broker = report.of(&Part::Broker).unwrap();
        assert!(broker.is_well() && !broker.is_lasting());
        assert_eq!(broker.last_error(), Some("wrong password"));
    }

    #[test]
    fn errors_are_shown_in_the_words_that_were_asked_for() {
        let health = Health::in_words(Arc::new(|text| text.replace("sesame", "[redacted]")));
        health.ill(Part::Broker, "`sesame` is wrong", true);
        assert_eq!(
            health.report().of(&Part::Broker).unwrap().last_error(),
            Some("`[redacted]` is wrong")
        );
    }

    #[test]
    fn a_box_is_ready_unless_something_keeps_it_from_its_jobs() {
        let queue = Part::Queue(QueueName::new("q").unwrap());
        for (part, is_ready) in [
            (Part::Broker, false),
            (queue, false),
            (Part::Journal, false),
            (Part::Outbox, true),
        ] {
            let health = Health::default();
            assert!(!health.report().is_ready(), "it has not begun");
            health.well(Part::Journal);
            health.ill(part.clone(), "gone", false);
            assert_eq!(health.report().is_ready(), is_ready, "{part:?}");
            health.well(part);
            assert!(health.report().is_ready());
            health.leaving();
            assert!(!health.report().is_ready());
        }
    }

    #[test]
    fn an_error_without_end_is_cut() {
        let health = Health::default();
        health.ill(Part::Journal, &"\u{20ac}".repeat(MAX_ERROR), false);
        let report = health.report();
        let kept = report.of(&Part::Journal).unwrap().last_error().unwrap();
        assert!(kept.len() <= MAX_ERROR && kept.len() > MAX_ERROR - 3);
    }
}

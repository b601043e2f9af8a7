//! The books, held against what must be.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use super::{
    blow::Blow,
    books::Books,
    hand::Event,
    jobs::{self, Jobs, Kind, is_final},
};

/// A table for people, and what is wrong in it.
#[derive(Debug)]
pub struct Report {
    lines: Vec<(String, String)>,
    broken: Vec<String>,
}

impl Report {
    pub(super) fn new(jobs: &Jobs, books: Books, took: Duration) -> Self {
        let mut report = Self {
            lines: Vec::new(),
            broken: Vec::new(),
        };
        report.line("published", jobs.numbers().count());
        report.line("  sent again, for the broker did not confirm", books.sent_again.len());
        report.outcomes(jobs, &books);
        report.runs(jobs, &books);
        report.statuses(jobs, &books);
        report.parked(jobs, &books);
        report.must_be("messages left in the queues", books.left as usize, 0);
        report.must_be("files missing or not whole", books.broken_files.len(), 0);
        report.must_be("half-copied files left", books.leftovers, 0);
        report.blows(&books);
        report.line("took", format!("{:.1} s", took.as_secs_f64()));
        report
    }

    /// What is wrong; empty when all is as it must be.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }

    fn line(&mut self, name: &str, value: impl fmt::Display) {
        self.lines.push((name.to_owned(), value.to_string()));
    }

    fn must_be(&mut self, name: &str, is: usize, must: usize) {
        self.line(name, is);
        if is != must {
            self.broken.push(format!("{name}: {is}, and must be {must}"));
        }
    }

    /// Each request is in some journal with one outcome, and no journal has anything else.
    fn outcomes(&mut self, jobs: &Jobs, books: &Books) {
        let (mut lost, mut wrong, mut twice) = (0, 0, 0);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut requests = BTreeSet::new();
        for number in jobs.numbers().filter(|number| jobs::kind(*number) != Kind::Nonsense) {
            let package = jobs::package(number);
            let entries = books.entries.get(&package).map(Vec::as_slice).unwrap_or_default();
            requests.insert(package);
            let ends: Vec<_> = entries.iter().filter(|entry| entry.is_end()).collect();
            let expected = jobs::kind(number).ends().0;
            match ends.first() {
                None => lost += 1,
                Some(end) => *counts.entry(end.outcome.clone()).or_default() += 1,
            }
            wrong += usize::from(ends.iter().any(|end| end.outcome != expected));
            twice += usize::from(ends.len() > 1);
        }
        let unexpected = books
            .entries
            .keys()
            .filter(|package| !requests.contains(*package))
            .count();
        self.must_be("lost", lost, 0);
        self.must_be("unexpected", unexpected, 0);
        for (outcome, count) in counts {
            self.line(&format!("outcome {outcome}"), count);
        }
        self.must_be("with an outcome that it must not have", wrong, 0);
        self.line("with the same outcome in the journals of two boxes", twice);
    }

    /// Jobs that were started more often than they had to be, each with what made it so.
    fn runs(&mut self, jobs: &Jobs, books: &Books) {
        let mut causes: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut more, mut unexplained) = (0, Vec::new());
        for number in jobs.numbers() {
            let heard = books.heard.get(&number).map(Vec::as_slice).unwrap_or_default();
            let starts: Vec<_> = heard.iter().filter(|heard| heard.status == "Building").collect();
            let planned = if jobs::kind(number) == Kind::Late { 2 } else { 1 };
            if starts.len() <= planned {
                continue;
            }
            more += 1;
            match books.cause(number, starts.last().map_or(0, |start| start.at)) {
                Some(cause) => *causes.entry(cause).or_default() += 1,
                None => unexplained.push(number),
            }
        }
        self.line("started more than once", more);
        for (cause, count) in causes {
            self.line(&format!("  because {cause}"), count);
        }
        self.must_be("  for no reason", unexplained.len(), 0);
        if !unexplained.is_empty() {
            self.broken
                .push(format!("started again for no reason: {unexplained:?}"));
        }
    }

    /// The front-end heard one final status of each job.
    fn statuses(&mut self, jobs: &Jobs, books: &Books) {
        let mut causes: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut missing, mut several, mut again, mut unexplained) = (0, 0, 0, Vec::new());
        for number in jobs.numbers().filter(|number| jobs::kind(*number) != Kind::Nonsense) {
            let heard = books.heard.get(&number).map(Vec::as_slice).unwrap_or_default();
            let told: Vec<_> = heard.iter().filter(|heard| is_final(&heard.status)).collect();
            let expected = jobs::kind(number).ends().1;
            missing += usize::from(told.is_empty());
            several += usize::from(told.iter().any(|heard| heard.status != expected));
            if told.len() > 1 {
                again += 1;
                match books.cause(number, told.last().map_or(0, |told| told.at)) {
                    Some(cause) => *causes.entry(cause).or_default() += 1,
                    None => unexplained.push(number),
                }
            }
        }
        self.must_be("without a final status at the front-end", missing, 0);
        self.must_be("with another final status than its own", several, 0);
        self.line("final statuses told more than once", again);
        for (cause, count) in causes {
            self.line(&format!("  because {cause}"), count);
        }
        self.must_be("  for no reason", unexplained.len(), 0);
        if !unexplained.is_empty() {
            self.broken
                .push(format!("told their end again for no reason: {unexplained:?}"));
        }
    }

    fn parked(&mut self, jobs: &Jobs, books: &Books) {
        let nonsense: BTreeSet<_> = jobs
            .numbers()
            .filter(|number| jobs::kind(*number) == Kind::Nonsense)
            .map(jobs::message)
            .collect();
        let parked: BTreeSet<_> = books.parked.iter().cloned().collect();
        self.line("parked, as no requests", parked.intersection(&nonsense).count());
        self.line("  of them twice", books.parked.len() - parked.len());
        self.must_be("  not parked", nonsense.difference(&parked).count(), 0);
        self.must_be("parked without a reason", parked.difference(&nonsense).count(), 0);
    }

    fn blows(&mut self, books: &Books) {
        let count = |is: fn(&Blow) -> bool| books.events.iter().filter(|event| is(&event.blow)).count();
        self.line("boxes killed", count(|blow| matches!(blow, Blow::Kill(_))));
        self.line("connections cut", count(|blow| *blow == Blow::Cut));
        self.line("connections closed by the broker", count(|blow| *blow == Blow::Close));
        self.line("broker out of reach", count(|blow| *blow == Blow::Outage));
        self.line("broker restarted", count(|blow| *blow == Blow::Restart));
        self.line("leading node killed", count(|blow| *blow == Blow::LoseLeader));
        self.line(
            "all nodes but one frozen",
            count(|blow| matches!(blow, Blow::LoseMajority { .. })),
        );
        self.line("starts refused while the name was taken", books.refusals);
    }
}

impl Books {
    /// What made a job happen again, up to this request: what was done to a box that had it, or to the network, since a box got its
    /// message; or that there were two messages.
    ///
    /// What happens twice may all happen after its cause: two boxes have a message when the connection of one breaks, and then both of
    /// them start it, or tell its end. So the time in question begins before either asked the front-end.
    fn cause(&self, number: u32, until: usize) -> Option<&'static str> {
        let first = self.first_requests.get(&number).copied().unwrap_or(until);
        let got = first.saturating_sub(IN_HAND);
        let mut meanwhile = self
            .events
            .iter()
            .filter(|event| event.until >= got && event.from <= until);
        let heard = self.heard.get(&number).map(Vec::as_slice).unwrap_or_default();
        let ran_it = |event: &Event| {
            let killed = event.killed.as_ref().map(rbit_job::BoxName::client);
            killed.is_some() && heard.iter().any(|heard| heard.client == killed)
        };
        if meanwhile.clone().any(ran_it) {
            return Some("its box was killed");
        }
        if meanwhile.any(|event| event.killed.is_none()) {
            return Some("the network broke, and another box got its message");
        }
        self.sent_again.contains(&number).then_some("it was sent again")
    }
}

/// Requests about other jobs that a box, and those beside it, may make while it has a message in hand of which it has asked nobody yet.
const IN_HAND: usize = 20;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, value) in &self.lines {
            writeln!(f, "{name:width$}  {value:>8}")?;
        }
        for broken in &self.broken {
            writeln!(f, "BROKEN: {broken}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rbit_job::BoxName;

    use super::*;
    use crate::chaos::books::Heard;

    /// A job of which the front-end first heard at request 100: told by two boxes at these requests.
    fn books(starts: [usize; 2], ends: [usize; 2], events: Vec<Event>) -> Books {
        let client = |number: usize| Some(BoxName::new(format!("box-{number}")).unwrap().client());
        let start = |number: usize| Heard {
            at: starts[number],
            status: "Building".into(),
            client: client(number),
        };
        let end = |at| Heard {
            at,
            status: "Done".into(),
            client: None,
        };
        let mut heard = vec![start(0), start(1), end(ends[0]), end(ends[1])];
        heard.sort_by_key(|heard| heard.at);
        Books {
            heard: [(20, heard)].into(),
            first_requests: [(20, 100)].into(),
            events,
            ..Books::default()
        }
    }

    fn event(killed: Option<&str>, blow: Blow, at: [usize; 2]) -> Event {
        Event {
            killed: killed.map(|name| BoxName::new(name).unwrap()),
            blow,
            from: at[0],
            until: at[1],
        }
    }

    fn is_explained(books: Books) -> bool {
        let mut report = Report {
            lines: Vec::new(),
            broken: Vec::new(),
        };
        report.statuses(&Jobs::new(20), &books);
        report.runs(&Jobs::new(20), &books);
        !report.broken().iter().any(|broken| broken.contains("no reason"))
    }

    #[test]
    fn two_boxes_that_had_a_message_when_the_network_broke_may_both_tell_its_end_long_after() {
        let cut = event(None, Blow::Cut, [105, 106]);
        assert!(is_explained(books([104, 110], [120, 130], vec![cut.clone()])));
        assert!(is_explained(books([107, 110], [120, 130], vec![cut])));
    }

    #[test]
    fn a_blow_before_the_message_was_had_or_after_its_end_was_told_explains_nothing() {
        for at in [[10, 20], [131, 140]] {
            assert!(!is_explained(books(
                [104, 110],
                [120, 130],
                vec![event(None, Blow::Cut, at)]
            )));
        }
        assert!(!is_explained(books([104, 110], [120, 130], Vec::new())));
    }

    #[test]
    fn the_death_of_a_box_explains_only_what_that_box_had() {
        let killed = |name| event(Some(name), Blow::Kill(0), [112, 113]);
        assert!(is_explained(books([104, 115], [120, 130], vec![killed("box-0")])));
        assert!(!is_explained(books([104, 115], [120, 130], vec![killed("box-7")])));
    }
}

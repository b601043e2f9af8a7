//! The books, held against what must be.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use super::{
    blow::Blow,
    books::{Books, Heard},
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
            match cause(&starts, &books.events) {
                Some(cause) => *causes.entry(cause).or_default() += 1,
                None if books.sent_again.contains(&number) => *causes.entry("it was sent again").or_default() += 1,
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
        let (mut missing, mut several, mut again, mut unexplained) = (0, 0, 0, 0);
        for number in jobs.numbers().filter(|number| jobs::kind(*number) != Kind::Nonsense) {
            let heard = books.heard.get(&number).map(Vec::as_slice).unwrap_or_default();
            let told: Vec<_> = heard.iter().filter(|heard| is_final(&heard.status)).collect();
            let expected = jobs::kind(number).ends().1;
            missing += usize::from(told.is_empty());
            several += usize::from(told.iter().any(|heard| heard.status != expected));
            if told.len() > 1 {
                again += 1;
                unexplained += usize::from(between(&told, &books.events).next().is_none());
            }
        }
        self.must_be("without a final status at the front-end", missing, 0);
        self.must_be("with another final status than its own", several, 0);
        self.line("final statuses told again, after a blow", again - unexplained);
        self.must_be("  for no reason", unexplained, 0);
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

/// What made a job start again: something that happened between its first and its last start, to its box or to the network.
fn cause(starts: &[&Heard], events: &[Event]) -> Option<&'static str> {
    let ran_it = |event: &Event| {
        let killed = event.killed.as_ref().map(rbit_job::BoxName::client);
        killed.is_some() && starts.iter().any(|start| start.client == killed)
    };
    if between(starts, events).any(ran_it) {
        return Some("its box was killed");
    }
    let broke = between(starts, events).any(|event| event.killed.is_none());
    broke.then_some("the network broke, and another box got its message")
}

/// What happened between the first and the last of these.
fn between<'a>(heard: &[&Heard], events: &'a [Event]) -> impl Iterator<Item = &'a Event> + use<'a> {
    let span = heard.first().zip(heard.last()).map(|(first, last)| (first.at, last.at));
    let is_between = move |event: &&Event| span.is_some_and(|(first, last)| event.until >= first && event.from <= last);
    events.iter().filter(is_between)
}

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

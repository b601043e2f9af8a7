//! A journal in memory.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use jiff::Timestamp;
use rbit_job::{
    Cancellation, JobId, JobKey, JobRecord, Status,
    event::StatusEvent,
    port::{CancelNoted, Claim, Claimed, Finish, Journal, JournalError, PendingEvent, PendingReport, Report},
};

/// Remembers claims and finishes for one test. It grants every claim, unless the job was said to have ended or to be broken.
#[derive(Default)]
pub struct MemoryJournal {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    claims: Vec<Claim>,
    finishes: Vec<Finish>,
    ended: HashMap<JobKey, JobRecord>,
    reports: Vec<Entry>,
    cancellations: Vec<Cancellation>,
    events: Vec<PendingEvent>,
    next_event: i64,
    is_broken: bool,
    refuses_claims: bool,
}

impl State {
    fn check(&self, doing: &'static str) -> Result<(), JournalError> {
        if self.is_broken { Err(full(doing)) } else { Ok(()) }
    }

    fn add_report(&mut self, report: Report, now: Timestamp) {
        let pending = PendingReport {
            id: self.reports.len() as i64,
            report,
            tries: 0,
            created: now,
        };
        self.reports.push(Entry {
            pending,
            due: Some(now),
        });
    }

    /// A start that was not told is no news when its attempt has ended.
    fn forget_start(&mut self, key: &JobKey) {
        let Some(claim) = self.claims.iter().find(|claim| claim.key == *key) else {
            return;
        };
        for entry in &mut self.reports {
            if entry.pending.report.status == Status::Building && entry.is_of(&claim.job, claim.web_host.as_deref()) {
                entry.due = None;
            }
        }
    }

    fn add_event(&mut self, event: &StatusEvent) {
        self.next_event += 1;
        let (id, event) = (self.next_event, event.clone());
        self.events.push(PendingEvent { id, event });
    }
}

fn full(doing: &'static str) -> JournalError {
    let source = std::io::Error::from(std::io::ErrorKind::StorageFull).into();
    JournalError { doing, source }
}

struct Entry {
    pending: PendingReport,
    due: Option<Timestamp>,
}

impl Entry {
    fn is_of(&self, job: &JobId, web_host: Option<&str>) -> bool {
        let report = &self.pending.report;
        report.job == *job && report.web_host.as_deref() == web_host
    }
}

impl MemoryJournal {
    /// Makes claims of this record's job find it ended.
    pub fn add_ended(&self, record: JobRecord) {
        self.state().ended.insert(record.key.clone(), record);
    }

    /// Has a report that an earlier process wrote down.
    pub fn add_report(&self, report: Report) {
        self.state().add_report(report, Timestamp::UNIX_EPOCH);
    }

    /// Makes it write nothing down any more, as a full disk would: neither ends of attempts, nor what became of reports and events.
    pub fn break_down(&self) {
        self.state().is_broken = true;
    }

    /// Ends [`Self::break_down`].
    pub fn mend(&self) {
        self.state().is_broken = false;
    }

    /// Makes it take up no job.
    pub fn refuse_claims(&self) {
        self.state().refuses_claims = true;
    }

    /// The claims made.
    pub fn claims(&self) -> Vec<Claim> {
        self.state().claims.clone()
    }

    /// The cancellations noted.
    pub fn cancellations(&self) -> Vec<Cancellation> {
        self.state().cancellations.clone()
    }

    /// The finishes written.
    pub fn finishes(&self) -> Vec<Finish> {
        self.state().finishes.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, JournalError> {
        let mut state = self.state();
        if state.refuses_claims {
            return Err(full("claim the job"));
        }
        state.claims.push(claim.clone());
        let means_this = |cancellation: &Cancellation| cancellation.means(&claim.job, claim.web_host.as_deref());
        if state.cancellations.iter().any(means_this) {
            return Ok(Claimed::Cancelled(claim.attempt));
        }
        Ok(match state.ended.get(&claim.key) {
            Some(record) => Claimed::AlreadyFinished(Box::new(record.clone())),
            None => Claimed::Start(claim.attempt),
        })
    }

    async fn finish(&self, finish: &Finish) -> Result<(), JournalError> {
        let mut state = self.state();
        state.check("write the outcome")?;
        state.forget_start(&finish.key);
        if let Some(report) = finish.report.clone() {
            state.add_report(report, finish.now);
        }
        if let Some(event) = &finish.event {
            state.add_event(event);
        }
        state.finishes.push(finish.clone());
        Ok(())
    }

    async fn note_cancel(&self, cancellation: &Cancellation, _now: Timestamp) -> Result<CancelNoted, JournalError> {
        self.state().cancellations.push(cancellation.clone());
        Ok(CancelNoted::Noted)
    }

    async fn due_reports(&self, now: Timestamp) -> Result<Vec<PendingReport>, JournalError> {
        let state = self.state();
        let mut jobs = HashSet::new();
        let unsent = state.reports.iter().filter(|entry| entry.due.is_some());
        let first = unsent.filter(|entry| {
            let report = &entry.pending.report;
            jobs.insert((&report.web_host, &report.job))
        });
        let due = first.filter(|entry| entry.due <= Some(now));
        Ok(due.map(|entry| entry.pending.clone()).collect())
    }

    async fn next_report_due(&self, after: Timestamp) -> Result<Option<Timestamp>, JournalError> {
        let state = self.state();
        let due = state.reports.iter().filter_map(|entry| entry.due);
        Ok(due.filter(|due| *due > after).min())
    }

    async fn is_unsent(&self, id: i64) -> Result<bool, JournalError> {
        let state = self.state();
        let mut unsent = state.reports.iter().filter(|entry| entry.due.is_some());
        Ok(unsent.any(|entry| entry.pending.id == id))
    }

    async fn has_unsent_reports(&self, job: &JobId, web_host: Option<&str>) -> Result<bool, JournalError> {
        let state = self.state();
        let mut unsent = state.reports.iter().filter(|entry| entry.due.is_some());
        Ok(unsent.any(|entry| entry.is_of(job, web_host)))
    }

    async fn add_start(&self, _key: &JobKey, report: &Report, now: Timestamp) -> Result<(), JournalError> {
        let mut state = self.state();
        for entry in &mut state.reports {
            if entry.is_of(&report.job, report.web_host.as_deref()) {
                entry.due = entry.due.map(|_| now);
            }
        }
        state.add_report(report.clone(), now);
        Ok(())
    }

    async fn report_sent(&self, id: i64) -> Result<(), JournalError> {
        self.report_failed(id, "", None).await
    }

    async fn report_failed(&self, id: i64, _error: &str, next_try: Option<Timestamp>) -> Result<(), JournalError> {
        let mut state = self.state();
        state.check("note what became of a report")?;
        if let Some(entry) = state.reports.iter_mut().find(|entry| entry.pending.id == id) {
            entry.pending.tries += 1;
            entry.due = next_try;
        }
        Ok(())
    }

    async fn add_event(&self, event: &StatusEvent) -> Result<(), JournalError> {
        self.state().add_event(event);
        Ok(())
    }

    async fn untold_events(&self) -> Result<Vec<PendingEvent>, JournalError> {
        Ok(self.state().events.clone())
    }

    async fn strike_out_events(&self, last: i64) -> Result<(), JournalError> {
        let mut state = self.state();
        state.check("strike out events")?;
        state.events.retain(|pending| pending.id > last);
        Ok(())
    }

    async fn jobs(&self, _limit: u32) -> Result<Vec<JobRecord>, JournalError> {
        Ok(self.state().ended.values().cloned().collect())
    }
}

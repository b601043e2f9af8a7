//! A front-end that is asked and told by method calls, and remembers them.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use rbit_job::{
    JobId, Standing, Status,
    port::{Report, ReportError, Reporter},
};
use tokio::sync::watch;

#[derive(Debug, Default)]
struct OnTheirWay {
    now: usize,
    most: usize,
}

/// Answers every question with the same standing, and takes or refuses reports.
pub struct RecordingReporter {
    standing: Standing,
    refusals: Mutex<u32>,
    lost_answers: Mutex<u32>,
    remembers: bool,
    answers_after: Duration,
    never_says: bool,
    silent: Option<String>,
    on_their_way: watch::Sender<OnTheirWay>,
    taken: watch::Sender<Vec<(JobId, Status)>>,
}

impl RecordingReporter {
    /// A front-end to which every job has this standing, and that takes every report.
    pub fn new(standing: Standing) -> Self {
        Self {
            standing,
            refusals: Mutex::new(0),
            lost_answers: Mutex::new(0),
            remembers: false,
            answers_after: Duration::ZERO,
            never_says: false,
            silent: None,
            on_their_way: watch::Sender::new(OnTheirWay::default()),
            taken: watch::Sender::new(Vec::new()),
        }
    }

    /// The same, but the first `count` reports fail for now.
    #[must_use]
    pub fn refusing(self, count: u32) -> Self {
        Self {
            refusals: Mutex::new(count),
            ..self
        }
    }

    /// The same, but the answers to the first `count` reports that it takes are lost: to who told them, they have failed for now.
    #[must_use]
    pub fn losing_answers(self, count: u32) -> Self {
        Self {
            lost_answers: Mutex::new(count),
            ..self
        }
    }

    /// The same, but a job of which it was told something has the status it was told last.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self {
            remembers: true,
            ..self
        }
    }

    /// The same, but it takes its time to say that it has taken a report.
    #[must_use]
    pub fn answering_after(self, answers_after: Duration) -> Self {
        Self { answers_after, ..self }
    }

    /// The same, but it never says how a job stands.
    #[must_use]
    pub fn never_saying(self) -> Self {
        Self {
            never_says: true,
            ..self
        }
    }

    /// The same, but it never answers to what is told it by this `web_host`.
    #[must_use]
    pub fn silent_at(self, web_host: &str) -> Self {
        Self {
            silent: Some(web_host.to_owned()),
            ..self
        }
    }

    /// Waits until this many reports are on their way at once.
    pub async fn are_on_their_way(&self, count: usize) {
        // The sender is ours, so the channel cannot close.
        let _ = self
            .on_their_way
            .subscribe()
            .wait_for(|reports| reports.now >= count)
            .await;
    }

    /// The most reports that were on their way at one moment.
    pub fn most_at_once(&self) -> usize {
        self.on_their_way.borrow().most
    }

    /// Waits until so many reports were taken, and gives them in their order.
    pub async fn taken(&self, count: usize) -> Vec<(JobId, Status)> {
        let mut taken = self.taken.subscribe();
        taken
            .wait_for(|taken| taken.len() >= count)
            .await
            .map(|taken| taken.clone())
            .unwrap_or_default()
    }

    /// The reports taken so far.
    pub fn taken_now(&self) -> Vec<(JobId, Status)> {
        self.taken.borrow().clone()
    }

    async fn answer(&self, report: &Report) -> Result<(), ReportError> {
        let (status, job) = (report.status, report.job.clone());
        if self.is_silent_at(report.web_host.as_deref()) {
            return std::future::pending().await;
        }
        let failed = |job, kind: std::io::ErrorKind| {
            let source = std::io::Error::from(kind).into();
            Err(ReportError::Transient { status, job, source })
        };
        if is_counted_down(&self.refusals) {
            return failed(job, std::io::ErrorKind::ConnectionRefused);
        }
        self.taken.send_modify(|taken| taken.push((job.clone(), status)));
        tokio::time::sleep(self.answers_after).await;
        if is_counted_down(&self.lost_answers) {
            return failed(job, std::io::ErrorKind::TimedOut);
        }
        Ok(())
    }

    fn is_silent_at(&self, web_host: Option<&str>) -> bool {
        self.silent.is_some() && self.silent.as_deref() == web_host
    }

    fn last_told(&self, job: &JobId) -> Option<Standing> {
        let taken = self.taken.borrow();
        let told = taken.iter().rev().find(|(told, _)| told == job);
        told.map(|(_, status)| Standing::Known(*status))
    }
}

/// Whether a count had not come to its end.
fn is_counted_down(count: &Mutex<u32>) -> bool {
    let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
    let is_left = *count > 0;
    *count = count.saturating_sub(1);
    is_left
}

#[async_trait]
impl Reporter for RecordingReporter {
    fn front_end(&self, web_host: Option<&str>) -> String {
        web_host.unwrap_or_default().to_owned()
    }

    async fn standing(&self, job: &JobId, _web_host: Option<&str>) -> Standing {
        if self.never_says {
            return std::future::pending().await;
        }
        let told = self.last_told(job).filter(|_| self.remembers);
        told.unwrap_or_else(|| self.standing.clone())
    }

    async fn report(&self, report: &Report) -> Result<(), ReportError> {
        self.on_their_way.send_modify(OnTheirWay::begin);
        let answer = self.answer(report).await;
        self.on_their_way.send_modify(|reports| reports.now -= 1);
        answer
    }
}

impl OnTheirWay {
    fn begin(&mut self) {
        self.now += 1;
        self.most = self.most.max(self.now);
    }
}

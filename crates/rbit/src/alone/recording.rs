//! What is kept of a job's output and of its requests.

use std::{
    io::{self, Write as _},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rbit_job::{
    http::HttpExchange,
    port::{GuestLog, GuestStream},
};
use serde::Serialize;

use crate::output;

/// Keeps everything, in order; its amount is bounded by the job's limits.
pub(crate) struct Recording {
    /// Whether lines are shown on stderr as they come.
    is_shown: bool,
    heard: Mutex<Heard>,
}

/// All that was heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) lines: Vec<Line>,
    pub(crate) exchanges: Vec<HttpExchange>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// `stdout` or `stderr`.
    pub(crate) stream: &'static str,
    pub(crate) line: String,
}

impl Recording {
    pub(crate) fn new(is_shown: bool) -> Self {
        Self {
            is_shown,
            heard: Mutex::default(),
        }
    }

    /// What was heard until now.
    pub(crate) fn take(&self) -> Heard {
        std::mem::take(&mut *self.heard())
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GuestLog for Recording {
    fn line(&self, stream: GuestStream, line: &str) {
        let stream = stream.as_str();
        if self.is_shown {
            // A reader that went away is no reason to end a job.
            let line = format!("{stream} | {line}\n");
            let _ = io::stderr().write_all(&output::without_secrets(line.as_bytes()));
        }
        self.heard().lines.push(Line {
            stream,
            line: line.to_owned(),
        });
    }

    fn exchange(&self, exchange: &HttpExchange) {
        self.heard().exchanges.push(exchange.clone());
    }
}

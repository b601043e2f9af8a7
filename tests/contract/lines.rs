//! What a guest printed.

use std::sync::{Mutex, PoisonError};

use rbit_job::{
    http::HttpExchange,
    port::{GuestLog, GuestStream},
};

/// Lines, as `stream: line`.
#[derive(Default)]
pub(super) struct Lines(Mutex<Vec<String>>);

impl Lines {
    /// All of them until now.
    pub(super) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl GuestLog for Lines {
    fn line(&self, stream: GuestStream, line: &str) {
        let line = format!("{}: {line}", stream.as_str());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn exchange(&self, _: &HttpExchange) {}
}

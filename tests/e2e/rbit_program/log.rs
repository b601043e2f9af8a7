//! What a running program says, read while it says it.

use std::{
    io::{BufRead as _, BufReader, Read},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
    time::Duration,
};

/// The log of a program. It is read to its end by a thread, so that the program never waits for us.
#[derive(Clone)]
pub(super) struct Log(Arc<(Mutex<Lines>, Condvar)>);

#[derive(Default)]
struct Lines {
    lines: Vec<String>,
    has_ended: bool,
}

impl Log {
    pub(super) fn of(stderr: impl Read + Send + 'static) -> Self {
        let log = Self(Arc::default());
        let writer = log.clone();
        thread::spawn(move || {
            for line in BufReader::new(stderr).split(b'\n') {
                let Ok(line) = line else { break };
                writer.change(|lines| lines.lines.push(String::from_utf8_lossy(&line).into_owned()));
            }
            writer.change(|lines| lines.has_ended = true);
        });
        log
    }

    /// Waits until so many lines contain `words`.
    pub(super) fn wait_for(&self, count: usize, words: &str) {
        let (said, all) = {
            let lines = self.wait_while(|lines| !lines.has_ended && lines.count(words) < count);
            (lines.count(words), lines.lines.join("\n"))
        };
        // Without the lock: the box may still be saying something.
        assert!(
            said >= count,
            "the program did not say `{words}` {count} times, but\n{all}"
        );
    }

    pub(super) fn count(&self, words: &str) -> usize {
        self.lock().count(words)
    }

    /// All of it, once the program has ended.
    pub(super) fn whole(&self) -> String {
        let lines = self.wait_while(|lines| !lines.has_ended);
        lines.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    fn change(&self, change: impl FnOnce(&mut Lines)) {
        change(&mut self.lock());
        self.0.1.notify_all();
    }

    fn wait_while(&self, is_so: impl Fn(&mut Lines) -> bool) -> MutexGuard<'_, Lines> {
        let waited = self.0.1.wait_timeout_while(self.lock(), PATIENCE, |lines| is_so(lines));
        waited.unwrap().0
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.0.lock().unwrap()
    }
}

impl Lines {
    fn count(&self, words: &str) -> usize {
        self.lines.iter().filter(|line| line.contains(words)).count()
    }
}

/// Generous: it only ends tests that have already failed.
const PATIENCE: Duration = Duration::from_secs(180);

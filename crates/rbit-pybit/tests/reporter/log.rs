//! What this thread logs.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tracing_subscriber::fmt;

/// The log since it was captured; it ends with this value.
pub(crate) struct Log {
    text: Text,
    _scope: tracing::subscriber::DefaultGuard,
}

impl Log {
    pub(crate) fn capture() -> Self {
        let text = Text::default();
        let writer = text.clone();
        let subscriber = fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone());
        Self {
            text,
            _scope: tracing::subscriber::set_default(subscriber.finish()),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// The lines of this crate that contain a word.
    pub(crate) fn lines(&self, word: &str) -> Vec<String> {
        let text = self.text();
        let lines = text
            .lines()
            .filter(|line| line.contains("rbit_pybit") && line.contains(word));
        lines.map(str::to_owned).collect()
    }
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

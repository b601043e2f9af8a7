//! Data for whoever called the program: stdout. And what is in nothing that the program writes.

use std::{
    borrow::Cow,
    io::{self, Write},
    sync::{PoisonError, RwLock},
};

use anyhow::Context as _;
use rbit_redact::Redactor;

/// Writes data to stdout. A reader who has seen enough, as `head` has, is no reason to fail.
pub(crate) fn print(data: impl AsRef<[u8]>) -> anyhow::Result<()> {
    written(
        io::stdout()
            .write_all(&without_secrets(data.as_ref()))
            .and_then(|()| io::stdout().flush()),
    )
}

/// Takes out of everything that is written from now on what this finds, and nothing else.
pub(crate) fn hide(redactor: Redactor) {
    *HIDDEN.write().unwrap_or_else(PoisonError::into_inner) = Some(redactor);
}

/// What may be written of these bytes.
pub(crate) fn without_secrets(bytes: &[u8]) -> Cow<'_, [u8]> {
    let hidden = HIDDEN.read().unwrap_or_else(PoisonError::into_inner);
    hidden
        .as_ref()
        .map_or(Cow::Borrowed(bytes), |redactor| redactor.bytes(bytes))
}

/// As the two streams are those of the process, so is this.
static HIDDEN: RwLock<Option<Redactor>> = RwLock::new(None);

fn written(result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to stdout"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_who_went_away_is_no_error_and_a_full_disk_is() {
        assert!(written(Err(io::ErrorKind::BrokenPipe.into())).is_ok());
        let full = written(Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert_eq!(full.to_string(), "cannot write to stdout");
    }
}

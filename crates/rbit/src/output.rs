//! Data for whoever called the program: stdout.

use std::io::{self, Write};

use anyhow::Context as _;

/// Writes data to stdout. A reader who has seen enough, as `head` has, is no reason to fail.
pub(crate) fn print(data: impl AsRef<[u8]>) -> anyhow::Result<()> {
    written(
        io::stdout()
            .write_all(data.as_ref())
            .and_then(|()| io::stdout().flush()),
    )
}

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

//! The bytes of one file, on their way from a guest's folder to the disk they are delivered on.

use std::{
    io::{self, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use cap_std::fs::File;
use rbit_job::Limits;
use sha2::{Digest, Sha256};

/// How much may be copied for a job, and whether it may still go on.
#[derive(Debug)]
pub(crate) struct Allowance {
    one: u64,
    all: u64,
    left: u64,
    is_stopped: Arc<AtomicBool>,
}

/// A file was not copied.
#[derive(Debug)]
pub(crate) enum CopyError {
    /// It has more bytes than a file may have.
    TooLarge,
    /// With it, the files of the job have more bytes than they may have together.
    TooMuch,
    /// The job was told to stop.
    Stopped,
    /// Reading or writing failed.
    Io(io::Error),
}

impl From<io::Error> for CopyError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Allowance {
    /// What the limits allow one job, until the flag is raised.
    pub(crate) fn new(limits: &Limits, is_stopped: Arc<AtomicBool>) -> Self {
        Self {
            one: limits.artifact_size,
            all: limits.artifacts_size,
            left: limits.artifacts_size,
            is_stopped,
        }
    }

    /// Whether it may go on.
    pub(crate) fn check(&self) -> Result<(), CopyError> {
        if self.is_stopped.load(Ordering::Relaxed) {
            return Err(CopyError::Stopped);
        }
        Ok(())
    }

    /// Bytes that were copied.
    pub(crate) fn used(&self) -> u64 {
        self.all - self.left
    }

    /// Takes some bytes off, of a file that has so many with them.
    fn take(&mut self, bytes: u64, size: u64) -> Result<(), CopyError> {
        if size > self.one {
            return Err(CopyError::TooLarge);
        }
        self.left = self.left.checked_sub(bytes).ok_or(CopyError::TooMuch)?;
        Ok(())
    }
}

/// Copies a file to the disk, and gives its size and digest.
///
/// What was written is brought to the disk in parts, so that a stop never has to wait for much of it.
pub(crate) fn copy_hashed(
    source: &mut impl Read,
    target: &mut File,
    allowance: &mut Allowance,
) -> Result<(u64, String), CopyError> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let (mut size, mut unsynced) = (0, 0);
    loop {
        allowance.check()?;
        let read = source.read(&mut buffer)?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        size += read as u64;
        allowance.take(read as u64, size)?;
        hash.update(chunk);
        target.write_all(chunk)?;
        unsynced += read;
        if unsynced >= SYNCED_AT_ONCE {
            target.sync_data()?;
            unsynced = 0;
        }
    }
    target.sync_all()?;
    Ok((size, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

const BUFFER: usize = 128 * 1024;
/// A slow disk takes a fraction of a second for it.
const SYNCED_AT_ONCE: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    /// A file without end, during whose third part the job is told to stop.
    struct Endless {
        parts: u32,
        is_stopped: Arc<AtomicBool>,
    }

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.parts += 1;
            self.is_stopped.store(self.parts == 3, Ordering::Relaxed);
            assert!(self.parts <= 3, "it went on");
            Ok(buffer.len())
        }
    }

    fn target() -> File {
        File::from_std(tempfile::tempfile().unwrap())
    }

    fn allowance(one: u64, all: u64) -> Allowance {
        let limits = Limits {
            artifact_size: one,
            artifacts_size: all,
            ..Limits::default()
        };
        Allowance::new(&limits, Arc::default())
    }

    #[test]
    fn a_copy_that_is_told_to_stop_goes_no_further() {
        let mut allowance = allowance(u64::MAX, u64::MAX);
        let mut source = Endless {
            parts: 0,
            is_stopped: Arc::clone(&allowance.is_stopped),
        };
        let stopped = copy_hashed(&mut source, &mut target(), &mut allowance);
        assert!(matches!(stopped, Err(CopyError::Stopped)), "{stopped:?}");
    }

    #[test]
    fn each_file_and_all_of_them_together_are_bounded() {
        let mut allowance = allowance(10, 15);
        let mut copy = |bytes: &[u8]| copy_hashed(&mut &bytes[..], &mut target(), &mut allowance);
        assert!(matches!(copy(&[0; 11]), Err(CopyError::TooLarge)));
        assert_eq!(copy(&[0; 10]).unwrap().0, 10);
        assert_eq!(copy(&[0; 5]).unwrap().0, 5);
        assert_eq!(copy(&[]).unwrap().0, 0);
        assert!(matches!(copy(&[0; 1]), Err(CopyError::TooMuch)));
    }

    #[test]
    fn a_file_that_is_synced_in_parts_is_whole() {
        let bytes: Vec<_> = (0..SYNCED_AT_ONCE * 2 + 5).map(|place| place as u8).collect();
        let mut target = target();
        let (size, digest) = copy_hashed(&mut &bytes[..], &mut target, &mut allowance(u64::MAX, u64::MAX)).unwrap();
        assert_eq!(size, bytes.len() as u64);
        let expected: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(digest, expected);
        assert_eq!(target.metadata().unwrap().len(), size);
    }
}

//! How much of a job's folders is used: bytes, names and open files.
//!
//! A file counts as its length, holes included, and every name (file, folder, link) as [`NAME_COST`] bytes besides. Bytes of a
//! file are given back when its last name is gone and nobody has it open. What is counted is never less than what there is: it is
//! counted before it is written, and given back after it is gone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rbit_job::Limits;

/// The books of one job, over its scratch and its output folder together.
#[derive(Debug)]
pub(crate) struct Ledger {
    gauges: Mutex<Gauges>,
}

#[derive(Debug)]
struct Gauges {
    bytes: Gauge,
    files: Gauge,
    open: Gauge,
}

/// The most there were at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peaks {
    pub(crate) bytes: u64,
    pub(crate) files: u64,
    pub(crate) open: u64,
}

/// A limit that was reached: its key, what it is, the most there was, and how much more was asked for when it was last refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) limit: u64,
    pub(crate) peak: u64,
    pub(crate) refused: u64,
}

/// Which limits were reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusals {
    pub(crate) disk: Option<Refusal>,
    pub(crate) files: Option<Refusal>,
    pub(crate) open_files: Option<Refusal>,
}

impl Ledger {
    pub(crate) fn new(limits: &Limits) -> Self {
        let gauges = Gauges {
            bytes: Gauge::new(limits.disk),
            files: Gauge::new(limits.files.into()),
            open: Gauge::new(limits.open_files.into()),
        };
        Self {
            gauges: Mutex::new(gauges),
        }
    }

    /// Makes room for a new name. It is given back unless it is kept.
    pub(super) fn add_name(self: &Arc<Self>) -> Result<NewName, OverLimit> {
        let mut gauges = self.gauges();
        gauges.files.take(1)?;
        if let Err(over) = gauges.bytes.take(NAME_COST) {
            gauges.files.give(1);
            return Err(over);
        }
        Ok(NewName {
            ledger: Some(self.clone()),
        })
    }

    /// A name is gone.
    pub(super) fn remove_name(&self) {
        let mut gauges = self.gauges();
        gauges.files.give(1);
        gauges.bytes.give(NAME_COST);
    }

    /// Counts one more open file, for as long as what is returned lives.
    pub(super) fn open(self: &Arc<Self>) -> Result<Opened, OverLimit> {
        self.gauges().open.take(1)?;
        Ok(Opened(self.clone()))
    }

    /// Counts bytes that are about to be written.
    pub(super) fn take_bytes(&self, count: u64) -> Result<(), OverLimit> {
        self.gauges().bytes.take(count)
    }

    /// Bytes are gone.
    pub(super) fn give_bytes(&self, count: u64) {
        self.gauges().bytes.give(count);
    }

    /// The most there were at one time.
    pub(crate) fn peaks(&self) -> Peaks {
        let gauges = self.gauges();
        Peaks {
            bytes: gauges.bytes.peak,
            files: gauges.files.peak,
            open: gauges.open.peak,
        }
    }

    /// Which limits the guest has met.
    pub(crate) fn refusals(&self) -> Refusals {
        let gauges = self.gauges();
        Refusals {
            disk: gauges.bytes.refusal(),
            files: gauges.files.refusal(),
            open_files: gauges.open.refusal(),
        }
    }

    fn gauges(&self) -> MutexGuard<'_, Gauges> {
        self.gauges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The guest asked for more than there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("over the limit")]
pub(crate) struct OverLimit;

/// Room for a name that is about to be made.
#[derive(Debug)]
pub(super) struct NewName {
    ledger: Option<Arc<Ledger>>,
}

impl NewName {
    /// The name is there now.
    pub(super) fn keep(mut self) {
        self.ledger = None;
    }
}

impl Drop for NewName {
    fn drop(&mut self) {
        if let Some(ledger) = &self.ledger {
            ledger.remove_name();
        }
    }
}

/// An open file.
#[derive(Debug)]
pub(super) struct Opened(Arc<Ledger>);

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.gauges().open.give(1);
    }
}

/// One thing that is counted.
#[derive(Debug)]
struct Gauge {
    limit: u64,
    now: u64,
    peak: u64,
    refused: Option<u64>,
}

impl Gauge {
    fn new(limit: u64) -> Self {
        Self {
            limit,
            now: 0,
            peak: 0,
            refused: None,
        }
    }

    fn take(&mut self, count: u64) -> Result<(), OverLimit> {
        let then = self.now.saturating_add(count);
        if then > self.limit {
            self.refused = Some(count);
            return Err(OverLimit);
        }
        self.now = then;
        self.peak = self.peak.max(then);
        Ok(())
    }

    fn give(&mut self, count: u64) {
        self.now = self.now.saturating_sub(count);
    }

    fn refusal(&self) -> Option<Refusal> {
        self.refused.map(|refused| Refusal {
            limit: self.limit,
            peak: self.peak,
            refused,
        })
    }
}

/// What a name costs besides the bytes of its file: the block or page that the smallest file has on disk.
const NAME_COST: u64 = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(disk: u64, files: u32) -> Arc<Ledger> {
        Arc::new(Ledger::new(&Limits {
            disk,
            files,
            open_files: 1,
            ..Limits::default()
        }))
    }

    #[test]
    fn a_name_takes_one_file_and_a_block_or_nothing() {
        let ledger = ledger(2 * NAME_COST - 1, 9);
        ledger.add_name().unwrap().keep();
        assert!(ledger.add_name().is_err());
        assert_eq!((ledger.peaks().files, ledger.peaks().bytes), (2, NAME_COST));
        ledger.remove_name();
        ledger.add_name().unwrap().keep();
    }

    #[test]
    fn a_name_that_was_not_made_is_given_back() {
        let ledger = ledger(1 << 20, 1);
        drop(ledger.add_name().unwrap());
        ledger.add_name().unwrap().keep();
        assert!(ledger.add_name().is_err());
        assert_eq!(ledger.refusals().files.map(|refusal| refusal.limit), Some(1));
    }

    #[test]
    fn the_peak_stays_when_bytes_are_given_back() {
        let ledger = ledger(100, 1);
        ledger.take_bytes(80).unwrap();
        assert!(ledger.take_bytes(21).is_err());
        ledger.give_bytes(80);
        ledger.take_bytes(100).unwrap();
        assert_eq!(ledger.peaks().bytes, 100);
        let refusal = ledger.refusals().disk.unwrap();
        assert_eq!((refusal.limit, refusal.peak, refusal.refused), (100, 100, 21));
    }

    #[test]
    fn an_open_file_counts_until_it_is_closed() {
        let ledger = ledger(0, 0);
        let open = ledger.open().unwrap();
        assert!(ledger.open().is_err());
        drop(open);
        assert!(ledger.open().is_ok());
    }

    #[test]
    fn a_count_that_overflows_is_refused() {
        let ledger = ledger(u64::MAX - 1, 0);
        ledger.take_bytes(1).unwrap();
        assert!(ledger.take_bytes(u64::MAX).is_err());
    }
}

//! One file's account in the ledger, and who keeps it.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    identity::{Inode, Seen},
    ledger::{Ledger, Opened, OverLimit},
};

/// The bytes of one regular file. They are given back when nobody knows the account any more: no name, no descriptor, no stream.
#[derive(Debug)]
pub(super) struct Account {
    ledger: Arc<Ledger>,
    /// The length of the file. Only the guest's thread writes it.
    bytes: AtomicU64,
}

impl Account {
    /// Counts what the file is about to have, if that is more than it has. Returns what it had.
    pub(super) fn grow_to(&self, length: u64) -> Result<u64, OverLimit> {
        let before = self.bytes.load(Ordering::Relaxed);
        if length > before {
            self.ledger.take_bytes(length - before)?;
            self.bytes.store(length, Ordering::Relaxed);
        }
        Ok(before)
    }

    /// The file turned out to have this length, which is no more than was counted.
    pub(super) fn settle(&self, length: u64) {
        let counted = self.bytes.swap(length, Ordering::Relaxed);
        self.ledger.give_bytes(counted.saturating_sub(length));
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.ledger.give_bytes(*self.bytes.get_mut());
    }
}

/// An open descriptor. Streams made from it hold it too, for they keep the file open when the descriptor is gone.
#[derive(Debug)]
pub(super) struct Held {
    /// None for folders, and for files that the guest may only read.
    pub(super) account: Option<Arc<Account>>,
    _opened: Opened,
}

impl Held {
    pub(super) fn new(account: Option<Arc<Account>>, opened: Opened) -> Self {
        Self {
            account,
            _opened: opened,
        }
    }
}

/// The accounts of all files that have a name. The folders were empty when the job began, so there are no others.
#[derive(Debug)]
pub(super) struct Accounts {
    ledger: Arc<Ledger>,
    named: HashMap<Inode, Arc<Account>>,
}

impl Accounts {
    pub(super) fn new(ledger: Arc<Ledger>) -> Self {
        Self {
            ledger,
            named: HashMap::new(),
        }
    }

    /// The account of a file, and whether the file is new.
    pub(super) fn of(&mut self, inode: Inode) -> (Arc<Account>, bool) {
        if let Some(account) = self.named.get(&inode) {
            return (account.clone(), false);
        }
        let account = Arc::new(Account {
            ledger: self.ledger.clone(),
            bytes: AtomicU64::new(0),
        });
        self.named.insert(inode, account.clone());
        (account, true)
    }

    /// A name is gone that led to this.
    pub(super) fn remove_name(&mut self, seen: Option<Seen>) {
        self.ledger.remove_name();
        if let Some(seen) = seen.filter(Seen::was_last_name_of_a_file) {
            self.named.remove(&seen.inode);
        }
    }
}

#[cfg(test)]
mod tests {
    use rbit_job::Limits;

    use super::*;

    /// Room for so many bytes besides two names, which are there.
    fn accounts(disk: u64) -> (Arc<Ledger>, Accounts) {
        let ledger = Arc::new(Ledger::new(&Limits {
            disk: disk + 2 * 4096,
            ..Limits::default()
        }));
        for _ in 0..2 {
            ledger.add_name().unwrap().keep();
        }
        (ledger.clone(), Accounts::new(ledger))
    }

    const FILE: Inode = Inode { device: 1, number: 2 };

    fn last_name() -> Option<Seen> {
        Some(Seen {
            inode: FILE,
            has_other_names: false,
            is_file: true,
        })
    }

    #[test]
    fn writing_over_what_is_there_is_free_and_growing_is_not() {
        let (ledger, mut accounts) = accounts(100);
        let (account, _) = accounts.of(FILE);
        account.grow_to(60).unwrap();
        account.grow_to(40).unwrap();
        account.grow_to(100).unwrap();
        assert!(account.grow_to(101).is_err());
        account.settle(10);
        assert!(ledger.take_bytes(90).is_ok() && ledger.take_bytes(1).is_err());
    }

    #[test]
    fn a_file_without_name_counts_until_it_is_closed() {
        let (ledger, mut accounts) = accounts(100);
        let (account, is_new) = accounts.of(FILE);
        assert!(is_new);
        account.grow_to(100).unwrap();
        accounts.remove_name(last_name());
        assert!(ledger.take_bytes(4096 + 1).is_err());
        drop(account);
        assert!(ledger.take_bytes(4096 + 100).is_ok());
    }

    #[test]
    fn a_file_with_another_name_goes_on_counting() {
        let (ledger, mut accounts) = accounts(100);
        accounts.of(FILE).0.grow_to(100).unwrap();
        accounts.remove_name(last_name().map(|seen| Seen {
            has_other_names: true,
            ..seen
        }));
        assert!(ledger.take_bytes(4096 + 1).is_err());
        accounts.remove_name(last_name());
        assert!(ledger.take_bytes(2 * 4096 + 100).is_ok());
    }
}

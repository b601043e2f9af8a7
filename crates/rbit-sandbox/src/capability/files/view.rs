//! What a guest has open, and whose bytes they are.

use std::{collections::HashMap, fs::File, sync::Arc};

use rbit_job::GuestClock;
use wasmtime::component::{HasData, Resource};
use wasmtime_wasi::{
    FsPerms,
    filesystem::{Descriptor, WasiFilesystemCtxView},
    p2::{
        DynOutputStream, FsError, FsResult,
        bindings::filesystem::types::{DescriptorStat, ErrorCode, OpenFlags},
    },
};

use super::{
    account::{Account, Accounts, Held},
    identity::{self, Seen},
    ledger::{Ledger, NewName, Opened, OverLimit},
    preopened::{Preopened, Shown},
    sources::SourcesOnly,
    stream::FileWriter,
};
use crate::{
    capability::chance::file_time,
    gate::{Closed, Gate, Pass},
};

/// What is known of one guest's files besides what wasmtime-wasi knows.
pub(crate) struct Book {
    pub(super) ledger: Arc<Ledger>,
    gate: Arc<Gate>,
    pub(super) accounts: Accounts,
    /// Open descriptors by their number in the table. Those of the preopened folders are not among them.
    pub(super) open: HashMap<u32, Arc<Held>>,
    /// The folder of which little is shown, if there is one.
    pub(super) sources: Option<SourcesOnly>,
    pub(crate) preopened: Preopened,
}

impl Book {
    pub(crate) fn new(ledger: Arc<Ledger>, gate: Arc<Gate>) -> Self {
        Self {
            accounts: Accounts::new(ledger.clone()),
            ledger,
            gate,
            open: HashMap::new(),
            sources: None,
            preopened: Preopened::default(),
        }
    }

    /// Shows no more of a folder than the sources in it.
    pub(crate) fn showing_only(self, sources: Option<SourcesOnly>) -> Self {
        Self { sources, ..self }
    }

    /// Tells of these folders, which are none.
    pub(crate) fn standing_in(self, folders: Vec<Shown>) -> Self {
        let preopened = Preopened::standing_in(folders);
        Self { preopened, ..self }
    }

    pub(super) fn held(&self, fd: &Resource<Descriptor>) -> Option<Arc<Held>> {
        self.open.get(&fd.rep()).cloned()
    }

    pub(super) fn account(&self, fd: &Resource<Descriptor>) -> Option<Arc<Account>> {
        self.held(fd)?.account.clone()
    }

    pub(super) fn enter(&self) -> Result<Pass, Closed> {
        self.gate.enter()
    }

    /// Makes room for what is about to be opened in a folder. Without room for a name, a file that is there can still be opened.
    pub(super) fn opening(&self, wants: Wants) -> Result<Opening, Refused> {
        let Wants {
            creates,
            empties,
            is_exclusive,
            is_writable_folder,
        } = wants;
        let pass = if creates || empties { Some(self.enter()?) } else { None };
        let opened = self.ledger.open()?;
        let makes_name = creates && is_writable_folder;
        let name = makes_name.then(|| self.ledger.add_name().ok()).flatten();
        let has_no_room = makes_name && name.is_none();
        if has_no_room && is_exclusive {
            return Err(OverLimit.into());
        }
        Ok(Opening {
            is_writable_folder,
            is_emptied: empties,
            has_no_room,
            name,
            opened,
            _pass: pass,
        })
    }

    /// Counts what was made by opening, and holds what was opened.
    pub(super) fn opened(&mut self, file: Option<&File>, opening: Opening) -> Held {
        let account = match file {
            Some(file) if opening.is_writable_folder => self.account_of(file, opening.is_emptied, opening.name),
            _ => None,
        };
        Held::new(account, opening.opened)
    }

    fn account_of(&mut self, file: &File, is_emptied: bool, name: Option<NewName>) -> Option<Arc<Account>> {
        let seen = identity::of_open(file).filter(|seen| seen.is_file)?;
        let (account, is_new) = self.accounts.of(seen.inode);
        if let Some(name) = name.filter(|_| is_new) {
            name.keep();
        }
        if is_emptied {
            account.settle(0);
        }
        Some(account)
    }
}

/// What an operation did not come to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// There is no room for it.
    #[error(transparent)]
    OverLimit(#[from] OverLimit),
    /// The guest was told to end.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// How something is to be opened.
pub(super) struct Wants {
    pub(super) creates: bool,
    pub(super) empties: bool,
    /// It must not be there yet.
    pub(super) is_exclusive: bool,
    /// The folder in which it lies can be written to.
    pub(super) is_writable_folder: bool,
}

/// Names the view for the linker.
pub(crate) struct Files;

impl HasData for Files {
    type Data<'a> = FilesView<'a>;
}

/// The files of one guest during one call.
pub(crate) struct FilesView<'a> {
    pub(crate) inner: WasiFilesystemCtxView<'a>,
    pub(crate) book: &'a mut Book,
    pub(crate) clock: GuestClock,
}

impl FilesView<'_> {
    /// What is seen of a file, with the times that the guest's clock allows.
    pub(super) fn timed(&self, stat: DescriptorStat) -> DescriptorStat {
        DescriptorStat {
            data_access_timestamp: file_time(self.clock, stat.data_access_timestamp),
            data_modification_timestamp: file_time(self.clock, stat.data_modification_timestamp),
            status_change_timestamp: file_time(self.clock, stat.status_change_timestamp),
            ..stat
        }
    }

    pub(super) fn file(&self, fd: &Resource<Descriptor>) -> FsResult<Option<(Arc<File>, FsPerms)>> {
        Ok(match self.inner.table.get(fd)? {
            Descriptor::File(file) => Some((file.file.clone(), file.perms)),
            Descriptor::Dir(_) => None,
        })
    }

    pub(super) fn folder(&self, fd: &Resource<Descriptor>) -> FsResult<(Arc<File>, FsPerms)> {
        match self.inner.table.get(fd)? {
            Descriptor::Dir(folder) => Ok((folder.dir.clone(), folder.perms)),
            Descriptor::File(_) => Err(ErrorCode::NotDirectory.into()),
        }
    }

    /// Whether what a path leads to is shown at all.
    pub(super) fn shows(&self, fd: &Resource<Descriptor>, path: &str) -> FsResult<()> {
        let Some(sources) = &self.book.sources else {
            return Ok(());
        };
        // What is no folder leads nowhere.
        match self.folder(fd) {
            Ok((folder, _)) if !sources.shows(&folder, path) => Err(ErrorCode::NoEntry.into()),
            _ => Ok(()),
        }
    }

    /// What lies under a name.
    pub(super) fn look(&self, fd: &Resource<Descriptor>, path: &str) -> FsResult<Option<Seen>> {
        let (folder, _) = self.folder(fd)?;
        Ok(identity::look(&folder, path))
    }

    /// A stream that writes from a position on, or at the end.
    pub(super) fn writer(
        &mut self,
        fd: &Resource<Descriptor>,
        position: Option<u64>,
    ) -> FsResult<Resource<DynOutputStream>> {
        let Some((file, perms)) = self.file(fd)? else {
            return Err(ErrorCode::BadDescriptor.into());
        };
        if perms.write_not_permitted() {
            return Err(ErrorCode::NotPermitted.into());
        }
        let writer: DynOutputStream = Box::new(FileWriter {
            file,
            position,
            is_over: false,
            held: self.book.held(fd),
            gate: self.book.gate.clone(),
        });
        Ok(self.inner.table.push(writer)?)
    }

    /// Makes room for what is about to be opened, and says how it can be opened.
    pub(super) fn opening(&self, folder: &Resource<Descriptor>, flags: OpenFlags) -> FsResult<(Opening, OpenFlags)> {
        let (_, perms) = self.folder(folder)?;
        let opening = self.book.opening(Wants {
            creates: flags.contains(OpenFlags::CREATE),
            empties: flags.contains(OpenFlags::TRUNCATE),
            is_exclusive: flags.contains(OpenFlags::EXCLUSIVE),
            is_writable_folder: !perms.write_not_permitted(),
        })?;
        let without_name = flags & !OpenFlags::CREATE;
        let flags = if opening.has_no_room { without_name } else { flags };
        Ok((opening, flags))
    }

    /// Remembers what was opened, and counts what was made by it.
    pub(super) fn keep(&mut self, fd: &Resource<Descriptor>, opening: Opening) -> FsResult<()> {
        let file = self.file(fd)?;
        let held = self.book.opened(file.as_ref().map(|(file, _)| &**file), opening);
        self.book.open.insert(fd.rep(), Arc::new(held));
        Ok(())
    }
}

/// Something that is about to be opened.
pub(super) struct Opening {
    is_writable_folder: bool,
    is_emptied: bool,
    /// For a new name: it can be opened if it is there, and not be made.
    pub(super) has_no_room: bool,
    name: Option<NewName>,
    opened: Opened,
    _pass: Option<Pass>,
}

impl Opening {
    /// Why it failed: a file that is not there, for which there is no room, is a matter of the limit.
    pub(super) fn explained(self, error: FsError) -> FsError {
        match error.downcast_ref() {
            Some(ErrorCode::NoEntry) if self.has_no_room => OverLimit.into(),
            _ => error,
        }
    }
}

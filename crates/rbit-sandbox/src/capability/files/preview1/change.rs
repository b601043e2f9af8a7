//! What changes files and folders: each is counted before it is done, and set right afterwards.

use std::{fs::File, sync::Arc};

use wasmtime_wasi::p1::wasi_snapshot_preview1::WasiSnapshotPreview1 as _;
use wiggle::{GuestMemory, GuestPtr};

use super::{
    super::{
        account::Account,
        identity::{self, Seen},
        ledger::NewName,
    },
    Node, Preview1,
    errno::{Refusal, SUCCESS},
};
use crate::gate::Pass;

/// A file that is about to become longer, or shorter. None where nothing is counted: standard output, or what cannot be written to.
pub(super) struct Growing {
    grown: Option<(Arc<File>, Arc<Account>)>,
    _pass: Option<Pass>,
}

/// Where a file is about to be written to.
#[derive(Clone, Copy)]
pub(super) enum At {
    /// Where it stands.
    Cursor,
    /// Here.
    Offset(u64),
}

/// A name that is about to be made.
pub(super) struct Making {
    name: NewName,
    _pass: Pass,
}

/// A name that is about to go.
pub(super) struct Going {
    /// What lies there, or is replaced; none if that cannot be said.
    seen: Option<Seen>,
    /// Whether a name is gone afterwards.
    is_gone: bool,
    _pass: Pass,
}

impl Preview1 {
    /// Counts what is about to be written: the first piece that is not empty, which is what wasmtime-wasi writes in one call.
    pub(super) fn writing(
        &mut self,
        memory: &GuestMemory<'_>,
        fd: u32,
        pieces: (i32, i32),
        at: At,
    ) -> Result<Growing, Refusal> {
        let Some((file, account, appends)) = self.counted(fd) else {
            return Ok(Growing::nothing());
        };
        let pass = self.enter()?;
        let length = first_length(memory, pieces)?;
        let start = match at {
            _ if appends => file.metadata()?.len(),
            At::Offset(offset) => offset,
            At::Cursor => self.cursor_of(fd)?,
        };
        if length > 0 {
            account.grow_to(start.saturating_add(length))?;
        }
        Ok(Growing {
            grown: Some((file, account)),
            _pass: Some(pass),
        })
    }

    /// Counts what a file is about to have.
    pub(super) fn sizing(&self, fd: u32, size: u64) -> Result<Growing, Refusal> {
        let Some((file, account, _)) = self.counted(fd) else {
            return Ok(Growing::nothing());
        };
        let pass = self.enter()?;
        account.grow_to(size)?;
        Ok(Growing {
            grown: Some((file, account)),
            _pass: Some(pass),
        })
    }

    /// The file and its account, and whether it is written to at its end.
    fn counted(&self, fd: u32) -> Option<(Arc<File>, Arc<Account>, bool)> {
        let entry = self.entry(fd)?;
        let Node::File { file, appends } = &entry.node else {
            return None;
        };
        let account = entry.held.as_ref()?.account.clone()?;
        Some((file.clone(), account, *appends))
    }

    fn cursor_of(&mut self, fd: u32) -> Result<u64, Refusal> {
        Ok(self.ctx.fd_tell(&mut GuestMemory::Unshared(&mut []), fd.into())?)
    }

    /// Makes room for a name.
    pub(super) fn making(&self) -> Result<Making, Refusal> {
        let pass = self.enter()?;
        let name = self.book.ledger.add_name()?;
        Ok(Making { name, _pass: pass })
    }

    /// Looks at the file whose name is about to go.
    pub(super) fn unlinking(&self, memory: &GuestMemory<'_>, folder: u32, path: (i32, i32)) -> Result<Going, Refusal> {
        let pass = self.enter()?;
        Ok(Going {
            seen: self.look(memory, folder, path)?,
            is_gone: true,
            _pass: pass,
        })
    }

    /// A folder that is about to go has nothing to be counted but its name.
    pub(super) fn removing_folder(&self) -> Result<Going, Refusal> {
        let pass = self.enter()?;
        Ok(Going {
            seen: None,
            is_gone: true,
            _pass: pass,
        })
    }

    /// Looks at what is about to be moved, and at what it will replace.
    pub(super) fn renaming(
        &self,
        memory: &GuestMemory<'_>,
        (folder, path): (u32, (i32, i32)),
        (new_folder, new_path): (u32, (i32, i32)),
    ) -> Result<Going, Refusal> {
        let pass = self.enter()?;
        let moved = self.look(memory, folder, path)?;
        let replaced = self.look(memory, new_folder, new_path)?;
        let seen = identity::replaced_by(moved, replaced);
        Ok(Going {
            seen,
            is_gone: seen.is_some(),
            _pass: pass,
        })
    }

    fn look(&self, memory: &GuestMemory<'_>, folder: u32, (path, length): (i32, i32)) -> Result<Option<Seen>, Refusal> {
        let path = GuestPtr::<str>::new((path.cast_unsigned(), length.cast_unsigned()));
        let Some((folder, _)) = self.folder(folder) else {
            return Ok(None);
        };
        // What is no text is wasmtime-wasi's to refuse.
        let path = memory.as_cow_str(path).ok();
        Ok(path.and_then(|path| identity::look(folder, &path)))
    }

    /// A name is gone, if the operation has succeeded.
    pub(super) fn gone(&mut self, going: &Going, errno: i32) {
        if errno == SUCCESS && going.is_gone {
            self.book.accounts.remove_name(going.seen);
        }
    }
}

impl Growing {
    fn nothing() -> Self {
        Self {
            grown: None,
            _pass: None,
        }
    }

    /// Sets right what was counted, whatever came of the operation.
    pub(super) fn done(self) -> Result<(), Refusal> {
        if let Some((file, account)) = &self.grown {
            account.settle(file.metadata()?.len());
        }
        Ok(())
    }
}

impl Making {
    /// Keeps the name, if it was made.
    pub(super) fn done(self, errno: i32) {
        if errno == SUCCESS {
            self.name.keep();
        }
    }
}

/// Bytes of the first piece that has any. Where there are more pieces than can be looked through, the host refuses them all.
fn first_length(memory: &GuestMemory<'_>, (pieces, count): (i32, i32)) -> Result<u64, Refusal> {
    let count = count.cast_unsigned().min(MAX_PIECES);
    let pieces = GuestPtr::<u32>::new(pieces.cast_unsigned());
    for number in 0..count {
        // Each is an address and a length.
        let length = memory.read(pieces.add(2 * number + 1)?)?;
        if length > 0 {
            return Ok(length.into());
        }
    }
    Ok(0)
}

/// Pieces of one write that are looked through.
const MAX_PIECES: u32 = 1 << 20;

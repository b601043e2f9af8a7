//! WASI preview 1 and 0, for commands that are core modules: wasmtime-wasi's own, with the same ledger between it and the guest.
//!
//! wasmtime-wasi's host of preview 1 has its own table of descriptors and does not go through `wasi:filesystem` of the linker, so
//! the [`host`](super::host) of components sees nothing of it. What would change the guest's files, and what would keep the guest's
//! thread, is therefore linked a second time, over wasmtime-wasi's ([`link`]): each such function asks here whether it may, then calls
//! wasmtime-wasi's, and says here what came of it. Everything else is wasmtime-wasi's alone, as are all paths and permissions.
//!
//! | file | what it has |
//! |---|---|
//! | [`link`] | which functions, and how they are called |
//! | [`open`] | descriptors: opened, closed, renumbered |
//! | [`change`] | what changes files and folders |
//! | [`listing`] | listings of folders, read while they are asked for |
//! | [`sleep`] | waiting for a clock |

#[macro_use]
mod guarded;

mod change;
mod errno;
mod link;
mod listing;
mod open;
mod sleep;

use std::{collections::HashMap, fs::File, sync::Arc};

use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::{
    WasiCtxBuilder, WasiView as _,
    filesystem::Descriptor,
    p1::{WasiP1Ctx, wasi_snapshot_preview1::WasiSnapshotPreview1 as _},
};
use wiggle::GuestMemory;

pub(crate) use link::{PREVIEW0, PREVIEW1, add_to_linker};

use super::{account::Held, view::Book};
use errno::Refusal;
use listing::Cursor;

/// What one command has: wasmtime-wasi's context, and what is known of its descriptors besides.
pub(crate) struct Preview1 {
    pub(crate) ctx: WasiP1Ctx,
    book: Book,
    open: HashMap<u32, Entry>,
}

/// An open file or folder, under the guest's number for it.
struct Entry {
    /// Its place in wasmtime-wasi's table.
    place: u32,
    node: Node,
    is_writable: bool,
    /// None for the folders that were open from the start.
    held: Option<Arc<Held>>,
    /// Where a listing of it stands.
    cursor: Option<Cursor>,
}

enum Node {
    File {
        file: Arc<File>,
        /// Whether it is always written to at its end.
        appends: bool,
    },
    Folder(Arc<File>),
}

impl Preview1 {
    /// The context of a command that was granted what `wasi` says.
    pub(crate) fn new(wasi: &mut WasiCtxBuilder, book: Book, handles: usize) -> wasmtime::Result<Self> {
        let mut ctx = wasi.build_p1();
        ctx.ctx().table.set_max_capacity(handles);
        let mut preview1 = Self {
            ctx,
            book,
            open: HashMap::new(),
        };
        preview1.begin()?;
        Ok(preview1)
    }

    /// The context of a guest that does not use it.
    pub(crate) fn unused(book: Book) -> Self {
        Self {
            ctx: WasiCtxBuilder::new().build_p1(),
            book,
            open: HashMap::new(),
        }
    }

    /// Makes wasmtime-wasi open the granted folders now, and notes under which numbers.
    fn begin(&mut self) -> wasmtime::Result<()> {
        // It does so at the first call that has to do with a descriptor. Of this call there is nothing else to be had.
        let _ = self
            .ctx
            .fd_tell(&mut GuestMemory::Unshared(&mut []), FIRST_FOLDER.into());
        let table = self.ctx.ctx().table;
        // They are the only descriptors there are, and were put into the table in the order of their numbers.
        let places = (0..)
            .take_while(|place| *place < MAX_FOLDERS)
            .filter_map(|place| Some((place, entry(table, place)?)));
        self.open = (FIRST_FOLDER..)
            .zip(places)
            .map(|(fd, (_, entry))| (fd, entry))
            .collect();
        Ok(())
    }

    fn entry(&self, fd: u32) -> Option<&Entry> {
        self.open.get(&fd)
    }

    fn folder(&self, fd: u32) -> Option<(&Arc<File>, bool)> {
        match self.entry(fd)? {
            Entry {
                node: Node::Folder(folder),
                is_writable,
                ..
            } => Some((folder, *is_writable)),
            _ => None,
        }
    }

    /// Lets an operation begin that changes something.
    fn enter(&self) -> Result<crate::gate::Pass, Refusal> {
        Ok(self.book.enter()?)
    }
}

/// What lies at a place of wasmtime-wasi's table, if that is a descriptor.
fn entry(table: &ResourceTable, place: u32) -> Option<Entry> {
    let (node, perms) = match table.get(&Resource::<Descriptor>::new_borrow(place)).ok()? {
        Descriptor::File(file) => {
            let node = Node::File {
                file: file.file.clone(),
                appends: false,
            };
            (node, file.perms)
        }
        Descriptor::Dir(folder) => (Node::Folder(folder.dir.clone()), folder.perms),
    };
    Some(Entry {
        place,
        node,
        is_writable: !perms.write_not_permitted(),
        held: None,
        cursor: None,
    })
}

/// The number of the first granted folder: those below are stdin, stdout and stderr.
const FIRST_FOLDER: u32 = 3;
/// Places of the table that are looked through for granted folders.
const MAX_FOLDERS: u32 = 4096;

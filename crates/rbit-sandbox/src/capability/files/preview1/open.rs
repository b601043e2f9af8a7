//! Descriptors: opened, closed, renumbered.

use wasmtime::{component::Resource, format_err};
use wasmtime_wasi::WasiView as _;
use wiggle::{GuestMemory, GuestPtr};

use super::{
    super::view::{Opening, Wants},
    Node, Preview1, entry,
    errno::{NO_ENTRY, QUOTA, Refusal, SUCCESS},
};
use std::sync::Arc;

/// A `path_open` that is about to be done.
pub(super) struct OpeningAt {
    opening: Opening,
    /// The place in wasmtime-wasi's table that what is opened will have.
    place: u32,
    appends: bool,
    /// How it is to be opened.
    pub(super) oflags: i32,
}

impl Preview1 {
    /// Makes room for what is about to be opened. None where there is no folder of that number, which wasmtime-wasi will say.
    pub(super) fn opening(&mut self, folder: u32, oflags: i32, fdflags: i32) -> Result<Option<OpeningAt>, Refusal> {
        let Some((_, is_writable_folder)) = self.folder(folder) else {
            return Ok(None);
        };
        let opening = self.book.opening(Wants {
            creates: oflags & CREATE != 0,
            empties: oflags & TRUNCATE != 0,
            is_exclusive: oflags & EXCLUSIVE != 0,
            is_writable_folder,
        })?;
        Ok(Some(OpeningAt {
            oflags: if opening.has_no_room { oflags & !CREATE } else { oflags },
            opening,
            place: self.next_place()?,
            appends: fdflags & APPEND != 0,
        }))
    }

    /// The table gives the place that was given back last to whoever comes next.
    fn next_place(&mut self) -> Result<u32, Refusal> {
        let table = self.ctx.ctx().table;
        let full = |error: wasmtime::component::ResourceTableError| Refusal::Trap(error.into());
        let next: Resource<()> = table.push(()).map_err(full)?;
        let place = next.rep();
        table.delete(next).map_err(full)?;
        Ok(place)
    }

    /// Remembers what was opened, and counts what was made by it. A file that is not found where it must be ends the guest: it would
    /// be written to without being counted.
    pub(super) fn opened(
        &mut self,
        opening: Option<OpeningAt>,
        errno: i32,
        memory: &GuestMemory<'_>,
        fd: i32,
    ) -> Result<i32, Refusal> {
        let Some(opening) = opening else { return Ok(errno) };
        match errno {
            SUCCESS => {}
            NO_ENTRY if opening.opening.has_no_room => return Ok(QUOTA),
            _ => return Ok(errno),
        }
        let fd: u32 = memory.read(GuestPtr::new(fd.cast_unsigned()))?;
        let mut opened = entry(self.ctx.ctx().table, opening.place)
            .ok_or_else(|| Refusal::Trap(format_err!("the host lost track of what was opened")))?;
        let file = match &mut opened.node {
            Node::File { file, appends } => {
                *appends = opening.appends;
                Some(file.clone())
            }
            Node::Folder(_) => None,
        };
        opened.held = Some(Arc::new(self.book.opened(file.as_deref(), opening.opening)));
        self.open.insert(fd, opened);
        Ok(errno)
    }

    /// It is closed: what it held is given back.
    pub(super) fn closed(&mut self, fd: u32, errno: i32) {
        if errno == SUCCESS {
            self.open.remove(&fd);
        }
    }

    /// What was open as `to` is closed, and `from` has its number.
    pub(super) fn renumbered(&mut self, from: u32, to: u32, errno: i32) {
        if errno != SUCCESS || from == to {
            return;
        }
        self.open.remove(&to);
        if let Some(moved) = self.open.remove(&from) {
            self.open.insert(to, moved);
        }
    }

    /// How it is written to from now on.
    pub(super) fn flags_set(&mut self, fd: u32, flags: i32, errno: i32) {
        if let Some(Node::File { appends, .. }) = self.open.get_mut(&fd).map(|entry| &mut entry.node)
            && errno == SUCCESS
        {
            *appends = flags & APPEND != 0;
        }
    }
}

/// Bits of `oflags`.
const CREATE: i32 = 1;
const EXCLUSIVE: i32 = 4;
const TRUNCATE: i32 = 8;
/// A bit of `fdflags`.
const APPEND: i32 = 1;

//! Listings of folders, read while they are asked for.
//!
//! wasmtime-wasi's preview 1 reads a whole folder for every piece of a listing that a guest asks for, and looks at each file in it.

use wasmtime::component::Resource;
use wasmtime_wasi::{
    filesystem::WasiFilesystemView as _,
    p2::bindings::filesystem::types::{DescriptorType, DirectoryEntry, HostDescriptor as _, PathFlags},
};
use wiggle::{GuestMemory, GuestPtr};

use super::{
    super::listing::Listing,
    Entry, Node, Preview1,
    errno::{BAD_DESCRIPTOR, Refusal},
};

/// Where a listing stands.
pub(super) struct Cursor {
    listing: Listing,
    /// The number of the entry that comes next: what a guest says to go on from here.
    next: u64,
    /// That entry, if it has been read: there was no room for it.
    waiting: Option<DirectoryEntry>,
}

impl Preview1 {
    /// Writes entries from number `cookie` on to the guest's buffer, and returns how many of its bytes were used: all of them, if
    /// there are more entries.
    pub(super) async fn list(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        (buffer, length): (i32, i32),
        cookie: u64,
    ) -> Result<u32, Refusal> {
        let mut cursor = self.cursor(fd, cookie)?;
        let mut buffer = Buffer {
            at: GuestPtr::new(buffer.cast_unsigned()),
            left: length.cast_unsigned(),
        };
        while let Some(entry) = cursor.next_entry()? {
            let bytes = self.described(fd, cursor.next, &entry).await?;
            if !buffer.take(memory, &bytes)? {
                cursor.waiting = Some(entry);
                break;
            }
            cursor.next += 1;
        }
        if let Some(entry) = self.open.get_mut(&fd) {
            entry.cursor = Some(cursor);
        }
        Ok(length.cast_unsigned() - buffer.left)
    }

    /// The listing as it stands, if it stands there; else a new one, read up to there.
    fn cursor(&mut self, fd: u32, cookie: u64) -> Result<Cursor, Refusal> {
        let entry = self.open.get_mut(&fd);
        let Some(Entry {
            node: Node::Folder(folder),
            cursor,
            ..
        }) = entry
        else {
            return Err(Refusal::Errno(BAD_DESCRIPTOR));
        };
        if let Some(cursor) = cursor.take().filter(|cursor| cursor.next == cookie) {
            return Ok(cursor);
        }
        let opened = self.book.ledger.open()?;
        // What hides names is for `python!`, which is a component.
        let listing = Listing::new(folder, opened, None).map_err(Refusal::from)?;
        let mut cursor = Cursor {
            listing,
            next: 0,
            waiting: None,
        };
        while cursor.next < cookie && cursor.next_entry()?.is_some() {
            cursor.next += 1;
        }
        Ok(cursor)
    }

    /// An entry as the guest gets it: number of the next one, number of the file, length of the name, kind, name.
    async fn described(&mut self, fd: u32, number: u64, entry: &DirectoryEntry) -> Result<Vec<u8>, Refusal> {
        let place = self.entry(fd).map_or(u32::MAX, |entry| entry.place);
        // The number by which the guest would see the file if it looked at it; that of what has just gone is 0.
        let hash = self
            .ctx
            .filesystem()
            .metadata_hash_at(Resource::new_borrow(place), PathFlags::empty(), entry.name.clone())
            .await
            .map_or(0, |hash| hash.lower);
        let length = u32::try_from(entry.name.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(HEAD + entry.name.len());
        bytes.extend((number + 1).to_le_bytes());
        bytes.extend(hash.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend([kind(entry.type_), 0, 0, 0]);
        bytes.extend(entry.name.as_bytes());
        Ok(bytes)
    }
}

impl Cursor {
    /// The entry with the number `next`. The first two are the folder itself and the one above, as ever.
    fn next_entry(&mut self) -> Result<Option<DirectoryEntry>, Refusal> {
        let dots = |name: &str| {
            Ok(Some(DirectoryEntry {
                type_: DescriptorType::Directory,
                name: name.to_owned(),
            }))
        };
        match (self.waiting.take(), self.next) {
            (Some(entry), _) => Ok(Some(entry)),
            (None, 0) => dots("."),
            (None, 1) => dots(".."),
            (None, _) => self.listing.next().map_err(Refusal::from),
        }
    }
}

/// What is left of the guest's buffer.
struct Buffer {
    at: GuestPtr<u8>,
    left: u32,
}

impl Buffer {
    /// Writes as much of the bytes as there is room for, and says whether that was all.
    fn take(&mut self, memory: &mut GuestMemory<'_>, bytes: &[u8]) -> Result<bool, Refusal> {
        let fits = bytes.len().min(self.left as usize);
        let taken = u32::try_from(fits).unwrap_or(u32::MAX);
        memory.copy_from_slice(bytes.get(..fits).unwrap_or_default(), self.at.as_array(taken))?;
        self.at = self.at.add(taken)?;
        self.left -= taken;
        Ok(fits == bytes.len())
    }
}

fn kind(kind: DescriptorType) -> u8 {
    match kind {
        DescriptorType::Unknown | DescriptorType::Fifo => 0,
        DescriptorType::BlockDevice => 1,
        DescriptorType::CharacterDevice => 2,
        DescriptorType::Directory => 3,
        DescriptorType::RegularFile => 4,
        DescriptorType::Socket => 6,
        DescriptorType::SymbolicLink => 7,
    }
}

/// Bytes of an entry before its name.
const HEAD: usize = 24;

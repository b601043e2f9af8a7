//! `wasi:filesystem`, with a ledger between the guest and wasmtime-wasi.
//!
//! Paths, permissions and the operations themselves are wasmtime-wasi's. Here it is decided whether there is room for an operation,
//! and noted what it changed. What there is no room for gets the error code `quota`. The guest is one thread and each operation
//! ends before it returns, so nothing changes between the look and the operation.

use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::{
    filesystem::Descriptor,
    p2::{
        DynInputStream, DynOutputStream, FsError, FsResult,
        bindings::filesystem::types::{
            self, DescriptorFlags, DirectoryEntryStream, ErrorCode, HostDescriptor, HostDirectoryEntryStream,
            OpenFlags, PathFlags,
        },
    },
};

use super::{
    identity::replaced_by,
    ledger::OverLimit,
    listing::Listing,
    stream::FileReader,
    view::{FilesView, Refused},
};
use crate::gate::Closed;

impl From<OverLimit> for FsError {
    fn from(_: OverLimit) -> Self {
        ErrorCode::Quota.into()
    }
}

impl From<Closed> for FsError {
    fn from(closed: Closed) -> Self {
        Self::trap(closed)
    }
}

impl From<Refused> for FsError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::OverLimit(over) => over.into(),
            Refused::Closed(closed) => closed.into(),
        }
    }
}

impl types::Host for FilesView<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        self.inner.convert_error_code(error)
    }

    fn filesystem_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        if self.inner.table.get(&error)?.is::<OverLimit>() {
            return Ok(Some(ErrorCode::Quota));
        }
        self.inner.filesystem_error_code(error)
    }
}

impl HostDescriptor for FilesView<'_> {
    async fn open_at(
        &mut self,
        fd: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        self.shows(&fd, &path)?;
        let (opening, open_flags) = self.opening(&fd, open_flags)?;
        match self.inner.open_at(fd, path_flags, path, open_flags, flags).await {
            Ok(opened) => {
                self.keep(&opened, opening)?;
                Ok(opened)
            }
            Err(error) => Err(opening.explained(error)),
        }
    }

    fn drop(&mut self, fd: Resource<Descriptor>) -> wasmtime::Result<()> {
        let number = fd.rep();
        HostDescriptor::drop(&mut self.inner, fd)?;
        self.book.open.remove(&number);
        Ok(())
    }

    async fn write(&mut self, fd: Resource<Descriptor>, bytes: Vec<u8>, offset: u64) -> FsResult<u64> {
        let _pass = self.book.enter()?;
        let Some(account) = self.book.account(&fd) else {
            return self.inner.write(fd, bytes, offset).await;
        };
        let before = account.grow_to(offset.saturating_add(bytes.len() as u64))?;
        let written = self.inner.write(fd, bytes, offset).await;
        let end = written.as_ref().map_or(0, |count| offset.saturating_add(*count));
        account.settle(before.max(end));
        written
    }

    async fn set_size(&mut self, fd: Resource<Descriptor>, size: u64) -> FsResult<()> {
        let _pass = self.book.enter()?;
        let Some(account) = self.book.account(&fd) else {
            return self.inner.set_size(fd, size).await;
        };
        let before = account.grow_to(size)?;
        let done = self.inner.set_size(fd, size).await;
        account.settle(if done.is_ok() { size } else { before });
        done
    }

    fn read_via_stream(&mut self, fd: Resource<Descriptor>, offset: u64) -> FsResult<Resource<DynInputStream>> {
        let Some((file, _)) = self.file(&fd)? else {
            return Err(ErrorCode::IsDirectory.into());
        };
        let reader: DynInputStream = Box::new(FileReader {
            file,
            position: offset,
            is_over: false,
            _held: self.book.held(&fd),
        });
        Ok(self.inner.table.push(reader)?)
    }

    fn write_via_stream(&mut self, fd: Resource<Descriptor>, offset: u64) -> FsResult<Resource<DynOutputStream>> {
        self.writer(&fd, Some(offset))
    }

    fn append_via_stream(&mut self, fd: Resource<Descriptor>) -> FsResult<Resource<DynOutputStream>> {
        self.writer(&fd, None)
    }

    async fn create_directory_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let _pass = self.book.enter()?;
        let name = self.book.ledger.add_name()?;
        self.inner.create_directory_at(fd, path).await?;
        name.keep();
        Ok(())
    }

    async fn symlink_at(&mut self, fd: Resource<Descriptor>, target: String, path: String) -> FsResult<()> {
        let _pass = self.book.enter()?;
        let name = self.book.ledger.add_name()?;
        self.inner.symlink_at(fd, target, path).await?;
        name.keep();
        Ok(())
    }

    async fn link_at(
        &mut self,
        fd: Resource<Descriptor>,
        old_path_flags: PathFlags,
        old_path: String,
        new_fd: Resource<Descriptor>,
        new_path: String,
    ) -> FsResult<()> {
        let _pass = self.book.enter()?;
        let name = self.book.ledger.add_name()?;
        self.inner
            .link_at(fd, old_path_flags, old_path, new_fd, new_path)
            .await?;
        name.keep();
        Ok(())
    }

    async fn rename_at(
        &mut self,
        fd: Resource<Descriptor>,
        old_path: String,
        new_fd: Resource<Descriptor>,
        new_path: String,
    ) -> FsResult<()> {
        let _pass = self.book.enter()?;
        let moved = self.look(&fd, &old_path)?;
        let replaced = self.look(&new_fd, &new_path)?;
        self.inner.rename_at(fd, old_path, new_fd, new_path).await?;
        if let Some(replaced) = replaced_by(moved, replaced) {
            self.book.accounts.remove_name(Some(replaced));
        }
        Ok(())
    }

    async fn unlink_file_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let _pass = self.book.enter()?;
        let seen = self.look(&fd, &path)?;
        self.inner.unlink_file_at(fd, path).await?;
        self.book.accounts.remove_name(seen);
        Ok(())
    }

    async fn remove_directory_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        let _pass = self.book.enter()?;
        self.inner.remove_directory_at(fd, path).await?;
        self.book.accounts.remove_name(None);
        Ok(())
    }

    async fn set_times(
        &mut self,
        fd: Resource<Descriptor>,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FsResult<()> {
        let _pass = self.book.enter()?;
        self.inner.set_times(fd, accessed, modified).await
    }

    async fn set_times_at(
        &mut self,
        fd: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FsResult<()> {
        let _pass = self.book.enter()?;
        self.inner.set_times_at(fd, path_flags, path, accessed, modified).await
    }

    async fn read_directory(&mut self, fd: Resource<Descriptor>) -> FsResult<Resource<DirectoryEntryStream>> {
        let (folder, _) = self.folder(&fd)?;
        let opened = self.book.ledger.open()?;
        let listing = self
            .inner
            .table
            .push(Listing::new(&folder, opened, self.book.sources.as_ref())?)?;
        Ok(Resource::new_own(listing.rep()))
    }

    // What changes nothing is wasmtime-wasi's alone.

    async fn read(&mut self, fd: Resource<Descriptor>, length: u64, offset: u64) -> FsResult<(Vec<u8>, bool)> {
        self.inner.read(fd, length, offset).await
    }

    async fn advise(
        &mut self,
        fd: Resource<Descriptor>,
        offset: u64,
        length: u64,
        advice: types::Advice,
    ) -> FsResult<()> {
        self.inner.advise(fd, offset, length, advice).await
    }

    async fn sync_data(&mut self, fd: Resource<Descriptor>) -> FsResult<()> {
        self.inner.sync_data(fd).await
    }

    async fn sync(&mut self, fd: Resource<Descriptor>) -> FsResult<()> {
        self.inner.sync(fd).await
    }

    async fn get_flags(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorFlags> {
        self.inner.get_flags(fd).await
    }

    async fn get_type(&mut self, fd: Resource<Descriptor>) -> FsResult<types::DescriptorType> {
        self.inner.get_type(fd).await
    }

    async fn stat(&mut self, fd: Resource<Descriptor>) -> FsResult<types::DescriptorStat> {
        self.inner.stat(fd).await.map(|stat| self.timed(stat))
    }

    async fn stat_at(
        &mut self,
        fd: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
    ) -> FsResult<types::DescriptorStat> {
        self.shows(&fd, &path)?;
        let stat = self.inner.stat_at(fd, path_flags, path).await;
        stat.map(|stat| self.timed(stat))
    }

    async fn readlink_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<String> {
        self.shows(&fd, &path)?;
        self.inner.readlink_at(fd, path).await
    }

    async fn is_same_object(&mut self, a: Resource<Descriptor>, b: Resource<Descriptor>) -> wasmtime::Result<bool> {
        self.inner.is_same_object(a, b).await
    }

    async fn metadata_hash(&mut self, fd: Resource<Descriptor>) -> FsResult<types::MetadataHashValue> {
        self.inner.metadata_hash(fd).await
    }

    async fn metadata_hash_at(
        &mut self,
        fd: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
    ) -> FsResult<types::MetadataHashValue> {
        self.shows(&fd, &path)?;
        self.inner.metadata_hash_at(fd, path_flags, path).await
    }
}

impl HostDirectoryEntryStream for FilesView<'_> {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<types::DirectoryEntry>> {
        listing(self.inner.table, &stream)?.next()
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        let listing: Resource<Listing> = Resource::new_own(stream.rep());
        self.inner.table.delete(listing)?;
        Ok(())
    }
}

/// The listing behind a handle. The interface has a type of wasmtime-wasi's for it, which nobody else can make; what lies in the
/// table is ours.
fn listing<'a>(table: &'a mut ResourceTable, stream: &Resource<DirectoryEntryStream>) -> FsResult<&'a mut Listing> {
    Ok(table.get_mut(&Resource::new_borrow(stream.rep()))?)
}

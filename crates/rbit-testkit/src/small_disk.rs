//! A disk that can be full without anybody else noticing.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, bail};

/// A file system in memory of a size of its own, mounted on a folder. It is unmounted when this is dropped, and with the process of
/// the test.
#[derive(Debug)]
pub struct SmallDisk {
    folder: PathBuf,
    keeper: Child,
}

impl SmallDisk {
    /// Mounts one of so many bytes on a folder, which is made if need be. Mounting is a right of root's, and of whoever has a mount
    /// namespace of their own.
    pub fn on(folder: &Path, bytes: u64) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "rbit-small-disk"])
            .arg(format!("size={bytes}"))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start `sh`")?;
        let mut answer = [0];
        let is_mounted = keeper
            .stdout
            .as_mut()
            .is_some_and(|said| said.read_exact(&mut answer).is_ok());
        if !is_mounted {
            let mut complaint = String::new();
            if let Some(stderr) = &mut keeper.stderr {
                stderr
                    .read_to_string(&mut complaint)
                    .context("cannot read what `mount` says")?;
            }
            let _ = keeper.wait();
            bail!(
                "cannot mount a small disk on `{}`: {}; tests of full disks are run by root, or by anybody as `unshare --map-root-user --mount cargo xtask test`",
                folder.display(),
                complaint.trim()
            );
        }
        Ok(Self {
            folder: folder.to_owned(),
            keeper,
        })
    }

    /// Takes all room that is left, but for `left` bytes.
    pub fn fill(&self, left: usize) -> anyhow::Result<()> {
        let mut file = File::create(self.filler()).context("cannot fill the small disk")?;
        let block = [0xAA; 4096];
        loop {
            match file.write(&block) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                Err(error) => return Err(error).context("cannot fill the small disk"),
            }
        }
        let length = file.metadata().context("cannot look at the filler")?.len();
        file.set_len(length.saturating_sub(left as u64))
            .context("cannot shorten the filler")
    }

    /// Ends [`Self::fill`].
    pub fn free(&self) -> anyhow::Result<()> {
        fs::remove_file(self.filler()).context("cannot free the small disk")
    }

    /// Lets nobody write on it, or everybody again.
    pub fn set_read_only(&self, is_read_only: bool) -> anyhow::Result<()> {
        let options = if is_read_only { "remount,ro" } else { "remount,rw" };
        let remounted = Command::new("mount").args(["-o", options]).arg(&self.folder).status();
        let status = remounted.context("cannot start `mount`")?;
        if !status.success() {
            bail!("cannot mount `{}` as `{options}`", self.folder.display());
        }
        Ok(())
    }

    fn filler(&self) -> PathBuf {
        self.folder.join(".filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // The keeper unmounts when its standard input closes. An error leaves nothing to do: it has ended already.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Mounts, says so, and unmounts when nobody holds the other end of its input any more, which the kernel sees to even if we are
/// killed. What still has files open there keeps them, unseen.
const KEEPER: &str =
    r#"mount -t tmpfs -o "$1",mode=700 rbit-test "$2" || exit; echo ok; cat >/dev/null; umount --lazy "$2""#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_disk_is_full_read_only_and_free_by_order_and_leaves_the_folder_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("disk");
        let disk = SmallDisk::on(&place, 256 * 1024).unwrap();
        disk.fill(0).unwrap();
        let error = fs::write(place.join("one"), "1").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        disk.free().unwrap();
        fs::write(place.join("one"), "1").unwrap();
        disk.set_read_only(true).unwrap();
        let error = fs::write(place.join("two"), "2").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ReadOnlyFilesystem);
        disk.set_read_only(false).unwrap();
        fs::write(place.join("two"), "2").unwrap();
        drop(disk);
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
    }
}

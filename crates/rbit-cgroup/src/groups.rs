//! The box's control group.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::fs::{FlockOperation, flock};
use tracing::warn;

use crate::{Group, GroupBounds, NoGroups, Place, leftovers, tell};

/// Where each process that a box starts gets a control group of its own. Dropping it removes what can be removed; the rest is the next start's.
#[derive(Debug)]
pub struct Groups {
    folder: PathBuf,
    controllers: Vec<&'static str>,
    made: AtomicU64,
    /// Says that this box lives.
    _lock: File,
}

impl Groups {
    /// Makes the box's own, in the first place that is ours, and removes those of boxes that are gone.
    pub fn make() -> Result<Self, NoGroups> {
        Self::make_in(&crate::look()?)
    }

    /// The same in a place that is known.
    pub fn make_in(place: &Place) -> Result<Self, NoGroups> {
        let failed = |what| {
            let folder = place.folder.clone();
            move |source| NoGroups::Failed { what, folder, source }
        };
        // Held while groups are made and swept, so that no other box takes one for abandoned that has no lock yet.
        let shared = File::open(&place.folder).map_err(failed("open"))?;
        flock(&shared, FlockOperation::LockExclusive).map_err(|errno| failed("lock")(errno.into()))?;
        leftovers::sweep(&place.folder).map_err(failed("look through"))?;
        let folder = place.folder.join(leftovers::name(process::id()));
        fs::create_dir(&folder).map_err(failed("make a group in"))?;
        let lock = leftovers::lock(&folder).map_err(failed("lock a group in"))?;
        let this = Self {
            folder,
            controllers: place.controllers.clone(),
            made: AtomicU64::new(0),
            _lock: lock,
        };
        this.divide(place).inspect_err(|_| this.give_up(place))?;
        Ok(this)
    }

    /// Has the groups in it bound what is wanted.
    fn divide(&self, place: &Place) -> Result<(), NoGroups> {
        if place.must_leave {
            self.enter().map_err(|source| self.failed("enter", source))?;
        }
        for folder in [&place.folder, &self.folder] {
            for controller in &self.controllers {
                enable(folder, controller).map_err(|source| match source.kind() {
                    io::ErrorKind::ResourceBusy => NoGroups::Others { folder: folder.clone() },
                    _ => self.failed("divide", source),
                })?;
            }
        }
        if place.must_leave && self.controllers.contains(&"cpu") {
            // The broker's heartbeats come first.
            tell(&self.box_folder().join("cpu.weight"), BOX_WEIGHT).map_err(|source| self.failed("weigh", source))?;
        }
        Ok(())
    }

    /// Moves this process out of the group that is divided.
    fn enter(&self) -> io::Result<()> {
        fs::create_dir(self.box_folder())?;
        tell(&self.box_folder().join("cgroup.procs"), &process::id().to_string())
    }

    /// Leaves things as they were, as far as they were changed.
    fn give_up(&self, place: &Place) {
        if place.must_leave {
            // Fails where the place is divided already, and then this process stays where it is.
            let _ = tell(&place.folder.join("cgroup.procs"), &process::id().to_string());
        }
    }

    /// Makes a group for a process.
    pub fn group(&self, name: &str, bounds: GroupBounds) -> io::Result<Group> {
        let number = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        let folder = self.folder.join(format!("{number}-{}", clean(name)));
        Group::make(folder, &self.controllers, bounds)
    }

    /// The folder with the groups.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn box_folder(&self) -> PathBuf {
        self.folder.join("box")
    }

    fn failed(&self, what: &'static str, source: io::Error) -> NoGroups {
        let folder = self.folder.clone();
        NoGroups::Failed { what, folder, source }
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        // This process is in it where it had to leave the one above, and stays there: removing ends what is in a group.
        if fs::read_to_string(self.box_folder().join("cgroup.procs")).is_ok_and(|inside| !inside.is_empty()) {
            return;
        }
        if let Err(error) = leftovers::remove_tree(&self.folder) {
            warn!(%error, group = %self.folder.display(), "cannot remove the box's control group");
        }
    }
}

fn enable(folder: &Path, controller: &str) -> io::Result<()> {
    tell(&folder.join("cgroup.subtree_control"), &format!("+{controller}"))
}

/// What a file may be called everywhere.
fn clean(name: &str) -> String {
    let keep = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    name.chars().map(keep).take(MAX_NAME).collect()
}

/// Each process with guests has 100.
const BOX_WEIGHT: &str = "1000";
const MAX_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader, Write as _},
        os::unix::process::ExitStatusExt as _,
        process::{Child, Command, Stdio},
    };

    use super::*;

    const BOUNDS: GroupBounds = GroupBounds {
        memory: 64 << 20,
        threads: 8,
    };

    fn place() -> Option<Place> {
        let place = Place::without_bounds();
        place.inspect_err(|why| println!("not tried: {why}")).ok()
    }

    /// A process that does this once it is told to.
    fn shell(script: &str) -> Child {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("echo; read go; {script}")]);
        let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        child
    }

    fn pids(folder: &Path) -> String {
        fs::read_to_string(folder.join("cgroup.procs")).unwrap()
    }

    #[test]
    fn a_process_has_a_group_of_its_own_which_goes_with_it_and_then_the_boxs_goes() {
        let Some(place) = place() else { return };
        let groups = Groups::make_in(&place).unwrap();
        let mut child = shell("exit 0");
        let group = groups.group("a/b c", BOUNDS).unwrap();
        group.take(child.id()).unwrap();
        let folder = groups.folder().join("1-a-b-c");
        assert_eq!(pids(&folder), format!("{}\n", child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        drop(group);
        assert!(!folder.exists());
        let boxs = groups.folder().to_owned();
        drop(groups);
        assert!(!boxs.exists());
    }

    #[test]
    fn what_a_box_that_is_gone_has_left_behind_is_ended_and_removed_and_a_living_boxs_is_not() {
        let Some(place) = place() else { return };
        let living = place.folder.join(format!("rbit-living-{}", process::id()));
        let dead = place.folder.join(format!("rbit-dead-{}", process::id()));
        fs::create_dir(&living).unwrap();
        let lock = leftovers::lock(&living).unwrap();
        fs::create_dir_all(dead.join("1-hello")).unwrap();
        let mut child = shell("exit 0");
        tell(&dead.join("1-hello/cgroup.procs"), &child.id().to_string()).unwrap();

        let groups = Groups::make_in(&place).unwrap();
        assert!(!dead.exists());
        assert!(living.exists());
        assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGKILL));
        drop((groups, lock));
        fs::remove_dir(living).unwrap();
    }

    #[test]
    fn a_process_that_takes_more_memory_than_its_group_has_is_ended_and_it_is_said_why() {
        let groups = match Groups::make() {
            Ok(groups) => groups,
            Err(why) => return println!("not tried: {why}"),
        };
        let mut child = shell("exec tail /dev/zero");
        let group = groups.group("eats", BOUNDS).unwrap();
        group.take(child.id()).unwrap();
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGKILL));
        let words = group.last_words().unwrap();
        assert!(
            words.ends_with("all the memory of its control group, 64 MiB"),
            "{words}"
        );
    }

    #[test]
    fn a_process_that_starts_more_threads_than_its_group_has_is_refused_them() {
        let groups = match Groups::make() {
            Ok(groups) => groups,
            Err(why) => return println!("not tried: {why}"),
        };
        let mut child = shell("for n in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done");
        let group = groups.group("forks", BOUNDS).unwrap();
        group.take(child.id()).unwrap();
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        let status = child.wait().unwrap();
        assert!(!status.success(), "{status}");
        assert!(group.last_words().is_none());
        drop(group);
    }
}

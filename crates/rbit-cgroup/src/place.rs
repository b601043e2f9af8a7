//! Which control group is ours to divide.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
};

use rustix::{
    fs::{Access, access, getxattr},
    process::geteuid,
};

use crate::NoGroups;

/// A control group in which others can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its folder.
    pub folder: PathBuf,
    /// What is bounded in them.
    pub controllers: Vec<&'static str>,
    /// Whether this process is in it, and has to leave: one that is divided may have no processes.
    pub(crate) must_leave: bool,
}

/// Looks for one, and changes nothing.
pub fn look() -> Result<Place, NoGroups> {
    let (top, own) = here().ok_or(NoGroups::NotMounted)?;
    let own_found = Found::at(&own);
    let above = own.parent().filter(|_| own != top).map(Found::at);
    decide(own_found, above, geteuid().is_root())
}

fn here() -> Option<(PathBuf, PathBuf)> {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    own_group(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"))
}

impl Place {
    /// The group that this process is in, to make groups in it that bound nothing: for tests on machines without the controllers.
    #[cfg(debug_assertions)]
    pub fn without_bounds() -> Result<Self, NoGroups> {
        let (_, folder) = here().ok_or(NoGroups::NotMounted)?;
        let trial = folder.join(format!("try-{}", process::id()));
        fs::create_dir(&trial)
            .and_then(|()| fs::remove_dir(&trial))
            .map_err(|source| NoGroups::Failed {
                what: "make a group in",
                folder: folder.clone(),
                source,
            })?;
        Ok(Self {
            folder,
            controllers: vec![],
            must_leave: false,
        })
    }
}

/// What one group is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Found {
    folder: PathBuf,
    /// Whether a manager of groups says that it has given it away.
    is_marked: bool,
    is_writable: bool,
    /// Whether there is none above: the whole machine's may be divided and have processes.
    is_machine: bool,
    /// Whether it is the topmost that can be seen.
    is_top: bool,
    controllers: Vec<String>,
    /// Whether it has other processes than this one.
    has_others: bool,
}

fn decide(own: Found, above: Option<Found>, is_root: bool) -> Result<Place, NoGroups> {
    // A manager may have put this process below the group that it gave away, so that there is nothing to be left.
    let (group, must_leave) = match above.filter(|above| above.is_marked && above.is_writable && !above.has_others) {
        Some(above) => (above, false),
        None => {
            let must_leave = !own.is_machine;
            (own, must_leave)
        }
    };
    let folder = group.folder.clone();
    // Root may write to any: that says nothing about whose it is.
    let is_ours = group.is_marked || !is_root || group.is_top;
    let missing = group.missing();
    if !missing.is_empty() {
        return Err(NoGroups::Controllers { folder, missing });
    }
    if !group.is_writable || !is_ours {
        return Err(NoGroups::NotDelegated { folder });
    }
    if must_leave && group.has_others {
        return Err(NoGroups::Others { folder });
    }
    let controllers = WANTED
        .into_iter()
        .chain(WELCOME)
        .filter(|name| group.has(name))
        .collect();
    Ok(Place {
        folder,
        controllers,
        must_leave,
    })
}

impl Found {
    fn at(folder: &Path) -> Self {
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        let may_write = |path: &Path| access(path, Access::WRITE_OK).is_ok();
        let own = process::id().to_string();
        Self {
            is_marked: MARKS.iter().any(|mark| is_set(folder, mark)),
            is_writable: may_write(folder)
                && ["cgroup.procs", "cgroup.subtree_control"]
                    .iter()
                    .all(|file| may_write(&folder.join(file))),
            is_machine: folder.join("cgroup.procs").exists() && !folder.join("cgroup.type").exists(),
            is_top: !folder.parent().is_some_and(|above| above.join("cgroup.procs").exists()),
            controllers: read("cgroup.controllers")
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            has_others: read("cgroup.procs").lines().any(|pid| pid != own),
            folder: folder.to_owned(),
        }
    }

    fn has(&self, controller: &str) -> bool {
        self.controllers.iter().any(|known| known == controller)
    }

    fn missing(&self) -> String {
        let missing = WANTED.iter().filter(|wanted| !self.has(wanted));
        missing.copied().collect::<Vec<_>>().join(", ")
    }
}

fn is_set(folder: &Path, mark: &str) -> bool {
    let mut value = [0; 1];
    matches!(getxattr(folder, mark, &mut value), Ok(1)) && value == *b"1"
}

/// The topmost group that is mounted, and the one that this process is in, as folders. `mounts` is what `/proc/self/mountinfo` says,
/// `groups` what `/proc/self/cgroup` says: of version 2 it has the line `0::/PATH`.
fn own_group(mounts: &str, groups: &str) -> Option<(PathBuf, PathBuf)> {
    let own = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mount = mounts.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let mut fields = before.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        (after.split(' ').next() == Some("cgroup2")).then_some((root, point))
    });
    let (root, point) = mount?;
    let below = Path::new(own).strip_prefix(root).ok()?;
    let top = PathBuf::from(point);
    let own = if below.as_os_str().is_empty() {
        top.clone()
    } else {
        top.join(below)
    };
    Some((top, own))
}

/// What has to be bounded.
const WANTED: [&str; 2] = ["memory", "pids"];
/// What is shared out where that is possible.
const WELCOME: [&str; 1] = ["cpu"];
/// How systemd marks groups that it has given away: for all to read, and, before version 251, for root.
const MARKS: [&str; 2] = ["user.delegate", "trusted.delegate"];

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "24 1 0:22 / /proc rw,relatime - proc proc rw\n\
        30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

    #[test]
    fn the_own_group_is_found_below_the_mount() {
        let found = |mounts, groups| own_group(mounts, groups).map(|(_, own)| own);
        let service = "12:pids:/old\n0::/system.slice/rbit.service\n";
        for (mounts, groups, own) in [
            (MOUNTS, service, Some("/sys/fs/cgroup/system.slice/rbit.service")),
            (MOUNTS, "0::/\n", Some("/sys/fs/cgroup")),
            // A container that sees its own part alone.
            (
                "30 24 0:26 /pod/a /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
                "0::/pod/a/b\n",
                Some("/sys/fs/cgroup/b"),
            ),
            // Beside version 1, on machines that have both.
            (
                "40 39 0:37 / /sys/fs/cgroup/unified rw shared:9 master:2 - cgroup2 cgroup2 rw\n",
                "0::/a\n",
                Some("/sys/fs/cgroup/unified/a"),
            ),
            (MOUNTS, "4:memory:/old\n", None),
            ("30 24 0:26 / /sys/fs/cgroup rw - cgroup cgroup rw\n", "0::/\n", None),
            (
                "30 24 0:26 /pod/a /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
                "0::/pod/b\n",
                None,
            ),
        ] {
            assert_eq!(found(mounts, groups), own.map(PathBuf::from), "{groups}");
        }
    }

    fn service() -> Found {
        Found {
            folder: "/cg/rbit.service".into(),
            is_writable: true,
            controllers: ["cpu", "memory", "pids", "hugetlb"].map(str::to_owned).into(),
            ..Found::default()
        }
    }

    #[derive(Debug, PartialEq)]
    enum Answer {
        Divide { leave: bool },
        Controllers,
        NotDelegated,
        Others,
    }

    fn answer(own: Found, above: Option<Found>, is_root: bool) -> Answer {
        match decide(own, above, is_root) {
            Ok(place) => Answer::Divide {
                leave: place.must_leave,
            },
            Err(NoGroups::Controllers { .. }) => Answer::Controllers,
            Err(NoGroups::NotDelegated { .. }) => Answer::NotDelegated,
            Err(NoGroups::Others { .. }) => Answer::Others,
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn only_a_group_that_was_given_away_is_divided_also_by_root() {
        let marked = || Found {
            is_marked: true,
            ..service()
        };
        let (user, root) = (false, true);
        for (own, is_root, expected) in [
            (marked(), root, Answer::Divide { leave: true }),
            (marked(), user, Answer::Divide { leave: true }),
            // A user can only write to what somebody gave away; root to anything.
            (service(), user, Answer::Divide { leave: true }),
            (service(), root, Answer::NotDelegated),
            (
                Found {
                    is_writable: false,
                    ..marked()
                },
                root,
                Answer::NotDelegated,
            ),
            // A container's own.
            (
                Found {
                    is_top: true,
                    ..service()
                },
                root,
                Answer::Divide { leave: true },
            ),
            // A machine without a manager.
            (
                Found {
                    is_top: true,
                    is_machine: true,
                    has_others: true,
                    ..service()
                },
                root,
                Answer::Divide { leave: false },
            ),
            (
                Found {
                    has_others: true,
                    ..marked()
                },
                root,
                Answer::Others,
            ),
            (
                Found {
                    controllers: vec!["memory".into()],
                    ..marked()
                },
                root,
                Answer::Controllers,
            ),
            (
                Found {
                    controllers: vec![],
                    ..service()
                },
                user,
                Answer::Controllers,
            ),
        ] {
            let why = format!("{own:?}, root: {is_root}");
            assert_eq!(answer(own, None, is_root), expected, "{why}");
        }
    }

    #[test]
    fn nothing_is_left_where_the_group_above_was_given_away() {
        let above = || Found {
            is_marked: true,
            ..service()
        };
        let own = || Found {
            folder: "/cg/rbit.service/box".into(),
            controllers: vec![],
            ..service()
        };
        let place = decide(own(), Some(above()), true).unwrap();
        assert_eq!(place.folder, Path::new("/cg/rbit.service"));
        assert_eq!(place.controllers, ["memory", "pids", "cpu"]);
        assert!(!place.must_leave);
        let mixed = Found {
            has_others: true,
            ..above()
        };
        assert_eq!(answer(own(), Some(mixed), true), Answer::Controllers);
    }
}

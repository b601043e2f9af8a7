//! Control groups: what the kernel bounds around the processes that a box starts, from outside of them.
//!
//! Limits of a process count one process, and are set by itself. A control group counts whatever is in it: memory with the files of a
//! tmpfs that were written in it, threads, and, where it is offered, its share of the processors. Around a process with guests the
//! bounds are such that no process whose jobs keep to their limits reaches them: they are for one that somebody has broken out in.
//! Around a program of the machine they are the job's limits themselves.
//!
//! # Where
//!
//! ```text
//! the group that rbit was started in, or that it was given to divide
//! └── rbit-PID              one for each box, locked for as long as it lives
//!     ├── box               the box itself, where it must not stay above
//!     ├── 1-compiler        one for each process with guests, or that compiles, for as long as it lives
//!     ├── 2-hello
//!     └── 3-pdf             one for each program of the machine
//! ```
//!
//! | file | what it is |
//! |---|---|
//! | `place` | what there is, and whether it is ours to divide: a decision |
//! | `groups` | the box's group, made at the start |
//! | `group` | one process's group, removed with it |
//! | `leftovers` | groups of boxes that were killed |
//!
//! A group that somebody else manages is left alone, also by root: systemd marks those that it has given away.

mod error;
mod group;
mod groups;
mod leftovers;
mod place;

pub use error::NoGroups;
pub use group::{Group, GroupBounds};
pub use groups::Groups;
pub use place::{Place, look};

use std::{fs::OpenOptions, io, io::Write as _, path::Path};

/// Writes what a file of a group is to be told. Such files are there already: one that is not is no such file.
fn tell(file: &Path, words: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(file)?.write_all(words.as_bytes())
}

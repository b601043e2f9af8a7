//! What a child gives up, in this order.
//!
//! | step | file | what is gone |
//! |---|---|---|
//! | 1 | `process` | inherited files, a life beyond its parent's, new rights by executing, the terminal |
//! | 2 | `limits` | core dumps; files, bytes, processor and memory beyond measure |
//! | | | (what needs the kernel's own files is made here: the engine) |
//! | 3 | `process` | being looked into by others of its user |
//! | 4 | `paths` | files beyond its own, TCP, signals to others and abstract sockets |
//! | | | (threads are started here) |
//! | 5 | `calls` | system calls that running a guest does not need, in every thread |
//! | 6 | `self_test` | nothing: it shows that guests can still be run, and that files are out of reach |
//!
//! Neither of 4 and 5 is enough: landlock lets UDP, sockets of the local machine and new processes pass, and a filter of system calls
//! cannot read paths.

mod calls;
mod limits;
mod paths;
mod process;
mod self_test;

pub(crate) use calls::{allowed as allowed_calls, filter as filter_calls};
pub(crate) use limits::{in_force as limits_in_force, set as set_limits};
pub(crate) use paths::{Grant, restrict as restrict_paths};
pub(crate) use process::{become_opaque, close_inherited, detach};
pub(crate) use self_test::{in_folder as test_in_folder, without_folder as test_without_folder};

/// A step that did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {step}")]
pub(crate) struct Unfit {
    pub(crate) step: &'static str,
    #[source]
    pub(crate) source: Box<dyn std::error::Error + Send + Sync>,
}

/// Names the step that an error stopped.
pub(crate) fn step<E: Into<Box<dyn std::error::Error + Send + Sync>>>(step: &'static str) -> impl FnOnce(E) -> Unfit {
    move |source| Unfit {
        step,
        source: source.into(),
    }
}

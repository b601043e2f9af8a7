//! Programs of the machine under a real bubblewrap, well-behaved and hostile ones.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what the tests share panics as they do"
)]

mod files;
mod groups;
mod hostile;
mod limits;
mod outcomes;
mod stop;
mod trial;

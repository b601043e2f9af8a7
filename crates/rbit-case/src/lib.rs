//! Cases for guests: what runs, what must come of it, and how it is told. `docs/testing-guests.md` describes the files.
//!
//! | module | what it is |
//! |---|---|
//! | [`case`] | a case and a suite, from the text of their files |
//! | [`observed`] | what came of a run |
//! | [`mod@compare`] | where the two differ, in words |
//! | [`update()`] | the text of a case that would have been met |
//! | [`report`] | results as text, JSON and JUnit's XML |
//!
//! Everything here is a function from values to values: files are found, read and written, and jobs are run, by the program.

pub mod case;
pub mod compare;
mod file;
pub mod observed;
pub mod report;
pub mod update;

pub use case::{Case, CaseError};
pub use compare::{Mismatch, compare};
pub use observed::{Delivered, Observed, Printed, Requested};
pub use report::{CaseResult, Verdict};
pub use update::{Rewritten, update};

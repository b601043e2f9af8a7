//! What each command does, one file each.

pub(crate) mod check;
pub(crate) mod jobs;
pub(crate) mod push;
pub(crate) mod run;

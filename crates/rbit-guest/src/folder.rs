//! The two folders of every job, as a runner sees them.

/// Scratch space, and the current folder: the job's own, empty at first.
pub const WORK: &str = "/work";

/// Where files to deliver are written: the job's own, empty at first. Only regular files are taken, and only those that the
/// runner names in its result.
pub const OUTPUT: &str = "/output";

//! What each command does, one file each.

pub(crate) mod broker;
pub(crate) mod check;
pub(crate) mod doctor;
pub(crate) mod drain;
pub(crate) mod exec;
pub(crate) mod jobs;
pub(crate) mod manual;
pub(crate) mod parked;
pub(crate) mod push;
pub(crate) mod run;
pub(crate) mod test;

//! The types of values: each module reads one, and says what it would have accepted.

pub(crate) mod boolean;
pub(crate) mod chance;
pub(crate) mod choice;
pub(crate) mod duration;
pub(crate) mod host;
pub(crate) mod http;
pub(crate) mod log_filter;
pub(crate) mod mount;
pub(crate) mod name;
pub(crate) mod number;
pub(crate) mod pair;
pub(crate) mod path;
pub(crate) mod processor;
mod quantity;
pub(crate) mod size;
pub(crate) mod socket;
pub(crate) mod text;
pub(crate) mod web;

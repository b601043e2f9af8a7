//! What is true of every executor.

pub(crate) mod bench;
pub(crate) mod components;
mod concurrency;
mod disk;
mod endings;
mod files;
mod http;
mod limits;
mod output;
mod stop;

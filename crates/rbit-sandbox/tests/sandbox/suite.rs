//! What is true of every executor.

mod advisories;
pub(crate) mod bench;
mod canned;
mod chance;
mod commands;
pub(crate) mod components;
mod concurrency;
mod disk;
mod endings;
mod files;
pub(crate) mod http;
mod limits;
mod output;
pub(crate) mod python;
mod siblings;
mod stop;

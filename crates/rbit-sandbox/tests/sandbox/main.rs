//! The sandbox from outside: guests written as text, each with one behaviour, and what an execution says of them.

#![expect(clippy::unwrap_used, reason = "what the tests share panics as they do")]

mod bench;
mod canned;
mod chance;
mod components;
mod concurrency;
mod disk;
mod endings;
mod files;
mod http;
mod limits;
mod output;
mod stop;

//! Write a runner for rbit in Rust.
//!
//! A runner does one kind of job: rbit takes a build request from a queue, starts the runner in a sandbox made for that one job,
//! and delivers the files it names. This crate turns one function into such a runner.
//!
//! # A first runner
//!
//! A runner is a library of type `cdylib`. Its `Cargo.toml`, but for the usual lines, says
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib"]
//!
//! [dependencies]
//! rbit-guest = { path = "../rbit/crates/rbit-guest" }
//! ```
//!
//! and its `src/lib.rs`:
//!
//! ```
//! use std::{fs, path::{Path, PathBuf}};
//!
//! use rbit_guest::{BuildRequest, Error, OUTPUT, Settings};
//!
//! rbit_guest::runner!(title_page);
//!
//! fn title_page(request: &BuildRequest, settings: &Settings) -> Result<Vec<PathBuf>, Error> {
//!     // A setting of the runner's section in the INI file. If it is missing, the job fails and says so.
//!     let publisher = settings.require("publisher")?;
//!     let paper = settings.get("paper").unwrap_or("a4");
//!
//!     // Every text of a request is a stranger's. This one becomes part of a file name, so it is checked.
//!     if request.package.contains('/') {
//!         return Err(Error::failed(format!("`{}` is no file name", request.package)));
//!     }
//!     // Something that will be there later: the job comes again.
//!     if request.version == "latest" {
//!         return Err(Error::blocked(format!("{} has no release yet", request.package)));
//!     }
//!
//!     // What is printed becomes log entries of the job.
//!     println!("making a title page of {} on {paper}", request.package);
//!
//!     // What is to be delivered is written below OUTPUT and named in the result. An I/O error fails the job.
//!     let file = Path::new(OUTPUT).join(format!("{}.txt", request.package));
//!     fs::write(&file, format!("{} {}\n{publisher}\n", request.package, request.version))?;
//!     Ok(vec![file])
//! }
//! # let settings = [("publisher", "Rice")].into_iter().collect();
//! # let request = BuildRequest { package: "m9003".into(), version: "latest".into(), ..BuildRequest::default() };
//! # assert_eq!(title_page(&request, &settings), Err(Error::blocked("m9003 has no release yet")));
//! ```
//!
//! `cargo build --release --target wasm32-wasip2` makes a component of it, and this section of an INI file runs it:
//!
//! ```ini
//! [runner:title]
//! runner = wasm!target/wasm32-wasip2/release/title_page.wasm
//! output-dir = /srv/titles
//! publisher = Rice
//! ```
//!
//! # What a runner finds
//!
//! - [`WORK`], its current folder, and [`OUTPUT`]: both its own, empty at first, and gone when the job has ended;
//! - a read-only folder `/mnt/<setting>` for each setting that the operator lists under `mounts`;
//! - the clock and random numbers;
//! - other machines by HTTP, as far as the operator's `allow-http` goes: the feature `http` of this crate has a client.
//!
//! Nothing else: no environment, no arguments, no sockets, no other process, no threads. A panic or a call of
//! [`exit`](std::process::exit) fails the job; a panic's message is then its text.
//!
//! # Testing
//!
//! The function is plain Rust and the crate builds on any machine, so `cargo test` calls it as above: a [`BuildRequest`] has a
//! default, and [`Settings`] are collected from pairs.
//!
//! The contract itself is `wit/`, from which the types here are generated.

#[doc(hidden)]
pub mod bindings;
pub mod error;
#[doc(hidden)]
pub mod export;
pub mod folder;
#[cfg(feature = "http")]
pub mod http;
pub mod settings;

#[doc(inline)]
pub use bindings::rbit::runner::types::{BuildRequest, Transport};
pub use error::Error;
pub use folder::{OUTPUT, WORK};
pub use settings::Settings;

/// Compiles the examples of the guide.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/writing-guests.md")]
struct WritingGuests;

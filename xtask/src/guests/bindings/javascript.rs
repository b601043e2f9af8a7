//! The world of a guest in JavaScript.
//!
//! Other languages have a library of their own that knows WASI. A script has none: the interfaces by which it reaches files are imports
//! like any other, and so they must be in its world.

use std::path::Path;

use super::{Bindings, contract, fetched, read_into};

/// The contract, WASI, and a world of both.
pub(super) fn world() -> anyhow::Result<Bindings> {
    let mut files = contract()?;
    files.insert("wit/script.wit".into(), WORLD.into());
    let wasi = fetched::wasi()?;
    for package in ["cli", "clocks", "filesystem", "io", "random", "sockets"] {
        let name = format!("deps/{package}.wit");
        read_into(&wasi, Path::new(&name), &mut files, Path::new("wit"))?;
    }
    Ok(Bindings(files))
}

const WORLD: &str = "\
package rbit:runner@0.1.0;

/// A runner in a language that has no library for WASI.
world script {
  include runner;
  import wasi:cli/stdout@0.2.12;
  import wasi:cli/stderr@0.2.12;
  import wasi:filesystem/preopens@0.2.12;
  import wasi:filesystem/types@0.2.12;
}
";

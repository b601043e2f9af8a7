//! Arguments of `rbit test`.

use std::{num::NonZero, path::PathBuf};

use super::exec::IsolationArg;

/// Arguments of `rbit test`.
#[derive(Clone, Debug, clap::Args)]
pub struct TestArgs {
    /// Folders in which, at whatever depth, cases are; or files of cases
    #[arg(value_name = "DIR|FILE", default_value = ".")]
    pub paths: Vec<PathBuf>,

    /// Cases whose name contains this text; several times: any of them
    #[arg(long, value_name = "TEXT")]
    pub filter: Vec<String>,

    /// Cases at once; without it, as many as there are processors
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<usize>>,

    /// Run each case so often, and want the same artifacts byte for byte
    #[arg(long, value_name = "N", default_value = "1")]
    pub repeat: NonZero<u32>,

    /// Rewrite expectations that differ
    #[arg(long)]
    pub update: bool,

    /// How results are printed
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,

    /// A folder in which the files of modules and commands are looked for first
    #[arg(long, value_name = "DIR")]
    pub module_dir: Vec<PathBuf>,

    /// Where guests run
    #[arg(long, value_enum)]
    pub isolation: Option<IsolationArg>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum TestFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// JUnit's XML
    Junit,
}

pub(super) const HELP: &str = "\
A case is a file `case.toml` in a folder of its own, or `NAME.case.toml`; `suite.toml` above it has
what several have in common. Each runs in the sandbox of a box, as `rbit exec` would run it, with
answers of its own to HTTP requests: nothing is sent. docs/testing-guests.md has every key.

Examples:
  rbit test                                   every case below the current folder
  rbit test cases/failed --repeat 3           one of them, three times
  rbit test guests --module-dir target/wasm   modules that were built elsewhere
  rbit test --format junit > results.xml      for a server of continuous integration
  rbit test --update                          write down what came of them

Exit status:
   0  every case passed, or says now what came of it
   1  it could not be done
   2  the arguments make no sense
  20  a case did not end as it says, or could not be run
  21  there is no case, or none that --filter means
 130  stopped by Ctrl+C or SIGTERM";

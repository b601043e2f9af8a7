//! Arguments of `rbit exec`.

use std::path::PathBuf;

/// Arguments of `rbit exec`.
#[derive(Clone, Debug, clap::Args)]
pub struct ExecArgs {
    /// A module, a runner such as `python!module:callable`, or an INI file
    #[arg(value_name = "MODULE|INI")]
    pub runner: String,

    /// The runner of the INI file; without it, the only one
    #[arg(long = "runner", value_name = "NAME")]
    pub name: Option<String>,

    /// The message as it is: a file, or `-` for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["package", "job", "uri", "vcs_id", "method"])]
    pub request: Option<PathBuf>,

    /// Name of the package: the id of a module or collection
    #[arg(long, default_value = "package")]
    pub package: String,

    /// Version of the package
    #[arg(long, default_value = "latest")]
    pub version: String,

    /// Architecture
    #[arg(long, default_value = "any")]
    pub arch: String,

    /// Suite
    #[arg(long, default_value = "latex")]
    pub suite: String,

    /// Distribution
    #[arg(long, default_value = "cnx")]
    pub dist: String,

    /// What to make
    #[arg(long, default_value = "pdf")]
    pub format: String,

    /// How the sources are fetched
    #[arg(long = "transport-method", value_name = "METHOD", default_value = "http")]
    pub method: String,

    /// Where the sources are
    #[arg(long = "transport-uri", value_name = "URI", default_value = "")]
    pub uri: String,

    /// Which version of the sources
    #[arg(long = "transport-vcs-id", value_name = "ID", default_value = "")]
    pub vcs_id: String,

    /// The job's number
    #[arg(long, default_value_t = 1)]
    pub job: u64,

    /// Which attempt it is
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub attempt: u32,

    /// A setting of the runner
    #[arg(long = "setting", value_name = "KEY=VALUE", value_parser = parse_pair)]
    pub settings: Vec<Pair>,

    /// A folder that the guest sees, read-only, as `/mnt/KEY`
    #[arg(long = "mount", value_name = "KEY=DIR", value_parser = parse_pair)]
    pub mounts: Vec<Pair>,

    /// A limit, or another key of the section `sandbox` of an INI file
    #[arg(long = "limit", value_name = "KEY=VALUE", value_parser = parse_pair)]
    pub limits: Vec<Pair>,

    /// Where its HTTP requests may go besides, such as `https://cnx.org`
    #[arg(long = "allow-http", value_name = "PATTERN")]
    pub allow_http: Vec<String>,

    /// Where the guest runs
    #[arg(long, value_enum)]
    pub isolation: Option<IsolationArg>,

    /// The folder for its files; it is made where it is not there
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Where guests run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum IsolationArg {
    /// In a process of the runner's own that has given up what it does not need
    Process,
    /// In rbit's own process
    Thread,
}

impl IsolationArg {
    /// The word of the INI file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Thread => "thread",
        }
    }
}

/// `KEY=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What stands before the first `=`.
    pub key: String,
    /// What stands behind it.
    pub value: String,
}

fn parse_pair(text: &str) -> Result<Pair, String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok(Pair {
            key: key.to_owned(),
            value: value.to_owned(),
        }),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

pub(super) const HELP: &str = "\
The job runs in the sandbox of a box, with its limits and its isolation, and its files are
collected as a box does it. Nothing is journalled and nobody is told. What the guest prints goes to
stderr, the outcome to stdout. Ctrl+C stops the guest. With an INI file, the runner's section and
[sandbox] count as they do for a box; flags win. Compiled modules are kept in the user's cache.

Examples:
  rbit exec hello.wasm --setting name=World --output out
  rbit exec rbit.ini --runner pdf --package m9003 --version 1.2 --output out
  rbit exec rbit.ini --runner pdf --request request.json --output out --json
  rbit exec hello.wasm --mount input=./input --limit timeout=5s --output out
  rbit exec fetch.wasm --allow-http https://cnx.org --transport-uri https://cnx.org --output out
  rbit exec python!hello:hello --setting name=World --output out

Exit status:
   0  done
   1  it could not be begun
   2  the arguments make no sense
  10  failed: the guest says so
  11  trap: it trapped, panicked or exited
  12  limit: it met one of its limits
  13  artifact-refused: it named a file that cannot be delivered
  14  invalid-module: the module is no runner
  65  bad-request: the request cannot be used
  69  this machine lacks what `--isolation process` needs
  71  host-fault: this machine could not do its part
  75  blocked: the guest says so
  77  denied: it asked for what it was not granted
  78  the INI file, a setting or a limit has problems
 124  timeout: its time was over
 130  cancelled: by Ctrl+C or SIGTERM";

#[cfg(test)]
mod tests {
    use rbit_job::OutcomeKind;

    use super::*;
    use crate::exit_code::Code;

    #[test]
    fn the_help_has_the_status_of_each_kind_of_outcome() {
        for kind in OutcomeKind::ALL {
            let status = Code::of_outcome(kind) as u8;
            assert!(HELP.contains(&format!("\n{status:>4}  {kind}")), "{kind}");
        }
    }

    #[test]
    fn a_pair_is_split_at_its_first_sign() {
        let pair = parse_pair("query=a=b").unwrap();
        assert_eq!((pair.key.as_str(), pair.value.as_str()), ("query", "a=b"));
        assert!(parse_pair("query").is_err() && parse_pair("=x").is_err());
    }
}

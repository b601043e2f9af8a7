//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    chaos::{Chaos, Cluster},
    guests::{Language, Way},
};

/// Tasks of rbit's developers that need logic.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) task: Task,
}

#[derive(Subcommand)]
pub(crate) enum Task {
    /// See rbit at work: five build requests, on the embedded queue, from message to delivered file
    #[command(after_help = DEMO)]
    Demo,
    /// Pass all tests, with everything they need
    #[command(after_help = TEST)]
    Test {
        /// Build what takes half an hour to build, too, and test it
        #[arg(long)]
        all: bool,
        /// Arguments for the test runner: cargo nextest where it is installed, else cargo test
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Look at the runners of Connexions by the tools of their languages
    #[command(after_help = LINT)]
    Lint {
        /// Look at the runner that makes PDFs, too, whose dependencies take minutes to be looked through
        #[arg(long)]
        all: bool,
    },
    /// Kill boxes and break connections while they work on many jobs, and count what became of each job
    #[command(after_help = CHAOS)]
    Chaos(Chaos),
    /// Take a cluster's leader and its majority away while boxes work on many jobs, and count what became of each job
    #[command(after_help = CLUSTER)]
    Cluster(Cluster),
    /// Run each hostile guest in a box of its own, and show what became of it and what it cost
    #[command(after_help = HOSTILE)]
    Hostile {
        /// Where guests run: in processes of their own, in the box's, or each guest once in each
        #[arg(long, value_enum, default_value_t = Isolation::Both)]
        isolation: Isolation,
        /// Which guests, or ways of them; all if none is named
        names: Vec<String>,
    },
    /// Run the same cases over a guest of every language, and show the table
    Contract,
    /// Fetch WASI programs of others, for the tests of `shell!`, to `target/programs/<name>.wasm`
    Programs,
    /// See how long a `python!` job takes that does nothing, next to a Python of this machine that does nothing
    PythonStart {
        /// How many of each
        #[arg(long, default_value_t = 50)]
        jobs: usize,
    },
    /// See what a job costs whose guests are in a process of their own, next to one in the process of the box
    Cost {
        /// How many jobs one box does after its first one
        #[arg(long, default_value_t = 50)]
        jobs: usize,
        /// How many boxes are started for each
        #[arg(long, default_value_t = 5)]
        boxes: usize,
    },
    /// See how long short jobs take beside ten guests that spin, and whether the connection to the broker stays up
    Neighbours,
    /// See how long after a frozen network thaws a box consumes again, five times
    Thaw,
    /// Build the program and what runs Python, and bring them below a folder, with manual pages and documents
    #[command(after_help = INSTALL)]
    Install {
        /// The folder
        #[arg(long, default_value = "/usr/local")]
        prefix: PathBuf,
        /// Install a debug build, which is quicker to make and slower to use
        #[arg(long)]
        debug: bool,
    },
    /// Build the guests from source to `target/guests/<name>.wasm`
    #[command(after_help = GUESTS)]
    Guests {
        /// Which guests; all if none is named
        names: Vec<String>,
        /// Only those in this language
        #[arg(long, value_enum)]
        language: Option<Language>,
        /// Which compiler to use for Rust; else the first that is here, then the first that can be installed
        #[arg(long, value_enum)]
        toolchain: Option<Way>,
    },
    /// Generate what a guest in another language than Rust needs to speak with the host
    #[command(after_help = BINDINGS)]
    Bindings {
        /// The language of the guest
        #[arg(value_enum)]
        language: Language,
        /// Where the project is; its folder `gen` is written
        #[arg(default_value = ".")]
        project: PathBuf,
    },
}

const DEMO: &str = "\
Builds rbit and its guests, writes an INI file in target/demo, pushes the requests, and runs `rbit run --drain`: one job that \
is done, one that fails, one that is blocked at first, one that is stopped by its timeout, and one in plain Python. Exits with 0 only if each ended so.";

const TEST: &str = "\
Builds rbit and its guests, and finds or starts a RabbitMQ; RBIT_TEST_AMQP names one that is to be used. Nothing is skipped but the \
runner `pdf`, and that only where it was never built: a line says so, and --all builds it.

Examples:
  cargo xtask test
  cargo xtask test --all                      # the runner that makes PDFs, too: half an hour more the first time
  cargo xtask test --no-fail-fast
  cargo xtask test a_trap                     # tests whose name contains it";

const LINT: &str = "\
The runners are workspaces of their own, which `cargo clippy --workspace` does not see. Runs cargo fmt and clippy for those in Rust, \
gofmt and go vet for the one in Go, and ruff for those in Python. Go and ruff are installed below target/toolchains.

Examples:
  cargo xtask lint
  cargo xtask lint --all                      # clippy for `pdf`, too";

const CHAOS: &str = "\
Publishes jobs through a real RabbitMQ to boxes that report to a fake front-end. While they work, boxes get SIGKILL and are started \
again, connections are cut, and the broker is out of reach for moments. Then it prints a table, and exits with 1 if a job was lost, \
ended in two ways, was reported in two ways, or was started again for no reason.

Examples:
  cargo xtask chaos
  cargo xtask chaos --jobs 20000 --workers 4 --kills 30 --seed 42
  cargo xtask chaos --jobs 300 --kills 4 --keep   # journals and logs stay in target/chaos";

const CLUSTER: &str = "\
Starts three RabbitMQ nodes on the loopback address, with quorum queues, and boxes that know all three. While they work, the node that \
leads the queues gets SIGKILL and is started again, then two of the three nodes stand still for twenty seconds, then a leader is lost \
again; boxes are killed, too. Then it prints the table of `cargo xtask chaos`, and exits with 1 for the same reasons. The nodes end with \
the task, whatever ends it.

Examples:
  cargo xtask cluster
  cargo xtask cluster --jobs 3000 --workers 3 --seed 42
  cargo xtask cluster --keep                  # journals and logs, of boxes and of nodes, stay in target/cluster";

/// Where guests run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Isolation {
    /// In processes of their own.
    Process,
    /// In the process of the box.
    Thread,
    /// Each guest once in each.
    Both,
}

impl Isolation {
    /// As the INI file has them.
    pub(crate) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Process => &["process"],
            Self::Thread => &["thread"],
            Self::Both => &["process", "thread"],
        }
    }
}

const HOSTILE: &str = "\
Starts the program for each guest of tests/fixtures in each way in which it can be hostile, and prints a line of it: what it must end \
with and what it ended with, how long after its timeout it was gone, what it used, and the most memory that a process of the program had; \
all of it for `isolation = process`, and again for `isolation = thread`. Exits with \
1 if one ended otherwise, delivered what it should not, changed a mount, or left something behind.

Examples:
  cargo xtask hostile
  cargo xtask hostile names fills-disk-stream
  cargo xtask hostile --isolation thread";

const INSTALL: &str = "\
To bin/rbit, share/rbit/python.wasm, share/man and share/doc/rbit. Files of an earlier version are replaced in one step each, so a box that runs goes on with what it has.

Examples:
  cargo xtask install                         # for the machine, as root
  cargo xtask install --prefix ~/.local
  cargo xtask install --prefix debian/rbit/usr";

const GUESTS: &str = "\
A guest is a project in guest-examples/, runners/, tests/contract/guests/ or tests/fixtures/, or a text in tests/fixtures/wat/. One whose \
sources, lock file, contract and tools are those of its last build is not built again; and `python` is the component \
that runs `python!` runners, from guests/python/. Tools that are not here are installed below \
target/toolchains; a language whose tools cannot be had is named at the end, with what would help, and the others are built.

Examples:
  cargo xtask guests                          # all that are not up to date
  cargo xtask guests rust-hello traps         # only these
  cargo xtask guests --language go            # only those in Go
  cargo xtask guests python                   # the interpreter for `python!`
  cargo xtask guests --toolchain debian       # try the way that needs no wasm32-wasip2 from rustup";

const BINDINGS: &str = "\
C, C++ and Zig get a header, a source and an object file; Go packages of the module that `go.mod` names; JavaScript, TypeScript and \
Python the contract as their tools read it.

Examples:
  cargo xtask bindings c                      # to ./gen
  cargo xtask bindings go ~/my-runner         # to ~/my-runner/gen";

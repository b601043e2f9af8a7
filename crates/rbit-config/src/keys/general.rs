//! The keys of `[rbit]`.

use std::time::Duration;

use rbit_job::BoxName;

use crate::{
    Isolation, ScratchTmpfs,
    key::{Form, Key, ListedKey, Section},
    problem::Wrong,
    value::{boolean, choice, duration, name, number, pair, pair::Pair, path, size},
};

pub(crate) const SECTION: Section = Section {
    name: "rbit",
    form: Form::Plain,
    keys: &KEYS,
    is_open: false,
};

const KEYS: [ListedKey; 20] = [
    NAME.listed(),
    QUEUE_MAPPINGS.listed(),
    SLOTS.listed(),
    SOURCE.listed(),
    STATE_DIR.listed(),
    SCRATCH_DIR.listed(),
    SCRATCH_TMPFS.listed(),
    DRAIN_TIMEOUT.listed(),
    ISOLATION.listed(),
    GUEST_MEMORY.listed(),
    GUEST_STACK.listed(),
    COMPONENT_SIZE.listed(),
    COMPILE_TIME.listed(),
    COMPILE_MEMORY.listed(),
    COMPONENT_CACHE.listed(),
    ON_BROKEN_COMPONENT.listed(),
    HTTP_CA.listed(),
    PYTHON_COMPONENT.listed(),
    PYTHON_READY.listed(),
    NATIVE.listed(),
];

/// The box as PyBit knows it.
pub(crate) const NAME: Key<BoxName> = Key::new("name", name::of_box);
/// Which runner serves which queue: a list.
pub(crate) const QUEUE_MAPPINGS: Key<Pair> = Key::new("queue-mappings", pair::parse);
/// Jobs at once on this box.
pub(crate) const SLOTS: Key<u32> = Key::new("slots", number::between::<1, MAX_SLOTS>);
/// Where jobs come from.
pub(crate) const SOURCE: Key<SourceKind> = Key::new("source", source);
/// Where the journal lives.
pub(crate) const STATE_DIR: Key<String> = Key::new("state-dir", path::parse);
/// Where the folders of running jobs live.
pub(crate) const SCRATCH_DIR: Key<String> = Key::new("scratch-dir", path::parse);
/// Whether they lie on a tmpfs of the box's own.
pub(crate) const SCRATCH_TMPFS: Key<ScratchTmpfs> = Key::new("scratch-tmpfs", scratch_tmpfs).or("auto");
/// How long a stop waits for running jobs.
pub(crate) const DRAIN_TIMEOUT: Key<Duration> =
    Key::new("drain-timeout", duration::between::<0, { duration::DAY }>).or("30s");
/// Where guests run.
pub(crate) const ISOLATION: Key<Isolation> = Key::new("isolation", isolation).or("process");
/// Memory of all guests at once.
pub(crate) const GUEST_MEMORY: Key<u64> = Key::new(
    "guest-memory",
    size::between::<{ 64 * size::KIB }, { 1024 * size::GIB }>,
);
/// Stack of a guest. What Python needs to say that a recursion is too deep decides the default.
pub(crate) const GUEST_STACK: Key<u64> = Key::new(
    "guest-stack",
    size::between::<{ 64 * size::KIB }, { 64 * 1024 * size::KIB }>,
)
.or("8MiB");
/// Bytes of a component's file.
pub(crate) const COMPONENT_SIZE: Key<u64> =
    Key::new("component-size", size::between::<{ size::KIB }, { size::GIB }>).or("64MiB");
/// How long a component may take to be compiled.
pub(crate) const COMPILE_TIME: Key<Duration> = Key::new(
    "compile-time",
    duration::between::<{ duration::MILLISECOND }, { duration::DAY }>,
)
.or("2m");
/// Memory that compiling a component may take.
pub(crate) const COMPILE_MEMORY: Key<u64> = Key::new(
    "compile-memory",
    size::between::<{ 64 * 1024 * size::KIB }, { 1024 * size::GIB }>,
)
.or("4GiB");
/// Bytes of compiled components that are kept on disk.
pub(crate) const COMPONENT_CACHE: Key<u64> =
    Key::new("component-cache", size::between::<0, { 1024 * size::GIB }>).or("1GiB");

/// What becomes of jobs whose component's file was replaced by one that cannot be run.
pub(crate) const ON_BROKEN_COMPONENT: Key<OnBroken> = Key::new("on-broken-component", on_broken).or("fail");

/// Certificates of authorities that guests' requests believe besides the system's: a list of files.
pub(crate) const HTTP_CA: Key<String> = Key::new("http-ca", path::parse);

/// What runs `python!`: a file; without it, the component that came with the program.
pub(crate) const PYTHON_COMPONENT: Key<String> = Key::new("python-component", path::parse);

/// Instances of Python that wait for a job, of each runner where guests run in processes.
pub(crate) const PYTHON_READY: Key<u32> = Key::new("python-ready", number::between::<0, 64>).or("1");

/// Whether runners may be programs of the machine.
pub(crate) const NATIVE: Key<bool> = Key::new("native", boolean::parse).or("no");

/// What `source` can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceKind {
    Amqp,
    Local,
}

/// What `on-broken-component` can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnBroken {
    Fail,
    KeepLast,
}

fn source(text: &str) -> Result<SourceKind, Wrong> {
    choice::parse(text, &[("amqp", SourceKind::Amqp), ("local", SourceKind::Local)])
}

fn on_broken(text: &str) -> Result<OnBroken, Wrong> {
    choice::parse(text, &[("fail", OnBroken::Fail), ("keep-last", OnBroken::KeepLast)])
}

fn scratch_tmpfs(text: &str) -> Result<ScratchTmpfs, Wrong> {
    let choices = [
        ("auto", ScratchTmpfs::Auto),
        ("yes", ScratchTmpfs::Yes),
        ("no", ScratchTmpfs::No),
    ];
    choice::parse(text, &choices)
}

fn isolation(text: &str) -> Result<Isolation, Wrong> {
    choice::parse(text, &[("process", Isolation::Process), ("thread", Isolation::Thread)])
}

/// More jobs than any one box runs at once.
pub(crate) const MAX_SLOTS: u32 = 1024;

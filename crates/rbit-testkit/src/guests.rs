//! Guests that were built from source: the fixtures of `tests/fixtures` and the examples.

use std::{
    env,
    path::{Path, PathBuf},
};

/// Makes the enum, the list of its variants and their names from one table.
macro_rules! fixtures {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// A guest of `tests/fixtures`, one behaviour each. What it does and which settings it knows is said there.
        ///
        /// The table of hostile guests matches on this without a wildcard: a new fixture does not compile until it has its test.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fixture {
            $($(#[$doc])* $variant,)+
        }

        impl Fixture {
            /// Every fixture, sorted by name.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name of its folder, or of its file with `-` for `_`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

fixtures! {
    /// Offers room beyond its memory for its arguments.
    AllocatesBeyondMemory = "allocates-beyond-memory",
    /// Offers room for its arguments at addresses that they cannot have.
    AllocatesUnaligned = "allocates-unaligned",
    /// Sends requests by HTTP to the box and its surroundings, and fails if one is answered.
    AsksHttp = "asks-http",
    /// Has a table of ten million elements from the start.
    BeginsWithAHugeTable = "begins-with-a-huge-table",
    /// Has as much memory from the start as there can be.
    BeginsWithAllMemory = "begins-with-all-memory",
    /// Sets times of a file that no clock shows.
    BendsTime = "bends-time",
    /// Is blocked at first, and done later.
    BlocksFirst = "blocks-first",
    /// Tries every way to a file outside of its folders, and fails if one leads there.
    BreaksOut = "breaks-out",
    /// Calls a place that a table has not.
    CallsBeyondTable = "calls-beyond-table",
    /// Calls a place of a table in which no function is.
    CallsNothing = "calls-nothing",
    /// Calls a function as if it had other parameters.
    CallsWithOtherTypes = "calls-with-other-types",
    /// Tries every way to change a mount, and fails if one works.
    ChangesMounts = "changes-mounts",
    /// Makes a file that claims eight exbibytes, in two ways, and delivers it.
    ClaimsSpace = "claims-space",
    /// Makes a whole number of what is no number.
    ConvertsNan = "converts-nan",
    /// Takes memory until it is refused, and does without.
    Copes = "copes",
    /// Copies all of a large memory onto itself, again and again.
    CopiesMemory = "copies-memory",
    /// Recurses a thousand deep and comes back, for ever.
    Dives = "dives",
    /// Divides by zero.
    DividesByZero = "divides-by-zero",
    /// Drops a handle that it was never given.
    DropsStrangers = "drops-strangers",
    /// Drops a handle twice.
    DropsTwice = "drops-twice",
    /// Allocates until it is refused.
    EatsMemory = "eats-memory",
    /// Delivers the request and the settings it was given.
    Echoes = "echoes",
    /// Calls `exit`.
    Exits = "exits",
    /// Fails with a given text.
    Fails = "fails",
    /// Failed, with 256 KiB of text.
    FailsAtLength = "fails-at-length",
    /// Makes HTTP requests.
    Fetches = "fetches",
    /// Writes a file until it is refused.
    FillsDisk = "fills-disk",
    /// Fills all of a large memory, again and again, and says so before each time.
    FillsMemory = "fills-memory",
    /// Fills a large table again and again.
    FillsTables = "fills-tables",
    /// Adds fields to the header of a request until it is refused.
    FloodsHeaders = "floods-headers",
    /// Prints without measure.
    FloodsLog = "floods-log",
    /// Gives a secret away.
    GivesAway = "gives-away",
    /// Writes and removes more than it may have at once.
    GivesBack = "gives-back",
    /// Takes memory until it is refused, and gives up.
    Grows = "grows",
    /// Asks for all the memory that there can be in one step, and gives up.
    GrowsAtOnce = "grows-at-once",
    /// Takes memory until it is refused when it is asked for room for its arguments.
    GrowsInAllocator = "grows-in-allocator",
    /// Takes elements for its table until it is refused, and gives up.
    GrowsTable = "grows-table",
    /// Consists of a hundred instances.
    HasManyInstances = "has-many-instances",
    /// Has a hundred memories, all empty.
    HasManyMemories = "has-many-memories",
    /// Has more tables than a job may have.
    HasManyTables = "has-many-tables",
    /// Makes handles for ever.
    HoardsHandles = "hoards-handles",
    /// Makes requests that it never sends, and keeps them until it is refused.
    HoardsRequests = "hoards-requests",
    /// Starts timers until it is refused.
    HoardsTimers = "hoards-timers",
    /// Exports `run` with other types.
    IsNoRunner = "is-no-runner",
    /// Leaves a mark in each of its folders, and fails if something is there already.
    LeavesMarks = "leaves-marks",
    /// Lists a large folder for ever.
    ListsOn = "lists-on",
    /// Delivers a report of what it can see and reach.
    LooksAround = "looks-around",
    /// Never returns, and never calls the host.
    LoopsForever = "loops-forever",
    /// Makes files, folders or links until it is refused.
    MakesFiles = "makes-files",
    /// Moves a file to and fro for ever.
    MovesOn = "moves-on",
    /// Names whatever it is told to name as its result.
    Names = "names",
    /// Returns a list of a million empty names.
    NamesMillions = "names-millions",
    /// Opens files, folders, listings or streams until it is refused.
    OpensFiles = "opens-files",
    /// Waits for a hundred thousand clocks at once.
    PollsWithoutEnd = "polls-without-end",
    /// Prints what would clear a terminal, set its title, go back over the line and begin an entry of its own; and bytes that are no text.
    PrintsEscapes = "prints-escapes",
    /// Prints a hundred thousand empty lines.
    PrintsNothingOften = "prints-nothing-often",
    /// Prints 16 MiB, and no end of a line.
    PrintsWithoutNewLine = "prints-without-new-line",
    /// Reads one file.
    Reads = "reads",
    /// Reads at the end of what an address can say.
    ReadsBeyondMemory = "reads-beyond-memory",
    /// Reads at once, and from where, no file reaches.
    ReadsTooMuch = "reads-too-much",
    /// Calls itself without end.
    Recurses = "recurses",
    /// Calls itself for ever when it is asked for room for its arguments.
    RecursesInAllocator = "recurses-in-allocator",
    /// Calls itself for ever by a table, in two functions that take turns, each with much on the stack.
    RecursesThroughTable = "recurses-through-table",
    /// Returns a name of a million bytes.
    ReturnsALongName = "returns-a-long-name",
    /// Returns an address at which the result does not fit any more.
    ReturnsAtTheEnd = "returns-at-the-end",
    /// Returns a list that lies beyond its memory.
    ReturnsBeyondMemory = "returns-beyond-memory",
    /// Returns a name that is no UTF-8.
    ReturnsBrokenText = "returns-broken-text",
    /// Returns a result that is neither success nor failure.
    ReturnsNonsense = "returns-nonsense",
    /// Returns an address that no result can have.
    ReturnsUnaligned = "returns-unaligned",
    /// Delivers the time, random numbers and the time of a file.
    RollsDice = "rolls-dice",
    /// Sleeps until a moment that no clock reaches.
    SleepsForAges = "sleeps-for-ages",
    /// Never returns, and waits in a host call.
    SleepsForever = "sleeps-forever",
    /// Computes for ever before it can be called.
    SpinsAtStart = "spins-at-start",
    /// Computes for ever when it is asked for room for its arguments.
    SpinsInAllocator = "spins-in-allocator",
    /// Asks what a handle stands for that it was never given.
    TakesStrangersForItsOwn = "takes-strangers-for-its-own",
    /// Panics.
    Traps = "traps",
    /// Traps before it can be called.
    TrapsAtStart = "traps-at-start",
    /// Traps when it is asked for room for its arguments.
    TrapsInAllocator = "traps-in-allocator",
    /// Takes memory for two modules in turn, until one is refused, and gives up.
    TwoMemories = "two-memories",
    /// Traps in a function whose name is written in a few bytes and is read as billions.
    Unfolds = "unfolds",
    /// Is done when it is let, or after a time.
    Waits = "waits",
    /// Has a memory of 64 bits.
    Wants64Bits = "wants-64-bits",
    /// Needs a garbage collector.
    WantsCollection = "wants-collection",
    /// Throws exceptions.
    WantsExceptions = "wants-exceptions",
    /// Takes memory until it is refused, and goes on asking.
    WantsMore = "wants-more",
    /// Imports an interface that no guest is given.
    WantsMoreThanOffered = "wants-more-than-offered",
    /// Asks for two million random bytes at once.
    WantsRandom = "wants-random",
    /// Has a memory that threads could share.
    WantsThreads = "wants-threads",
    /// Imports what is only in a later WASI.
    WantsWasi03 = "wants-wasi-03",
    /// Writes one byte at a time until memory is over.
    WritesBeyondMemory = "writes-beyond-memory",
    /// Delivers many files, or large ones.
    WritesMany = "writes-many",
    /// Writes the file `out` in its first folder over and over, a chunk at a time.
    WritesOn = "writes-on",
    /// Writes more to a stream than it was told it may.
    WritesWithoutLeave = "writes-without-leave",
    /// Calls the host for ever, each time for nothing.
    YieldsWithoutEnd = "yields-without-end",
}

impl Fixture {
    /// Where it is. Panics, with the command that would build it, if it is not.
    pub fn path(self) -> PathBuf {
        guest(self.name())
    }
}

/// Where the guest of this name is, fixture or example: `target/guests/<name>.wasm`. Panics, with the command that would build it,
/// if it is not.
pub fn guest(name: &str) -> PathBuf {
    let path = place(name);
    assert!(
        path.is_file(),
        "the guest `{}` is not built: run `cargo xtask guests {name}`",
        path.display()
    );
    path
}

/// The same, if it is there.
pub fn built(name: &str) -> Option<PathBuf> {
    Some(place(name)).filter(|path| path.is_file())
}

/// Where they are: `target/guests`.
pub fn folder() -> PathBuf {
    target_folder().join("guests")
}

fn place(name: &str) -> PathBuf {
    folder().join(format!("{name}.wasm"))
}

/// The folder with WASI programs of others. Panics, with the command that would fetch them, if this one is not there.
pub fn programs_with(name: &str) -> PathBuf {
    let folder = target_folder().join("programs");
    assert!(
        folder.join(format!("{name}.wasm")).is_file(),
        "the program `{name}` is not in `{}`: run `cargo xtask programs`",
        folder.display()
    );
    folder
}

fn target_folder() -> PathBuf {
    let folder = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    project_folder().join(folder)
}

fn project_folder() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_fixture_has_its_variant_and_its_line_in_their_readme() {
        let folder = project_folder().join("tests/fixtures");
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.join("Cargo.toml").is_file())
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        names.extend(texts(&folder.join("wat")));
        names.sort();
        let known: Vec<_> = Fixture::ALL.iter().map(|fixture| fixture.name()).collect();
        assert_eq!(names, known);
        assert!(names.len() >= 50);

        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        for name in names {
            assert!(readme.contains(&format!("\n| `{name}` |")), "{name}");
        }
    }

    fn texts(folder: &Path) -> impl Iterator<Item = String> {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files
            .filter(|file| file.extension().is_some_and(|extension| extension == "wat"))
            .map(|file| file.file_stem().unwrap().to_string_lossy().replace('_', "-"))
    }

    #[test]
    #[should_panic(expected = "run `cargo xtask guests none-such`")]
    fn a_guest_that_is_not_built_is_answered_with_the_command_that_builds_it() {
        guest("none-such");
    }
}

//! Guests that were built from source: the fixtures of `tests/fixtures` and the examples.

use std::{
    env,
    path::{Path, PathBuf},
};

/// A guest of `tests/fixtures`, one behaviour each. What it does and which settings it knows is said there.
///
/// A test that walks the behaviours matches on this without a wildcard: a new fixture then does not compile until it has its test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fixture {
    /// Is blocked at first, and done later.
    BlocksFirst,
    /// Allocates until it is refused.
    EatsMemory,
    /// Delivers the request and the settings it was given.
    Echoes,
    /// Calls `exit`.
    Exits,
    /// Fails with a given text.
    Fails,
    /// Makes HTTP requests.
    Fetches,
    /// Writes a file until it is refused.
    FillsDisk,
    /// Prints without measure.
    FloodsLog,
    /// Gives a secret away.
    GivesAway,
    /// Writes and removes more than it may have at once.
    GivesBack,
    /// Delivers a report of what it can see and reach.
    LooksAround,
    /// Never returns, and never calls the host.
    LoopsForever,
    /// Makes files, folders or links until it is refused.
    MakesFiles,
    /// Names whatever it is told to name as its result.
    Names,
    /// Opens files, folders, listings or streams until it is refused.
    OpensFiles,
    /// Reads one file.
    Reads,
    /// Calls itself without end.
    Recurses,
    /// Never returns, and waits in a host call.
    SleepsForever,
    /// Panics.
    Traps,
    /// Is done when it is let, or after a time.
    Waits,
    /// Delivers many files, or large ones.
    WritesMany,
}

impl Fixture {
    /// Every fixture, sorted by name.
    pub const ALL: [Self; 21] = [
        Self::BlocksFirst,
        Self::EatsMemory,
        Self::Echoes,
        Self::Exits,
        Self::Fails,
        Self::Fetches,
        Self::FillsDisk,
        Self::FloodsLog,
        Self::GivesAway,
        Self::GivesBack,
        Self::LooksAround,
        Self::LoopsForever,
        Self::MakesFiles,
        Self::Names,
        Self::OpensFiles,
        Self::Reads,
        Self::Recurses,
        Self::SleepsForever,
        Self::Traps,
        Self::Waits,
        Self::WritesMany,
    ];

    /// The name of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::BlocksFirst => "blocks-first",
            Self::EatsMemory => "eats-memory",
            Self::Echoes => "echoes",
            Self::Exits => "exits",
            Self::Fails => "fails",
            Self::Fetches => "fetches",
            Self::FillsDisk => "fills-disk",
            Self::FloodsLog => "floods-log",
            Self::GivesAway => "gives-away",
            Self::GivesBack => "gives-back",
            Self::LooksAround => "looks-around",
            Self::LoopsForever => "loops-forever",
            Self::MakesFiles => "makes-files",
            Self::Names => "names",
            Self::OpensFiles => "opens-files",
            Self::Reads => "reads",
            Self::Recurses => "recurses",
            Self::SleepsForever => "sleeps-forever",
            Self::Traps => "traps",
            Self::Waits => "waits",
            Self::WritesMany => "writes-many",
        }
    }

    /// Where it is. Panics, with the command that would build it, if it is not.
    pub fn path(self) -> PathBuf {
        guest(self.name())
    }
}

/// Where the guest of this name is, fixture or example: `target/guests/<name>.wasm`. Panics, with the command that would build it,
/// if it is not.
pub fn guest(name: &str) -> PathBuf {
    let path = target_folder().join("guests").join(format!("{name}.wasm"));
    assert!(
        path.is_file(),
        "the guest `{}` is not built: run `cargo xtask guests {name}`",
        path.display()
    );
    path
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
    fn every_folder_of_the_fixtures_has_its_variant_and_its_line_in_their_readme() {
        let folder = project_folder().join("tests/fixtures");
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.join("Cargo.toml").is_file())
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, Fixture::ALL.map(Fixture::name));

        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        for name in names {
            assert!(readme.contains(&format!("\n| `{name}` |")), "{name}");
        }
    }

    #[test]
    #[should_panic(expected = "run `cargo xtask guests none-such`")]
    fn a_guest_that_is_not_built_is_answered_with_the_command_that_builds_it() {
        guest("none-such");
    }
}

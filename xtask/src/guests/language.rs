//! The languages that guests are written in.

use std::path::Path;

/// A language with a way to become WebAssembly. Its name begins the names of its guests: `go` is that of `go-hello`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Language {
    /// By cargo
    Rust,
    /// By `make`, with zig's C compiler
    C,
    /// By `make`, with zig's C++ compiler
    Cpp,
    /// By `make`, with go
    Go,
    /// By npm, with the engine QuickJS
    Javascript,
    /// By `make`, with CPython
    Python,
    /// By npm, with esbuild and the engine QuickJS
    Typescript,
    /// By `zig build`
    Zig,
}

impl Language {
    /// Those whose projects are built by their own build file.
    pub(crate) const FOREIGN: [Self; 7] = [
        Self::C,
        Self::Cpp,
        Self::Go,
        Self::Javascript,
        Self::Python,
        Self::Typescript,
        Self::Zig,
    ];

    /// As it is written on the command line and in the names of guests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::Go => "go",
            Self::Javascript => "javascript",
            Self::Python => "python",
            Self::Typescript => "typescript",
            Self::Zig => "zig",
        }
    }

    /// The command that builds a project of it, in the project's folder.
    pub(crate) fn build_command(self) -> &'static [&'static str] {
        match self {
            Self::Rust => &["cargo", "build", "--release", "--target", "wasm32-wasip2"],
            Self::C | Self::Cpp | Self::Go | Self::Python => &["make"],
            Self::Javascript | Self::Typescript => &["npm", "run", "build"],
            Self::Zig => &["zig", "build"],
        }
    }

    /// The file without which a folder is no project of it.
    pub(crate) fn build_file(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::C | Self::Cpp | Self::Go | Self::Python => "Makefile",
            Self::Javascript | Self::Typescript => "package.json",
            Self::Zig => "build.zig",
        }
    }

    /// The language of a project, by the name of its folder; none if it is no project but of Rust.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let name = folder.file_name()?.to_str()?;
        let (language, _) = name.split_once('-')?;
        let known = Self::FOREIGN.into_iter().find(|known| known.name() == language)?;
        folder.join(known.build_file()).is_file().then_some(known)
    }
}

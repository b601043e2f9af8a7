//! Which compiler makes wasm here.

use std::{fmt::Write as _, path::Path, process::Command};

use anyhow::{Context as _, bail};

use super::{debian, rustup};

/// A compiler that is installed, with all that it needs to make a guest.
#[derive(Debug)]
pub(crate) struct Toolchain {
    way: Way,
    identity: Vec<u8>,
}

/// A way to come by a compiler for wasm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Way {
    /// The target wasm32-wasip2, as rustup installs it
    Rustup,
    /// Debian's compiler, which builds the standard library from source
    Debian,
}

impl Toolchain {
    /// The compiler to use: one that is here, else one that can be installed. The error says what was tried and what would help.
    pub(crate) fn find_or_install(asked: Option<Way>) -> anyhow::Result<Self> {
        let ways = asked.map_or_else(|| vec![Way::Rustup, Way::Debian], |way| vec![way]);
        // What is here goes before what must be fetched.
        if let Some(found) = ways.iter().find_map(|way| Self::find(*way)) {
            return Ok(found);
        }
        let mut failures = String::new();
        for way in ways {
            println!("guests: no compiler for wasm is here; {}", way.attempt());
            match way
                .install()
                .and_then(|()| Self::find(way).context("installed, but not all that is needed is there"))
            {
                Ok(found) => return Ok(found),
                Err(error) => write!(failures, "\n  {}: {error:#}", way.name())?,
            }
        }
        bail!(
            "no compiler for wasm is here, and none could be installed{failures}\n{}",
            help()
        )
    }

    /// How to speak of it.
    pub(crate) fn name(&self) -> &'static str {
        self.way.name()
    }

    /// What would be different bytes if it made other code.
    pub(crate) fn identity(&self) -> &[u8] {
        &self.identity
    }

    /// Cargo's name for what it makes.
    pub(crate) fn target(&self) -> &'static str {
        match self.way {
            Way::Rustup => rustup::TARGET,
            Way::Debian => debian::TARGET,
        }
    }

    /// Makes what the compiler will need in the build folder.
    pub(crate) fn prepare(&self, build_folder: &Path) -> anyhow::Result<()> {
        match self.way {
            Way::Rustup => Ok(()),
            Way::Debian => debian::prepare(build_folder),
        }
    }

    /// Makes a command of cargo use it.
    pub(crate) fn configure(&self, cargo: &mut Command, build_folder: &Path) {
        match self.way {
            Way::Rustup => {}
            Way::Debian => debian::configure(cargo, build_folder),
        }
    }

    fn find(way: Way) -> Option<Self> {
        let identity = match way {
            Way::Rustup => rustup::identity(),
            Way::Debian => debian::identity(),
        };
        identity.map(|identity| Self { way, identity })
    }
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Rustup => "rustup's target",
            Self::Debian => "Debian's compiler",
        }
    }

    fn attempt(self) -> &'static str {
        match self {
            Self::Rustup => "asking rustup for the target",
            Self::Debian => "installing Debian's",
        }
    }

    fn install(self) -> anyhow::Result<()> {
        match self {
            Self::Rustup => rustup::add_target(),
            Self::Debian => debian::install(),
        }
    }
}

fn help() -> String {
    format!(
        "one of these helps:\n  rustup target add {}\n  apt-get install --no-install-recommends {}    # on Debian, as root",
        rustup::TARGET,
        debian::PACKAGES.join(" ")
    )
}

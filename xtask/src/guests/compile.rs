//! Running cargo for guests.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use super::{guest::Guest, toolchain::Toolchain};
use crate::program;

/// A guest and the file that cargo made of it.
pub(crate) struct Built<'a> {
    pub(crate) guest: &'a Guest,
    pub(crate) file: PathBuf,
}

/// Compiles guests, those of one workspace together. What cargo and the compiler say is shown as they say it.
pub(crate) fn compile<'a>(
    guests: impl IntoIterator<Item = &'a Guest>,
    toolchain: &Toolchain,
) -> anyhow::Result<Vec<Built<'a>>> {
    let mut by_workspace = BTreeMap::<&Path, Vec<&Guest>>::new();
    for guest in guests {
        by_workspace.entry(&guest.workspace).or_default().push(guest);
    }
    for (workspace, guests) in &by_workspace {
        let build_folder = build_folder(guests);
        toolchain.prepare(&build_folder)?;
        run_cargo(workspace, guests, toolchain, &build_folder)?;
    }
    let built = |guest: &'a Guest| Built {
        guest,
        file: build_folder(&[guest])
            .join(toolchain.target())
            .join("release")
            .join(format!("{}.wasm", guest.name.replace('-', "_"))),
    };
    Ok(by_workspace.into_values().flatten().map(built).collect())
}

/// What is costly to build has a folder of its own, so that it can be kept, or thrown away, by itself.
fn build_folder(guests: &[&Guest]) -> PathBuf {
    let costly = guests.iter().find(|guest| guest.is_costly);
    let name = costly.map_or_else(|| "guests-build".to_owned(), |guest| format!("{}-build", guest.name));
    program::target_folder().join(name)
}

fn run_cargo(workspace: &Path, guests: &[&Guest], toolchain: &Toolchain, build_folder: &Path) -> anyhow::Result<()> {
    let mut command = program::cargo();
    for variable in MEANT_FOR_HOST_BUILDS {
        command.env_remove(variable);
    }
    command
        .current_dir(workspace)
        .args(["build", "--release", "--locked", "--target", toolchain.target()]);
    // A folder of its own: it does not wait for a build of the host that is going on, nor is it waited for.
    command.arg("--target-dir").arg(build_folder);
    for guest in guests {
        command.args(["--package", &guest.name]);
    }
    toolchain.configure(&mut command, build_folder);
    let status = command.status().context("cannot start cargo")?;
    if !status.success() {
        bail!(
            "cargo could not build the guests in `{}`: it ended with {status}",
            workspace.display()
        );
    }
    Ok(())
}

/// Flags that suit this machine's programs and not wasm; and the libraries of rustup's compiler, which cargo puts in the way of
/// another compiler's when it runs this program.
const MEANT_FOR_HOST_BUILDS: [&str; 6] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "RUSTC_WORKSPACE_WRAPPER",
    "LD_LIBRARY_PATH",
];

//! The interfaces that the component is made for.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::program;

/// Lays out the component's world with what it refers to. Returns the folder.
pub(crate) fn assemble(wasi: &Path, world: &Path, to: &Path) -> anyhow::Result<PathBuf> {
    let folder = to.join("wit");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove `{}`", folder.display()))?;
    }
    copy(world, &folder)?;
    copy(wasi, &folder.join("deps"))?;
    copy(
        &program::project_folder().join("wit"),
        &folder.join("deps").join("rbit-runner"),
    )?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make `{}`", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot list `{}`", from.display()))? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "wit") {
            let place = to.join(file.file_name().unwrap_or_default());
            fs::copy(&file, &place).with_context(|| format!("cannot copy `{}`", file.display()))?;
        }
    }
    Ok(())
}

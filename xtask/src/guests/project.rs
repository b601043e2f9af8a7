//! A guest in another language than Rust, and how its own build file is called.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use super::{bindings::Bindings, kit::Kit, language::Language};
use crate::program;

/// A folder that an author of its language would call a project. Its name is the guest's.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) language: Language,
}

impl Project {
    /// What goes into it: its own folder, and that of the language's example, from which the others borrow.
    pub(crate) fn inputs(&self) -> Vec<PathBuf> {
        let example = examples().join(format!("{}-hello", self.language.name()));
        vec![self.folder.clone(), example]
    }

    /// Writes the bindings and runs its build command. Where the result is.
    pub(crate) fn build(&self, bindings: &Bindings, kit: &Kit) -> anyhow::Result<PathBuf> {
        bindings.write(&self.folder.join("gen"))?;
        let words = self.language.build_command();
        let (program, arguments) = words.split_first().context("no build command")?;
        // As the kit's path is the one to search, not ours.
        let mut command = Command::new("/usr/bin/env");
        command.arg(program).args(arguments).current_dir(&self.folder);
        kit.configure(&mut command);
        let output = command
            .output()
            .with_context(|| format!("cannot start `{}`", words.join(" ")))?;
        if !output.status.success() {
            bail!(
                "`{}` in `{}` ended with {}:\n{}{}",
                words.join(" "),
                self.folder.display(),
                output.status,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr),
            );
        }
        let result = self.folder.join("build").join(format!("{}.wasm", self.name));
        if !result.is_file() {
            bail!("`{}` made no `{}`", words.join(" "), result.display());
        }
        Ok(result)
    }
}

/// Every project, sorted by name.
pub(crate) fn all() -> anyhow::Result<Vec<Project>> {
    let mut projects = vec![];
    for folder in [examples(), program::project_folder().join("tests/contract/guests")] {
        projects.extend(projects_in(&folder)?);
    }
    projects.push(completezip());
    projects.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(projects)
}

/// The one runner of Connexions that is built as they are.
fn completezip() -> Project {
    Project {
        name: "completezip".to_owned(),
        folder: program::project_folder().join("runners/completezip"),
        language: Language::Go,
    }
}

fn projects_in(folder: &Path) -> anyhow::Result<Vec<Project>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    let mut projects = vec![];
    for entry in entries {
        let folder = entry?.path();
        if let Some(language) = Language::of(&folder) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            projects.push(Project { name, folder, language });
        }
    }
    Ok(projects)
}

fn examples() -> PathBuf {
    program::project_folder().join("guest-examples")
}

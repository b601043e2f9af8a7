//! What a guest in another language than Rust needs to speak with the host: generated from `wit/`, and never committed.
//!
//! The generators are wit-bindgen's own. What they expect besides, the runtime of Go's bindings and the text of WASI's interfaces, lies
//! in the folders of crates that cargo fetched in any case.

mod javascript;
mod world;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use wit_bindgen_core::{
    Files, WorldGenerator,
    wit_parser::{Resolve, WorldId},
};

use super::{fetched, language::Language};
use crate::program;

/// Generated files, by their path in the folder that is to hold them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Bindings(BTreeMap<PathBuf, Vec<u8>>);

impl Bindings {
    /// Generates those for a project, which lies in `project` and will have them in its folder `gen`.
    pub(crate) fn generate(language: Language, project: &Path) -> anyhow::Result<Self> {
        match language {
            Language::C | Language::Cpp | Language::Zig => Self::by(&mut *wit_bindgen_c::Opts::default().build()),
            Language::Go => Self::go(project),
            Language::Javascript | Language::Typescript => javascript::world(),
            Language::Python => Ok(Self(contract()?)),
            Language::Rust => bail!("a guest in Rust needs none: the crate `rbit-guest` has them"),
        }
    }

    /// Writes those that are not there already, and says whether there were any.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<bool> {
        let mut is_changed = false;
        for (name, content) in &self.0 {
            let file = folder.join(name);
            if fs::read(&file).is_ok_and(|there| there == *content) {
                continue;
            }
            fs::create_dir_all(file.parent().unwrap_or(folder))
                .and_then(|()| fs::write(&file, content))
                .with_context(|| format!("cannot write `{}`", file.display()))?;
            is_changed = true;
        }
        Ok(is_changed)
    }

    /// Each file with its content.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        self.0
            .iter()
            .map(|(name, content)| (name.as_path(), content.as_slice()))
    }

    fn by(generator: &mut dyn WorldGenerator) -> anyhow::Result<Self> {
        Self::of(world::of_runners()?, generator)
    }

    fn of((mut resolve, world): (Resolve, WorldId), generator: &mut dyn WorldGenerator) -> anyhow::Result<Self> {
        let mut files = Files::default();
        generator.generate(&mut resolve, world, &mut files)?;
        let owned = files.iter().map(|(name, content)| (name.into(), content.to_vec()));
        Ok(Self(owned.collect()))
    }

    /// As packages of the project's own module: its package `export_wit_world` has the function that is exported.
    fn go(project: &Path) -> anyhow::Result<Self> {
        let module = go_module(&project.join("go.mod"))?;
        let options = wit_bindgen_go::Opts {
            format: wit_bindgen_go::Format::False,
            pkg_name: Some(format!("{module}/gen")),
            export_pkg_name: Some(module),
            ..wit_bindgen_go::Opts::default()
        };
        let Self(mut files) = Self::of(world::of_project(project)?, &mut *options.build())?;
        if let Some(section) = world::section(project)? {
            files.insert("component-type.section".into(), section);
        }
        let runtime = fetched::folder_of("wit-bindgen-go")?.join("src/pkg");
        for part in ["go.mod", "LICENSE", "wit"] {
            read_into(&runtime, Path::new(part), &mut files, Path::new("pkg"))?;
        }
        Ok(Self(files))
    }
}

/// The files of the contract itself.
fn contract() -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(contract_folder()).context("cannot list `wit`")? {
        let name = PathBuf::from(entry?.file_name());
        read_into(&contract_folder(), &name, &mut files, Path::new("wit"))?;
    }
    Ok(files)
}

fn contract_folder() -> PathBuf {
    program::project_folder().join("wit")
}

/// Reads a file, or all files of a folder, of `from`; they are to lie in `into`.
fn read_into(from: &Path, name: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>, into: &Path) -> anyhow::Result<()> {
    let path = from.join(name);
    if path.is_dir() {
        for entry in fs::read_dir(&path).with_context(|| format!("cannot list `{}`", path.display()))? {
            read_into(from, &name.join(entry?.file_name()), files, into)?;
        }
        return Ok(());
    }
    let content = fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    files.insert(into.join(name), content);
    Ok(())
}

fn go_module(file: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let module = text.lines().find_map(|line| line.strip_prefix("module "));
    let module = module.ok_or_else(|| anyhow!("`{}` has no line `module …`", file.display()))?;
    Ok(module.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bindings: &Bindings) -> Vec<String> {
        bindings.iter().map(|(name, _)| name.display().to_string()).collect()
    }

    #[test]
    fn bindings_for_c_are_a_header_a_source_and_the_type_of_the_component() {
        let bindings = Bindings::generate(Language::C, Path::new("")).unwrap();
        assert_eq!(names(&bindings), ["runner.c", "runner.h", "runner_component_type.o"]);
        let header = String::from_utf8(bindings.0[Path::new("runner.h")].clone()).unwrap();
        assert!(header.contains("exports_runner_run("), "{header}");
    }

    #[test]
    fn bindings_for_go_are_packages_of_the_projects_own_module_and_bring_their_runtime() {
        let project = tempfile::tempdir().unwrap();
        fs::write(project.path().join("go.mod"), "module example.org/cover\n\ngo 1.25\n").unwrap();
        let bindings = Bindings::generate(Language::Go, project.path()).unwrap();
        let exports = bindings.0[Path::new("wit_exports/wit_exports.go")].clone();
        let exports = String::from_utf8(exports).unwrap();
        assert!(exports.contains("\"example.org/cover/export_wit_world\""), "{exports}");
        assert!(names(&bindings).contains(&"pkg/wit/runtime/runtime.go".to_owned()));
    }

    #[test]
    fn what_is_there_already_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let bindings = Bindings::generate(Language::Python, Path::new("")).unwrap();
        assert!(bindings.write(folder.path()).unwrap());
        assert!(folder.path().join("wit/world.wit").is_file());
        assert!(!bindings.write(folder.path()).unwrap());
    }
}

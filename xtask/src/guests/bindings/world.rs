//! The world for which bindings are generated.

use std::path::{Path, PathBuf};

use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_component::{StringEncoding, embed_component_metadata};

use super::{contract_folder, fetched};

/// That of every runner.
pub(super) fn of_runners() -> anyhow::Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(contract_folder())?;
    let world = resolve.select_world(&[package], Some("runner"))?;
    Ok((resolve, world))
}

/// That of a project: the one in its `world.wit`, which may include whatever WASI has; else that of every runner.
pub(super) fn of_project(project: &Path) -> anyhow::Result<(Resolve, WorldId)> {
    let file = own(project);
    if !file.is_file() {
        return of_runners();
    }
    let mut resolve = Resolve::default();
    resolve.push_dir(fetched::wasi()?)?;
    resolve.push_dir(contract_folder())?;
    let package = resolve.push_file(&file)?;
    let world = resolve.select_world(&[package], None)?;
    Ok((resolve, world))
}

/// The section of a module that says which world it implements; none where that is the one of every runner, which a host takes it for.
pub(super) fn section(project: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    if !own(project).is_file() {
        return Ok(None);
    }
    let (resolve, world) = of_project(project)?;
    let mut section = vec![];
    embed_component_metadata(&mut section, &resolve, world, StringEncoding::UTF8)?;
    Ok(Some(section))
}

fn own(project: &Path) -> PathBuf {
    project.join("world.wit")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_project_may_want_more_of_wasi_than_a_runner_has() {
        let project = tempfile::tempdir().unwrap();
        assert_eq!(section(project.path()).unwrap(), None);

        let world = "package a:b;\nworld c {\n  include rbit:runner/runner@0.1.0;\n  import wasi:http/outgoing-handler@0.2.12;\n}\n";
        fs::write(own(project.path()), world).unwrap();
        let (resolve, world) = of_project(project.path()).unwrap();
        assert_eq!(resolve.worlds[world].name, "c");
        let section = section(project.path()).unwrap().unwrap();
        // A custom section, which can be put behind any module.
        assert_eq!(section[0], 0);
        assert!(section.windows(14).any(|part| part == b"component-type"));
    }
}

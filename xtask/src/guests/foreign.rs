//! Building guests in other languages than Rust, one language after the other.

use std::{fmt, path::Path, time::Instant};

use super::{
    bindings::Bindings, deliver, digest::Digest, digest_file, is_up_to_date, kit::Kit, language::Language,
    project::Project,
};

/// A language whose guests cannot be built on this machine.
#[derive(Debug)]
pub(crate) struct Missing {
    language: Language,
    error: anyhow::Error,
}

impl Missing {
    pub(super) fn new(language: Language, error: anyhow::Error) -> Self {
        Self { language, error }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:#}", self.language.name(), self.error)
    }
}

/// Builds those that are not up to date. A language whose tools cannot be had is returned, and the others go on.
pub(super) fn build(projects: &[Project], folder: &Path) -> anyhow::Result<Vec<Missing>> {
    let mut missing = vec![];
    for language in Language::FOREIGN {
        let projects: Vec<_> = projects.iter().filter(|project| project.language == language).collect();
        if projects.is_empty() {
            continue;
        }
        let begun = Instant::now();
        match Kit::ensure(language) {
            Ok(kit) => build_all(&projects, &kit, folder)?,
            Err(error) => missing.push(Missing::new(language, error)),
        }
        // With the tools, the first time.
        println!("guests: {} took {} s", language.name(), begun.elapsed().as_secs());
    }
    Ok(missing)
}

fn build_all(projects: &[&Project], kit: &Kit, folder: &Path) -> anyhow::Result<()> {
    for project in projects {
        let bindings = Bindings::generate(project.language, &project.folder)?;
        let digest = Digest::of_project(project, &bindings, kit)?;
        if is_up_to_date(&project.name, &digest, folder) {
            continue;
        }
        deliver(&project.build(&bindings, kit)?, &project.name, folder)?;
        digest.store(&digest_file(&project.name, folder))?;
    }
    Ok(())
}

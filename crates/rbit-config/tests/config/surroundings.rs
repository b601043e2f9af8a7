//! A box to check configurations on.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use rbit_config::{Checked, PermissiveWorld, Settings, Surroundings, TlsFile, TlsSettings, TlsWrong, World, read};
use rbit_job::Processor;

/// A box with two CPUs on which everything is there.
pub(crate) fn permissive() -> Surroundings<'static> {
    in_world(&PermissiveWorld)
}

pub(crate) fn in_world(world: &dyn World) -> Surroundings<'_> {
    Surroundings {
        world,
        environment: Vec::new(),
        flags: Vec::new(),
        cpus: 2,
        memory: Some(8 << 30),
        host_name: Some("box-7".into()),
        scratch_dir: None,
    }
}

pub(crate) fn check(text: &str) -> Checked {
    read(text, Path::new("/etc/rbit/rbit.ini"), &permissive())
}

/// The settings of a text that must have no problems.
pub(crate) fn settings(text: &str) -> Settings {
    settings_of(check(text))
}

pub(crate) fn settings_of(checked: Checked) -> Settings {
    assert_eq!(lines(&checked.problems), [""; 0]);
    checked.settings.expect("no problems, no settings")
}

pub(crate) fn lines(problems: &[rbit_config::Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// A box on which nothing is there but some files.
#[derive(Default)]
pub(crate) struct BareWorld {
    pub(crate) files: BTreeMap<&'static str, String>,
}

impl World for BareWorld {
    fn python_component(&self, asked: Option<&Path>) -> Result<PathBuf, String> {
        PermissiveWorld.python_component(asked)
    }

    fn python_callable(&self, _: &[PathBuf], _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn runs_guests(&self) -> bool {
        true
    }

    fn runner(&self, _: &Processor) -> Result<(), String> {
        Err("no such file".into())
    }

    fn writable_folder(&self, _: &Path) -> Result<(), String> {
        Err("permission denied".into())
    }

    fn is_folder(&self, _: &Path) -> bool {
        false
    }

    fn tls(&self, files: &TlsSettings) -> Vec<TlsWrong> {
        let wrong = |file, why: &str| TlsWrong { file, why: why.into() };
        let identity = files.identity.iter().flat_map(|_| {
            [
                wrong(TlsFile::Certificate, "no such file"),
                wrong(TlsFile::Key, "it is no key"),
            ]
        });
        [wrong(TlsFile::Authorities, "nobody is believed")]
            .into_iter()
            .chain(identity)
            .collect()
    }

    fn read_file(&self, path: &Path) -> io::Result<String> {
        path.to_str()
            .and_then(|path| self.files.get(path))
            .cloned()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// The least that a configuration needs.
pub(crate) const LEAST: &str = "[rbit]\nqueue-mappings = q:r\n[runner:r]\nrunner = wasm!r.wasm\n";

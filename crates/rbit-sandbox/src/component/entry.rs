//! Code, and how it is entered.

use std::path::Path;

use wasmparser::Parser;
use wasmtime::{Engine, InstancePre, Module, Precompiled, Result, bail, component::Component};
use wasmtime_wasi::p2::bindings::CommandPre;

use super::{InvalidComponent, Kind, NoCommand, loader::boxed};
use crate::{bindings::RunnerPre, command::START, linker::Linkers, state::JobState, text};

/// Everything but the instance.
pub(crate) enum Entry {
    /// By `run` of `rbit:runner`.
    Runner(RunnerPre<JobState>),
    /// By `run` of `wasi:cli`.
    Command(CommandPre<JobState>),
    /// By `_start`.
    Module(InstancePre<JobState>),
}

/// What a guest is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entrance {
    Component,
    /// A core module, with WASI as it was before there were components.
    Module,
}

impl Entry {
    pub(crate) fn entrance(&self) -> Entrance {
        match self {
            Self::Runner(_) | Self::Command(_) => Entrance::Component,
            Self::Module(_) => Entrance::Module,
        }
    }
}

/// What was compiled.
pub(super) enum Code {
    Component(Component),
    Module(Module),
}

impl Code {
    pub(super) fn compile(engine: &Engine, binary: &[u8]) -> Result<Self> {
        match Parser::is_component(binary) {
            true => Component::new(engine, binary).map(Self::Component),
            false => Module::new(engine, binary).map(Self::Module),
        }
    }

    /// Compiles for later.
    pub(super) fn precompile(engine: &Engine, binary: &[u8]) -> Result<Vec<u8>> {
        match Parser::is_component(binary) {
            true => engine.precompile_component(binary),
            false => engine.precompile_module(binary),
        }
    }

    /// Takes up what was compiled.
    ///
    /// # Safety
    ///
    /// The bytes are what [`Self::precompile`] returned.
    #[expect(unsafe_code, reason = "compiled code is believed")]
    pub(super) unsafe fn deserialize(engine: &Engine, code: &[u8]) -> Result<Self> {
        match Engine::detect_precompiled(code) {
            // SAFETY: the caller's promise.
            Some(Precompiled::Component) => unsafe { Component::deserialize(engine, code) }.map(Self::Component),
            // SAFETY: the caller's promise.
            Some(Precompiled::Module) => unsafe { Module::deserialize(engine, code) }.map(Self::Module),
            None => bail!("it is no compiled code"),
        }
    }

    /// Maps a file with what was compiled.
    ///
    /// # Safety
    ///
    /// In the file is what [`Self::precompile`] returned, and nobody changes it as long as it is in use.
    #[expect(unsafe_code, reason = "compiled code is believed")]
    pub(super) unsafe fn map(engine: &Engine, file: &Path) -> Result<Self> {
        match Engine::detect_precompiled_file(file)? {
            // SAFETY: the caller's promise.
            Some(Precompiled::Component) => unsafe { Component::deserialize_file(engine, file) }.map(Self::Component),
            // SAFETY: the caller's promise.
            Some(Precompiled::Module) => unsafe { Module::deserialize_file(engine, file) }.map(Self::Module),
            None => bail!("it is no compiled code"),
        }
    }

    /// Everything but the instance, or what the code wants that there is not, or lacks that its kind has.
    pub(super) fn link(&self, linkers: &Linkers, kind: Kind) -> Result<Entry, InvalidComponent> {
        let imports = |error| InvalidComponent::Imports(boxed(error));
        let component = match self {
            Self::Component(component) => component,
            Self::Module(module) => {
                if !can_start(module) {
                    return Err(NoCommand::OtherStart.into());
                }
                let pre = linkers.modules.instantiate_pre(module);
                return pre.map(Entry::Module).map_err(imports);
            }
        };
        let pre = linkers.components.instantiate_pre(component).map_err(imports)?;
        let engine = linkers.engine();
        match kind {
            Kind::Runner => RunnerPre::new(pre)
                .map(Entry::Runner)
                .map_err(|error| InvalidComponent::Exports {
                    exports: exports(engine, component),
                    source: boxed(error),
                }),
            Kind::Command => CommandPre::new(pre)
                .map(Entry::Command)
                .map_err(|error| InvalidComponent::NoRun {
                    exports: exports(engine, component),
                    source: boxed(error),
                }),
        }
    }

    /// Names of what it imports, sorted.
    pub(super) fn imports(&self, engine: &Engine) -> Vec<String> {
        let mut names: Vec<_> = match self {
            Self::Component(component) => {
                let component = component.component_type();
                component.imports(engine).map(|(name, _)| printable(name)).collect()
            }
            Self::Module(module) => module.imports().map(|import| printable(import.module())).collect(),
        };
        names.sort();
        names.dedup();
        names
    }
}

/// Whether there is a `_start` that takes and returns nothing.
fn can_start(module: &Module) -> bool {
    let start = module.get_export(START);
    let start = start.as_ref().and_then(|start| start.func());
    start.is_some_and(|start| start.params().len() == 0 && start.results().len() == 0)
}

fn exports(engine: &Engine, component: &Component) -> String {
    let component = component.component_type();
    let names: Vec<_> = component
        .exports(engine)
        .take(MAX_SHOWN)
        .map(|(name, _)| format!("`{}`", printable(name)))
        .collect();
    if names.is_empty() {
        "nothing".into()
    } else {
        names.join(", ")
    }
}

fn printable(name: &str) -> String {
    text::printable(name, MAX_NAME)
}

/// Exports that an error names.
const MAX_SHOWN: usize = 8;
/// Bytes of one name.
const MAX_NAME: usize = 200;

//! A core module into a component.
//!
//! Toolchains that know no component model leave a core module behind. With a `component-type` section it says which world it
//! implements; without one it is taken for a runner, and the encoder says what it lacks. Imports of WASI preview 1 are served by
//! the adapter, inside the component.

use std::borrow::Cow;

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmparser::{Parser, Payload};
use wasmtime::Engine;
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::{Resolve, SourceMap, WorldId};

use super::{InvalidComponent, Kind, command};

/// What is compiled of `bytes`: a component, or the core module that a command is.
pub(super) fn binary<'a>(engine: &Engine, bytes: &'a [u8], kind: Kind) -> Result<Cow<'a, [u8]>, InvalidComponent> {
    if kind == Kind::Command && Parser::is_core_wasm(bytes) {
        command::check(engine, bytes)?;
        return Ok(Cow::Borrowed(bytes));
    }
    component(bytes)
}

/// The component in `bytes`: they themselves, or what the core module in them is made into.
fn component(bytes: &[u8]) -> Result<Cow<'_, [u8]>, InvalidComponent> {
    if Parser::is_component(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    if !Parser::is_core_wasm(bytes) {
        return Err(InvalidComponent::NotWasm);
    }
    Ok(Cow::Owned(encode(bytes)?))
}

fn encode(module: &[u8]) -> Result<Vec<u8>, InvalidComponent> {
    let facts = Facts::of(module).map_err(|error| InvalidComponent::Encode(error.into()))?;
    let module = if facts.has_component_type {
        Cow::Borrowed(module)
    } else {
        Cow::Owned(as_runner(module)?)
    };
    let mut encoder = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .map_err(invalid)?;
    if facts.imports_preview1 {
        encoder = encoder
            .adapter(
                WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            )
            .map_err(invalid)?;
    }
    encoder.encode().map_err(invalid)
}

/// The same module, said to implement this host's own world.
fn as_runner(module: &[u8]) -> Result<Vec<u8>, InvalidComponent> {
    let (resolve, world) = runner_world()?;
    let mut module = module.to_vec();
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).map_err(invalid)?;
    Ok(module)
}

fn runner_world() -> Result<(Resolve, WorldId), InvalidComponent> {
    let mut sources = SourceMap::new();
    for (name, text) in WIT {
        sources.push_str(name, text);
    }
    let package = sources
        .parse()
        .map_err(|(_, error)| InvalidComponent::Encode(error.into()))?;
    let mut resolve = Resolve::default();
    let package = resolve
        .push_group(package)
        .map_err(|error| InvalidComponent::Encode(error.into()))?;
    let world = resolve.select_world(&[package], Some("runner")).map_err(invalid)?;
    Ok((resolve, world))
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> InvalidComponent {
    InvalidComponent::Encode(error.into())
}

/// What must be known of a core module.
#[derive(Default)]
struct Facts {
    has_component_type: bool,
    imports_preview1: bool,
}

impl Facts {
    fn of(module: &[u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut facts = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::CustomSection(section) => {
                    facts.has_component_type |= section.name().starts_with("component-type");
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        facts.imports_preview1 |= import?.module == WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;
                    }
                }
                _ => {}
            }
        }
        Ok(facts)
    }
}

/// The files of the package, as the bindings are generated from them.
const WIT: [(&str, &str); 2] = [
    ("types.wit", include_str!("../../../../wit/types.wit")),
    ("world.wit", include_str!("../../../../wit/world.wit")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_package_is_known() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(files, WIT.map(|(name, _)| name));
        assert!(runner_world().is_ok());
    }

    #[test]
    fn a_module_that_lacks_what_a_runner_has_is_told_so() {
        let module = wat::parse_str("(module (memory (export \"memory\") 1))").unwrap();
        let InvalidComponent::Encode(source) = component(&module).unwrap_err() else {
            panic!("another error")
        };
        assert!(rbit_job::error_chain(source.as_ref()).contains("run"), "{source:#}");
    }

    #[test]
    fn bytes_that_begin_like_nothing_known_are_no_webassembly() {
        for bytes in ["", "\0asm", "\0asm\x03\0\x02\0", "#!/bin/sh"] {
            assert!(
                matches!(component(bytes.as_bytes()), Err(InvalidComponent::NotWasm)),
                "{bytes:?}"
            );
        }
    }
}

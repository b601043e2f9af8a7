//! Whether a core module is a command: looked at before it is compiled, which takes minutes for some.

use std::collections::BTreeSet;

use wasmparser::{ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef};
use wasmtime::{Engine, Module};

use super::{InvalidComponent, loader::boxed};
use crate::{
    capability::files::{PREVIEW0, PREVIEW1},
    command::START,
    text,
};

/// Why a core module is no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoCommand {
    /// It wants functions of somebody else's.
    #[error("it imports {0}, and a command may import from `wasi_snapshot_preview1` and `wasi_unstable` only")]
    ForeignImports(String),
    /// It is to be called by others.
    #[error("it is a library: it exports `_initialize` for whoever calls its functions, and no `_start`")]
    Reactor,
    /// It is something else.
    #[error("it is a library: it exports no `_start`")]
    NoStart,
    /// There is something of that name that cannot be called.
    #[error("its `_start` is no function of its own without parameters and results")]
    OtherStart,
    /// It does nothing.
    #[error("its `_start` is empty: it is a library that was built as a command")]
    EmptyStart,
    /// Nothing could be passed to it.
    #[error("it exports no memory as `memory`, which WASI needs")]
    NoMemory,
    /// It was built with an older form of exceptions, or any: the engine has none.
    #[error(
        "it uses exceptions of WebAssembly, which are not offered here: build it without them (for C++, `-fno-exceptions`)"
    )]
    Exceptions,
}

/// Refuses a core module that is no command, or cannot be one here.
pub(super) fn check(engine: &Engine, module: &[u8]) -> Result<(), InvalidComponent> {
    let facts = Facts::of(module).map_err(|error| InvalidComponent::Compile(error.into()))?;
    // Sorted by what says most: a library's imports say what it is for.
    if !facts.foreign.is_empty() {
        return Err(NoCommand::ForeignImports(listed(&facts.foreign)).into());
    }
    if let Some(why) = facts.no_start() {
        return Err(why.into());
    }
    if facts.imports_wasi && !facts.exports.contains(MEMORY) {
        return Err(NoCommand::NoMemory.into());
    }
    Module::validate(engine, module).map_err(|error| match facts.has_exceptions || mentions_exceptions(&error) {
        true => NoCommand::Exceptions.into(),
        false => InvalidComponent::Compile(boxed(error)),
    })
}

/// The validator's words are all there is; a test holds them.
fn mentions_exceptions(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| cause.to_string().contains("exceptions"))
}

fn listed(names: &BTreeSet<String>) -> String {
    let shown: Vec<_> = names.iter().take(MAX_SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What must be known of a core module.
#[derive(Default)]
struct Facts {
    /// Imports from other modules than WASI's.
    foreign: BTreeSet<String>,
    imports_wasi: bool,
    imported_functions: u32,
    exports: BTreeSet<String>,
    /// The number of the function `_start`; none if `_start` is something else.
    start: Option<u32>,
    /// Whether that function does nothing.
    is_empty: bool,
    has_exceptions: bool,
}

impl Facts {
    fn of(module: &[u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut facts = Self::default();
        let mut defined = 0;
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        facts.import(&import?);
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        facts.export(&export?);
                    }
                }
                Payload::TagSection(_) => facts.has_exceptions = true,
                Payload::CodeSectionEntry(body) => {
                    if facts.start == Some(facts.imported_functions + defined) {
                        facts.is_empty = is_empty(&body)?;
                    }
                    defined += 1;
                }
                _ => {}
            }
        }
        Ok(facts)
    }

    fn import(&mut self, import: &wasmparser::Import<'_>) {
        let is_function = matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
        self.imported_functions += u32::from(is_function);
        match import.module {
            PREVIEW0 | PREVIEW1 => self.imports_wasi = true,
            module => {
                let name = format!("{module}.{}", import.name);
                self.foreign.insert(text::printable(&name, MAX_NAME));
            }
        }
    }

    fn export(&mut self, export: &wasmparser::Export<'_>) {
        if export.name == START && export.kind == ExternalKind::Func {
            self.start = Some(export.index);
        }
        if [START, INITIALIZE, MEMORY].contains(&export.name) {
            self.exports.insert(export.name.to_owned());
        }
    }

    fn no_start(&self) -> Option<NoCommand> {
        if !self.exports.contains(START) {
            let is_reactor = self.exports.contains(INITIALIZE);
            return Some(if is_reactor {
                NoCommand::Reactor
            } else {
                NoCommand::NoStart
            });
        }
        match self.start {
            Some(function) if function >= self.imported_functions => self.is_empty.then_some(NoCommand::EmptyStart),
            _ => Some(NoCommand::OtherStart),
        }
    }
}

fn is_empty(body: &FunctionBody<'_>) -> Result<bool, wasmparser::BinaryReaderError> {
    let mut operators = body.get_operators_reader()?;
    Ok(matches!(operators.read()?, Operator::End))
}

const INITIALIZE: &str = "_initialize";
const MEMORY: &str = "memory";
/// Imports that an error names.
const MAX_SHOWN: usize = 8;
/// Bytes of one name.
const MAX_NAME: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine;

    fn checked(wat: &str) -> Result<(), InvalidComponent> {
        check(
            &engine::for_compiling().unwrap(),
            &wat::parse_str(format!("(module {wat})")).unwrap(),
        )
    }

    fn why(wat: &str) -> NoCommand {
        match checked(wat) {
            Err(InvalidComponent::NoCommand(why)) => why,
            other => panic!("{wat}: {other:?}"),
        }
    }

    const EXIT: &str = r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#;
    const BODY: &str = "(i32.const 0) (call $exit)";

    #[test]
    fn a_command_is_let_through() {
        checked(&format!(
            r#"{EXIT} (memory (export "memory") 1) (func (export "_start") {BODY})"#
        ))
        .unwrap();
        checked(r#"(func (export "_start") nop)"#).unwrap();
        checked(r#"(import "wasi_unstable" "sched_yield" (func (result i32))) (memory (export "memory") 1) (func (export "_start") nop)"#)
            .unwrap();
    }

    #[test]
    fn what_is_no_command_is_refused_for_its_reason() {
        assert_eq!(why(r#"(memory (export "memory") 1)"#), NoCommand::NoStart);
        assert_eq!(why(r#"(func (export "_initialize") nop)"#), NoCommand::Reactor);
        assert_eq!(why(r#"(func (export "_start"))"#), NoCommand::EmptyStart);
        assert_eq!(
            why(r#"(global (export "_start") i32 (i32.const 0))"#),
            NoCommand::OtherStart
        );
        assert_eq!(
            why(&format!(
                r#"{EXIT} (memory (export "memory") 1) (export "_start" (func $exit))"#
            )),
            NoCommand::OtherStart
        );
        assert_eq!(
            why(&format!(r#"{EXIT} (func (export "_start") {BODY})"#)),
            NoCommand::NoMemory
        );
    }

    #[test]
    fn imports_of_others_are_named_and_not_without_end() {
        let imports: String = (0..20)
            .map(|number| format!(r#"(import "env" "f{number:02}" (func))"#))
            .collect();
        let text = why(&format!(
            r#"{imports} (import "a" "memory" (memory 1)) (func (export "_start") nop)"#
        ))
        .to_string();
        assert!(
            text.contains("`a.memory`, `env.f00`") && text.contains("and 13 more,"),
            "{text}"
        );
    }

    #[test]
    fn exceptions_of_both_forms_are_refused_before_anything_is_compiled() {
        let tag = r#"(tag $t) (func (export "_start") (throw $t))"#;
        assert_eq!(why(tag), NoCommand::Exceptions);
        let legacy = r#"(func (export "_start") try nop catch_all nop end)"#;
        assert_eq!(why(legacy), NoCommand::Exceptions);
    }
}

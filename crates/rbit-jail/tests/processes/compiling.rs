//! Compiling in a process of its own: what it may take.

use std::{fs, path::Path};

use rbit_jail::{JailSettings, ProcessExecutor};
use rbit_sandbox::{CacheSettings, SandboxSettings};
use tempfile::TempDir;

use crate::suite::bench::{fixture, module, prelude};

/// An executor that compiles within these bounds.
fn executor(folder: &Path, bounds: impl FnOnce(&mut JailSettings)) -> ProcessExecutor {
    let kept = CacheSettings {
        folder: folder.join("artifacts"),
        max_bytes: 1 << 30,
    };
    let mut settings = JailSettings {
        program: env!("CARGO_BIN_EXE_rbit-jail-child").into(),
        ..JailSettings::new(folder.join("scratch"), kept, SandboxSettings::default())
    };
    bounds(&mut settings);
    ProcessExecutor::new(settings).unwrap()
}

/// A runner with a function so long that it takes much to compile.
fn bomb(steps: usize) -> Vec<u8> {
    let step = "(local.set 0 (i32.mul (i32.add (local.get 0) (local.get 1)) (i32.load (local.get 0))))";
    let body = step.repeat(steps);
    let guest = format!("(func (param i32 i32) {body})");
    wat::parse_str(format!("(module {guest} {} {})", fixture("returns"), prelude())).unwrap()
}

#[test]
fn a_component_that_takes_too_much_memory_to_compile_costs_its_jobs_alone() {
    let folder = TempDir::new().unwrap();
    let executor = executor(folder.path(), |settings| settings.compile_memory = 128 << 20);
    let file = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let error = executor.inspect(&file("bomb.wasm", bomb(60_000)), None).unwrap_err();
    assert!(error.is_limit() && !error.is_transient(), "{error}");
    let text = rbit_job::error_chain(&*error);
    assert!(
        text.ends_with("it takes more memory to compile than the limit `compile-memory`, 128 MiB"),
        "{text}"
    );
    assert!(executor.inspect(&file("guest.wasm", module("returns")), None).is_ok());
}

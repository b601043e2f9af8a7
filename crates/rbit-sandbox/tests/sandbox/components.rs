//! From files to runners.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rbit_job::{Processor, Reason};
use rbit_sandbox::{CacheSettings, LoadError, SandboxSettings};

use crate::suite::bench::{Bench, ending, module, plan};

/// The error with its causes, as a person reads it.
fn inspect(bench: &Bench, file: &Path) -> String {
    let error = bench.sandbox.inspect(file, None).unwrap_err();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&*error);
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

fn refused(name: &str, wat: &str) -> String {
    let bench = Bench::new();
    inspect(&bench, &bench.file(name, wat::parse_str(wat).unwrap()))
}

#[test]
fn a_component_is_described_without_being_run() {
    let bench = Bench::new();
    let info = bench
        .sandbox
        .inspect(&bench.file("x.wasm", module("spins_at_start")), None)
        .unwrap();
    assert_eq!((info.sha256.len(), info.is_core_module), (64, true));
    assert_eq!(info.size, module("spins_at_start").len() as u64);
}

#[test]
fn a_component_without_run_is_no_runner() {
    let text = refused(
        "x.wasm",
        r#"(component (core module $m) (export "other" (core module $m)))"#,
    );
    assert!(
        text.contains("it is no runner of `rbit:runner@0.1` (it exports `other`): ") && text.contains("`run`"),
        "{text}"
    );
}

#[test]
fn a_component_whose_run_has_other_types_is_no_runner() {
    let wat = r#"(component
        (core module $m (func (export "run")))
        (core instance $i (instantiate $m))
        (func (export "run") (canon lift (core func $i "run"))))"#;
    let text = refused("x.wasm", wat);
    assert!(
        text.contains("it is no runner of `rbit:runner@0.1` (it exports `run`): "),
        "{text}"
    );
}

#[test]
fn an_import_that_is_not_offered_is_named() {
    let text = refused(
        "x.wasm",
        r#"(component (import "acme:tool/api@1.0.0" (instance (export "go" (func)))))"#,
    );
    assert!(
        text.contains("it imports what this host does not offer: ") && text.contains("acme:tool/api@1.0.0"),
        "{text}"
    );
}

#[test]
fn a_core_module_that_is_no_runner_is_told_what_it_lacks() {
    let text = refused(
        "x.wasm",
        "(module (memory (export \"memory\") 1) (func (export \"main\")))",
    );
    assert!(
        text.contains("its core module cannot be made a component: ") && text.contains("run"),
        "{text}"
    );
}

#[test]
fn broken_bytes_are_told_from_no_bytes_of_webassembly() {
    let bench = Bench::new();
    assert!(inspect(&bench, &bench.file("text.wasm", "(module)")).ends_with("it is no WebAssembly binary"));
    let mut broken = wat::parse_str("(component (core module (func)))").unwrap();
    broken.truncate(broken.len() - 2);
    let text = inspect(&bench, &bench.file("broken.wasm", broken));
    assert!(text.contains("it does not compile: "), "{text}");
}

#[tokio::test]
async fn a_core_module_with_a_component_type_runs() {
    let bench = Bench::new();
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve
        .push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit"))
        .unwrap();
    let world = resolve.select_world(&[package], Some("runner")).unwrap();
    let mut bytes = module("returns");
    wit_component::embed_component_metadata(&mut bytes, &resolve, world, wit_component::StringEncoding::UTF8).unwrap();
    let execution = bench.run(&plan(&bench.file("x.wasm", bytes))).await;
    assert_eq!(execution.result.unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_no_runner_fails_its_jobs_for_good_and_what_is_not_there_may_come_back() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&plan(&bench.file("x.wasm", "nonsense"))).await);
    assert_eq!(reason, Reason::InvalidComponent);
    assert!(text.contains("x.wasm"), "{text}");
    let (reason, text) = ending(&bench.run(&plan(&bench.path("gone.wasm"))).await);
    assert_eq!(reason, Reason::HostFault);
    assert!(text.contains("gone.wasm"), "{text}");
}

#[tokio::test]
async fn a_file_that_was_replaced_runs_as_what_it_is_now() {
    let bench = Bench::new();
    let plan = plan(&bench.file("x.wasm", module("returns")));
    assert!(bench.run(&plan).await.result.is_ok());
    bench.file("x.wasm", module("blocks"));
    assert_eq!(ending(&bench.run(&plan).await).0, Reason::GuestBlocked);
    fs::rename(bench.file("new.wasm", module("traps")), bench.path("x.wasm")).unwrap();
    assert_eq!(ending(&bench.run(&plan).await).0, Reason::GuestTrap);
}

#[tokio::test]
async fn a_file_that_was_replaced_by_a_broken_one_runs_as_what_it_was_where_that_is_wanted() {
    let bench = Bench::with(SandboxSettings {
        keeps_last_component: true,
        ..SandboxSettings::default()
    });
    let plan = plan(&bench.file("x.wasm", "nonsense"));
    // There is none to be kept yet.
    assert_eq!(ending(&bench.run(&plan).await).0, Reason::InvalidComponent);
    bench.file("x.wasm", module("returns"));
    let good = bench.run(&plan).await;
    bench.file("x.wasm", "nonsense, and longer");
    let kept = bench.run(&plan).await;
    assert_eq!(kept.result, good.result);
    assert_eq!(kept.usage.component, good.usage.component);
    fs::remove_file(bench.path("x.wasm")).unwrap();
    assert!(bench.run(&plan).await.result.is_ok());
    bench.file("x.wasm", module("blocks"));
    assert_eq!(ending(&bench.run(&plan).await).0, Reason::GuestBlocked);
}

#[tokio::test]
async fn the_same_content_is_compiled_once() {
    let bench = Bench::new();
    let (one, other) = (
        bench.file("one.wasm", module("returns")),
        bench.file("other.wasm", module("returns")),
    );
    bench.sandbox.inspect(&one, None).unwrap();
    let plans = [plan(&one), plan(&other), plan(&one)];
    let (a, b, c) = tokio::join!(bench.run(&plans[0]), bench.run(&plans[1]), bench.run(&plans[2]));
    assert!(a.result.is_ok() && b.result.is_ok() && c.result.is_ok());
    assert_eq!(bench.sandbox.compilations(), 1);
}

#[tokio::test]
async fn a_file_that_is_touched_is_read_again_and_not_compiled_again() {
    let bench = Bench::new();
    let file = bench.file("x.wasm", module("returns"));
    assert!(bench.run(&plan(&file)).await.result.is_ok());
    let before = fs::metadata(&file).unwrap().mtime();
    fs::File::open(&file)
        .unwrap()
        .set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1))
        .unwrap();
    assert_ne!(fs::metadata(&file).unwrap().mtime(), before);
    assert!(bench.run(&plan(&file)).await.result.is_ok());
    assert_eq!(bench.sandbox.compilations(), 1);
}

#[test]
fn an_error_says_whether_it_may_pass() {
    let bench = Bench::new();
    assert!(
        bench
            .sandbox
            .inspect(&bench.path("gone.wasm"), None)
            .unwrap_err()
            .is_transient()
    );
    let error = bench
        .sandbox
        .inspect(&bench.file("x.wasm", "nonsense"), None)
        .unwrap_err();
    assert!(matches!(&*error, LoadError::Invalid { .. }) && !error.is_transient());
}

fn pinned(bench: &Bench, guest: &str, digest: &str) -> rbit_job::Plan {
    let mut plan = bench.plan(guest);
    plan.processor = Processor::Wasm {
        file: bench.path(&format!("{guest}.wasm")),
        sha256: Some(digest.to_owned()),
    };
    plan
}

#[tokio::test]
async fn a_pinned_file_runs_with_its_digest_and_not_with_another() {
    let bench = Bench::new();
    let digest = bench
        .sandbox
        .inspect(&bench.file("x.wasm", module("returns")), None)
        .unwrap()
        .sha256;
    let execution = bench.run(&pinned(&bench, "returns", &digest)).await;
    assert!(execution.result.is_ok());
    assert_eq!(execution.usage.component.unwrap().to_string(), digest);

    let (reason, text) = ending(&bench.run(&pinned(&bench, "traps", &digest)).await);
    assert_eq!(reason, Reason::InvalidComponent);
    assert!(
        text.contains("traps.wasm") && text.ends_with(&format!("and is pinned to {digest}")),
        "{text}"
    );
    assert_eq!(bench.sandbox.compilations(), 1);
}

/// A sandbox that keeps compiled components in this folder.
fn keeping(folder: &Path, max_bytes: u64) -> Bench {
    Bench::with(SandboxSettings {
        cache: Some(CacheSettings {
            folder: folder.to_owned(),
            max_bytes,
        }),
        ..SandboxSettings::default()
    })
}

/// Compiles or loads a guest in a sandbox of its own, runs it, and says how often the compiler ran.
pub(crate) async fn compilations(folder: &Path, max_bytes: u64, guest: &str) -> u64 {
    let bench = keeping(folder, max_bytes);
    let execution = bench.run(&bench.plan(guest)).await;
    assert_ne!(
        execution.result.err().map(|ending| ending.reason()),
        Some(Reason::InvalidComponent)
    );
    bench.sandbox.compilations()
}

/// The artifacts, without the notes beside them.
pub(crate) fn kept(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "cwasm"))
        .collect()
}

#[tokio::test]
async fn what_one_start_compiled_the_next_one_does_not_compile_again() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("components");
    assert_eq!(compilations(&cache, 1 << 30, "returns").await, 1);
    assert_eq!(compilations(&cache, 1 << 30, "returns").await, 0);
    assert_eq!(fs::metadata(&cache).unwrap().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(&kept(&cache)[0]).unwrap().mode() & 0o777, 0o400);
}

#[tokio::test]
async fn compiled_code_that_was_changed_is_never_run() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("components");
    compilations(&cache, 1 << 30, "returns").await;
    let file = kept(&cache).remove(0);
    let mut code = fs::read(&file).unwrap();
    let middle = code.len() / 2;
    code[middle] ^= 1;
    fs::remove_file(&file).unwrap();
    fs::write(&file, &code).unwrap();
    assert_eq!(compilations(&cache, 1 << 30, "returns").await, 1);
    // It was replaced by what is right.
    assert_eq!(compilations(&cache, 1 << 30, "returns").await, 0);
    assert_eq!(kept(&cache).len(), 1);
}

#[tokio::test]
async fn what_was_unused_for_longest_makes_room() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("components");
    compilations(&cache, 1 << 30, "returns").await;
    let file = kept(&cache).remove(0);
    let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1);
    fs::File::open(&file).unwrap().set_modified(long_ago).unwrap();
    let room_for_one = fs::metadata(&file).unwrap().len() * 3 / 2;
    compilations(&cache, room_for_one, "blocks").await;
    assert!(!file.exists());
    assert_eq!(compilations(&cache, room_for_one, "blocks").await, 0);
}

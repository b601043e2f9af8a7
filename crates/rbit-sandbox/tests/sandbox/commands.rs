//! Commands that are core modules: how they are called, how they end, and that every limit holds for them as for components.

use std::{fs, time::Duration};

use rbit_job::{
    CommandLine, GuestPath, Limits, Mount, Plan, Processor, Reason,
    port::{Execution, StopCause},
};

use crate::suite::bench::{self, Bench, ending};

mod disk;
mod renumber;

/// What the texts of these tests share: all of preview 1 that they use, and a few helpers.
const PRELUDE: &str = r#"
    (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_unlink_file" (func $path_unlink (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_create_directory" (func $path_mkdir (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_symlink" (func $path_symlink (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_rename" (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $set_flags (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $set_size (param i32 i64) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_pwrite" (func $fd_pwrite (param i32 i32 i32 i64 i32) (result i32)))
    (memory (export "memory") 2)
    ;; Names of files: a, b, and one that changes. A line.
    (data (i32.const 0) "ab0000")
    (data (i32.const 500) "ready\n")
    ;; Ends with an error number, unless it is none.
    (func $ok (param $errno i32) (if (local.get $errno) (then (call $exit (local.get $errno)))))
    ;; Opens `a` or `b` of a folder, to be made if it is not there, and returns its number.
    (func $open (param $folder i32) (param $name i32) (param $oflags i32) (result i32)
        (call $ok (call $path_open (local.get $folder) (i32.const 0) (local.get $name) (i32.const 1) (local.get $oflags)
            (i64.const 0x1fffffff) (i64.const 0x1fffffff) (i32.const 0) (i32.const 64)))
        (i32.load (i32.const 64)))
    (func $open_to_read (param $folder i32) (param $name i32) (result i32)
        (call $ok (call $path_open (local.get $folder) (i32.const 0) (local.get $name) (i32.const 1) (i32.const 0)
            (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 64)))
        (i32.load (i32.const 64)))
    ;; Writes bytes of the memory to a file.
    (func $write (param $fd i32) (param $length i32) (result i32)
        (i32.store (i32.const 80) (i32.const 1024))
        (i32.store (i32.const 84) (local.get $length))
        (call $fd_write (local.get $fd) (i32.const 80) (i32.const 1) (i32.const 88)))
    (func $pwrite (param $fd i32) (param $length i32) (param $offset i64) (result i32)
        (i32.store (i32.const 80) (i32.const 1024))
        (i32.store (i32.const 84) (local.get $length))
        (call $fd_pwrite (local.get $fd) (i32.const 80) (i32.const 1) (local.get $offset) (i32.const 88)))
    ;; Prints a text of the memory.
    (func $print (param $text i32) (param $length i32)
        (i32.store (i32.const 80) (local.get $text))
        (i32.store (i32.const 84) (local.get $length))
        (call $ok (call $fd_write (i32.const 1) (i32.const 80) (i32.const 1) (i32.const 88))))
    ;; Opens `a` of a folder only if a file of another name can be made there; the name is counted up.
    (func $open_next (param $folder i32) (result i32)
        (i32.store (i32.const 2) (i32.add (i32.load (i32.const 2)) (i32.const 1)))
        (i32.store8 (i32.const 2) (i32.or (i32.const 64) (i32.and (i32.load8_u (i32.const 2)) (i32.const 31))))
        (call $path_open (local.get $folder) (i32.const 0) (i32.const 2) (i32.const 4) (i32.const 5)
            (i64.const 0x1fffffff) (i64.const 0x1fffffff) (i32.const 0) (i32.const 64)))
"#;

/// `/work` and `/output` are the first two folders.
const WORK: &str = "(i32.const 3)";
const OUTPUT: &str = "(i32.const 4)";
/// The first mount comes next.
const MOUNT: &str = "(i32.const 5)";

impl Bench {
    /// A plan for a command with this text, called with these words.
    fn command(&self, wat: &str, arguments: &[&str]) -> Plan {
        let file = self.file("tool.wasm", wat::parse_str(wat).unwrap());
        let words = ["tool"].iter().chain(arguments).map(|word| (*word).to_owned());
        Plan {
            processor: Processor::Shell(CommandLine::new(words.collect(), vec![file.clone()]).unwrap()),
            ..bench::plan(&file)
        }
    }

    /// A plan for a command whose `_start` is this.
    fn start(&self, body: &str) -> Plan {
        self.command(&format!("(module {PRELUDE} (func (export \"_start\") {body}))"), &[])
    }

    async fn run_start(&self, body: &str, limits: impl FnOnce(&mut Limits)) -> Execution {
        let mut plan = self.start(body);
        limits(&mut plan.limits);
        self.run(&plan).await
    }
}

#[tokio::test]
async fn an_exit_code_is_what_the_program_said() {
    let bench = Bench::new();
    for (code, reason) in [
        (0, None),
        (75, Some(Reason::GuestBlocked)),
        (1, Some(Reason::GuestFailed)),
        (10, Some(Reason::GuestFailed)),
        (126, Some(Reason::GuestFailed)),
        (255, Some(Reason::GuestFailed)),
    ] {
        let execution = bench
            .run_start(&format!("(call $exit (i32.const {code}))"), |_| {})
            .await;
        match reason {
            None => assert_eq!(execution.result, Ok(vec![])),
            Some(reason) => {
                let text = format!("exit code {code}, and nothing on stderr");
                assert_eq!(ending(&execution), (reason, text));
            }
        }
    }
    assert_eq!(bench.run_start("nop", |_| {}).await.result, Ok(vec![]));
}

#[tokio::test]
async fn a_program_of_preview_0_runs_with_its_own_structures() {
    let bench = Bench::new();
    // Sleeps a millisecond by a subscription of that time, seeks with the numbers of that time, and exits with what it printed.
    let wat = r#"(module
        (import "wasi_unstable" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_unstable" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_unstable" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
        (import "wasi_unstable" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (import "wasi_unstable" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "old\n")
        (func (export "_start")
            (i32.store (i32.const 80) (i32.const 0))
            (i32.store (i32.const 84) (i32.const 4))
            (drop (call $write (i32.const 2) (i32.const 80) (i32.const 1) (i32.const 88)))
            (i64.store (i32.const 232) (i64.const 1000000))
            (drop (call $poll (i32.const 200) (i32.const 304) (i32.const 1) (i32.const 400)))
            (drop (call $open (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 1)
                (i64.const 0x1fffffff) (i64.const 0x1fffffff) (i32.const 0) (i32.const 96)))
            (drop (call $write (i32.load (i32.const 96)) (i32.const 80) (i32.const 1) (i32.const 88)))
            ;; 0 is `cur` there, and `set` in preview 1.
            (drop (call $seek (i32.load (i32.const 96)) (i64.const 2) (i32.const 0) (i32.const 104)))
            (call $exit (i32.add (i32.load (i32.const 104)) (i32.load (i32.const 400))))))"#;
    let execution = bench.run(&bench.command(wat, &[])).await;
    assert_eq!(ending(&execution), (Reason::GuestFailed, "exit code 7: old".into()));
    assert_eq!(execution.usage.disk_peak, 4096 + 4);
}

#[tokio::test]
async fn arguments_arrive_whole_after_the_programs_own_name() {
    let bench = Bench::new();
    let wat = format!(
        "(module {PRELUDE} (func (export \"_start\")
            (call $ok (call $args_sizes_get (i32.const 100) (i32.const 104)))
            (call $ok (call $args_get (i32.const 4096) (i32.const 1024)))
            (call $print (i32.const 1024) (i32.load (i32.const 104)))
            (call $exit (i32.load (i32.const 100)))))"
    );
    let execution = bench.run(&bench.command(&wat, &["a b", "", "ü;'\"$x"])).await;
    assert!(
        ending(&execution)
            .1
            .starts_with("exit code 4, and nothing on stderr; stdout: tool")
    );
    assert_eq!(bench.log.all(), [r#"stdout: tool\u{0}a b\u{0}\u{0}ü;'"$x\u{0}"#]);
}

#[tokio::test]
async fn handles_are_counted_where_files_are_not() {
    let bench = Bench::new();
    let body = format!("(loop $again (call $open_next {WORK}) (i32.eqz) (br_if $again)) (call $exit (i32.const 1))");
    let execution = bench.run_start(&body, |limits| limits.handles = 30).await;
    let (reason, text) = ending(&execution);
    assert_eq!(reason, Reason::HostLimit, "{text}");
    assert!(text.starts_with("handles: limit 30"), "{text}");
}

#[tokio::test]
async fn what_is_printed_is_kept_up_to_the_limit() {
    let bench = Bench::new();
    let body = "(local $n i32) (loop $again (call $print (i32.const 1024) (i32.const 60000))
        (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $again (i32.lt_u (local.get $n) (i32.const 10))))";
    let execution = bench.run_start(body, |limits| limits.log = 1000).await;
    assert_eq!(execution.result, Ok(vec![]));
    assert_eq!(
        (execution.usage.log_bytes, execution.usage.log_dropped),
        (600_000, 599_000)
    );
    let last = bench.log.all().pop().unwrap();
    assert!(last.contains("limit `log` is 1000 bytes"), "{last}");
}

#[tokio::test]
async fn memory_tables_and_stack_have_their_limits() {
    let bench = Bench::new();
    let grow =
        "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (call $exit (i32.const 3))";
    let (reason, text) = ending(&bench.run_start(grow, |_| {}).await);
    assert_eq!(reason, Reason::MemoryLimit);
    assert!(
        text.starts_with("memory: limit 16 MiB, ") && text.contains("exit code 3"),
        "{text}"
    );

    let table = r#"(module (table $t 10 funcref) (memory (export "memory") 1)
        (func (export "_start") (loop $again
            (br_if $again (i32.ne (table.grow $t (ref.null func) (i32.const 100)) (i32.const -1)))) unreachable))"#;
    let mut plan = bench.command(table, &[]);
    plan.limits.table_elements = 1000;
    assert_eq!(ending(&bench.run(&plan).await).0, Reason::TableLimit);

    let recurse = r#"(module (func $f (export "_start") (call $f)))"#;
    assert_eq!(
        ending(&bench.run(&bench.command(recurse, &[])).await).0,
        Reason::StackLimit
    );

    let large = r#"(module (memory (export "memory") 1000) (func (export "_start") nop))"#;
    let (reason, text) = ending(&bench.run(&bench.command(large, &[])).await);
    assert_eq!(reason, Reason::MemoryLimit, "{text}");
}

#[tokio::test]
async fn random_bytes_and_what_one_call_copies_have_their_limits() {
    let bench = Bench::new();
    let body = "(call $ok (call $random (i32.const 0) (i32.const 100000)))";
    let (reason, text) = ending(&bench.run_start(body, |limits| limits.random_bytes = 10_000).await);
    assert_eq!(reason, Reason::HostLimit, "{text}");
    // Sixteen thousand pieces of a write: the host refuses to look at them, and says so to the program.
    let body = "(call $ok (call $fd_write (i32.const 1) (i32.const 0) (i32.const 16000) (i32.const 64)))";
    let (_, text) = ending(&bench.run_start(body, |limits| limits.call_bytes = 64 << 10).await);
    assert_eq!(text, "exit code 48, and nothing on stderr");
}

#[tokio::test]
async fn time_on_the_wall_and_on_a_processor_have_their_limits() {
    let bench = Bench::new();
    let spin = "(loop $again (br $again))";
    let (reason, text) = ending(
        &bench
            .run_start(spin, |limits| limits.timeout = Duration::from_millis(100))
            .await,
    );
    assert_eq!(reason, Reason::Timeout, "{text}");
    let (reason, text) = ending(
        &bench
            .run_start(spin, |limits| limits.cpu_time = Duration::from_millis(100))
            .await,
    );
    assert_eq!(reason, Reason::CpuLimit, "{text}");
    let (reason, text) = ending(
        &bench
            .run_start(SLEEP, |limits| limits.timeout = Duration::from_millis(100))
            .await,
    );
    assert_eq!(reason, Reason::Timeout);
    assert!(text.ends_with("it waited for the host"), "{text}");
}

/// Ten days: a subscription to the monotonic clock, by itself.
const SLEEP: &str = "(i32.store (i32.const 216) (i32.const 1)) (i64.store (i32.const 224) (i64.const 864000000000000))
    (call $print (i32.const 500) (i32.const 6))
    (call $ok (call $poll (i32.const 200) (i32.const 304) (i32.const 1) (i32.const 400)))";

#[tokio::test]
async fn a_program_that_sleeps_hears_a_stop() {
    let bench = Bench::new();
    let log = bench.log.clone();
    let stop = async move {
        log.any().await;
        StopCause::Cancel
    };
    let execution = bench.run_until(&bench.start(SLEEP), Box::pin(stop)).await;
    assert_eq!(ending(&execution).0, Reason::Cancelled);
}

#[tokio::test]
async fn a_short_sleep_is_over_and_says_so() {
    let bench = Bench::new();
    let body = "(i64.store (i32.const 200) (i64.const 77)) (i32.store (i32.const 216) (i32.const 1))
        (i64.store (i32.const 224) (i64.const 1000000)) (i64.store (i32.const 312) (i64.const -1))
        (call $ok (call $poll (i32.const 200) (i32.const 304) (i32.const 1) (i32.const 400)))
        (call $exit (i32.wrap_i64 (i64.add (i64.add (i64.load (i32.const 304)) (i64.load (i32.const 312)))
            (i64.extend_i32_u (i32.load (i32.const 400))))))";
    assert_eq!(
        ending(&bench.run_start(body, |_| {}).await).1,
        "exit code 78, and nothing on stderr"
    );
}

#[tokio::test]
async fn a_listing_is_whole_however_small_the_buffer_is() {
    let bench = Bench::new();
    let make = format!(
        "(local $n i32) (local $cookie i64) (local $used i32) (local $entries i32)
        (loop $again (call $ok (call $open_next {WORK})) (call $ok (call $close (i32.load (i32.const 64))))
            (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $again (i32.lt_u (local.get $n) (i32.const 25))))
        ;; One entry has 24 bytes and a name of 4: so many fit once, and part of the next.
        (loop $more
            (call $ok (call $readdir {WORK} (i32.const 1024) (i32.const 40) (local.get $cookie) (i32.const 400)))
            (local.set $used (i32.load (i32.const 400)))
            (if (i32.ge_u (local.get $used) (i32.const 25)) (then
                (local.set $cookie (i64.load (i32.const 1024)))
                (local.set $entries (i32.add (local.get $entries) (i32.const 1)))
                (br $more))))
        (call $exit (local.get $entries))"
    );
    let execution = bench.run_start(&make, |_| {}).await;
    assert_eq!(ending(&execution).1, "exit code 27, and nothing on stderr");
}

#[tokio::test]
async fn a_mount_lies_where_it_was_wanted_and_cannot_be_written() {
    let bench = Bench::new();
    fs::create_dir(bench.path("fonts")).unwrap();
    fs::write(bench.path("fonts/a"), "font\n").unwrap();
    let body = format!(
        "(local $fd i32)
        (local.set $fd (call $open_to_read {MOUNT} (i32.const 0)))
        (i32.store (i32.const 80) (i32.const 1024)) (i32.store (i32.const 84) (i32.const 10))
        (call $ok (call $fd_read (local.get $fd) (i32.const 80) (i32.const 1) (i32.const 88)))
        (call $print (i32.const 1024) (i32.load (i32.const 88)))
        (drop (call $open {MOUNT} (i32.const 1) (i32.const 1)))"
    );
    let mut plan = bench.start(&body);
    plan.mounts.push(Mount {
        setting: "fonts-dir".into(),
        host: bench.path("fonts"),
        at: Some(GuestPath::new("/fonts").unwrap()),
    });
    // Not permitted.
    assert_eq!(
        ending(&bench.run(&plan).await).1,
        "exit code 63, and nothing on stderr; stdout: font"
    );
    assert_eq!(bench.log.all(), ["stdout: font"]);
    assert!(!bench.path("fonts/b").exists());
}

#[tokio::test]
async fn there_is_no_socket() {
    let bench = Bench::new();
    let body =
        "(call $ok (call $recv (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))";
    assert_eq!(
        ending(&bench.run_start(body, |_| {}).await).1,
        "exit code 57, and nothing on stderr"
    );
}

#[tokio::test]
async fn a_trap_is_told_with_the_last_words() {
    let bench = Bench::new();
    let body = "(i32.store (i32.const 80) (i32.const 0)) (i32.store (i32.const 84) (i32.const 2))
        (call $ok (call $fd_write (i32.const 2) (i32.const 80) (i32.const 1) (i32.const 88))) unreachable";
    let (reason, text) = ending(&bench.run_start(body, |_| {}).await);
    assert_eq!(reason, Reason::GuestTrap);
    assert!(text.contains("unreachable") && text.ends_with("stderr: ab"), "{text}");
}

#[tokio::test]
async fn a_file_that_is_no_command_is_refused_with_the_reason() {
    let bench = Bench::new();
    for (wat, why) in [
        ("(module)", "it exports no `_start`"),
        (r#"(module (func (export "_initialize")))"#, "it exports `_initialize`"),
        (
            r#"(module (import "env" "dlopen" (func)) (func (export "_start") nop))"#,
            "it imports `env.dlopen`",
        ),
        (
            r#"(module (import "wasi_snapshot_preview1" "fork" (func)) (memory (export "memory") 1) (func (export "_start") nop))"#,
            "fork",
        ),
        (r#"(module (func (export "_start")))"#, "its `_start` is empty"),
        (
            r#"(module (func (export "_start") (param i32) nop))"#,
            "its `_start` is no function of its own without parameters",
        ),
        (
            r#"(module (tag $t) (func (export "_start") (throw $t)))"#,
            "it uses exceptions",
        ),
        ("(component)", "it exports no `wasi:cli/run` (it exports nothing)"),
    ] {
        let plan = bench.command(wat, &[]);
        let Processor::Shell(line) = &plan.processor else {
            panic!()
        };
        let refused = bench.sandbox.inspect_command(line).unwrap_err();
        let text = rbit_job::error_chain(&*refused);
        assert!(text.contains(why), "{wat}: {text}");
        assert_eq!(ending(&bench.run(&plan).await).0, Reason::InvalidComponent, "{wat}");
    }
}

#[tokio::test]
async fn a_command_that_is_nowhere_is_named_with_the_places() {
    let bench = Bench::new();
    let line = CommandLine::new(vec!["tool".into()], vec!["/a/tool.wasm".into(), "/b/tool.wasm".into()]).unwrap();
    let text = bench.sandbox.inspect_command(&line).unwrap_err().to_string();
    assert_eq!(
        text,
        "cannot find the command `tool`: there is no `/a/tool.wasm` and no `/b/tool.wasm`"
    );
}

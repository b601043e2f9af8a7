//! Files of commands: bytes, names, what is open.

use std::fs;

use rbit_job::Reason;

use super::{OUTPUT, WORK};
use crate::suite::bench::{Bench, ending};

#[tokio::test]
async fn no_more_is_written_than_the_disk_limit_by_any_call() {
    for (case, call) in [
        ("write", "(call $write (local.get $fd) (i32.const 60000))".to_owned()),
        (
            "pwrite",
            "(local.set $at (i64.add (local.get $at) (i64.const 60000)))
            (call $pwrite (local.get $fd) (i32.const 60000) (local.get $at))"
                .into(),
        ),
        (
            "set-size",
            "(local.set $at (i64.add (local.get $at) (i64.const 60000)))
            (call $set_size (local.get $fd) (local.get $at))"
                .into(),
        ),
        (
            "far away",
            "(call $pwrite (local.get $fd) (i32.const 1) (i64.const 0x4000000000000000))".into(),
        ),
        (
            "append",
            "(call $ok (call $set_flags (local.get $fd) (i32.const 1)))
            (call $pwrite (local.get $fd) (i32.const 60000) (i64.const 0))"
                .into(),
        ),
    ] {
        let bench = Bench::new();
        let body = format!(
            "(local $fd i32) (local $at i64) (local.set $fd (call $open {OUTPUT} (i32.const 0) (i32.const 1)))
            (loop $again {call} (i32.eqz) (br_if $again)) (call $exit (i32.const 0))"
        );
        let execution = bench.run_start(&body, |limits| limits.disk = 1 << 20).await;
        let (reason, text) = ending(&execution);
        assert_eq!(reason, Reason::DiskLimit, "{case}: {text}");
        assert!(text.starts_with("disk: limit 1 MiB, peak "), "{case}: {text}");
        let length = fs::metadata(bench.path("scratch/r/job/output/a")).unwrap().len();
        assert!(
            length <= 1 << 20 && execution.usage.disk_peak <= 1 << 20,
            "{case}: {length}"
        );
        assert!(case == "far away" || length > 900_000, "{case}: {length}");
    }
}

#[tokio::test]
async fn a_program_is_told_of_the_quota_and_may_say_so_itself() {
    let bench = Bench::new();
    let body = format!(
        "(local $fd i32) (local.set $fd (call $open {OUTPUT} (i32.const 0) (i32.const 1)))
        (call $ok (call $write (local.get $fd) (i32.const 60000)))"
    );
    let (reason, text) = ending(&bench.run_start(&body, |limits| limits.disk = 20_000).await);
    assert_eq!(reason, Reason::DiskLimit);
    assert!(
        text.ends_with("then it ended with exit code 19, and nothing on stderr"),
        "{text}"
    );
}

#[tokio::test]
async fn bytes_come_back_when_a_file_is_gone_and_closed_and_not_before() {
    let rounds = |inside: &str| {
        format!(
            "(local $fd i32) (local $round i32)
            (loop $again
                (local.set $fd (call $open {WORK} (i32.const 0) (i32.const 1)))
                (call $ok (call $write (local.get $fd) (i32.const 50000)))
                {inside}
                (local.set $round (i32.add (local.get $round) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $round) (i32.const 10))))"
        )
    };
    let unlink = format!("(call $ok (call $path_unlink {WORK} (i32.const 0) (i32.const 1)))");
    let close = "(call $ok (call $close (local.get $fd)))";
    for (case, inside, is_done) in [
        ("closed and unlinked", format!("{close} {unlink}"), true),
        ("unlinked and closed", format!("{unlink} {close}"), true),
        ("unlinked and open", unlink.clone(), false),
        (
            "renumbered over the one before",
            format!("{unlink} (call $ok (call $renumber (local.get $fd) (i32.const 5)))"),
            true,
        ),
        (
            "replaced",
            format!(
                "{close} (call $ok (call $path_rename {WORK} (i32.const 0) (i32.const 1) {WORK} (i32.const 1) (i32.const 1)))"
            ),
            true,
        ),
        (
            "made again",
            "(drop (call $open (i32.const 3) (i32.const 0) (i32.const 9)))".into(),
            true,
        ),
    ] {
        let bench = Bench::new();
        let execution = bench.run_start(&rounds(&inside), |limits| limits.disk = 120_000).await;
        match is_done {
            true => assert_eq!(execution.result, Ok(vec![]), "{case}"),
            false => assert_eq!(ending(&execution).0, Reason::DiskLimit, "{case}"),
        }
    }
}

#[tokio::test]
async fn names_are_counted_whatever_they_are_names_of() {
    for (case, call) in [
        (
            "file",
            format!("(call $open_next {WORK}) (drop (call $close (i32.load (i32.const 64))))"),
        ),
        (
            "folder",
            format!(
                "(drop (call $open_next {OUTPUT})) (drop (call $close (i32.load (i32.const 64))))
            (call $path_mkdir {WORK} (i32.const 2) (i32.const 4))"
            ),
        ),
        (
            "link",
            format!(
                "(drop (call $open_next {OUTPUT})) (drop (call $close (i32.load (i32.const 64))))
            (call $path_symlink (i32.const 0) (i32.const 1) {WORK} (i32.const 2) (i32.const 4))"
            ),
        ),
    ] {
        let bench = Bench::new();
        let body = format!("(loop $again {call} (i32.eqz) (br_if $again)) (call $exit (i32.const 0))");
        let execution = bench.run_start(&body, |limits| limits.files = 20).await;
        let (reason, text) = ending(&execution);
        assert_eq!(reason, Reason::FileLimit, "{case}: {text}");
        assert!(
            text.starts_with("files: limit 20, peak 20, 1 more refused"),
            "{case}: {text}"
        );
    }
}

#[tokio::test]
async fn files_open_at_once_are_counted_and_closed_ones_are_not() {
    let bench = Bench::new();
    let open = format!("(loop $again (call $open_next {WORK}) (i32.eqz) (br_if $again)) (call $exit (i32.const 1))");
    let (reason, text) = ending(&bench.run_start(&open, |limits| limits.open_files = 10).await);
    assert_eq!(reason, Reason::FileLimit);
    assert!(
        text.starts_with("open-files: limit 10, peak 10, 1 more refused"),
        "{text}"
    );
    let bench = Bench::new();
    let close = format!(
        "(local $n i32) (loop $again (call $ok (call $open_next {WORK})) (call $ok (call $close (i32.load (i32.const 64))))
        (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $again (i32.lt_u (local.get $n) (i32.const 30))))"
    );
    let execution = bench.run_start(&close, |limits| limits.open_files = 10).await;
    assert_eq!((execution.result, execution.usage.open_files_peak), (Ok(vec![]), 1));
}

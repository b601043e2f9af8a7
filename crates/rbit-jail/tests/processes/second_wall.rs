//! What code that broke out of its guest could do: nothing.

use std::net::TcpListener;

use rbit_jail::{JailSettings, look, probe, wire::Rlimits};
use rbit_job::Limits;
use rbit_sandbox::{CacheSettings, SandboxSettings};

fn settings(scratch: &std::path::Path) -> JailSettings {
    let artifacts = CacheSettings {
        folder: scratch.join("artifacts"),
        max_bytes: 1 << 30,
    };
    JailSettings {
        program: env!("CARGO_BIN_EXE_rbit-jail-child").into(),
        ..JailSettings::new(scratch.to_owned(), artifacts, SandboxSettings::default())
    }
}

#[test]
fn what_a_child_is_asked_to_do_beyond_its_work_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let settings = settings(scratch.path());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let parent = std::process::id();
    for attempt in [
        "read /etc/passwd".to_owned(),
        "read /proc/self/maps".to_owned(),
        format!("read /proc/{parent}/environ"),
        "write /tmp/rbit-jail-was-here".to_owned(),
        format!("pipe {}/pipe", scratch.path().display()),
        format!("connect {}", listener.local_addr().unwrap()),
        "udp".to_owned(),
        "local-socket".to_owned(),
        "netlink".to_owned(),
        "exec /bin/sh".to_owned(),
        "fork".to_owned(),
        format!("ptrace {parent}"),
        format!("signal {parent}"),
        format!("memory-of {parent}"),
        "namespace".to_owned(),
        "uring".to_owned(),
        "bpf".to_owned(),
        "writable-code".to_owned(),
        "raise-limit".to_owned(),
    ] {
        // Also where guests may make requests: connections are handed to such a process, it makes none.
        for (is_strict, has_http) in [(true, false), (false, false), (true, true), (false, true)] {
            let mut settings = settings.clone();
            settings.is_strict = is_strict;
            settings.guests.http_ca = has_http.then(Vec::new);
            let answer = probe(&settings, &attempt).unwrap();
            let is_refused = ["SIGSYS", "Permission denied", "not implemented"]
                .iter()
                .any(|refusal| answer.contains(refusal));
            assert!(
                is_refused,
                "{attempt} (strict: {is_strict}, http: {has_http}): {answer}"
            );
        }
    }
}

#[test]
fn what_a_child_needs_it_can_do() {
    let scratch = tempfile::tempdir().unwrap();
    let settings = settings(scratch.path());
    let inside = format!("write {}/file", scratch.path().display());
    for attempt in ["thread", &inside] {
        assert_eq!(probe(&settings, attempt).unwrap(), "allowed", "{attempt}");
    }
}

#[test]
fn a_child_says_what_is_in_force() {
    let scratch = tempfile::tempdir().unwrap();
    let limits = Limits {
        open_files: 36,
        disk: 5 << 30,
        ..Limits::default()
    };
    let hello = look(&settings(scratch.path()), &limits).unwrap();
    assert!(
        hello.no_new_privs && hello.landlock.is_enforced && hello.seccomp.is_enforced,
        "{hello:?}"
    );
    // One job, and one that is going: each with its files, and what the sandbox opens for it.
    let expected = Rlimits {
        core_bytes: Some(0),
        open_files: Some(2 * (36 + 4096 + 64)),
        file_bytes: Some(5 << 30),
        ..hello.limits
    };
    assert_eq!(hello.limits, expected);
}

//! `rbit exec`: one job by hand.

use std::{fs, path::Path, process::Output};

use rbit_testkit::guests::{Fixture, guest, programs_with};
use rustix::process::Signal;
use serde_json::Value;

use crate::rbit_program::{Running, rbit, stderr, stdout};

/// A call of `rbit exec` for the guest of this name, with its files in `out` of the folder.
fn exec(runner: &str, words: &[&str], folder: &Path) -> Output {
    let cache = guest("rust-hello").with_file_name("cache");
    rbit()
        .args(["exec", runner, "--output", "out"])
        .args(words)
        .env("XDG_CACHE_HOME", cache)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn fixture(fixture: Fixture) -> String {
    fixture.path().to_str().unwrap().to_owned()
}

#[test]
fn a_job_by_hand_delivers_its_files_and_says_all_that_is_known_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let module = guest("rust-hello");
    let module = module.to_str().unwrap();
    let words = [
        "--setting",
        "name=World",
        "--package",
        "m9003",
        "--version",
        "1.2",
        "--json",
    ];
    for isolation in ["process", "thread"] {
        let output = exec(
            module,
            &[&words[..], &["--isolation", isolation]].concat(),
            folder.path(),
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(stderr(&output), "stdout | Hello World!\nstdout | Building m9003\n");
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let file = folder.path().join("out/m9003-1.2.txt");
        assert_eq!(fs::read_to_string(&file).unwrap(), "Hello World! This is m9003 1.2.\n");
        assert_eq!(
            (json["outcome"].as_str(), json["reason"].as_str()),
            (Some("done"), Some("done"))
        );
        assert_eq!(json["exit_status"], 0);
        let artifact = &json["artifacts"][0];
        assert_eq!(
            (artifact["path"].as_str(), artifact["size"].as_u64()),
            (file.to_str(), Some(32))
        );
        assert_eq!(json["log"][0]["line"], "Hello World!");
        assert_eq!(json["usage"]["artifacts"]["used"], 1);
        assert_eq!(json["component"].as_str().unwrap().len(), 64, "{isolation}");
    }
}

#[test]
fn each_kind_of_outcome_has_its_status() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.wasm"), "nonsense").unwrap();
    let hello = guest("rust-hello").to_str().unwrap().to_owned();
    fs::write(folder.path().join("bad.json"), "{}").unwrap();
    let requests = "requests=GET http cnx.org /";
    for (runner, words, status, outcome) in [
        (hello.clone(), &[][..], 10, "failed"),
        (fixture(Fixture::Traps), &[], 11, "trap"),
        (fixture(Fixture::EatsMemory), &["--limit", "memory=8MiB"], 12, "limit"),
        (
            fixture(Fixture::Names),
            &["--setting", "returns=/etc/passwd"],
            13,
            "artifact-refused",
        ),
        ("x.wasm".to_owned(), &[], 14, "invalid-module"),
        (hello, &["--request", "bad.json"], 65, "bad-request"),
        (fixture(Fixture::BlocksFirst), &[], 75, "blocked"),
        (
            fixture(Fixture::Fetches),
            &["--setting", requests, "--setting", "then=fails"],
            77,
            "denied",
        ),
        (
            fixture(Fixture::LoopsForever),
            &["--limit", "timeout=100ms"],
            124,
            "timeout",
        ),
    ] {
        let output = exec(&runner, &[words, &["--json"]].concat(), folder.path());
        assert_eq!(output.status.code(), Some(status), "{outcome}: {}", stderr(&output));
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["outcome"].as_str(), Some(outcome));
        assert_eq!(json["exit_status"], status);
    }
}

#[test]
fn a_module_of_python_runs_from_the_current_folder_with_a_mount() {
    let folder = tempfile::tempdir().unwrap();
    let source = "import os

def copy(build_request, settings):
    print('copying for', build_request.get_package())
    text = open(os.path.join(settings['book'], 'a')).read()
    path = os.path.join(settings['output-dir'], 'b')
    open(path, 'w').write(text + '!')
    return [path]
";
    fs::write(folder.path().join("runners.py"), source).unwrap();
    fs::create_dir(folder.path().join("book")).unwrap();
    fs::write(folder.path().join("book/a"), "text").unwrap();
    for isolation in ["process", "thread"] {
        let words = ["--mount", "book=book", "--isolation", isolation];
        let output = exec("python!runners:copy", &words, folder.path());
        assert_eq!(
            (output.status.code(), stderr(&output).as_str()),
            (Some(0), "stdout | copying for package\n"),
            "{}",
            stdout(&output)
        );
        assert_eq!(fs::read_to_string(folder.path().join("out/b")).unwrap(), "text!");
    }
}

#[test]
fn a_command_runs_with_its_data_where_it_looks_for_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    fs::write(folder.path().join("in/a.smt2"), "(set-logic QF_BV)\n(check-sat)\n").unwrap();
    let path = format!("command-path={}", programs_with("boolector").display());
    let words = ["--setting", &path, "--mount", "in=in", "--limit", "mounts=in=/problems"];
    let output = exec("shell!boolector /problems/a.smt2", &words, folder.path());
    assert_eq!(
        (output.status.code(), stderr(&output).as_str()),
        (Some(10), "stdout | sat\n"),
        "{}",
        stdout(&output)
    );
    assert!(
        stdout(&output).starts_with("failed (guest-failed)\n  exit code 10"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn what_cannot_be_begun_says_so_by_another_status() {
    let folder = tempfile::tempdir().unwrap();
    let hello = guest("rust-hello").to_str().unwrap().to_owned();
    for (runner, words, status, said) in [
        ("none.wasm", &[][..], 1, "cannot read `none.wasm`"),
        ("none.ini", &[], 78, "cannot read `none.ini`"),
        ("wasm!none.wasm", &[], 78, "cannot use `wasm!"),
        ("python!none:run", &[], 78, "there is no module `none`"),
        ("shell!none", &[], 78, "there is no `"),
        (hello.as_str(), &["--limit", "timeut=1s"], 78, "did you mean `timeout`?"),
        (
            hello.as_str(),
            &["--request", "none.json"],
            1,
            "cannot read the request from `none.json`",
        ),
        (hello.as_str(), &["--setting", "name"], 2, "expected KEY=VALUE"),
    ] {
        let output = exec(runner, words, folder.path());
        assert_eq!(
            (output.status.code(), stderr(&output).contains(said)),
            (Some(status), true),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn an_ini_file_describes_the_runner_and_flags_win() {
    let folder = tempfile::tempdir().unwrap();
    let hello = guest("rust-hello");
    fs::create_dir(folder.path().join("book")).unwrap();
    fs::write(folder.path().join("book/a"), "three").unwrap();
    let one = format!(
        "[rbit]\nqueue-mappings = q:hello\n[queue:q]\nslots = 1\n[runner:hello]\nrunner = wasm!{}\nname = Ini\n",
        hello.display()
    );
    fs::write(folder.path().join("one.ini"), &one).unwrap();
    let output = exec("one.ini", &[], folder.path());
    assert!(stderr(&output).contains("Hello Ini!"), "{}", stderr(&output));
    let output = exec("one.ini", &["--setting", "name=Flag"], folder.path());
    assert!(stderr(&output).contains("Hello Flag!"), "{}", stderr(&output));
    // A box's own folders are not touched.
    assert!(!folder.path().join("rbit-state").exists());

    let reads = Fixture::Reads.path();
    let two = format!(
        "{one}[runner:reads]\nrunner = wasm!{}\nfile = /mnt/book/a\n",
        reads.display()
    );
    fs::write(folder.path().join("two.ini"), two).unwrap();
    let output = exec("two.ini", &[], folder.path());
    assert_eq!(
        (output.status.code(), stderr(&output).contains("`hello`, `reads`")),
        (Some(2), true)
    );
    let output = exec("two.ini", &["--runner", "reads", "--mount", "book=book"], folder.path());
    assert_eq!(
        (output.status.code(), stderr(&output).as_str()),
        (Some(0), "stdout | 5 bytes\n")
    );
    assert!(stdout(&output).starts_with("done\n"), "{}", stdout(&output));
}

#[test]
fn a_message_of_pybit_is_read_from_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let message = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/fixtures/01-buildrequest-plain.body");
    let output = rbit()
        .arg("exec")
        .arg(guest("rust-hello"))
        .args(["--request", "-", "--setting", "name=PyBit", "--output", "out"])
        .env("XDG_CACHE_HOME", guest("rust-hello").with_file_name("cache"))
        .stdin(fs::File::open(message).unwrap())
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(
        (output.status.code(), stderr(&output).contains("Building m9003")),
        (Some(0), true)
    );
}

#[test]
fn ctrl_c_stops_the_guest() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = rbit();
    command
        .args(["exec", &fixture(Fixture::FillsMemory), "--output", "out"])
        .args(["--limit", "memory=1GiB"])
        .env("XDG_CACHE_HOME", guest("rust-hello").with_file_name("cache"))
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped());
    // It says so before each time.
    let running = Running::start_and_wait_for(&mut command, "stdout | ");
    running.signal(Signal::INT);
    let output = running.wait();
    assert_eq!(
        (output.status.code(), stdout(&output).lines().next()),
        (Some(130), Some("cancelled"))
    );
}

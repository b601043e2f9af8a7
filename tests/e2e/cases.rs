//! `rbit test`: cases of guests, right and wrong ones.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use rbit_testkit::guests::{Fixture, guest, programs_with};
use rustix::process::Signal;
use serde_json::Value;

use crate::rbit_program::{Running, rbit, stderr, stdout};

/// Where modules are that `cargo xtask guests` built.
fn modules() -> PathBuf {
    guest("rust-hello").parent().unwrap().to_owned()
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Runs `rbit test` with these words in a folder, with modules where they are and a cache that is kept.
fn test(words: &[&str], folder: &Path) -> Output {
    let modules = modules();
    rbit()
        .arg("test")
        .args(words)
        .arg("--module-dir")
        .arg(&modules)
        .arg("--module-dir")
        .arg(programs_with("boolector"))
        .env("XDG_CACHE_HOME", modules.join("cache"))
        .current_dir(folder)
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", stdout(output), stderr(output)))
}

/// A folder with one case, for the guest `rust-hello`.
fn case(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("x.case.toml"),
        format!("runner = 'wasm!rust_hello.wasm'\n{text}"),
    )
    .unwrap();
    folder
}

/// What differs in the only case: `what: how` each.
fn mismatches(output: &Output) -> Vec<String> {
    let json = json(output);
    let case = &json["cases"][0];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let told = case["mismatches"].as_array().unwrap().iter();
    told.map(|found| format!("{}: {}", text(&found["what"]), text(&found["how"])))
        .collect()
}

#[test]
fn every_case_of_the_examples_and_of_the_fixtures_passes_in_both_isolations() {
    for (folder, least) in [("guest-examples", 45), ("tests/cases", 18)] {
        // In the second round, twice: in any language, the same request makes the same bytes.
        for (isolation, times) in [("process", "1"), ("thread", "2")] {
            let words = [folder, "--format", "json", "--isolation", isolation, "--repeat", times];
            let output = test(&words, project());
            let json = json(&output);
            let count = |key: &str| json[key].as_u64().unwrap();
            assert_eq!(
                (output.status.code(), count("passed")),
                (Some(0), count("total")),
                "{json:#}"
            );
            assert!(count("total") >= least, "{json:#}");
        }
    }
}

#[test]
fn each_kind_of_difference_fails_the_case_and_is_named() {
    let setting = "[settings]\nname = 'World'\n";
    let file = "[[expect.artifacts]]\nname = 'package-1.txt'\n";
    for (text, words) in [
        (
            String::new(),
            "outcome: expected done, found failed: a `name` was not configured",
        ),
        ("[expect]\noutcome = 'failed'\ntext = 'x'".into(), "text: - x"),
        (
            "[expect]\noutcome = 'failed'\nreason = 'timeout'".into(),
            "reason: expected timeout, found guest-failed",
        ),
        (
            setting.into(),
            "artifact `package-1.txt`: 32 bytes were delivered, and it is not listed",
        ),
        (
            format!("{setting}{file}text = 'x'"),
            "artifact `package-1.txt`: text: - x",
        ),
        (
            format!("{setting}{file}size = 7"),
            "artifact `package-1.txt`: size: expected 7 bytes, found 32",
        ),
        (
            format!("{setting}{file}file = 'none'"),
            "artifact `package-1.txt`: file: cannot read",
        ),
        (
            format!("{setting}{file}json = {{ '/a' = 1 }}"),
            "artifact `package-1.txt`: json: it is no JSON",
        ),
        (
            format!("{setting}{file}[[expect.artifacts]]\nname = 'b'"),
            "artifact `b`: it was not delivered",
        ),
        (
            format!("{setting}{file}[expect.log]\nstdout = ''"),
            "log: stdout: + Hello World!",
        ),
        (
            format!("{setting}{file}[expect.log]\nlacks = 'World'"),
            "log: a line contains `World`",
        ),
        (
            format!("{setting}{file}[[expect.requests]]\nurl = 'http://a/'"),
            "request GET http://a/: expected 1 request, found 0",
        ),
    ] {
        let folder = case(&text);
        let output = test(&["--format", "json"], folder.path());
        assert_eq!(output.status.code(), Some(20), "{text}");
        let told = mismatches(&output);
        assert!(told.iter().any(|line| line.starts_with(words)), "{text}: {told:?}");
    }
}

#[test]
fn a_request_that_no_answer_is_for_fails_the_case_and_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let text = "
        runner = 'wasm!fetches.wasm'
        settings.requests = 'GET http cnx.org /there?a=b'
        sandbox.allow-http = 'http://cnx.org'
        http = [{ url = 'http://cnx.org/here' }]
    ";
    // It is built, or the test says how.
    Fixture::Fetches.path();
    fs::write(folder.path().join("case.toml"), text).unwrap();
    let output = test(&["--format", "json"], folder.path());
    assert_eq!(output.status.code(), Some(20));
    assert_eq!(
        mismatches(&output),
        ["request GET http://cnx.org/there?a=b: no `[[http]]` answer is for it"]
    );
}

#[test]
fn an_update_writes_down_what_came_of_a_case_which_passes_from_then_on() {
    let folder = case("# whom\n[settings]\nname = 'World' # the world\n\n[expect]\noutcome = 'failed' # not yet\n");
    let update = test(&["--update"], folder.path());
    assert_eq!(update.status.code(), Some(0), "{}", stdout(&update));
    assert!(stdout(&update).starts_with("updated  x"), "{}", stdout(&update));
    let text = fs::read_to_string(folder.path().join("x.case.toml")).unwrap();
    assert!(
        text.contains("name = 'World' # the world") && text.contains("outcome = \"done\" # not yet"),
        "{text}"
    );
    let again = test(&["--repeat", "2"], folder.path());
    assert_eq!(
        (again.status.code(), stdout(&again).starts_with("passed   x")),
        (Some(0), true),
        "{}",
        stdout(&again)
    );
}

#[test]
fn a_guest_that_is_not_the_same_twice_is_found_out_by_repeating_it() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::RollsDice.path();
    let case = |chance: &str| {
        let text = format!("runner = 'wasm!rolls-dice.wasm'\n{chance}\n[[expect.artifacts]]\nname = 'dice.txt'\n");
        fs::write(folder.path().join("case.toml"), text).unwrap();
        test(&["--repeat", "3", "--format", "json"], folder.path())
    };
    assert_eq!(case("").status.code(), Some(0));
    let differing = case("sandbox.random = 'host'");
    assert_eq!(differing.status.code(), Some(20));
    assert!(
        mismatches(&differing)[0].starts_with("run 2: artifact `dice.txt`: "),
        "{:?}",
        mismatches(&differing)
    );
}

#[test]
fn a_case_that_cannot_be_read_or_set_up_is_broken_and_says_why() {
    for (text, words) in [
        ("expect.outcome = 'fine'", "unknown variant `fine`"),
        ("[sandbox]\ntimeut = '1s'", "did you mean `timeout`?"),
        ("[mounts]\nbook = 'none'", "setting `book` names no folder"),
        ("request-file = 'none'", "cannot read the request from"),
        ("[[http]]\nurl = 'u'\nbody-file = 'none'", "cannot read the answer"),
    ] {
        let folder = case(text);
        let output = test(&[], folder.path());
        assert_eq!(output.status.code(), Some(20), "{text}");
        let told = stdout(&output);
        assert!(told.starts_with("broken") && told.contains(words), "{text}: {told}");
    }
}

#[test]
fn a_case_whose_runner_is_not_there_is_broken_whatever_its_language() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("book.py"), "def make(request, settings): ...").unwrap();
    for (runner, words) in [
        ("wasm!none.wasm", "none.wasm`: No such file"),
        ("python!none:make", "there is no module `none`"),
        ("python!book:print_it", "has no `print_it`; it defines `make`"),
        ("shell!none a", "none.wasm`"),
    ] {
        fs::write(folder.path().join("case.toml"), format!("runner = '{runner}'")).unwrap();
        let output = test(&[], folder.path());
        let told = stdout(&output);
        assert_eq!(output.status.code(), Some(20), "{told}");
        assert!(told.starts_with("broken") && told.contains(words), "{runner}: {told}");
    }
}

#[tokio::test]
async fn ctrl_c_stops_the_cases_that_run_and_those_that_wait() {
    let folder = tempfile::tempdir().unwrap();
    let runner = format!("runner = 'wasm!{}'", Fixture::LoopsForever.path().display());
    for name in ["one", "two", "three"] {
        fs::write(folder.path().join(format!("{name}.case.toml")), &runner).unwrap();
    }
    let cache = folder.path().join("cache");
    let mut command = rbit();
    command
        .args(["test", "--jobs", "1", "--format", "json"])
        .env("XDG_CACHE_HOME", &cache)
        .current_dir(folder.path())
        .stdout(Stdio::piped());
    let running = Running::start(&mut command);
    // It listens before it has anything to keep.
    while !cache.exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.signal(Signal::INT);
    let output = running.wait();
    assert_eq!(
        (output.status.code(), json(&output)["stopped"].as_u64()),
        (Some(130), Some(3)),
        "{}",
        stdout(&output)
    );
}

#[test]
fn without_a_case_there_is_nothing_to_pass() {
    let folder = case("");
    let none = test(&["--filter", "other"], folder.path());
    assert_eq!(
        (none.status.code(), stderr(&none).contains("there is no case")),
        (Some(21), true)
    );
    assert_eq!(test(&["none-such"], folder.path()).status.code(), Some(1));
}

#[test]
fn a_server_gets_an_xml_with_every_case() {
    let folder = case("");
    let output = test(&["--format", "junit"], folder.path());
    let xml = stdout(&output);
    assert!(xml.contains("tests=\"1\" failures=\"1\" errors=\"0\""), "{xml}");
    assert!(
        xml.contains("<failure message=\"outcome: expected done, found failed: a `name` was not configured\">"),
        "{xml}"
    );
}

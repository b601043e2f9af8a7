//! Runners in plain Python source, as their authors and operators meet them.

use std::{fs, path::Path, process::Command};

use rbit_testkit::guests::guest;
use tempfile::TempDir;

use crate::{
    rbit_box::RbitBox,
    rbit_program::{rbit, stderr, stdout},
};

/// The example of the Python rbit's README, with the two edits that Python 3 and an honest import ask for.
const MY_WORKER: &str = r#"import rbit

def hello(build_request, settings={}):
    try:
        print("Hello {0}!".format(settings['name']))
    except KeyError as err:
        raise rbit.Failed("A 'name' was not configured.")
    print("Building {0}".format(build_request.get_package()))
    return []
"#;

const INI: &str = "[rbit]
name = test
source = local
scratch-dir = scratch
queue-mappings =
    q_hello:hello
    q_nameless:nameless
    q_curious:curious

[runner:hello]
runner = python!my_worker:hello
name = World

[runner:nameless]
runner = python!my_worker:hello

[runner:curious]
runner = python!curious:look
";

/// It delivers what it can see of the folder of the INI file, which has the journal and other jobs' folders in it.
const CURIOUS: &str = r#"import os

def look(build_request, settings):
    with open("/output/seen", "w") as seen:
        print(*sorted(os.listdir("/mnt/python-path")), file=seen)
        for name in ("rbit.ini", "../rbit.ini", "rbit-state/rbit.db"):
            print(os.path.exists("/mnt/python-path/" + name), file=seen)
    return "/output/seen"
"#;

fn rbit_box() -> RbitBox {
    let rbit_box = RbitBox::new(INI);
    fs::write(rbit_box.path("my_worker.py"), MY_WORKER).unwrap();
    fs::write(rbit_box.path("curious.py"), CURIOUS).unwrap();
    rbit_box
}

#[test]
fn the_hello_world_of_the_old_readme_runs_in_a_process_and_in_a_thread() {
    let rbit_box = rbit_box();
    for isolation in ["process", "thread"] {
        rbit_box.push("q_hello", &format!("m1-{isolation}"));
        rbit_box.push("q_nameless", &format!("m2-{isolation}"));
        rbit_box.push("q_curious", &format!("m3-{isolation}"));
        let isolated = format!("rbit.isolation={isolation}");
        let log = stderr(&rbit_box.call(&["run", "rbit.ini", "--drain", "--set", &isolated]));

        assert!(log.contains("Hello World!"), "{log}");
        assert!(log.contains(&format!("Building m1-{isolation}")), "{log}");
        let hello = rbit_box.job(&format!("m1-{isolation}"));
        assert_eq!((&hello["outcome"], &hello["status"]), (&"done".into(), &"Done".into()));
        let nameless = rbit_box.job(&format!("m2-{isolation}"));
        assert_eq!(nameless["outcome"], "guest-failed");
        assert_eq!(nameless["text"], "A 'name' was not configured.");
        let curious = rbit_box.job(&format!("m3-{isolation}"));
        let seen = fs::read_to_string(curious["artifacts"][0]["path"].as_str().unwrap()).unwrap();
        assert_eq!(seen, "curious.py my_worker.py\nFalse\nFalse\nFalse\n");
    }
}

#[test]
fn a_check_finds_what_a_python_runner_lacks() {
    let rbit_box = rbit_box();
    let checked = |changes: &[&str]| {
        let sets = changes.iter().flat_map(|change| ["--set", change]);
        let words: Vec<_> = ["check", "rbit.ini"].into_iter().chain(sets).collect();
        let output = rbit_box.command(&words).output().unwrap();
        (output.status.code(), stdout(&output) + &stderr(&output))
    };
    let (code, said) = checked(&[]);
    assert_eq!(code, Some(0), "{said}");
    for (change, told) in [
        (
            "runner:hello.runner=python!my_wroker:hello",
            "there is no module `my_wroker` in",
        ),
        (
            "runner:hello.runner=python!my_worker:helo",
            "has no `helo`; it defines `hello`",
        ),
        ("runner:hello.python-path=none-such", "none-such` is no folder"),
        ("rbit.python-component=none.wasm", "cannot read"),
        ("rbit.python-component=my_worker.py", "is no WebAssembly component"),
    ] {
        let (code, said) = checked(&[change]);
        assert_eq!(code, Some(78), "{change}: {said}");
        assert!(said.contains(told), "{change}: {said}");
    }
    assert!(!Path::new(&rbit_box.path("rbit-state/components")).exists());
}

/// The program in a folder of its own, as `cargo xtask install` brings it there: it knows of nothing but its own place.
struct Installed {
    prefix: TempDir,
}

impl Installed {
    fn new() -> Self {
        // Beside what was built, so that it need not be copied.
        let prefix = tempfile::tempdir_in(guest("python").parent().unwrap()).unwrap();
        for folder in ["bin", "share/rbit", "home", "elsewhere"] {
            fs::create_dir_all(prefix.path().join(folder)).unwrap();
        }
        fs::hard_link(rbit().get_program(), prefix.path().join("bin/rbit")).unwrap();
        fs::write(prefix.path().join("elsewhere/my_worker.py"), MY_WORKER).unwrap();
        Self { prefix }
    }

    fn call(&self, words: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(self.prefix.path().join("bin/rbit"))
            .args(words)
            .env_clear()
            .env("HOME", self.prefix.path().join("home"))
            // Compiled once for all tests.
            .env("XDG_CACHE_HOME", guest("rust-hello").with_file_name("cache"))
            .current_dir(self.prefix.path().join("elsewhere"))
            .output()
            .unwrap();
        (output.status.code(), stdout(&output) + &stderr(&output))
    }
}

#[test]
fn a_program_without_the_component_says_what_builds_it_and_an_installed_one_finds_it_from_anywhere() {
    let installed = Installed::new();
    let ini = "[rbit]\nsource = local\nqueue-mappings = q:hello\n[runner:hello]\nrunner = python!my_worker:hello\n";
    fs::write(installed.prefix.path().join("elsewhere/rbit.ini"), ini).unwrap();
    let hello = "exec python!my_worker:hello --setting name=World --package m1 --output out";
    let hello: Vec<_> = hello.split(' ').collect();
    for words in [&["check", "rbit.ini"][..], &hello] {
        let (code, said) = installed.call(words);
        assert_eq!(code, Some(78), "{said}");
        assert!(said.contains("`cargo xtask guests python` builds it"), "{said}");
    }

    // A link more would be a change of the file, which other tests are reading.
    fs::copy(guest("python"), installed.prefix.path().join("share/rbit/python.wasm")).unwrap();
    let (code, said) = installed.call(&["check", "rbit.ini"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = installed.call(&hello);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Hello World!") && said.contains("Building m1"), "{said}");
}

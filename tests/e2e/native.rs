//! `native!`: programs of the machine, as a box runs them.

use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt as _, symlink},
        process::CommandExt as _,
    },
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    rbit_box::RbitBox,
    rbit_program::{self, output, stderr, stdout},
};

/// A box whose queue `q` is served by this script of a shell.
fn rbit_box(native: &str, arguments: &str, script: &str) -> RbitBox {
    let rbit_box = RbitBox::new(&format!(
        "[rbit]\nname = test\nsource = local\nscratch-dir = scratch\n{native}queue-mappings = q:r\n\
        [runner:r]\nrunner = native!./tool {arguments}\noutput-dir = output\nin = in\n[sandbox:r]\nmounts = in\n\
        [queue:q]\nmax-attempts = 1\n"
    ));
    fs::create_dir(rbit_box.path("in")).unwrap();
    let tool = rbit_box.path("tool");
    fs::write(&tool, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    rbit_box
}

#[test]
fn a_program_makes_what_is_delivered_and_its_exit_codes_are_outcomes() {
    let script = r#"
        echo "making $1" >&2
        case $1 in
            later) exit 75 ;;
            broken) exit 3 ;;
        esac
        mkdir /output/pages && tr a-z A-Z < "/mnt/in/$1.txt" > "/output/pages/$1.txt"
        ln -s /etc/passwd /output/link && ln -s ../../in /output/folder
        echo scratch > /work/x"#;
    let rbit_box = rbit_box("native = yes\n", "%ID", script);
    // A name with a blank stays one argument.
    fs::write(rbit_box.path("in/two words.txt"), "a book").unwrap();
    symlink("/etc/passwd", rbit_box.path("in/other")).unwrap();
    for package in ["two words", "broken", "later"] {
        rbit_box.push("q", package);
    }
    let log = rbit_box.drain();
    let done = rbit_box.job("two words");
    assert_eq!(done["outcome"], "done", "{done:#}\n{log}");
    let delivered = fs::read_to_string(rbit_box.path("output/pages/two words.txt")).unwrap();
    assert_eq!(delivered, "A BOOK");
    assert_eq!(
        fs::read_dir(rbit_box.path("output")).unwrap().count(),
        1,
        "a link was delivered"
    );
    assert!(log.contains("making two words"), "{log}");
    let broken = rbit_box.job("broken");
    assert_eq!(
        (&broken["outcome"], &broken["text"]),
        (&"guest-failed".into(), &"exit code 3: making broken".into()),
        "{broken:#}"
    );
    assert_eq!(rbit_box.job("later")["outcome"], "guest-blocked");
    let runner = rbit_box.path("scratch");
    assert_eq!(files_below(&runner), 0, "something is left of the jobs");
}

/// Files and folders of jobs, wherever they lie.
fn files_below(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries
        .map(|entry| {
            let is_of_a_job = entry.file_name().to_string_lossy().starts_with("job-");
            usize::from(is_of_a_job)
                + if entry.path().is_dir() {
                    files_below(&entry.path())
                } else {
                    0
                }
        })
        .sum()
}

#[test]
fn a_running_program_that_ignores_everything_is_called_off_with_all_its_processes() {
    let mark = 940_000_000 + std::process::id();
    let script = format!("trap '' TERM INT HUP; setsid sleep {mark} & echo it runs; sleep {mark}; sleep {mark}");
    let rbit_box = rbit_box("native = yes\n", "", &script);
    rbit_box.push("q", "endless");
    let running = rbit_box.start();
    running.wait_for("it runs");
    let job = rbit_box.job("endless")["job"].as_str().unwrap().to_owned();
    rbit_box.call(&["jobs", "cancel", "rbit.ini", &job]);
    running.wait_for("cancelled");
    assert_eq!(rbit_box.job("endless")["outcome"], "cancelled");
    assert_eq!(processes_with(&mark.to_string()), 0);
    running.stop();
    assert_eq!(files_below(&rbit_box.path("scratch")), 0);
}

fn processes_with(word: &str) -> usize {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines
        .filter(|line| String::from_utf8_lossy(line).contains(word))
        .count()
}

#[test]
fn a_program_is_refused_unless_the_operator_allows_such() {
    for native in ["", "native = no\n"] {
        let rbit_box = rbit_box(native, "", "true");
        for command in ["check", "run"] {
            let refused = output(&[command, "rbit.ini"], rbit_box.folder());
            assert_eq!(refused.status.code(), Some(78), "{}", stderr(&refused));
            let said = stderr(&refused);
            assert!(said.contains("`native!./tool` is a program of this machine"), "{said}");
            assert!(said.contains("`native = yes` in [rbit] allows such programs"), "{said}");
        }
    }
}

#[test]
fn a_program_that_is_not_there_or_cannot_be_executed_keeps_the_box_from_starting() {
    let rbit_box = rbit_box("native = yes\n", "", "true");
    fs::set_permissions(rbit_box.path("tool"), fs::Permissions::from_mode(0o644)).unwrap();
    let refused = output(&["check", "rbit.ini"], rbit_box.folder());
    assert!(
        stderr(&refused).contains("it cannot be executed"),
        "{}",
        stderr(&refused)
    );
    fs::remove_file(rbit_box.path("tool")).unwrap();
    let refused = output(&["check", "rbit.ini"], rbit_box.folder());
    assert_eq!(refused.status.code(), Some(78));
    assert!(
        stderr(&refused).contains("cannot find the program `./tool`"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn without_bubblewrap_a_box_says_how_to_get_it_and_does_not_start() {
    let rbit_box = rbit_box("native = yes\n", "", "true");
    rbit_box.push("q", "one");
    let bwrap = ["/usr/bin/bwrap", "/usr/local/bin/bwrap"];
    let bwrap = bwrap.into_iter().find(|path| Path::new(path).exists()).unwrap();
    for command in ["check", "run"] {
        // On a machine without it: this one, with nothing in its place.
        let refused = Command::new(bwrap)
            .args(["--dev-bind", "/", "/", "--ro-bind", "/dev/null", bwrap])
            .arg(rbit_program::path())
            .args([command, "rbit.ini"])
            .current_dir(rbit_box.folder())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(78), "{}", stderr(&refused));
        assert!(stderr(&refused).contains("`bwrap` is not installed; on Debian: `apt install bubblewrap`"));
    }
    assert_eq!(rbit_box.jobs().len(), 0, "a job was taken up");
}

#[test]
fn doctor_says_whether_programs_can_be_run() {
    let rbit_box = rbit_box("native = yes\n", "", "true");
    let said = stdout(&rbit_box.call(&["doctor", "rbit.ini"]));
    assert!(said.contains("makes namespaces: `native!` can be used"), "{said}");
    let said = stdout(&rbit_box.call(&["doctor", "rbit.ini", "--json"]));
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(said["machine"]["bubblewrap"]["version"].is_string(), "{said:#}");
}

/// Another user than root is in a user namespace, and owns what its programs make.
#[test]
fn a_box_that_is_not_root_bounds_its_programs_and_removes_what_they_made_unreadable() {
    let script = "
        unshare -U true && echo may make namespaces
        grep NoNewPrivs /proc/self/status
        mkdir -p /work/a/b /work/c && echo x > /work/a/b/file
        chmod 555 /work/a/b /work/a && chmod 0 /work/c";
    let bomb = "f() { f | f & }; f; sleep 1000";
    let rbit_box = rbit_box(
        "native = yes\n",
        "%ID",
        &format!("if [ $1 = bomb ]; then {bomb}; fi; ({script}); echo made > /output/file; exit 0"),
    );
    rbit_box.add("[sandbox]\nprocesses = 20\ntimeout = 5s\n");
    let program = rbit_box.path("rbit");
    fs::copy(rbit_program::path(), &program).unwrap();
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        for path in ["", "rbit.ini", "tool", "in"] {
            let path = rbit_box.path(path);
            std::os::unix::fs::chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    let call = |words: &[&str]| {
        let mut command = Command::new(&program);
        command
            .args(words)
            .env_clear()
            .current_dir(rbit_box.folder())
            .stdin(Stdio::null());
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", stderr(&output));
        stderr(&output)
    };
    for package in ["bomb", "closed"] {
        call(&[
            "push",
            "rbit.ini",
            "--queue",
            "q",
            "--package",
            package,
            "--version",
            "1",
        ]);
    }
    let log = call(&["run", "rbit.ini", "--drain", "--set", "rbit.slots=1"]);
    assert!(
        log.contains("NoNewPrivs:\\t1") && !log.contains("may make namespaces"),
        "{log}"
    );
    assert!(!log.contains("cannot remove"), "{log}");
    assert!(
        log.contains("Cannot fork") && (log.contains("outcome=timeout") || log.contains("outcome=cpu-limit")),
        "{log}"
    );
    assert!(
        log.contains("outcome=disk-limit"),
        "an unreadable folder was passed over: {log}"
    );
    assert_eq!(files_below(&rbit_box.path("scratch")), 0);
}

/// Nobody that this machine knows.
const NOBODY: u32 = 54_321;

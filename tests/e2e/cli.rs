//! The command line: help, problems, exit statuses.

use std::fs;

use crate::{
    rbit_box::{RbitBox, TestRunner},
    rbit_program::{output, stderr, stdout},
};

const MISTAKES: &str = "\
[rbit]
name = tim taylor
queue-mappings =
    cnx_any_latex_pdf:pfd
    cnx_any_latex_epub:epub
    cnx_any_latex_epub:epub
slot = 2

[amqp]
port = 70000

[runner:pdf]
runner = wasm!missing.wasm

[runner:epub]
runner = hello.wasm

[runner:html]
runner = docker!hello

[sandbox:epub]
timeout = 10
";

#[test]
fn a_doctor_says_what_guests_have_given_up_and_makes_no_folder() {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    let text = stdout(&rbit_box.call(&["doctor", "rbit.ini"]));
    // What would help is on a line of its own.
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with(' ')).collect();
    let [isolation, walls @ .., kernel, namespace, scratch, cgroup, bubblewrap] = lines.as_slice() else {
        panic!("{text}");
    };
    assert!(isolation.contains("process: ") && walls.len() == 4, "{text}");
    assert!(walls.iter().all(|line| line.contains("in force")), "{text}");
    assert!(
        walls[3].contains("for `hello`") && walls[3].contains("no core dump"),
        "{text}"
    );
    for (line, name) in [
        (kernel, "kernel"),
        (namespace, "user namespace"),
        (scratch, "scratch-dir"),
        (cgroup, "cgroup"),
        (bubblewrap, "bubblewrap"),
    ] {
        assert!(line.starts_with(name), "{text}");
    }
    let json = stdout(&rbit_box.call(&["doctor", "rbit.ini", "--json", "--set", "rbit.isolation=thread"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["isolation"], &json["no_new_privs"]),
        (&"thread".into(), &true.into())
    );
    assert_eq!(json["limits"][0]["rlimits"]["core_bytes"], 0);
    assert!(!rbit_box.path("state").exists());
}

#[test]
fn a_doctor_counts_files_as_memory_where_they_are_going_to_be() {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    let sets = ["rbit.scratch-tmpfs=yes", "rbit.slots=1", "sandbox.disk=100GiB"];
    let words: Vec<_> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let json = stdout(&rbit_box.call(&[&["doctor", "rbit.ini", "--json"], &words[..]].concat()));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let memory = json["limits"][0]["cgroup"]["memory"].as_u64().unwrap();
    assert!(memory > 100 << 30, "{memory}");
}

#[test]
fn a_file_with_many_mistakes_is_answered_with_all_of_them_in_the_order_of_its_lines() {
    let rbit_box = RbitBox::new(MISTAKES);
    let output = output(&["check", "rbit.ini"], rbit_box.folder());
    assert_eq!(output.status.code(), Some(78));
    let text = stderr(&output);
    let expected = [
        "rbit.ini:2: [rbit] name:",
        "rbit.ini:4: [rbit] queue-mappings:",
        "rbit.ini:6: [rbit] queue-mappings:",
        "rbit.ini:7: [rbit] slot:",
        "rbit.ini:10: [amqp] port:",
        "rbit.ini:16: [runner:epub] runner:",
        "rbit.ini:19: [runner:html] runner:",
        "rbit.ini:22: [sandbox:epub] timeout:",
    ];
    let mut rest = text.as_str();
    for line in expected {
        let at = rest
            .find(line)
            .unwrap_or_else(|| panic!("no `{line}`, or not in order, in:\n{text}"));
        rest = &rest[at..];
    }
    assert!(text.contains("did you mean `slots`?"), "{text}");
}

#[test]
fn a_component_that_is_missing_or_is_no_runner_is_found_by_the_check() {
    let rbit_box = RbitBox::new(
        "[rbit]\nqueue-mappings =\n    a:absent\n    b:broken\n[runner:absent]\nrunner = wasm!absent.wasm\n\
         [runner:broken]\nrunner = wasm!broken.wasm\n",
    );
    fs::write(rbit_box.path("broken.wasm"), "not wasm").unwrap();
    let output = output(&["check", "rbit.ini"], rbit_box.folder());
    assert_eq!(output.status.code(), Some(78));
    let text = stderr(&output);
    assert!(text.contains("rbit.ini:6: [runner:absent] runner:"), "{text}");
    assert!(text.contains("rbit.ini:8: [runner:broken] runner:"), "{text}");
}

#[test]
fn a_sound_file_is_summed_up_and_its_values_can_be_listed_without_secrets() {
    let hello = TestRunner::hello().settings("api-password = hunter2");
    let rbit_box = RbitBox::local(&[hello]);
    let summary = rbit_box.call(&["check", "rbit.ini"]);
    assert!(
        stdout(&summary).contains("t_any_latex_hello -> hello"),
        "{}",
        stdout(&summary)
    );
    let effective = stdout(&rbit_box.call(&["check", "rbit.ini", "--effective", "--set", "rbit.slots=3"]));
    assert!(effective.contains("[rbit] slots = 3  (flag --set)"), "{effective}");
    assert!(effective.contains("[rbit] name = test  (rbit.ini:2)"), "{effective}");
    assert!(!effective.contains("hunter2"), "{effective}");
}

#[test]
fn the_environment_wins_over_the_file() {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    let output = rbit_box
        .command(&["check", "rbit.ini", "--effective"])
        .env("RBIT_RBIT_NAME", "bob")
        .output()
        .unwrap();
    assert!(
        stdout(&output).contains("[rbit] name = bob  (environment RBIT_RBIT_NAME)"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn the_form_of_the_old_program_runs_the_file_it_names() {
    let rbit_box = RbitBox::new("nonsense");
    let output = output(&["rbit.ini"], rbit_box.folder());
    assert_eq!(output.status.code(), Some(78), "{}", stderr(&output));
    assert!(stderr(&output).contains("rbit.ini:1:"), "{}", stderr(&output));
}

#[test]
fn help_teaches_with_examples_and_lists_the_exit_statuses() {
    let folder = tempfile::tempdir().unwrap();
    let help = stdout(&output(&["--help"], folder.path()));
    for word in ["rbit FILE", "run", "check", "push", "jobs", "78"] {
        assert!(help.contains(word), "`{word}` is not in:\n{help}");
    }
    for command in ["run", "check", "push", "jobs"] {
        let help = stdout(&output(&[command, "--help"], folder.path()));
        assert!(help.contains("Examples:"), "{help}");
    }
}

#[test]
fn arguments_that_make_no_sense_end_with_two() {
    let folder = tempfile::tempdir().unwrap();
    for words in [&["push"][..], &["run"], &["--nonsense"], &[]] {
        assert_eq!(output(words, folder.path()).status.code(), Some(2), "{words:?}");
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = rbit_box.command(&["check", "rbit.ini", "--effective"]);
    let output = command.stdout(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stderr(&output).contains("error"), "{}", stderr(&output));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = output(&["run", "absent.ini"], folder.path());
    assert_eq!(output.status.code(), Some(78));
    assert!(
        stderr(&output).contains("error: cannot read `absent.ini`"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_second_box_on_the_same_state_folder_is_told_so() {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    let mut first = rbit_box.command(&["run", "rbit.ini"]);
    let first = crate::rbit_program::Running::start_and_wait_for(&mut first, "started");
    let second = rbit_box.command(&["run", "rbit.ini"]).output().unwrap();
    assert_eq!(second.status.code(), Some(69), "{}", stderr(&second));
    first.stop();
}

#[test]
fn the_log_can_be_json_lines() {
    let hello = TestRunner::hello();
    let queue = hello.queue();
    let rbit_box = RbitBox::local(&[hello]);
    rbit_box.push(&queue, "m1");
    let output = rbit_box.call(&["run", "rbit.ini", "--drain", "--set", "log.format=json"]);
    let log = stderr(&output);
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ended = lines.iter().find(|line| line["message"] == "job ended").unwrap();
    assert_eq!(
        (&ended["outcome"], &ended["span"]["queue.name"]),
        (&"done".into(), &queue.into())
    );
}

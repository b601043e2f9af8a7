//! Guests, hostile ones above all: how each ends, and what it gets to see.

use std::fs;

use rbit_e2e::hostile::{self, Stand};
use rbit_testkit::guests::Fixture;
use serde_json::Value;

use crate::{
    rbit_box::{RbitBox, TestRunner},
    rbit_program::rbit,
};

#[test]
fn each_guest_ends_as_the_table_says_and_nothing_is_left_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let cases: Vec<_> = hostile::all()
        .into_iter()
        .filter(|case| !case.is_refused_at_start())
        .collect();
    let stand = Stand::new(rbit().get_program().as_ref(), folder.path(), &cases, "slots = 2").unwrap();
    stand.push().unwrap();
    let log = stand.drain().unwrap();
    let rows = stand.rows(None).unwrap();
    let wrong: Vec<_> = rows
        .iter()
        .filter(|row| !row.is_right())
        .map(ToString::to_string)
        .collect();
    assert!(wrong.is_empty(), "{}\n{}", hostile::heading(), wrong.join("\n"));
    assert_eq!(stand.residue().unwrap(), [""; 0]);
    let raw = log.chars().find(|letter| letter.is_control() && *letter != '\n');
    assert_eq!(raw, None, "a guest's control characters are in the log");
}

#[test]
fn a_trap_is_reported_with_the_guests_last_words() {
    let traps = TestRunner::new("traps", Fixture::Traps).settings("text = the book is too thick");
    let queue = traps.queue();
    let rbit_box = RbitBox::local(&[traps]);
    rbit_box.push(&queue, "m1");
    rbit_box.drain();
    let text = rbit_box.job("m1")["text"].as_str().unwrap().to_owned();
    assert!(text.contains("the book is too thick"), "{text}");
}

#[test]
fn what_is_no_runner_keeps_the_program_from_starting_and_is_named() {
    let cases: Vec<_> = hostile::all()
        .into_iter()
        .filter(hostile::Case::is_refused_at_start)
        .collect();
    assert!(cases.len() >= 9);
    for case in cases {
        let folder = tempfile::tempdir().unwrap();
        let stand = Stand::new(rbit().get_program().as_ref(), folder.path(), &[case], "").unwrap();
        let rows = stand.refused().unwrap();
        assert!(rows[0].is_right(), "{}", rows[0]);
        assert!(
            rows[0].text().contains(&format!("{}.wasm", case.fixture.name())),
            "{}",
            rows[0]
        );
    }
}

#[test]
fn a_job_finds_nothing_of_the_one_before_it_nor_of_one_beside_it() {
    let marks = TestRunner::new("marks", Fixture::LeavesMarks);
    let queue = marks.queue();
    let rbit_box = RbitBox::local(&[marks]);
    let packages = ["m1", "m2", "m3", "m4", "m5", "m6"];
    for package in packages {
        rbit_box.push(&queue, package);
    }
    rbit_box.call(&["run", "rbit.ini", "--drain", "--set", "rbit.slots=2"]);
    for package in packages {
        let job = rbit_box.job(package);
        assert_eq!(job["outcome"], "done", "{job:#}");
    }
}

#[test]
fn a_guest_sees_its_own_folders_and_mounts_and_nothing_else() {
    let looks = TestRunner::new("looks", Fixture::LooksAround)
        .settings("styles = styles\n")
        .sandbox("mounts = styles");
    let queue = looks.queue();
    let rbit_box = RbitBox::local(&[looks]);
    fs::create_dir(rbit_box.path("styles")).unwrap();
    fs::write(rbit_box.path("styles/book.css"), "").unwrap();
    rbit_box.push(&queue, "m1");
    rbit_box.drain();

    let seen: Value = serde_json::from_slice(&fs::read(rbit_box.path("output/looks/seen.json")).unwrap()).unwrap();
    let folders = &seen["folders"];
    assert!(
        folders["/mnt/styles"].to_string().contains("book.css"),
        "the mount is not visible: {seen:#}"
    );
    assert_eq!(
        (&seen["environment"], &seen["stdin"]["ok"]),
        (&Value::Array(vec![]), &"".into()),
        "{seen:#}"
    );
    assert!(errors_only(&seen["files"]), "a file of the host is visible: {seen:#}");
    assert!(errors_only(&seen["network"]), "the network can be reached: {seen:#}");
}

/// Whether every try that a report lists failed.
fn errors_only(tries: &Value) -> bool {
    let tries = tries.as_object().unwrap();
    !tries.is_empty() && tries.values().all(|one| one.get("error").is_some())
}

#[test]
fn a_guest_that_waits_in_a_system_call_for_ever_costs_its_own_job_and_no_other() {
    let reads = TestRunner::new("reads", Fixture::Reads)
        .settings("pipes = pipes\nfile = /mnt/pipes/pipe\n")
        .sandbox("mounts = pipes\ntimeout = 300ms");
    let (queue, hello) = (reads.queue(), TestRunner::hello());
    let next = hello.queue();
    let rbit_box = RbitBox::local(&[reads, hello]);
    fs::create_dir(rbit_box.path("pipes")).unwrap();
    let (kind, mode) = (
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
    );
    rustix::fs::mknodat(rustix::fs::CWD, rbit_box.path("pipes/pipe"), kind, mode, 0).unwrap();
    rbit_box.push(&queue, "m1");
    rbit_box.push(&next, "m2");
    rbit_box.call(&["run", "rbit.ini", "--drain", "--set", "rbit.slots=2"]);
    assert_eq!(rbit_box.job("m1")["outcome"], "timeout");
    assert_eq!(rbit_box.job("m2")["outcome"], "done");
}

//! Guests, hostile ones above all: how each ends, and what it gets to see.

use std::fs;

use rbit_testkit::guests::Fixture;
use serde_json::Value;

use crate::rbit_box::{RbitBox, TestRunner};

/// How each fixture is run here, and how it must end. A fixture that is not in the match does not compile.
fn case(guest: Fixture) -> (TestRunner<'static>, &'static str) {
    let run = |name, reason| (TestRunner::new(name, guest), reason);
    let with = |(runner, reason): (TestRunner<'static>, _), settings, sandbox| {
        (runner.settings(settings).sandbox(sandbox), reason)
    };
    match guest {
        Fixture::BlocksFirst => with(run("never-blocks", "done"), "blocked-attempts = 0", ""),
        Fixture::EatsMemory => with(run("eats", "memory-limit"), "", "memory = 32MiB"),
        Fixture::Echoes => run("echoes", "done"),
        Fixture::Exits => run("exits", "guest-trap"),
        Fixture::Fails => with(run("fails", "guest-failed"), "text = as it was told to", ""),
        Fixture::Fetches => with(
            run("fetches", "denied"),
            "requests = GET http 127.0.0.1:1 /\nthen = fails",
            "",
        ),
        Fixture::FillsDisk => with(run("fills", "disk-limit"), "", "disk = 1MiB"),
        Fixture::FloodsLog => with(run("floods", "done"), "mebibytes = 4", "log = 64KiB"),
        Fixture::GivesAway => with(run("gives-away", "guest-failed"), "secret = sesame", "secrets = secret"),
        Fixture::GivesBack => with(run("gives-back", "done"), "", "disk = 300kB"),
        Fixture::LooksAround => run("looks", "done"),
        Fixture::LoopsForever => with(run("loops", "timeout"), "", "timeout = 300ms"),
        Fixture::MakesFiles => with(run("makes", "file-limit"), "kind = tree", "files = 2000"),
        Fixture::Names => with(
            run("names", "done"),
            "make = file:sub/a.txt\nreturns = /output/sub/a.txt",
            "",
        ),
        Fixture::OpensFiles => with(run("opens", "file-limit"), "kind = listing", ""),
        Fixture::Reads => run("reads", "guest-failed"),
        Fixture::Recurses => run("recurses", "stack-limit"),
        Fixture::SleepsForever => with(run("sleeps", "timeout"), "", "timeout = 300ms"),
        Fixture::Traps => with(run("traps", "guest-trap"), "text = on purpose", ""),
        Fixture::Waits => with(run("waits", "done"), "milliseconds = 50", ""),
        Fixture::WritesMany => with(run("many", "artifact-limit"), "files = 20", "artifacts = 10"),
    }
}

#[test]
fn each_guest_ends_as_the_table_says_and_the_worker_goes_on() {
    let (runners, reasons): (Vec<_>, Vec<_>) = Fixture::ALL.into_iter().map(case).unzip();
    let rbit_box = RbitBox::local(&runners);
    for runner in &runners {
        rbit_box.push(&runner.queue(), runner.name);
    }
    rbit_box.drain();
    for (runner, reason) in runners.iter().zip(reasons) {
        assert_eq!(
            rbit_box.job(runner.name)["outcome"],
            reason,
            "{:#}",
            rbit_box.job(runner.name)
        );
    }
    assert_eq!(
        fs::read_dir(rbit_box.path("scratch")).unwrap().count(),
        0,
        "a job left something behind"
    );
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
fn nothing_but_regular_files_of_the_output_folder_is_ever_delivered() {
    let cases = [
        ("climbs", "returns = ../../etc/passwd"),
        ("absolute", "returns = /etc/passwd"),
        ("climbs-from-output", "returns = /output/../../etc/passwd"),
        (
            "symlink",
            "make = symlink:link=../../../../etc/passwd\nreturns = /output/link",
        ),
        ("symlink-inside", "make = file:a symlink:link=a\nreturns = /output/link"),
        (
            "through-symlink",
            "make = folder:d file:d/a symlink:s=d\nreturns = /output/s/a",
        ),
        ("hard-link", "make = file:a hardlink:b=a\nreturns = /output/b"),
        ("folder", "make = folder:d\nreturns = /output/d"),
        ("absent", "returns = /output/absent"),
        ("work", "returns = /work/a"),
        ("new-line", "make = file:a\\nb\nreturns = /output/a\\nb"),
        ("twice", "make = file:a\nreturns = /output/a /output/a"),
    ];
    let runners: Vec<_> = cases
        .iter()
        .map(|(name, settings)| TestRunner::new(name, Fixture::Names).settings(settings))
        .collect();
    let rbit_box = RbitBox::local(&runners);
    for runner in &runners {
        rbit_box.push(&runner.queue(), runner.name);
    }
    rbit_box.drain();
    for (name, _) in cases {
        let job = rbit_box.job(name);
        assert_eq!(job["outcome"], "artifact-refused", "{job:#}");
        let left = fs::read_dir(rbit_box.path(&format!("output/{name}"))).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{name} delivered something");
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

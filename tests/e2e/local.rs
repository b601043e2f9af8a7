//! The embedded queue: no broker, no front-end.

use std::{fs, os::unix::fs::MetadataExt as _};

use rbit_testkit::guests::Fixture;
use serde_json::Value;

use crate::rbit_box::{RbitBox, TestRunner};

#[test]
fn a_request_is_run_in_the_sandbox_and_its_file_is_delivered() {
    let hello = TestRunner::hello();
    let queue = hello.queue();
    let rbit_box = RbitBox::local(&[hello]);
    rbit_box.push(&queue, "m9003");
    let log = rbit_box.drain();

    let file = rbit_box.path("output/hello/m9003-1.2.txt");
    assert!(fs::read_to_string(&file).unwrap().contains("World"));
    let job = rbit_box.job("m9003");
    assert_eq!(
        (&job["outcome"], &job["status"], &job["attempt"]),
        (&"done".into(), &"Done".into(), &1.into())
    );
    assert_eq!(job["artifacts"][0]["path"], file.to_str().unwrap());
    assert_eq!(job["artifacts"][0]["size"], fs::metadata(&file).unwrap().len());
    assert!(
        log.contains("Hello World!"),
        "the guest's output is not in the log:\n{log}"
    );
}

#[test]
fn a_blocked_job_comes_back_as_its_next_attempt_and_is_done_then() {
    let late = TestRunner::new("late", Fixture::BlocksFirst);
    let queue = late.queue();
    let rbit_box = RbitBox::local(&[late]);
    rbit_box.add(&format!("[queue:{queue}]\nretry-steps = 200ms\n"));
    rbit_box.push(&queue, "m1");
    rbit_box.drain();
    let job = rbit_box.job("m1");
    assert_eq!((&job["outcome"], &job["attempt"]), (&"done".into(), &2.into()));
    assert!(rbit_box.path("output/late/attempt-2.txt").exists());
}

#[test]
fn request_and_settings_reach_the_guest_as_they_were_written() {
    let echo = TestRunner::new("echo", Fixture::Echoes).settings("Title = Grüße, 100 % \u{1F600}\nempty =\n");
    let queue = echo.queue();
    let rbit_box = RbitBox::local(&[echo]);
    let words = [
        "push",
        "rbit.ini",
        "--queue",
        &queue,
        "--package",
        "m-ü",
        "--version",
        "1.2",
        "--uri",
        "http://h/?a=1&b=<2>",
        "--job",
        "77",
    ];
    rbit_box.call(&words);
    rbit_box.drain();
    let echoed: Value = serde_json::from_slice(&fs::read(rbit_box.path("output/echo/request.json")).unwrap()).unwrap();
    let request = &echoed["request"];
    assert_eq!(
        (&request["package"], &request["job"]),
        (&"m-ü".into(), &"77".into()),
        "{echoed:#}"
    );
    assert_eq!(request["transport"]["uri"], "http://h/?a=1&b=<2>");
    let settings: Vec<_> = echoed["settings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (&pair[0], &pair[1]))
        .collect();
    assert_eq!(settings[1], (&"output-dir".into(), &"/output".into()));
    assert_eq!(settings[2], (&"title".into(), &"Grüße, 100 % \u{1F600}".into()));
    assert_eq!(settings[3], (&"empty".into(), &"".into()));
}

#[test]
fn as_many_jobs_run_side_by_side_as_there_are_slots() {
    let loops = TestRunner::new("loops", Fixture::LoopsForever).sandbox("timeout = 1s");
    let queue = loops.queue();
    let rbit_box = RbitBox::local(&[loops]);
    for package in ["a", "b", "c"] {
        rbit_box.push(&queue, package);
    }
    rbit_box.call(&["run", "rbit.ini", "--drain", "--set", "rbit.slots=2"]);
    let time = |package: &str, key: &str| rbit_box.job(package)[key].as_str().unwrap().to_owned();
    // Times of one format compare as texts.
    assert!(
        time("b", "started") < time("a", "ended"),
        "the second job waited for the first"
    );
    let first_end = time("a", "ended").min(time("b", "ended"));
    assert!(time("c", "started") > first_end, "three jobs ran in two slots");
}

#[test]
fn a_message_that_is_no_request_is_put_aside_and_the_next_one_runs() {
    let hello = TestRunner::hello();
    let queue = hello.queue();
    let rbit_box = RbitBox::local(&[hello]);
    fs::write(rbit_box.path("bad.json"), r#"{"py/repr": "os.system('true')"}"#).unwrap();
    rbit_box.call(&["push", "rbit.ini", "--queue", &queue, "--message", "bad.json"]);
    rbit_box.push(&queue, "m1");
    let log = rbit_box.drain();
    assert!(log.contains("undecodable"), "{log}");
    assert_eq!(rbit_box.jobs().len(), 1);
}

#[test]
fn what_one_start_compiled_the_next_one_has_and_a_check_leaves_nothing() {
    let hello = TestRunner::hello();
    let queue = hello.queue();
    let rbit_box = RbitBox::local(&[hello]);
    rbit_box.call(&["check", "rbit.ini"]);
    assert!(!rbit_box.path("rbit-state").exists());
    rbit_box.push(&queue, "m1");
    rbit_box.drain();
    let kept = || {
        let entries = fs::read_dir(rbit_box.path("rbit-state/components")).unwrap();
        let files = entries.map(|entry| entry.unwrap().metadata().unwrap().ino());
        files.collect::<Vec<_>>()
    };
    let before = kept();
    rbit_box.push(&queue, "m2");
    rbit_box.drain();
    // What is compiled anew is written anew, with the note beside it.
    assert_eq!((before.len(), kept()), (2, before));
    assert_eq!(rbit_box.job("m2")["outcome"], "done");
}

#[test]
fn a_record_shows_how_much_of_each_limit_was_used_also_of_a_job_that_is_done() {
    let hello = TestRunner::hello().sandbox("disk = 16KiB\nfiles = 4");
    let queue = hello.queue();
    let rbit_box = RbitBox::local(&[hello]);
    rbit_box.push(&queue, "m1");
    rbit_box.drain();
    let job = rbit_box.job("m1");
    let usage = &job["usage"];
    assert_eq!(job["outcome"], "done");
    assert_eq!(
        (
            &usage["files"]["used"],
            &usage["files"]["limit"],
            &usage["files"]["percent"]
        ),
        (&1.into(), &4.into(), &25.into()),
        "{usage:#}"
    );
    let disk = job["artifacts"][0]["size"].as_u64().unwrap() + 4096;
    assert_eq!(
        (&usage["disk"]["used"], &usage["disk"]["unit"]),
        (&disk.into(), &"bytes".into())
    );
    assert!(usage["cpu-time"]["limit"].as_u64() == Some(600_000), "{usage:#}");
    let shown = rbit_box.call(&["jobs", "show", "rbit.ini", job["job"].as_str().unwrap()]);
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(
        text.contains("limits of the last attempt") && text.contains("table-elements"),
        "{text}"
    );
}

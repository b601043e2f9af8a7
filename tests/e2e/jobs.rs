//! What the journal remembers of jobs, and calling jobs off, from the command line.

use std::{
    process::Output,
    time::{Duration, Instant},
};

use rbit_testkit::{fake_pybit::FakePybit, guests::Fixture};
use rustix::process::Signal;
use serde_json::Value;

use crate::{
    rbit_box::{RbitBox, TestRunner},
    rbit_program::{Running, stderr, stdout},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_is_stopped_within_a_moment_and_pybit_hears_of_it_once() {
    let pybit = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let rbit_box = looping_box(&pybit, &["4"]);
    let running = rbit_box.start();
    wait_for(&rbit_box, "4", |job| job["state"] == "running");
    let said = cancel(&rbit_box, "4");
    assert!(stdout(&said).contains("job 4 runs: the box (pid "), "{}", stdout(&said));
    let ended = wait_for(&rbit_box, "4", |job| job["state"] == "finished");
    assert_eq!(
        (&ended["outcome"], &ended["status"]),
        (&"cancelled".into(), &"Cancelled".into())
    );
    assert_eq!(cancel(&rbit_box, "4").status.code(), Some(1), "it has ended");
    assert!(running.stop().status.success());
    assert_eq!(pybit.history("4"), ["Waiting", "Building", "Cancelled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_waits_is_called_off_and_never_starts() {
    let pybit = FakePybit::start().await.unwrap();
    let pybit = pybit.with_job("4", ["Waiting"]).with_job("5", ["Waiting"]);
    let rbit_box = looping_box(&pybit, &["4", "5"]);
    let running = rbit_box.start();
    wait_for(&rbit_box, "4", |job| job["state"] == "running");
    let said = cancel(&rbit_box, "5");
    assert!(stdout(&said).contains("job 5 does not run here"), "{}", stdout(&said));
    cancel(&rbit_box, "4");
    let ended = wait_for(&rbit_box, "5", |job| job["state"] == "finished");
    assert_eq!(ended["outcome"], "cancelled");
    assert!(running.stop().status.success());
    assert_eq!(pybit.history("4"), ["Waiting", "Building", "Cancelled"]);
    assert_eq!(pybit.history("5"), ["Waiting", "Cancelled"]);
}

#[test]
fn a_job_that_is_called_off_while_no_box_runs_is_ended_by_the_next_one() {
    let rbit_box = RbitBox::local(&[TestRunner::new("loops", Fixture::LoopsForever)]);
    let said = cancel(&rbit_box, "4");
    assert!(stdout(&said).contains("no box runs here: job 4"), "{}", stdout(&said));
    push(&rbit_box, "loops", "4");
    rbit_box.drain();
    assert_eq!(show(&rbit_box, "4")[0]["outcome"], "cancelled");
}

#[test]
fn a_job_that_has_ended_stays_as_it_is() {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    push(&rbit_box, "hello", "4");
    rbit_box.drain();
    let refused = cancel(&rbit_box, "4");
    assert_eq!(refused.status.code(), Some(1));
    let expected = "error: job 4 has ended, and stays `done`";
    assert!(stderr(&refused).contains(expected), "{}", stderr(&refused));
    assert_eq!(show(&rbit_box, "4")[0]["outcome"], "done");
}

#[test]
fn the_next_job_of_a_number_that_an_ended_one_had_is_called_off_if_that_is_said() {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    for outcome in ["done", "cancelled"] {
        push(&rbit_box, "hello", "4");
        rbit_box.drain();
        assert_eq!(show(&rbit_box, "4")[0]["outcome"], outcome);
        let refused = cancel(&rbit_box, "4");
        assert!(stderr(&refused).contains("`--next`"), "{}", stderr(&refused));
        rbit_box.call(&["jobs", "cancel", "rbit.ini", "4", "--next"]);
    }
}

#[test]
fn a_job_is_shown_with_all_its_attempts_and_files() {
    let rbit_box = RbitBox::local(&[TestRunner::new("late", Fixture::BlocksFirst)]);
    rbit_box.add("[queue:t_any_latex_late]\nretry-steps = 100ms\n");
    push(&rbit_box, "late", "4");
    rbit_box.drain();

    let life = show(&rbit_box, "4").remove(0);
    let outcomes: Vec<_> = attempts(&life).iter().map(|attempt| &attempt["outcome"]).collect();
    assert_eq!(outcomes, ["guest-blocked", "done"]);
    assert!(
        attempts(&life)
            .iter()
            .all(|attempt| attempt["memory_bytes"].as_u64() > Some(0))
    );
    assert_eq!(life["artifacts"][0]["sha256"].as_str().map(str::len), Some(64));
    let key = &life["key"].as_str().unwrap()[..12];
    assert_eq!(
        show(&rbit_box, key),
        std::slice::from_ref(&life),
        "found by its key too"
    );

    let text = stdout(&rbit_box.call(&["jobs", "show", "rbit.ini", "4"]));
    let digest = life["artifacts"][0]["sha256"].as_str().unwrap();
    for words in ["finished, done", "guest-blocked", "attempt-2.txt", digest] {
        assert!(text.contains(words), "`{words}` is not in:\n{text}");
    }
}

#[test]
fn a_failed_job_says_why_and_a_number_that_came_again_has_two_lives() {
    let rbit_box = RbitBox::local(&[TestRunner::new("fails", Fixture::Fails)]);
    for _ in 0..2 {
        push(&rbit_box, "fails", "4");
        rbit_box.drain();
    }
    let lives = show(&rbit_box, "4");
    assert_eq!(lives.len(), 2);
    for life in &lives {
        assert_eq!(life["outcome"], "guest-failed");
        assert_eq!(life["text"], attempts(life)[0]["text"]);
        assert_ne!(life["text"], "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_pybit_has_not_taken_is_shown_with_its_tries_and_error() {
    let pybit = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    rbit_box.add(&pybit_section(&pybit));
    pybit.down().await;
    push(&rbit_box, "hello", "4");
    rbit_box.drain();
    let life = show(&rbit_box, "4").remove(0);
    let report = &life["reports"][0];
    assert_eq!(report["status"], "Done");
    assert!(report["tries"].as_u64() > Some(0), "{report}");
    assert!(
        report["next_try"].is_string() && report["last_error"].is_string(),
        "{report}"
    );
    let text = stdout(&rbit_box.call(&["jobs", "show", "rbit.ini", "4"]));
    assert!(text.contains("reports that PyBit has not taken"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_was_given_up_is_sent_again_when_somebody_says_so() {
    let pybit = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    // Nobody whom a message names is told of it.
    rbit_box.add("[pybit]\ntrusted-hosts = nobody:1\nuser = admin\npassword = pass\n");
    push(&rbit_box, "hello", "4");
    rbit_box.drain();
    let life = show(&rbit_box, "4").remove(0);
    assert_eq!(life["reports"][0]["next_try"], Value::Null, "{life}");

    let url = format!("pybit.url={}", pybit.url());
    let mut run = rbit_box.command(&["run", "rbit.ini", "--set", &url]);
    let running = Running::start_and_wait_for(&mut run, "started");
    let resend = |words: &[&str]| {
        let words = [&["jobs", "resend", "rbit.ini"], words].concat();
        rbit_box.command(&words).output().unwrap()
    };
    let said = resend(&["4"]);
    assert!(
        stdout(&said).contains("job 4: `Done` is sent again\nthe box (pid "),
        "{}",
        stdout(&said)
    );
    pybit.wait_for(|requests| !requests.is_empty()).await.unwrap();
    wait_for(&rbit_box, "4", |_| {
        show(&rbit_box, "4")[0]["reports"] == Value::Array(vec![])
    });
    assert_eq!(pybit.history("4"), ["Waiting", "Done"]);

    let refused = resend(&["--all"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("no report was given up"),
        "{}",
        stderr(&refused)
    );
    assert!(running.stop().status.success());
}

#[test]
fn jobs_are_filtered_by_what_became_of_them() {
    let rbit_box = RbitBox::local(&[TestRunner::hello(), TestRunner::new("fails", Fixture::Fails)]);
    push(&rbit_box, "hello", "4");
    push(&rbit_box, "fails", "5");
    rbit_box.drain();
    let table: [(&[&str], &[&str]); 6] = [
        (&["--reason", "guest-failed"], &["5"]),
        (&["--runner", "hello"], &["4"]),
        (&["--queue", "t_any_latex_fails"], &["5"]),
        (&["--state", "running"], &[]),
        (&["--since", "1h", "--reason", "done"], &["4"]),
        (&["--since", "2999-01-01"], &[]),
    ];
    for (filter, expected) in table {
        let words = [&["jobs", "rbit.ini", "--json"], filter].concat();
        let listed = json_lines(&rbit_box.call(&words));
        let jobs: Vec<_> = listed.iter().map(|job| &job["job"]).collect();
        assert_eq!(jobs, expected, "{filter:?}");
    }
}

#[test]
fn commands_that_look_say_that_nothing_is_there_and_make_nothing() {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    let state = rbit_box.path("rbit-state");
    for words in [
        &["jobs", "rbit.ini"][..],
        &["jobs", "rbit.ini", "--json"],
        &["jobs", "show", "rbit.ini", "4"],
        &["parked", "rbit.ini"],
        &["parked", "show", "rbit.ini", "1"],
        &["parked", "requeue", "rbit.ini", "--all"],
        &["parked", "drop", "rbit.ini", "--all"],
        &["drain", "rbit.ini"],
        &["drain", "rbit.ini", "--wait"],
    ] {
        let output = rbit_box.command(words).output().unwrap();
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(69), "{words:?}: {text}");
        assert!(text.contains(state.to_str().unwrap()), "{words:?}: {text}");
        assert!(!state.exists(), "{words:?} made a state folder");
    }
}

#[test]
fn what_is_no_job_is_named() {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    rbit_box.drain();
    let answer = |task, id| rbit_box.command(&["jobs", task, "rbit.ini", id]).output().unwrap();
    for (task, id, status, words) in [
        ("show", "4", 1, "the journal has no job 4"),
        ("show", "abcdef", 1, "no job whose key begins with abcdef"),
        ("cancel", "abcdef", 1, "no job whose key begins with abcdef"),
        ("show", "m9003", 2, "expected a job's number"),
    ] {
        let output = answer(task, id);
        assert_eq!(output.status.code(), Some(status), "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}

#[test]
fn after_a_sigkill_the_job_is_resolved_to_a_true_state_and_runs_again_as_its_next_attempt() {
    let rbit_box = RbitBox::local(&[TestRunner::new("loops", Fixture::LoopsForever)]);
    push(&rbit_box, "loops", "4");
    let killed = rbit_box.start();
    wait_for(&rbit_box, "4", |job| job["state"] == "running");
    killed.signal(Signal::KILL);
    killed.wait();

    // This one serves another queue, so that the job stays as it was found.
    rbit_box.call(&["run", "rbit.ini", "--drain", "--set", "rbit.queue-mappings=other:loops"]);
    let life = show(&rbit_box, "4").remove(0);
    assert_eq!(
        (&life["state"], &life["outcome"]),
        (&"interrupted".into(), &Value::Null)
    );
    let text = attempts(&life)[0]["text"].as_str().unwrap();
    assert!(text.contains("broken off"), "{text}");

    let running = rbit_box.start();
    wait_for(&rbit_box, "4", |job| job["state"] == "running" && job["attempt"] == 2);
    cancel(&rbit_box, "4");
    wait_for(&rbit_box, "4", |job| job["outcome"] == "cancelled");
    running.stop();
    let life = show(&rbit_box, "4").remove(0);
    let outcomes: Vec<_> = attempts(&life).iter().map(|attempt| &attempt["outcome"]).collect();
    assert_eq!(outcomes, ["interrupted", "cancelled"]);
}

/// A box of one slot whose jobs, which wait, never end by themselves.
fn looping_box(pybit: &FakePybit, jobs: &[&str]) -> RbitBox {
    let rbit_box = RbitBox::local(&[TestRunner::new("loops", Fixture::LoopsForever)]);
    rbit_box.add(&format!(
        "{}[queue:t_any_latex_loops]\nslots = 1\n",
        pybit_section(pybit)
    ));
    for job in jobs {
        push(&rbit_box, "loops", job);
    }
    rbit_box
}

fn pybit_section(pybit: &FakePybit) -> String {
    format!("[pybit]\nurl = {}\nuser = admin\npassword = pass\n\n", pybit.url())
}

fn push(rbit_box: &RbitBox, runner: &str, job: &str) {
    let queue = format!("t_any_latex_{runner}");
    rbit_box.call(&["push", "rbit.ini", "--queue", &queue, "--package", "m1", "--job", job]);
}

fn cancel(rbit_box: &RbitBox, job: &str) -> Output {
    rbit_box.command(&["jobs", "cancel", "rbit.ini", job]).output().unwrap()
}

/// All lives of a job.
fn show(rbit_box: &RbitBox, id: &str) -> Vec<Value> {
    json_lines(&rbit_box.call(&["jobs", "show", "rbit.ini", id, "--json"]))
}

fn attempts(life: &Value) -> &[Value] {
    life["attempts"].as_array().unwrap()
}

fn json_lines(output: &Output) -> Vec<Value> {
    let text = stdout(output);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The job of this number, once it is as wanted.
fn wait_for(rbit_box: &RbitBox, number: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let jobs = rbit_box.jobs();
        let job = jobs.iter().find(|job| job["job"] == number);
        if let Some(job) = job.filter(|job| wanted(job)) {
            return job.clone();
        }
        assert!(
            Instant::now() < deadline,
            "job {number} is not as wanted among {jobs:#?}"
        );
    }
}

/// Generous: it only ends tests that have already failed.
const PATIENCE: Duration = Duration::from_secs(60);

//! The front-end answers wrongly, late or not at all, at each thing that a box says to it.

use std::fs;

use rbit_testkit::{
    fake_pybit::{Answer, FakePybit, Request},
    guests::Fixture,
};

use crate::{
    rbit_box::{RbitBox, TestRunner},
    rbit_program::stderr,
};

/// What a box says to the front-end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It asks whether the job is still wanted.
    Question,
    /// It says that the job is being built.
    Building,
    /// It says how the job ended.
    End,
}

const STAGES: [Stage; 3] = [Stage::Question, Stage::Building, Stage::End];

impl Stage {
    fn is_that_of(self, request: &Request) -> bool {
        let status = request.field("status");
        match self {
            Self::Question => request.method == "GET",
            Self::Building => status.as_deref() == Some("Building"),
            Self::End => status.as_deref() == Some("Done"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_front_end_answers_each_job_is_done_once_and_its_end_is_told_once() {
    let cases: Vec<_> = STAGES
        .into_iter()
        .flat_map(|stage| {
            faults(stage)
                .into_iter()
                .map(move |(name, answer)| (stage, name, answer))
        })
        .collect();
    let mut pybit = FakePybit::start().await.unwrap();
    for number in 0..cases.len() {
        pybit = pybit.with_job(&number.to_string(), ["Waiting"]);
    }
    let rbit_box = reporting_box(&pybit);
    for (number, (stage, _, answer)) in cases.iter().enumerate() {
        let (stage, path) = (*stage, format!("/job/{number}"));
        let is_meant = move |request: &Request| {
            let is_of_job = request.path.trim_end_matches("/status") == path;
            is_of_job && stage.is_that_of(request)
        };
        pybit.answer_when(is_meant, answer.clone());
        push(&rbit_box, number);
    }
    fs::write(rbit_box.path("gate/open"), "").unwrap();
    let running = rbit_box.start();
    for number in 0..cases.len() {
        rbit_box.until_reported(&number.to_string()).await;
    }
    let output = running.stop();

    let log = stderr(&output);
    assert!(output.status.success(), "{log}");
    for (number, (stage, name, _)) in cases.iter().enumerate() {
        let (history, job) = (pybit.history(&number.to_string()), rbit_box.job(&package(number)));
        // A start that was not taken is told again, if the job still runs then. A silent answer to one job keeps this front-end, which
        // serves one request at a time, from the start of another.
        let expected: &[_] = match history.len() == 2 && start_was_not_taken(&log, number) {
            true => &["Waiting", "Done"],
            false => &["Waiting", "Building", "Done"],
        };
        assert_eq!(history, expected, "{stage:?}: {name}");
        let is = (&job["outcome"], &job["attempt"]);
        assert_eq!(is, (&"done".into(), &1.into()), "{stage:?}: {name}: {job:#}");
    }
    assert_eq!(rbit_box.jobs().len(), cases.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_end_that_goes_down_while_a_job_runs_hears_its_end_when_it_is_back() {
    let pybit = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let rbit_box = reporting_box(&pybit);
    push(&rbit_box, 4);
    let running = rbit_box.start();
    pybit.wait_for(|requests| requests.len() == 2).await.unwrap();
    pybit.down().await;
    fs::write(rbit_box.path("gate/open"), "").unwrap();
    running.wait_for("not reported yet");
    assert_eq!(rbit_box.job(&package(4))["outcome"], "done");
    pybit.up().await.unwrap();
    rbit_box.until_reported("4").await;
    let output = running.stop();

    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(pybit.history("4"), ["Waiting", "Building", "Done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_end_that_goes_down_between_question_and_announcement_does_not_stop_the_job() {
    let pybit = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let rbit_box = reporting_box(&pybit);
    fs::write(rbit_box.path("gate/open"), "").unwrap();
    push(&rbit_box, 4);
    let gate = pybit.hold();
    let running = rbit_box.start();
    pybit.wait_for(|requests| requests.len() == 1).await.unwrap();
    pybit.down().await;
    drop(gate);
    running.wait_for("not reported yet");
    pybit.up().await.unwrap();
    rbit_box.until_reported("4").await;
    let output = running.stop();

    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(pybit.history("4").last().unwrap(), "Done");
    assert_eq!(rbit_box.job(&package(4))["attempt"], 1);
}

/// Whether the box says so of this job.
fn start_was_not_taken(log: &str, number: usize) -> bool {
    let job = format!("job.id=\"{number}\"");
    let is_said =
        |line: &str| line.contains("the start of the job is told later") || line.contains("job starts unannounced");
    log.lines().any(|line| line.contains(&job) && is_said(line))
}

/// Each answer that is not the right one, and its name.
fn faults(stage: Stage) -> Vec<(&'static str, Answer)> {
    let page = "<html><body>Please sign in to the network</body></html>";
    let cut_off = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Len";
    let mut faults = vec![
        ("hangs up", Answer::HangUp),
        ("silent", Answer::Silence),
        ("500", Answer::Code(500)),
        ("503", Answer::Code(503)),
        ("401", Answer::Code(401)),
        ("a page", Answer::Html(page.into())),
        ("an endless page", Answer::Html(page.repeat(GIANT / page.len()))),
        ("cut off in its head", Answer::Raw(cut_off.into())),
    ];
    if stage == Stage::Question {
        let short = format!("{cut_off}gth: 1000\r\n\r\n[{{\"py/obj");
        faults.push(("cut off in its body", Answer::Raw(short.into())));
        faults.push(("endless", Answer::Json(format!("[{}]", " ".repeat(GIANT)))));
        faults.push(("a page that is called JSON", Answer::Json(page.into())));
        faults.push(("no history", Answer::Json("[{\"status\": 7}]".into())));
    }
    faults
}

fn reporting_box(pybit: &FakePybit) -> RbitBox {
    let rbit_box = RbitBox::local(&[runner()]);
    fs::create_dir(rbit_box.path("gate")).unwrap();
    rbit_box.add(&format!(
        "[pybit]\nurl = {}\nuser = admin\npassword = pass\ntimeout = 3s\n",
        pybit.url()
    ));
    rbit_box
}

fn runner() -> TestRunner<'static> {
    TestRunner::new("gated", Fixture::Waits)
        .settings("gate = gate")
        .sandbox("mounts = gate")
}

fn push(rbit_box: &RbitBox, number: usize) {
    let (queue, number, package) = (runner().queue(), number.to_string(), package(number));
    rbit_box.call(&[
        "push",
        "rbit.ini",
        "--queue",
        &queue,
        "--package",
        &package,
        "--job",
        &number,
    ]);
}

fn package(number: usize) -> String {
    format!("m{number}")
}

/// More bytes than any answer of PyBit has.
const GIANT: usize = 8 << 20;

//! What can be wrong with a repository, and what a person reads of it.

mod tables;

use rbit_testkit::{
    FakeRepository,
    fake_repository::{Serves, zips},
};

use self::tables::{Case, answers, collections, documents, unpacking};
use super::{published, push, python::python_runner, repository, runner};
use crate::rbit_box::{RbitBox, TestRunner};

#[tokio::test(flavor = "multi_thread")]
async fn each_error_of_a_repository_ends_epub_as_the_tables_say() {
    let cases = |elsewhere: &str| [answers(elsewhere), unpacking(), documents()].concat();
    end_as_told("complete", cases, |repository| runner("epub", PATIENCE, repository)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_error_of_a_repository_ends_offlinezip_as_the_tables_say() {
    let cases = |elsewhere: &str| [answers(elsewhere), unpacking(), documents()].concat();
    end_as_told("complete", cases, |repository| {
        python_runner("offlinezip", PATIENCE, repository)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_error_of_a_repository_ends_completezip_as_the_tables_say() {
    let cases = |elsewhere: &str| [answers(elsewhere), unpacking()].concat();
    end_as_told("complete", cases, |repository| {
        runner("completezip", PATIENCE, repository)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_error_of_a_repository_ends_collxml_as_the_tables_say() {
    let cases = |elsewhere: &str| [answers(elsewhere), collections()].concat();
    end_as_told("source_create", cases, |repository| {
        python_runner("collxml", PATIENCE, repository)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the guest `pdf`: cargo xtask guests pdf"]
async fn each_error_of_a_repository_ends_pdf_as_the_tables_say() {
    let cases = |elsewhere: &str| [answers(elsewhere), unpacking(), documents()].concat();
    end_as_told("complete", cases, |repository| runner("pdf", PATIENCE, repository)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_a_repository_that_is_not_allowed_fail() {
    let repository = repository("1.3").await.with_reader("reader", "sesame");
    let elsewhere = FakeRepository::start().await.unwrap();
    let rbit_box = RbitBox::local(&[runner("epub", "username = reader\npassword = wrong", &repository)]);
    push(&rbit_box, "epub", &repository, "1.3");
    push(&rbit_box, "epub", &elsewhere, "1.2");
    rbit_box.drain();
    let jobs = rbit_box.jobs();
    for (version, text) in [("1.3", "wants a user and a password"), ("1.2", "see `allow-http`")] {
        let job = jobs.iter().find(|job| job["version"] == version).unwrap();
        assert_eq!(job["status"], "Failed", "{job:#}");
        assert!(job["text"].as_str().unwrap().contains(text), "{job:#}");
    }
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_in_trouble_blocks_the_job_which_is_done_when_the_trouble_is_over() {
    let repository = FakeRepository::start().await.unwrap();
    let repository = repository
        .with(zips::PACKAGE, "latest", "complete", Serves::Status(503))
        .with(zips::PACKAGE, "latest", "complete", Serves::File(zips::complete()));
    let scene = published(runner("completezip", "", &repository), &repository).await;
    let queue = &scene.lanes[0].queue;
    scene.rbit_box.add(&format!("[queue:{queue}]\nretry-steps = 300ms\n"));
    scene.rbit_box.drain();
    assert_eq!(
        scene.pybit.history("4"),
        ["Waiting", "Building", "Blocked", "Building", "Done"]
    );
    scene.strike().await;
}

/// Lets a runner meet all that can go wrong with what it asks for.
async fn end_as_told(
    what: &str,
    cases: impl FnOnce(&str) -> Vec<Case>,
    runner: impl FnOnce(&FakeRepository) -> TestRunner<'static>,
) {
    // It has the good zip, and would be asked for it by whoever follows where it is sent.
    let elsewhere = repository("1.3").await;
    let cases = cases(&elsewhere.url());
    let mut repository = FakeRepository::start().await.unwrap();
    for (number, case) in cases.iter().enumerate() {
        if let Some(serves) = case.serves.clone() {
            repository = repository.with(zips::PACKAGE, &version(number), what, serves);
        }
    }
    let mut runner = runner(&repository);
    runner.sandbox = format!("{}\n{LEAST}", runner.sandbox).leak();
    let rbit_box = RbitBox::local(std::slice::from_ref(&runner));
    // A drain is over when no blocked job waits for its next try.
    rbit_box.add(&format!("[queue:{}]\nmax-attempts = 1\n", runner.queue()));
    for number in 0..cases.len() {
        push(&rbit_box, runner.name, &repository, &version(number));
    }
    rbit_box.call(&["run", "rbit.ini", "--drain", "--set", "rbit.compile-time=20m"]);
    let jobs = rbit_box.jobs();
    for (number, case) in cases.iter().enumerate() {
        let job = jobs.iter().find(|job| job["version"] == version(number)).unwrap();
        case.check(job);
    }
    assert_eq!(elsewhere.requests(), [], "somebody followed");
}

fn version(number: usize) -> String {
    format!("1.{}", number + 100)
}

const PATIENCE: &str = "repository-timeout = 2";
/// Little enough to be sent too much of.
const LEAST: &str = "http-response-size = 8MiB";

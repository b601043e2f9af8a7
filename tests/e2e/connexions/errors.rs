//! What can be wrong with a repository, and what a person reads of it.

use rbit_testkit::{
    FakeRepository,
    fake_repository::{Serves, zips},
};

use super::{published, push, python::python_runner, repository, runner};
use crate::rbit_box::{RbitBox, TestRunner};

/// What a repository does, how the job ends, and words of its text.
type Case = (Option<Serves>, &'static str, &'static str);

const PATIENCE: &str = "repository-timeout = 2";

#[tokio::test(flavor = "multi_thread")]
async fn each_error_of_a_repository_ends_a_runner_in_rust_as_the_table_says() {
    end_as_told(|repository| runner("epub", PATIENCE, repository)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_error_of_a_repository_ends_a_runner_in_python_as_the_table_says() {
    end_as_told(|repository| python_runner("offlinezip", PATIENCE, repository)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_error_of_a_repository_ends_a_runner_in_go_as_the_table_says() {
    end_as_told(|repository| runner("completezip", PATIENCE, repository)).await;
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

/// Lets a runner meet all that can go wrong.
async fn end_as_told(runner: impl FnOnce(&FakeRepository) -> TestRunner<'static>) {
    let table = table();
    let mut repository = FakeRepository::start().await.unwrap();
    for (number, (serves, ..)) in table.iter().enumerate() {
        if let Some(serves) = serves.clone() {
            repository = repository.with(zips::PACKAGE, &version(number), "complete", serves);
        }
    }
    let runner = runner(&repository);
    let rbit_box = RbitBox::local(std::slice::from_ref(&runner));
    // A drain is over when no blocked job waits for its next try.
    rbit_box.add(&format!("[queue:{}]\nmax-attempts = 1\n", runner.queue()));
    for number in 0..table.len() {
        push(&rbit_box, runner.name, &repository, &version(number));
    }
    rbit_box.drain();
    let jobs = rbit_box.jobs();
    for (number, (_, outcome, text)) in table.iter().enumerate() {
        let job = jobs.iter().find(|job| job["version"] == version(number)).unwrap();
        assert_eq!(job["outcome"], *outcome, "{job:#}");
        assert!(job["text"].as_str().unwrap().contains(text), "{text}: {job:#}");
    }
}

fn table() -> Vec<Case> {
    let status = |status| Some(Serves::Status(status));
    let file = |bytes| Some(Serves::File(bytes));
    let mut broken = zips::complete();
    broken.truncate(broken.len() / 2);
    vec![
        (None, "guest-failed", "does not exist (status 404)"),
        (
            status(403),
            "guest-failed",
            "may not be read with what was configured (status 403)",
        ),
        (
            status(302),
            "guest-failed",
            "is somewhere else, and that is not followed (status 302)",
        ),
        (status(500), "guest-blocked", "its server is in trouble (status 500)"),
        (status(503), "guest-blocked", "its server is in trouble (status 503)"),
        (Some(Serves::Silence), "guest-blocked", "did not answer in time"),
        (Some(Serves::Half(zips::complete())), "guest-blocked", "broke off"),
        (
            file(b"<html>no zip</html>".to_vec()),
            "guest-failed",
            "is no zip, or a broken one",
        ),
        (file(broken), "guest-failed", "is no zip, or a broken one"),
        (
            file(zips::complete_with("../../etc/passwd")),
            "guest-failed",
            "the name `../../etc/passwd` leads out of it",
        ),
        (
            file(zips::complete_with("/etc/passwd")),
            "guest-failed",
            "the name `/etc/passwd` leads out of it",
        ),
        (
            file(zips::with_a_name_twice()),
            "guest-failed",
            "two of its entries have one name",
        ),
        (file(zips::with_a_link()), "guest-failed", "is a symbolic link"),
        (file(zips::bomb()), "guest-failed", "is too large unpacked"),
    ]
}

fn version(number: usize) -> String {
    format!("1.{}", number + 100)
}

//! The clock of the machine jumps by hours, days and years, forward and back.

use std::fs;

use rbit_testkit::{fake_pybit::FakePybit, guests::Fixture};

use crate::{
    rbit_box::{RbitBox, TestRunner},
    rbit_program::{Running, stderr},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_is_due_when_the_clock_has_jumped_over_its_wait() {
    for ahead in [2 * HOUR, 40 * DAY] {
        let stage = Stage::set(late()).await;
        let running = stage.start();
        running.wait_for(BLOCKED);
        stage.jump_to(ahead);
        stage
            .end(running, &["Waiting", "Building", "Blocked", "Building", "Done"])
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_of_a_time_that_has_not_come_yet_waits_no_longer_than_its_step() {
    for ahead in [5 * HOUR, 900 * YEAR] {
        let stage = Stage::set(late()).await;
        stage.jump_to(ahead);
        let running = stage.start();
        running.wait_for(BLOCKED);
        stage.jump_to(0);
        // The box notices with its next look, and the step of one hour begins anew.
        stage.rbit_box.push(&TestRunner::hello().queue(), "m-hello");
        running.wait_for("m-hello");
        stage.jump_to(2 * HOUR);
        stage
            .end(running, &["Waiting", "Building", "Blocked", "Building", "Done"])
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_told_whichever_way_the_clock_has_jumped_while_it_waited() {
    for (before, after) in [(5 * HOUR, 0), (0, 5 * HOUR), (0, 40 * DAY), (40 * DAY, 0)] {
        let stage = Stage::set(gated()).await;
        stage.open_gate();
        stage.jump_to(before);
        stage.pybit.down().await;
        let running = stage.start();
        running.wait_for(NOT_REPORTED);
        stage.jump_to(after);
        // What ends wakes the outbox; the front-end is still down.
        stage.rbit_box.push(&TestRunner::hello().queue(), "m-hello");
        running.wait_for_times(3, NOT_REPORTED);
        assert_eq!(running.said("report given up"), 0);
        stage.pybit.up().await.unwrap();
        stage.end(running, &["Waiting", "Done"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_ends_whichever_way_the_clock_has_jumped_while_it_ran() {
    for (before, after) in [(5 * HOUR, 0), (0, 5 * HOUR), (0, 40 * DAY), (900 * YEAR, 0)] {
        let stage = Stage::set(gated()).await;
        stage.jump_to(before);
        let running = stage.start();
        stage.pybit.wait_for(|requests| requests.len() == 2).await.unwrap();
        stage.jump_to(after);
        stage.open_gate();
        stage.end(running, &["Waiting", "Building", "Done"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_box_left_behind_is_taken_up_by_one_whose_clock_is_hours_behind() {
    let stage = Stage::set(gated()).await;
    stage.jump_to(5 * HOUR);
    let killed = stage.start();
    stage.pybit.wait_for(|requests| requests.len() == 2).await.unwrap();
    drop(killed);
    stage.jump_to(0);
    stage.open_gate();
    let running = stage.start();
    stage.end(running, &["Waiting", "Building", "Building", "Done"]).await;
}

/// A box whose clock can be set, with a job of a runner in its local queue.
struct Stage {
    pybit: FakePybit,
    rbit_box: RbitBox,
}

impl Stage {
    async fn set(runner: TestRunner<'_>) -> Self {
        let pybit = FakePybit::start().await.unwrap().with_job(JOB, ["Waiting"]);
        let queue = runner.queue();
        let rbit_box = RbitBox::local(&[runner, TestRunner::hello()]);
        fs::create_dir(rbit_box.path("gate")).unwrap();
        let url = pybit.url();
        rbit_box.add(&format!("[pybit]\nurl = {url}\nuser = admin\npassword = pass\n"));
        rbit_box.add(&format!("[queue:{queue}]\nretry-steps = 1h\n"));
        let words = ["push", "rbit.ini", "--queue", &queue, "--package", "m1", "--job", JOB];
        rbit_box.call(&words);
        Self { pybit, rbit_box }
    }

    fn start(&self) -> Running {
        let mut command = self.rbit_box.command(&["run", "rbit.ini"]);
        command.env("RBIT_CLOCK_SHIFT", self.rbit_box.path("shift"));
        Running::start(&mut command)
    }

    /// Sets the box's clock to so many seconds after the true time, in one step.
    fn jump_to(&self, seconds: u64) {
        let draft = self.rbit_box.path("shift.new");
        fs::write(&draft, seconds.to_string()).unwrap();
        fs::rename(draft, self.rbit_box.path("shift")).unwrap();
    }

    fn open_gate(&self) {
        fs::write(self.rbit_box.path("gate/open"), "").unwrap();
    }

    /// The job ends, and this is what the front-end heard of it.
    async fn end(self, running: Running, history: &[&str]) {
        self.rbit_box.until_reported(JOB).await;
        let output = running.stop();
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(self.pybit.history(JOB), history, "{}", stderr(&output));
        assert_eq!(self.rbit_box.job("m1")["outcome"], "done");
    }
}

/// Is blocked at its first attempt.
fn late() -> TestRunner<'static> {
    TestRunner::new("late", Fixture::BlocksFirst)
}

fn gated() -> TestRunner<'static> {
    TestRunner::new("gated", Fixture::Waits)
        .settings("gate = gate")
        .sandbox("mounts = gate")
}

const JOB: &str = "4";
const BLOCKED: &str = "outcome=guest-blocked";
const NOT_REPORTED: &str = "not reported yet";
const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY;

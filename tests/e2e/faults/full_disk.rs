//! A disk is full, and has room again.

use std::{fs, path::Path};

use rbit_testkit::{SmallDisk, guests::Fixture};

use crate::{
    broker::message_of,
    rbit_box::{RbitBox, TestRunner},
    rbit_program::{Running, stderr},
    scene::{Lane, Scene},
    trial::{Queues, Trial},
};

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_a_full_journal_cannot_write_down_come_again_and_the_box_says_why() {
    let scene = gated_scene().await;
    let disk = SmallDisk::on(&scene.rbit_box.path("state"), SIZE).unwrap();
    scene.publish(0, &message_of(4, "m4")).await;
    let running = scene.rbit_box.start();
    scene.pybit.wait_for(|requests| requests.len() == 2).await.unwrap();
    disk.fill(0).unwrap();
    scene.publish(0, &message_of(5, "m5")).await;
    running.wait_for("cannot claim the job");
    fs::write(scene.rbit_box.path("gate/open"), "").unwrap();
    running.wait_for("outcome not written: the message will come again");
    running.wait_for_times(2, "cannot claim the job");
    assert!(running.said(DISK_FULL) > 0);
    disk.free().unwrap();
    for job in ["4", "5"] {
        scene.rbit_box.until_reported(job).await;
    }
    let output = running.stop();

    assert!(output.status.success(), "{}", stderr(&output));
    // What nobody could write down was done once more.
    assert_eq!(scene.pybit.history("4"), ["Waiting", "Building", "Building", "Done"]);
    assert_eq!(scene.pybit.history("5"), ["Waiting", "Building", "Done"]);
    assert_eq!(scene.rbit_box.jobs().len(), 2);
    assert_eq!(scene.waiting(0).await, 0);
    drop(disk);
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_whose_state_folder_is_full_does_not_start_and_says_so() {
    let scene = gated_scene().await;
    let disk = SmallDisk::on(&scene.rbit_box.path("state"), SIZE).unwrap();
    disk.fill(0).unwrap();
    // In which a box keeps what it compiled, first of all, if guests run in processes.
    for (isolation, expected) in [
        ("thread", ["state/rbit.sqlite3", DISK_FULL]),
        ("process", ["cannot keep", NO_SPACE]),
    ] {
        let isolation = format!("rbit.isolation={isolation}");
        let output = scene
            .rbit_box
            .command(&["run", "rbit.ini", "--set", &isolation])
            .output()
            .unwrap();
        assert!(!output.status.success());
        for words in expected {
            assert!(stderr(&output).contains(words), "{}", stderr(&output));
        }
    }
    drop(disk);
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_a_box_whose_journal_was_taken_away_wait_until_it_is_back_and_the_box_says_so() {
    let scene = gated_scene().await;
    scene.publish(0, &message_of(4, "m4")).await;
    let running = scene.rbit_box.start();
    scene.pybit.wait_for(|requests| requests.len() == 2).await.unwrap();
    let (state, elsewhere) = (scene.rbit_box.path("state"), scene.rbit_box.path("elsewhere"));
    fs::rename(&state, &elsewhere).unwrap();
    fs::write(scene.rbit_box.path("gate/open"), "").unwrap();
    running.wait_for("outcome not written: the message will come again");
    running.wait_for("cannot claim the job");
    assert!(running.said("is no longer the file that was opened") > 0);
    assert_eq!(
        scene.pybit.history("4"),
        ["Waiting", "Building"],
        "nobody is told what is not written down"
    );
    fs::rename(&elsewhere, &state).unwrap();
    scene.rbit_box.until_reported("4").await;
    let output = running.stop();

    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(scene.pybit.history("4"), ["Waiting", "Building", "Building", "Done"]);
    assert_eq!(scene.waiting(0).await, 0);
    scene.strike().await;
}

#[test]
fn a_state_folder_that_cannot_be_written_is_named_by_every_command() {
    let runner = TestRunner::hello();
    let queue = runner.queue();
    let rbit_box = RbitBox::local(&[runner]);
    let disk = SmallDisk::on(&rbit_box.path("rbit-state"), SIZE).unwrap();
    rbit_box.push(&queue, "m1");
    disk.set_read_only(true).unwrap();
    let (of_check, of_store) = ("expected a folder that rbit may write", "its folder has to be writable");
    for (words, expected) in [
        (&["check", "rbit.ini"][..], of_check),
        (&["run", "rbit.ini", "--set", "rbit.isolation=thread"], of_check),
        (&["jobs", "rbit.ini"], of_store),
        (&["push", "rbit.ini", "--queue", &queue, "--package", "m2"], of_store),
    ] {
        let output = rbit_box.command(words).output().unwrap();
        assert!(!output.status.success(), "{words:?}");
        assert!(stderr(&output).contains(expected), "{words:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("rbit-state"), "{words:?}: {}", stderr(&output));
    }
    disk.set_read_only(false).unwrap();
    rbit_box.drain();
    assert_eq!(rbit_box.job("m1")["outcome"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_find_no_room_in_the_scratch_folder_are_tried_until_there_is_some() {
    let trial = Trial::set(Queues::Classic).await;
    // Jobs would have a file system of their own, with room.
    trial.rbit_box.edit("[rbit]\n", "[rbit]\nscratch-tmpfs = no\n");
    let disk = SmallDisk::on(&trial.rbit_box.path("scratch"), SIZE).unwrap();
    disk.fill(0).unwrap();
    let running = trial.rbit_box.start();
    running.wait_for_times(4, "no room is left in the scratch folder");
    disk.free().unwrap();
    end(trial, disk, running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_find_no_room_in_the_output_folder_appear_when_there_is_some_and_none_before() {
    let trial = Trial::set(Queues::Classic).await;
    let output = trial.rbit_box.path("output");
    let disk = SmallDisk::on(&output, SIZE).unwrap();
    // Room for one file of the two that a job delivers.
    disk.fill(PAGE).unwrap();
    let running = trial.rbit_box.start();
    running.wait_for_times(4, "No space left on device");
    assert_eq!(delivered_in(&output.join("files")), [] as [String; 0]);
    disk.free().unwrap();
    end(trial, disk, running).await;
}

async fn gated_scene() -> Scene {
    let runner = TestRunner::new("gated", Fixture::Waits)
        .settings("gate = gate")
        .sandbox("mounts = gate");
    let lane = Lane::unique(runner);
    let policy = format!("[queue:{}]\nretry-steps = 300ms\nmax-attempts = 1000\n", lane.queue);
    let scene = Scene::set(&["4", "5"], vec![lane]).await;
    scene
        .rbit_box
        .edit("[rbit]\n", "[rbit]\nslots = 2\nstate-dir = state\n");
    scene.rbit_box.add(&policy);
    fs::create_dir(scene.rbit_box.path("gate")).unwrap();
    scene
}

async fn end(trial: Trial, disk: SmallDisk, running: Running) {
    trial.finish(running).await;
    drop(disk);
    trial.strike().await;
}

/// The files that have their final name.
fn delivered_in(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !name.starts_with(".rbit-part-") && name != "below" {
            names.push(name);
        }
    }
    names
}

const NO_SPACE: &str = "No space left on device";
const DISK_FULL: &str = "database or disk is full";
/// Enough for a journal of a few jobs.
const SIZE: u64 = 4 << 20;
const PAGE: usize = 4096;

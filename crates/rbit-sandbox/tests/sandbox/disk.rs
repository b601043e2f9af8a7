//! The quota of a guest's folders.

use std::{fs, path::Path};

use rbit_job::{Plan, Reason};
use rbit_testkit::guests::Fixture;

use crate::suite::bench::{Bench, ending};

const LIMIT: u64 = 100_000;

fn fills(bench: &Bench, way: &str, then: &str) -> Plan {
    let mut plan = bench.fixture_plan(Fixture::FillsDisk, &[("way", way), ("then", then)]);
    plan.limits.disk = LIMIT;
    plan
}

/// Bytes of all files below a folder, as long as they look.
fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap());
    entries.map(|metadata| metadata.len()).sum()
}

#[tokio::test]
async fn every_way_of_writing_ends_at_the_limit_with_the_error_code_for_it() {
    for way in ["stream", "append", "at", "zeroes", "splice", "size"] {
        let bench = Bench::new();
        let plan = fills(&bench, way, "fail");
        let execution = bench.run(&plan).await;
        let (reason, text) = ending(&execution);
        assert_eq!(reason, Reason::DiskLimit, "{way}: {text}");
        let expected = "disk: limit 100000 bytes, peak 96 KiB, 4 KiB more refused; then it failed: quota";
        assert_eq!(text, expected, "{way}");
        // Two names and the source are the rest.
        assert_eq!(
            bench.log.all(),
            ["stdout: refused with quota after 86016 bytes"],
            "{way}"
        );
        assert_eq!(execution.usage.disk_peak, 98304, "{way}");
        assert_eq!(bytes_in(&bench.folders(&plan).output), 86016 + 4096, "{way}");
    }
}

#[tokio::test]
async fn a_guest_that_does_not_look_at_errors_is_not_done() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&fills(&bench, "stream", "ignore")).await);
    assert_eq!(reason, Reason::DiskLimit);
    assert!(
        text.ends_with("; then it returned as if all had been written"),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_removed_in_any_way_is_given_back() {
    for way in ["remove", "truncate", "shrink", "replace", "folder", "open"] {
        let bench = Bench::new();
        let mut plan = bench.fixture_plan(Fixture::GivesBack, &[("way", way)]);
        // Two files at once, twenty in all.
        plan.limits.disk = 210_000;
        plan.limits.files = 2;
        let execution = bench.run(&plan).await;
        assert_eq!(execution.result.as_deref(), Ok(&[][..]), "{way}");
        let peak = execution.usage.disk_peak;
        assert!((100_000..=208_192).contains(&peak), "{way}: {peak}");
    }
}

#[tokio::test]
async fn names_of_every_kind_are_counted() {
    for kind in ["file", "folder", "symlink", "hardlink", "tree"] {
        let bench = Bench::new();
        let mut plan = bench.fixture_plan(Fixture::MakesFiles, &[("kind", kind)]);
        plan.limits.files = 50;
        let execution = bench.run(&plan).await;
        let (reason, text) = ending(&execution);
        assert_eq!(reason, Reason::FileLimit, "{kind}: {text}");
        assert_eq!(
            text, "files: limit 50, peak 50, 1 more refused; then it failed: quota",
            "{kind}"
        );
        assert_eq!(bench.log.all(), ["stdout: refused with quota after 50"], "{kind}");
        assert_eq!(execution.usage.files_peak, 50, "{kind}");
    }
}

#[tokio::test]
async fn what_is_open_at_once_is_limited_whatever_it_is() {
    for kind in ["file", "folder", "listing", "stream"] {
        let bench = Bench::new();
        let mut plan = bench.fixture_plan(Fixture::OpensFiles, &[("kind", kind)]);
        plan.limits.open_files = 20;
        let execution = bench.run(&plan).await;
        let (reason, text) = ending(&execution);
        assert_eq!(reason, Reason::FileLimit, "{kind}: {text}");
        assert!(
            text.starts_with("open-files: limit 20, peak 20, 1 more refused; then it failed: quota"),
            "{text}"
        );
        assert_eq!(execution.usage.open_files_peak, 20, "{kind}");
    }
}

#[tokio::test]
async fn both_folders_are_counted_together_and_shown_also_when_all_went_well() {
    let bench = Bench::new();
    let mount = bench.path("mount");
    fs::create_dir(&mount).unwrap();
    fs::write(mount.join("in"), "x").unwrap();
    let mut plan = bench.plan("uses_files");
    plan.mounts.push(rbit_job::Mount {
        setting: "print-dir".into(),
        host: mount,
        at: None,
    });
    let usage = bench.run(&plan).await.usage;
    assert_eq!((usage.disk_peak, usage.files_peak), (2 * (4096 + 3), 2));
    let disk = usage
        .shares(&[])
        .into_iter()
        .find(|share| share.limit == "disk")
        .unwrap();
    assert_eq!((disk.used.number(), disk.of.number()), (8198, 1 << 30));
}

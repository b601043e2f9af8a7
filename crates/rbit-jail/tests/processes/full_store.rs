//! The folder of compiled components is full, or cannot be written to, while a process reports what it has compiled.

use std::process::Command;

use rbit_job::Reason;
use rbit_testkit::SmallDisk;

use crate::suite::bench::{Bench, ending};

#[tokio::test]
async fn what_finds_no_room_is_not_run_and_it_is_said_why_and_then_it_is() {
    let bench = Bench::new();
    let disk = SmallDisk::on(&bench.path("artifacts"), SIZE).unwrap();
    let plan = bench.plan("returns");
    disk.fill(0).unwrap();
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::HostFault, "{text}");
    assert!(text.contains("No space left on device"), "{text}");
    disk.free().unwrap();
    assert!(bench.run(&plan).await.result.is_ok());
}

#[tokio::test]
async fn a_folder_that_has_become_read_only_costs_jobs_with_new_components_alone() {
    let bench = Bench::new();
    let folder = bench.path("artifacts");
    let _disk = SmallDisk::on(&folder, SIZE).unwrap();
    let known = bench.plan("returns");
    assert!(bench.run(&known).await.result.is_ok());
    let remount = |how: &str| {
        let options = format!("remount,{how}");
        let status = Command::new("mount").args(["-o", &options]).arg(&folder).status();
        assert!(status.unwrap().success());
    };
    remount("ro");
    let new = bench.plan("traps");
    let (reason, text) = ending(&bench.run(&new).await);
    assert_eq!(reason, Reason::HostFault, "{text}");
    assert!(text.contains("Read-only file system"), "{text}");
    assert!(bench.run(&known).await.result.is_ok());
    remount("rw");
    assert_eq!(ending(&bench.run(&new).await).0, Reason::GuestTrap);
}

const SIZE: u64 = 4 << 20;

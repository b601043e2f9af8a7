//! What guests see of the host's files.

use std::{fs, os::unix};

use rbit_job::{Mount, Reason};

use crate::suite::bench::{Bench, ending};

#[tokio::test]
async fn a_guest_writes_to_its_folders_reads_its_mounts_and_reaches_nothing_else() {
    let bench = Bench::new();
    let mount = bench.path("mount");
    fs::create_dir(&mount).unwrap();
    fs::write(mount.join("in"), "x").unwrap();
    fs::write(bench.path("in"), "beside").unwrap();
    unix::fs::symlink("/etc", mount.join("link")).unwrap();
    let mut plan = bench.plan("uses_files");
    plan.mounts.push(Mount {
        setting: "print-dir".into(),
        host: mount.clone(),
        at: None,
    });

    let (reason, text) = ending(&bench.run(&plan).await);

    assert_eq!((reason, text.as_str()), (Reason::GuestFailed, "x"));
    let folders = bench.folders(&plan);
    for folder in [folders.work, folders.output] {
        assert_eq!(fs::read_to_string(folder.join("out")).unwrap(), "out");
    }
    let mut left: Vec<_> = fs::read_dir(&mount)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["in", "link"]);
    assert_eq!(fs::read_to_string(mount.join("in")).unwrap(), "x");
}

#[tokio::test]
async fn a_mount_that_is_no_folder_is_the_boxs_fault_and_named() {
    let bench = Bench::new();
    let mut plan = bench.plan("returns");
    for host in [bench.path("gone"), bench.file("file", "")] {
        plan.mounts = vec![Mount {
            setting: "print-dir".into(),
            host: host.clone(),
            at: None,
        }];
        let (reason, text) = ending(&bench.run(&plan).await);
        assert_eq!(reason, Reason::HostFault);
        assert!(
            text.starts_with(&format!("cannot open `{}` for `/mnt/print-dir`: ", host.display())),
            "{text}"
        );
    }
}

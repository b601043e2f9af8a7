//! Folders as no guest can make them, or only with luck: on other disks, with other names, changing all the time.

use std::{
    ffi::OsStr,
    fs,
    io::Write as _,
    os::unix::{ffi::OsStrExt as _, fs::symlink},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use rbit_job::{Artifact, Ending, JobKey, Limits, Reason, RunnerName};
use rbit_testkit::SmallDisk;
use sha2::{Digest as _, Sha256};

use super::{Wanted, collect_now};
use crate::{copying::Allowance, destination::Destination, scratch::ScratchRoot, workspace::Workspace};

fn collect(output: &Path, destination: &Path, name: &str) -> Result<Vec<Artifact>, Ending> {
    let limits = Limits {
        artifact_size: 1 << 20,
        ..Limits::default()
    };
    let destination = Destination::new(destination, &JobKey::from_stored("0123"));
    let allowance = Allowance::new(&limits, Arc::default());
    collect_now(
        &fs::File::open(output).unwrap().into(),
        Wanted::Named(vec![format!("/output/{name}")]),
        &destination,
        &limits,
        allowance,
    )
}

fn digest(path: &Path) -> String {
    let hash = Sha256::digest(fs::read(path).unwrap());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_file_that_changes_while_it_is_copied_is_delivered_as_it_was_read() {
    let dir = tempfile::tempdir().unwrap();
    let (output, destination) = (dir.path().join("output"), dir.path().join("delivered"));
    fs::create_dir(&output).unwrap();
    let file = output.join("a");
    fs::write(&file, [1; 1000]).unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = fs::OpenOptions::new().write(true).open(&file).unwrap();
            for round in 0_u64.. {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                writer.write_all(&[7; 500]).unwrap();
                if round % 50 == 0 {
                    writer.set_len(round % 900).unwrap();
                }
            }
        });
        for _ in 0..200 {
            match collect(&output, &destination, "a") {
                Ok(delivered) => {
                    let copy = destination.join("a");
                    assert_eq!(delivered[0].sha256, digest(&copy));
                    assert_eq!(delivered[0].size, fs::metadata(&copy).unwrap().len());
                }
                // It had grown too large.
                Err(ending) => assert_eq!(ending.reason(), Reason::ArtifactLimit),
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_name_that_is_no_text_cannot_be_named_and_is_no_obstacle() {
    let dir = tempfile::tempdir().unwrap();
    let (output, destination) = (dir.path().join("output"), dir.path().join("delivered"));
    fs::create_dir(&output).unwrap();
    for name in [&b"\xff.txt"[..], b"new\nline", b"\x1b[2J"] {
        fs::write(output.join(OsStr::from_bytes(name)), "x").unwrap();
    }
    fs::write(output.join("a"), "y").unwrap();
    for name in ["\u{fffd}.txt", "new\nline", "\u{1b}[2J"] {
        assert_eq!(
            collect(&output, &destination, name).unwrap_err().reason(),
            Reason::ArtifactRefused,
            "{name:?}"
        );
    }
    assert!(collect(&output, &destination, "a").is_ok());
}

#[test]
fn the_destination_may_be_on_another_disk() {
    let dir = tempfile::tempdir().unwrap();
    let (output, destination) = (dir.path().join("output"), dir.path().join("delivered"));
    fs::create_dir(&output).unwrap();
    fs::create_dir(&destination).unwrap();
    fs::write(output.join("a"), "y").unwrap();
    let _disk = SmallDisk::on(&destination, 1 << 20).unwrap();
    assert!(collect(&output, &destination, "a").is_ok());
    assert_eq!(fs::read_to_string(destination.join("a")).unwrap(), "y");
}

#[test]
fn a_disk_within_the_guests_folder_is_not_entered() {
    let dir = tempfile::tempdir().unwrap();
    let (output, destination) = (dir.path().join("output"), dir.path().join("delivered"));
    fs::create_dir_all(output.join("disk")).unwrap();
    let _disk = SmallDisk::on(&output.join("disk"), 1 << 20).unwrap();
    fs::write(output.join("disk/a"), "y").unwrap();
    let ending = collect(&output, &destination, "disk/a").unwrap_err();
    assert_eq!(ending.reason(), Reason::ArtifactRefused);
    assert!(ending.to_string().ends_with("it leads out of the folder"), "{ending}");
}

/// Who has broken out of a guest may do in its runner's folder what it likes, but not have other files delivered.
#[tokio::test]
async fn nothing_is_taken_from_what_was_put_in_the_place_of_the_output_folder() {
    let dir = tempfile::tempdir().unwrap();
    let (secrets, destination) = (dir.path().join("secrets"), dir.path().join("delivered"));
    fs::create_dir_all(secrets.join("output")).unwrap();
    for place in [secrets.join("key"), secrets.join("output/key")] {
        fs::write(place, "the box's").unwrap();
    }
    let scratch = ScratchRoot::open(&dir.path().join("scratch")).unwrap();
    // The folder itself, and the job's around it.
    for depth in [0, 1] {
        for wanted in [Wanted::Named(vec!["/output/key".to_owned()]), Wanted::Everything] {
            let workspace = Workspace::create(&scratch, &RunnerName::new("r").unwrap()).unwrap();
            let output = workspace.folders().output.clone();
            fs::write(output.join("key"), "the guest's").unwrap();
            let replaced = output.ancestors().nth(depth).unwrap();
            fs::rename(replaced, replaced.with_extension("away")).unwrap();
            symlink(&secrets, replaced).unwrap();
            let to = Destination::new(&destination, &JobKey::from_stored("0123"));
            let stop = Box::pin(std::future::pending());
            let collected = super::collect(&workspace, wanted, to, &Limits::default(), stop).await;
            assert_eq!(collected.unwrap().len(), 1);
            assert_eq!(fs::read_to_string(destination.join("key")).unwrap(), "the guest's");
        }
    }
    drop(scratch);
    assert_eq!(fs::read_to_string(secrets.join("key")).unwrap(), "the box's");
}

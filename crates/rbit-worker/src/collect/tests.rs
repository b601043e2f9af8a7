use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use rbit_job::JobKey;
use rustix::process::Uid;

use super::*;

/// A guest's output folder and a destination, on one file system.
struct Case {
    _dir: tempfile::TempDir,
    output: PathBuf,
    destination: PathBuf,
}

impl Case {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (output, destination) = (dir.path().join("output"), dir.path().join("delivered"));
        fs::create_dir(&output).unwrap();
        Self {
            output,
            destination,
            _dir: dir,
        }
    }

    fn with_file(self, name: &str, content: &str) -> Self {
        fs::create_dir_all(self.output.join(name).parent().unwrap()).unwrap();
        fs::write(self.output.join(name), content).unwrap();
        self
    }

    fn collect(&self, names: &[&str]) -> Result<Vec<Artifact>, Ending> {
        self.collect_within(
            names,
            &Limits {
                artifacts: 3,
                artifact_size: 10,
                artifacts_size: 25,
                ..Limits::default()
            },
        )
    }

    fn collect_within(&self, names: &[&str], limits: &Limits) -> Result<Vec<Artifact>, Ending> {
        let names: Vec<_> = names.iter().map(|name| format!("/output/{name}")).collect();
        let allowance = Allowance::new(limits, Arc::default());
        collect_now(
            &File::open(&self.output).unwrap().into(),
            Wanted::Named(names),
            &self.of_job("0123"),
            limits,
            allowance,
        )
    }

    fn of_job(&self, key: &str) -> Destination {
        Destination::new(&self.destination, &JobKey::from_stored(key))
    }

    fn refuses(&self, name: &str) {
        assert_eq!(
            self.collect(&[name]).unwrap_err().reason(),
            Reason::ArtifactRefused,
            "{name}"
        );
        self.delivers_nothing();
    }

    /// No file at all: neither a whole one nor the beginning of one.
    fn delivers_nothing(&self) {
        let left: Vec<_> = fs::read_dir(&self.destination)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(left, [] as [PathBuf; 0]);
    }
}

#[test]
fn a_returned_file_is_delivered_with_its_size_and_digest() {
    let case = Case::new().with_file("a.txt", "hello").with_file("sub/b.txt", "");
    let artifacts = case.collect(&["a.txt", "sub/b.txt"]).unwrap();
    assert_eq!(fs::read_to_string(case.destination.join("a.txt")).unwrap(), "hello");
    assert_eq!(artifacts[0].path, case.destination.join("a.txt"));
    assert_eq!(artifacts[0].size, 5);
    assert_eq!(
        artifacts[0].sha256,
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    );
    assert_eq!((artifacts[1].name.as_str(), artifacts[1].size), ("sub/b.txt", 0));
}

#[test]
fn a_second_attempt_replaces_what_the_first_delivered() {
    let case = Case::new().with_file("a.txt", "first");
    case.collect(&["a.txt"]).unwrap();
    fs::write(case.output.join("a.txt"), "second").unwrap();
    case.collect(&["a.txt"]).unwrap();
    assert_eq!(fs::read_to_string(case.destination.join("a.txt")).unwrap(), "second");
    assert_eq!(fs::read_dir(&case.destination).unwrap().count(), 1);
}

#[test]
fn links_folders_and_missing_files_are_refused() {
    let case = Case::new().with_file("real.txt", "x").with_file("folder/in.txt", "x");
    symlink("/etc/passwd", case.output.join("absolute")).unwrap();
    symlink("real.txt", case.output.join("relative")).unwrap();
    symlink("../../../../etc/passwd", case.output.join("climbing")).unwrap();
    symlink("nowhere", case.output.join("dangling")).unwrap();
    symlink("loop", case.output.join("loop")).unwrap();
    symlink("folder", case.output.join("through")).unwrap();
    symlink("/etc", case.output.join("etc")).unwrap();
    fs::hard_link(case.output.join("real.txt"), case.output.join("second-name")).unwrap();
    let names = [
        "absolute",
        "relative",
        "climbing",
        "dangling",
        "loop",
        "through/in.txt",
        "etc/passwd",
        "second-name",
        "folder",
        "absent",
        "real.txt/x",
        "absent/x",
    ];
    for name in names {
        case.refuses(name);
    }
}

#[test]
fn a_pipe_is_refused_without_waiting_for_its_writer() {
    let case = Case::new();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        case.output.join("pipe"),
        FileType::Fifo,
        Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    case.refuses("pipe");
}

#[test]
fn one_refused_file_holds_back_all_the_others() {
    let case = Case::new().with_file("a.txt", "x");
    assert!(case.collect(&["a.txt", "missing"]).is_err());
    case.delivers_nothing();
}

#[test]
fn the_number_the_size_and_the_sum_of_files_are_limited() {
    let case = Case::new()
        .with_file("fits", "0123456789")
        .with_file("large", "01234567890");
    assert!(case.collect(&["fits"]).is_ok());
    let error = case.collect(&["large"]).unwrap_err();
    assert_eq!(error.reason(), Reason::ArtifactLimit);
    assert_eq!(
        error.to_string(),
        "artifact-size: limit 10 bytes, peak 11 bytes: so much is in `/output/large`"
    );
    let case = case.with_file("one", "0123456789").with_file("two", "0123456789");
    let error = case.collect(&["fits", "one", "two"]).unwrap_err();
    assert_eq!(error.reason(), Reason::ArtifactLimit);
    assert_eq!(
        error.to_string(),
        "artifacts-size: limit 25 bytes, peak 30 bytes: so much it is with `/output/two`"
    );
    let error = case.collect(&["a", "b", "c", "d"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "artifacts: limit 3, peak 4: so many files were returned"
    );
}

#[test]
fn the_name_of_a_file_has_a_limit_of_its_own() {
    let limits = Limits {
        artifact_name: 16,
        ..Limits::default()
    };
    let case = Case::new().with_file("folder/fits.html", "x");
    assert!(case.collect_within(&["folder/fits.html"], &limits).is_ok());
    let error = case.collect_within(&["folder/fits-not.html"], &limits).unwrap_err();
    assert_eq!(error.reason(), Reason::ArtifactLimit);
    assert_eq!(
        error.to_string(),
        "artifact-name: limit 16 bytes, peak 20 bytes: so long is the name of a file"
    );
}

#[test]
fn a_sparse_file_is_stopped_at_the_limit_and_not_by_its_claimed_size() {
    let case = Case::new();
    let file = File::create(case.output.join("sparse")).unwrap();
    // The longest that this file system takes: eight exbibytes, where it can.
    let longest = [i64::MAX.cast_unsigned(), 1 << 43, 1 << 40];
    assert!(longest.into_iter().any(|length| file.set_len(length).is_ok()));
    assert_eq!(case.collect(&["sparse"]).unwrap_err().reason(), Reason::ArtifactLimit);
    case.delivers_nothing();
}

#[test]
fn the_same_file_returned_twice_is_refused() {
    Case::new()
        .with_file("a.txt", "x")
        .collect(&["a.txt", "a.txt"])
        .unwrap_err();
}

#[test]
fn a_delivered_file_is_a_copy_and_not_the_guests_own() {
    let case = Case::new().with_file("a.txt", "x");
    let artifacts = case.collect(&["a.txt"]).unwrap();
    let inode = |path: &Path| fs::metadata(path).unwrap().ino();
    assert_ne!(inode(&artifacts[0].path), inode(&case.output.join("a.txt")));
}

#[test]
fn a_link_in_the_destination_leads_no_file_elsewhere() {
    let case = Case::new().with_file("sub/a.txt", "x");
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(&case.destination).unwrap();
    symlink(elsewhere.path(), case.destination.join("sub")).unwrap();
    assert_eq!(case.collect(&["sub/a.txt"]).unwrap_err().reason(), Reason::HostFault);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn a_job_without_files_makes_no_output_folder() {
    let case = Case::new();
    assert_eq!(case.collect(&[]), Ok(vec![]));
    assert!(!case.destination.exists());
}

#[tokio::test]
async fn what_a_broken_off_attempt_was_copying_is_removed_and_nobody_elses() {
    let case = Case::new().with_file("a.txt", "hello");
    for key in ["0123", "4567"] {
        let left = case.destination.join(case.of_job(key).staging());
        fs::create_dir_all(&left).unwrap();
        fs::write(left.join("0"), "hel").unwrap();
    }
    case.of_job("0123").discard_leftovers().await;
    case.collect(&["a.txt"]).unwrap();
    let mut left: Vec<_> = fs::read_dir(&case.destination)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, [case.of_job("4567").staging(), "a.txt"]);
}

#[test]
fn an_attempt_that_finds_another_one_copying_is_a_fault_of_the_host_and_touches_nothing() {
    let case = Case::new().with_file("a.txt", "hello");
    let theirs = case.destination.join(case.of_job("0123").staging());
    fs::create_dir_all(&theirs).unwrap();
    fs::write(theirs.join("0"), "hel").unwrap();
    assert_eq!(case.collect(&["a.txt"]).unwrap_err().reason(), Reason::HostFault);
    assert_eq!(fs::read_to_string(theirs.join("0")).unwrap(), "hel");
    assert!(!case.destination.join("a.txt").exists());
}

#[test]
fn a_file_that_can_never_have_its_name_is_refused_for_good_and_holds_back_all_the_others() {
    let case = Case::new().with_file("a.txt", "hello").with_file("b/c.txt", "hello");
    let refusal = |why: &str| {
        let at = case.destination.join("b/c.txt");
        format!("cannot deliver `/output/b/c.txt` to `{}`: {why}", at.display())
    };
    fs::create_dir(&case.destination).unwrap();
    fs::write(case.destination.join("b"), "a file where a folder must be").unwrap();
    let refused = case.collect(&["a.txt", "b/c.txt"]).unwrap_err();
    let why = "a file lies where its folder would be";
    assert_eq!(
        (refused.reason(), refused.to_string()),
        (Reason::ArtifactRefused, refusal(why))
    );
    assert_eq!(fs::read_dir(&case.destination).unwrap().count(), 1);

    fs::remove_file(case.destination.join("b")).unwrap();
    fs::create_dir_all(case.destination.join("b/c.txt/deep")).unwrap();
    let refused = case.collect(&["a.txt", "b/c.txt"]).unwrap_err();
    let why = "a folder lies where it would be";
    assert_eq!(
        (refused.reason(), refused.to_string()),
        (Reason::ArtifactRefused, refusal(why))
    );
    assert_eq!(fs::read_dir(&case.destination).unwrap().count(), 1);
}

#[test]
fn a_folder_that_cannot_be_written_to_holds_back_the_files_of_the_others_too() {
    let case = Case::new()
        .with_file("a.txt", "hello")
        .with_file("locked/b.txt", "hello");
    fs::create_dir_all(case.destination.join("locked")).unwrap();
    for (folder, mode) in [
        (case.destination.parent().unwrap(), 0o755),
        (&case.destination, 0o777),
        (&case.destination.join("locked"), 0o555),
    ] {
        fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
    }
    let error = as_nobody(|| case.collect(&["a.txt", "locked/b.txt"])).unwrap_err();
    assert_eq!(error.reason(), Reason::HostFault);
    let text = error.to_string();
    assert!(text.starts_with("cannot deliver `/output/locked/b.txt` to `"), "{text}");
    let left: Vec<_> = fs::read_dir(&case.destination)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["locked"]);
}

/// Does something as a user who has no more rights than others, on a thread of its own.
fn as_nobody<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let work = || {
        if rustix::process::geteuid().is_root() {
            let nobody = Uid::from_raw(65534);
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        }
        work()
    };
    std::thread::scope(|scope| scope.spawn(work).join().unwrap())
}

//! A child that is not what it was started as: whatever it says or does, the parent goes on, and the job in it is a fault of the box.

use std::{
    fs, io,
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use rbit_cgroup::{Groups, Place};
use rbit_jail::wire::{Dial, FromChild, Hello};
use rbit_job::{
    Ending, Limits, Reason,
    http::{HttpExchange, HttpGrant},
    port::{GuestStream, StopCause},
};
use rbit_sandbox::Resolver;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::timeout;

use crate::{
    bed::{Bed, done, header, hello, hello_said, never, said},
    suite::bench::{PATIENCE, ending},
};

const RUN: u8 = 4;
const LOG: u8 = 6;
const DONE: u8 = 7;
const ARTIFACT: u8 = 9;
const DIALLED: u8 = 16;

#[tokio::test]
async fn a_child_that_breaks_the_protocol_is_killed_and_its_job_is_a_fault_of_the_box() {
    let this = Bed::with("returns", "r").await;
    let line = said(&FromChild::Log(1, GuestStream::Stdout, "x".repeat(60_000)));
    for (speech, why) in [
        (b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n".to_vec(), "of version 71"),
        (header(2, DONE, 0), "of version 2"),
        (header(1, 200, 0), "of kind 200"),
        (header(1, RUN, 0), "of kind 4"),
        (header(1, DIALLED, 0), "of kind 16"),
        ([header(1, LOG, 5), b"\x09line".to_vec()].concat(), "cannot be read"),
        (said(&FromChild::Probed("allowed".into())), "`probed` out of turn"),
        (said(&FromChild::Refused("no".into())), "`refused` out of turn"),
        (header(1, DONE, u32::MAX), "has 4294967295 bytes"),
        (header(1, LOG, 1 << 20), "has 1048576 bytes"),
        ([header(1, DONE, 4), b"{}[]".to_vec()].concat(), "cannot be read"),
        (done(99, Ok(vec![])), "speaks of job 99"),
        (done(1, Err(Ending::Cancelled)), "of its own making"),
        (
            done(1, Err(Ending::failed(Reason::UnsafeRequest, "no"))),
            "of its own making",
        ),
        (said(&FromChild::Hello(Box::new(hello()))), "`hello` out of turn"),
        (said(&FromChild::Artifact(vec![0; 9])), "`artifact` out of turn"),
        // What a limit of 1 MiB can become when it is escaped, and more.
        (line.repeat(400), "more output than"),
    ] {
        let executor = this.impostor(&said(&FromChild::Hello(Box::new(hello()))), &speech);
        let (reason, text) = ending(&this.run(&executor, never()).await);
        assert_eq!(reason, Reason::HostFault, "{why}: {text}");
        assert!(text.contains("killed: ") && text.contains(why), "{why}: {text}");
    }
}

/// Knows no name, and remembers for which it was asked.
#[derive(Default)]
struct Asked(Mutex<Vec<String>>);

#[async_trait]
impl Resolver for Asked {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.0.lock().unwrap().push(name.to_owned());
        Err(io::Error::other("nobody has this name"))
    }
}

fn dial(number: u64, scheme: &str, authority: &str) -> Vec<u8> {
    let (scheme, authority) = (scheme.to_owned(), authority.to_owned());
    let patience = Duration::from_secs(1);
    said(&FromChild::Dial(
        1,
        Dial {
            number,
            scheme,
            authority,
            patience,
        },
    ))
}

#[tokio::test]
async fn a_child_that_asks_for_connections_that_its_job_may_not_have_is_killed_and_nothing_is_looked_up_for_it() {
    let mut this = Bed::with("returns", "r").await;
    let grant = HttpGrant {
        allow: vec!["http://*.example.org".parse().unwrap()],
        ..HttpGrant::default()
    };
    this.plan.limits = Limits {
        http_requests: 2,
        ..Limits::default()
    };
    let known = |number| dial(number, "http", "a.example.org:80");
    let unasked_address = HttpExchange {
        address: Some([192, 0, 2, 1].into()),
        ..HttpExchange::unknown("http://a.example.org".into(), [192, 0, 2, 1].into())
    };
    for (http, speech, why) in [
        (None, known(1), "more connections than"),
        (
            Some(&grant),
            [known(1), known(1), known(2)].concat(),
            "more connections than",
        ),
        (
            Some(&grant),
            dial(1, "http", "b.example.net:80"),
            "a connection to http://b.example.net:80, where",
        ),
        // Encrypted is another place.
        (
            Some(&grant),
            dial(1, "https", "b.example.org:443"),
            "a connection to https://b.example.org:443, where",
        ),
        (
            Some(&grant),
            dial(1, "http", "x@b.example.org:80"),
            "a connection to http://x@b.example.org:80, where",
        ),
        (
            Some(&grant),
            dial(1, "file", "\u{1b}[2J"),
            r"a connection to file://\u{1b}[2J, where",
        ),
        (
            Some(&grant),
            said(&FromChild::Exchange(1, Box::new(unasked_address))),
            "on a connection that it was not given",
        ),
    ] {
        this.plan.http = http.cloned();
        let asked = Arc::new(Asked::default());
        let executor = this.impostor(&hello_said(), &speech).resolving_with(asked.clone());
        let (reason, text) = ending(&this.run(&executor, never()).await);
        assert_eq!(reason, Reason::HostFault, "{why}: {text}");
        assert!(text.contains("killed: ") && text.contains(why), "{why}: {text}");
        assert!(
            asked.0.lock().unwrap().iter().all(|name| name == "a.example.org"),
            "{why}"
        );
    }
}

#[tokio::test]
async fn a_compiler_that_breaks_the_protocol_is_a_crash_of_this_component_and_nothing_is_kept() {
    let this = Bed::with("returns", "r").await;
    let kept = this.folder.path().join("artifacts");
    for (speech, why) in [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), "of version 72"),
        (done(1, Ok(vec![])), "`done` out of turn"),
        (
            said(&FromChild::Log(1, GuestStream::Stdout, "x".into())),
            "`log` out of turn",
        ),
        (hello_said(), "`hello` out of turn"),
        (header(1, ARTIFACT, 1 << 30), "has 1073741824 bytes"),
        // Half of an artifact, and then something else.
        (
            [said(&FromChild::Artifact(vec![0; 1 << 10])), header(1, RUN, 0)].concat(),
            "of kind 4",
        ),
    ] {
        fs::remove_dir_all(&kept).unwrap();
        let executor = this.impostor(&hello_said(), &speech);
        let (reason, text) = ending(&this.run(&executor, never()).await);
        assert_eq!(reason, Reason::InvalidComponent, "{why}: {text}");
        assert!(text.contains(why), "{why}: {text}");
        let left = fs::read_dir(&kept).unwrap().map(|entry| entry.unwrap().path());
        assert_eq!(left.filter(|path| is_large(path)).count(), 0, "{why}");
    }
}

/// Whether there is something in this file, or in this folder.
fn is_large(path: &Path) -> bool {
    match fs::read_dir(path) {
        Ok(entries) => entries.count() > 0,
        Err(_) => fs::metadata(path).unwrap().len() > 0,
    }
}

#[tokio::test]
async fn what_a_child_says_of_a_job_that_is_over_costs_the_child_and_not_the_job() {
    let this = Bed::with("returns", "late").await;
    let line = said(&FromChild::Log(1, GuestStream::Stdout, "afterwards".into()));
    let executor = this.impostor(&hello_said(), &[done(1, Ok(vec!["a".into()])), line].concat());
    assert_eq!(this.run(&executor, never()).await.result.unwrap(), ["a"]);
    // Given to a child that is about to be killed, or to the next one, it ends the same: its own job is the first of that child.
    let next = this.run(&executor, never()).await;
    match next.result {
        Ok(names) => assert_eq!(names, ["a"]),
        Err(ending) => assert!(ending.to_string().contains("speaks of job 1"), "{ending}"),
    }
    assert_eq!(this.log.all(), [] as [String; 0]);
}

#[tokio::test]
async fn a_job_that_was_told_twice_to_have_ended_ended_once() {
    let this = Bed::with("returns", "r").await;
    let twice = [done(1, Ok(vec!["a".into()])), done(1, Ok(vec!["b".into()]))].concat();
    let executor = this.impostor(&said(&FromChild::Hello(Box::new(hello()))), &twice);
    assert_eq!(this.run(&executor, never()).await.result.unwrap(), ["a"]);
}

#[tokio::test]
async fn a_child_that_is_not_what_it_should_have_become_gets_no_job() {
    let this = Bed::with("returns", "r").await;
    let weak = Hello {
        no_new_privs: false,
        ..hello()
    };
    for (first, why) in [
        (said(&FromChild::Hello(Box::new(weak))), "`no_new_privs` cannot be set"),
        (
            said(&FromChild::Unfit("no\u{1b}[2J".into())),
            r"could not be made safe: no\u{1b}[2J",
        ),
        (done(1, Ok(vec![])), "`done` out of turn"),
        (b"HTTP/1.1 400 Bad Request".to_vec(), "does not keep to the protocol"),
    ] {
        let executor = this.impostor(&first, b"");
        let (reason, text) = ending(&this.run(&executor, never()).await);
        assert_eq!(reason, Reason::HostFault, "{why}: {text}");
        assert!(text.contains(why), "{why}: {text}");
    }
}

#[tokio::test]
async fn a_child_that_does_not_stop_a_job_is_killed_and_the_job_is_cancelled() {
    let this = Bed::with("returns", "deaf").await;
    let line = said(&FromChild::Log(1, GuestStream::Stdout, "never ends".into()));
    let executor = this.impostor(&said(&FromChild::Hello(Box::new(hello()))), &line);
    let impostor = this.folder.path().join("impostor").display().to_string();
    let (log, alive) = (this.log.clone(), impostor.clone());
    let stop = async move {
        log.any().await;
        assert!(child(&alive).is_some());
        StopCause::Cancel
    };
    let execution = this.run(&executor, Box::pin(stop)).await;
    assert_eq!(ending(&execution).0, Reason::Cancelled);
    assert_eq!(child(&impostor), None);
}

#[tokio::test]
async fn a_child_that_is_killed_takes_its_job_with_it_and_the_next_job_has_another_child() {
    let this = Bed::with("sleeps", "killed").await;
    let executor = this.honest();
    let kill = async {
        timeout(PATIENCE, this.log.any()).await.unwrap();
        let killed = child("rbit:killed").unwrap();
        kill_process(killed, Signal::KILL).unwrap();
        killed
    };
    let (execution, killed) = tokio::join!(this.run(&executor, never()), kill);
    let (reason, text) = ending(&execution);
    assert_eq!(reason, Reason::HostFault);
    assert!(text.contains("signal 9"), "{text}");

    let log = this.log.clone();
    let stop = async move {
        log.any().await;
        StopCause::Drain
    };
    let execution = this.run(&executor, Box::pin(stop)).await;
    assert_eq!(ending(&execution).0, Reason::Interrupted);
    assert!(child("rbit:killed").is_some_and(|next| next != killed));
}

#[tokio::test]
async fn the_end_of_an_executor_is_the_end_of_its_children() {
    let this = Bed::with("returns", "orphan").await;
    let executor = this.honest();
    this.run(&executor, never()).await.result.unwrap();
    let last = child("rbit:orphan").unwrap();
    drop(executor);
    while child("rbit:orphan") == Some(last) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_process_with_guests_is_in_a_control_group_of_its_own_which_is_gone_when_it_is() {
    let place = match Place::without_bounds() {
        Ok(place) => place,
        Err(why) => return println!("not tried: {why}"),
    };
    let this = Bed::with("sleeps", "grouped").await;
    let groups = Groups::make_in(&place).unwrap();
    let folder = groups.folder().to_owned();
    let executor = this.grouped(env!("CARGO_BIN_EXE_rbit-jail-child").as_ref(), Ok(groups));
    let log = this.log.clone();
    let stop = async move {
        log.any().await;
        let pid = child("rbit:grouped").unwrap().as_raw_nonzero();
        let own = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
        let name = format!("/rbit-{}/1-grouped", std::process::id());
        assert!(
            own.lines().any(|line| line.starts_with("0::") && line.ends_with(&name)),
            "{own}"
        );
        StopCause::Drain
    };
    assert_eq!(
        ending(&this.run(&executor, Box::pin(stop)).await).0,
        Reason::Interrupted
    );
    assert!(folder.join("1-grouped").exists());
    drop(executor);
    // The last to let go of it is the thread that sees the child out.
    while folder.exists() {
        tokio::task::yield_now().await;
    }
}

/// The child of this process, not ended yet, whose arguments have this word.
fn child(word: &str) -> Option<Pid> {
    let mine = std::process::id().to_string();
    fs::read_dir("/proc").unwrap().flatten().find_map(|entry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let words = fs::read(entry.path().join("cmdline")).ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let parent = stat.rsplit(')').next()?.split_whitespace().nth(1)?;
        let is_it = words.split(|byte| *byte == 0).any(|other| other == word.as_bytes());
        (is_it && parent == mine).then(|| Pid::from_raw(pid))?
    })
}

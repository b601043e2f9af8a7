//! What a configuration without mistakes means.

use std::{path::Path, time::Duration};

use rbit_config::{QueueKind, Settings, Source};
use rbit_job::{OnFailed, RunnerName};
use secrecy::ExposeSecret;

use crate::surroundings::{LEAST, check, lines, settings};

const FULL: &str = "[rbit]
name = tim-taylor
queue-mappings = pdf:print epub:epub zip:print
slots = 8
source = amqp
state-dir = state
scratch-dir = /dev/shm/rbit
drain-timeout = 0s
[amqp]
hosts = rabbit-1, [::1]:5673
    RABBIT-3
port = 5671
user = worker
password = s3cret ; not really
virtual-host = builds
heartbeat = 1m
declare = no
[pybit]
url = https://pybit.example.org/pybit
trusted-hosts = pybit.example.org 10.0.0.7:8080
user = rbit
password = s3cret
report = off
client = build_client_9
connect-timeout = 250ms
timeout = 2m
[queue:pdf]
slots = 2
retry-steps = 1s 2s 1d
max-attempts = 3
on-failed = park
type = quorum
[runner:print]
runner = wasm!runners/print.wasm
output-dir = books/%SUITE
print-dir = share/print
api-token = s3cret
[runner:epub]
runner = shell!html2epub %ID
print-dir = /opt/print
[sandbox]
timeout = 1h
memory = 64MiB
mounts = print-dir
[sandbox:print]
memory = 1GB
log = 0B
artifacts = 7
artifact-size = 2GiB
artifacts-size = 3GiB
[log]
format = json
level = warn,rbit_amqp=trace
";

fn runner<'a>(settings: &'a Settings, name: &str) -> &'a rbit_job::Runner {
    settings.runner(&RunnerName::new(name).unwrap()).unwrap()
}

#[test]
fn every_key_arrives_where_it_belongs() {
    let settings = settings(FULL);
    assert_eq!(
        (settings.name.as_str(), settings.slots, settings.drain_timeout),
        ("tim-taylor", 8, Duration::ZERO)
    );
    assert_eq!(settings.state_dir, Path::new("/etc/rbit/state"));
    assert_eq!(settings.scratch_dir, Path::new("/dev/shm/rbit"));
    assert_eq!(settings.log.filter.as_str(), "warn,rbit_amqp=trace");
    let queue = &settings.queues[0];
    assert_eq!(
        (queue.name.as_str(), queue.runner.as_str(), queue.slots),
        ("pdf", "print", 2)
    );
    assert_eq!(
        (queue.policy.max_attempts, queue.policy.on_failed, queue.kind),
        (3, OnFailed::Park, QueueKind::Quorum)
    );
    assert_eq!(queue.policy.retry_steps.last(), Some(&Duration::from_secs(86_400)));
    assert_eq!(
        (settings.queues[1].slots, settings.queues[1].kind),
        (8, QueueKind::Classic)
    );
}

#[test]
fn a_cluster_counts_instead_of_a_host() {
    let Source::Amqp(amqp) = settings(FULL).source else {
        panic!("the broker is the source")
    };
    let endpoints: Vec<_> = amqp
        .endpoints
        .iter()
        .map(|node| (node.host.as_str(), node.port))
        .collect();
    assert_eq!(endpoints, [("rabbit-1", 5671), ("::1", 5673), ("rabbit-3", 5671)]);
    assert_eq!(
        (amqp.user.as_str(), amqp.password.expose_secret()),
        ("worker", "s3cret")
    );
    assert_eq!(
        (amqp.virtual_host.as_str(), amqp.heartbeat.as_secs(), amqp.declare),
        ("builds", 60, false)
    );
}

#[test]
fn an_encrypted_broker_has_another_port_and_its_files_are_found_from_the_folder_of_the_file() {
    let text = format!("{LEAST}\n[amqp]\ntls = yes\nca-file = ca.pem\ncert-file = /etc/rbit.pem\nkey-file = key.pem\n");
    let Source::Amqp(amqp) = settings(&text).source else {
        panic!("`[amqp]` is the source")
    };
    assert_eq!(amqp.endpoints[0].port, 5671);
    let tls = amqp.tls.unwrap();
    assert_eq!(tls.ca_file.as_deref(), Some(Path::new("/etc/rbit/ca.pem")));
    let (cert, key) = tls.identity.unwrap();
    assert_eq!(
        (cert.as_path(), key.as_path()),
        (Path::new("/etc/rbit.pem"), Path::new("/etc/rbit/key.pem"))
    );
}

#[test]
fn a_job_that_may_take_longer_than_the_broker_waits_is_a_note_that_says_what_happens() {
    let text = |timeout: &str| format!("{LEAST}[amqp]\nack-timeout = 10m\n[sandbox:r]\ntimeout = {timeout}\n");
    let long = |timeout: &str| {
        let checked = check(&text(timeout));
        let notes = lines(&checked.notes);
        assert_eq!(lines(&checked.problems), [""; 0]);
        notes.into_iter().find(|note| note.contains("ack-timeout"))
    };
    // The drain timeout is 30 seconds.
    assert_eq!(long("570s"), None);
    let note = long("571s").unwrap();
    assert!(note.starts_with("/etc/rbit/rbit.ini:6: [amqp] ack-timeout: "), "{note}");
    assert!(
        note.contains("runner `r` may take 601s") && note.contains("`rbit.held.*`"),
        "{note}"
    );
}

#[test]
fn a_certificate_without_its_key_is_of_no_use() {
    for (half, other) in [("cert-file", "key-file"), ("key-file", "cert-file")] {
        let checked = check(&format!("{LEAST}\n[amqp]\ntls = yes\n{half} = x.pem\n"));
        let problems = lines(&checked.problems).join("\n");
        assert!(problems.contains(&format!("{other}: the key is missing")), "{problems}");
    }
}

#[test]
fn the_front_end_is_known_with_whom_it_may_trust() {
    let pybit = settings(FULL).pybit.unwrap();
    assert_eq!(pybit.url.unwrap().as_str(), "https://pybit.example.org/pybit");
    let trusted: Vec<_> = pybit.trusted_hosts.iter().map(ToString::to_string).collect();
    assert_eq!(trusted, ["pybit.example.org", "10.0.0.7:8080"]);
    assert_eq!(pybit.credentials.unwrap().user, "rbit");
    assert_eq!((pybit.report, pybit.client.as_str()), (false, "build_client_9"));
    assert_eq!((pybit.connect_timeout.as_millis(), pybit.timeout.as_secs()), (250, 120));
}

#[test]
fn a_runner_has_its_own_limits_and_else_those_of_all() {
    let settings = settings(FULL);
    let (print, epub) = (runner(&settings, "print"), runner(&settings, "epub"));
    assert_eq!(
        (print.limits.timeout.as_secs(), print.limits.memory, print.limits.log),
        (3600, 1_000_000_000, 0)
    );
    assert_eq!((print.limits.artifacts, print.limits.artifact_size), (7, 2 << 30));
    assert_eq!(print.limits.artifacts_size, 3 << 30);
    assert_eq!(
        (epub.limits.timeout.as_secs(), epub.limits.memory, epub.limits.artifacts),
        (3600, 64 << 20, 100)
    );
}

#[test]
fn folders_are_found_from_the_folder_of_the_file() {
    let settings = settings(FULL);
    let (print, epub) = (runner(&settings, "print"), runner(&settings, "epub"));
    assert_eq!(print.processor.to_string(), "wasm!/etc/rbit/runners/print.wasm");
    assert_eq!(print.output_dir.as_str(), "/etc/rbit/books/%SUITE");
    assert_eq!(epub.output_dir.as_str(), "/etc/rbit/state/output/epub");
    assert_eq!(print.mounts[0].host, Path::new("/etc/rbit/share/print"));
    assert_eq!(epub.mounts[0].host, Path::new("/opt/print"));
    assert!(print.settings.contains(&("print-dir".into(), "share/print".into())));
}

#[test]
fn no_secret_is_shown() {
    let settings = settings(FULL);
    let effective: Vec<_> = settings.effective().iter().map(ToString::to_string).collect();
    assert!(effective.contains(&"[amqp] password = ******  (/etc/rbit/rbit.ini:14)".to_owned()));
    assert!(
        effective.contains(&"[runner:print] api-token = ******  (/etc/rbit/rbit.ini:37)".to_owned()),
        "{effective:#?}"
    );
    assert!(!effective.join("\n").contains("s3cret"));
    assert!(!format!("{settings:?}").contains("s3cret"));
}

#[test]
fn every_value_that_counts_is_listed_once() {
    let settings = settings(FULL);
    let mut names: Vec<_> = settings
        .effective()
        .iter()
        .map(|value| (&value.section, &value.key))
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
    insta::assert_snapshot!(
        settings
            .effective()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[test]
fn a_broker_is_checked_even_where_it_is_not_the_source() {
    let text = format!("{LEAST}[amqp]\nport = 0\n");
    assert_eq!(
        lines(&check(&text.replace("q:r", "q:r\nsource = local")).problems).len(),
        1
    );
    let text = text
        .replace("port = 0", "port = 1")
        .replace("q:r", "q:r\nsource = local");
    assert!(matches!(settings(&text).source, Source::Local));
}

#[test]
fn a_key_of_the_default_section_yields_to_every_other_word() {
    let text = format!(
        "[DEFAULT]\ntimeout = 5s\nslots = 7\ncolour = red\n{LEAST}[sandbox]\ntimeout = 9s\n[sandbox:r]\nlog = 0B\n"
    );
    let settings = settings(&text);
    assert_eq!((settings.slots, settings.queues[0].slots), (7, 7));
    assert_eq!(settings.runners[0].limits.timeout.as_secs(), 9);
    assert!(settings.runners[0].settings.contains(&("colour".into(), "red".into())));
}

#[test]
fn time_on_a_processor_is_that_on_the_wall_unless_it_is_said() {
    let cpu_time = |sandbox: &str| {
        settings(&format!("{LEAST}{sandbox}")).runners[0]
            .limits
            .cpu_time
            .as_secs()
    };
    assert_eq!(cpu_time("[sandbox]\ntimeout = 1h\n"), 3600);
    assert_eq!(cpu_time("[sandbox]\ntimeout = 1h\n[sandbox:r]\ntimeout = 2h\n"), 7200);
    assert_eq!(cpu_time("[sandbox]\ncpu-time = 5s\n[sandbox:r]\ntimeout = 2h\n"), 5);
    assert_eq!(cpu_time("[sandbox:r]\ncpu-time = 7s\n"), 7);
}

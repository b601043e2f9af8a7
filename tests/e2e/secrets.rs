//! Secrets: they reach the guest, and nobody else.

use std::{fs, path::Path};

use rbit_testkit::guests::Fixture;

use crate::{
    rbit_box::{RbitBox, TestRunner},
    rbit_program::{stderr, stdout},
};

const SECRET: &str = "s3same/&open, now";
/// As the guest encodes `<` and the secret.
const IN_BASE64: &str = "PHMzc2FtZS8mb3Blbiwgbm93";

#[test]
fn a_secret_is_in_no_log_no_journal_and_no_list_however_the_guest_gives_it_away() {
    let settings = ["fails", "blocks", "traps"].map(|then| format!("secret = {SECRET}\nthen = {then}"));
    let runners = ["fails", "blocks", "traps"].into_iter().zip(&settings);
    let runners: Vec<_> = runners
        .map(|(name, settings)| {
            TestRunner::new(name, Fixture::GivesAway)
                .settings(settings)
                .sandbox("secrets = secret")
        })
        .collect();
    let rbit_box = RbitBox::local(&runners);
    for runner in &runners {
        rbit_box.push(&runner.queue(), runner.name);
    }
    rbit_box.add("[queue:t_any_latex_blocks]\nmax-attempts = 1\n");
    let log = rbit_box.drain();
    for words in [
        "plain: [redacted]",
        "on stderr: [redacted]",
        "in a URL: https://h/?q=[redacted]",
        "in base64: PH[redacted]",
        "in pieces: [redacted]",
        "at the end: [redacted]",
        "wrong password: [redacted]",
    ] {
        assert!(log.contains(words), "{words} is not in\n{log}");
    }
    let mut told = vec![log, stdout(&rbit_box.call(&["check", "rbit.ini", "--effective"]))];
    for runner in &runners {
        let job = rbit_box.job(runner.name);
        assert!(
            job["text"].as_str().unwrap().contains("wrong password: [redacted]"),
            "{job:#}"
        );
        let id = job["key"].as_str().unwrap();
        told.push(stdout(&rbit_box.call(&["jobs", "show", "rbit.ini", id])));
        told.push(stdout(&rbit_box.call(&["jobs", "show", "rbit.ini", id, "--json"])));
    }
    for text in told {
        assert_hidden(&text);
    }
    for file in files_of(&rbit_box.path("rbit-state")) {
        assert_hidden(&String::from_utf8_lossy(&fs::read(file).unwrap()));
    }
}

#[test]
fn a_secret_in_the_name_of_a_file_is_told_to_nobody_in_any_form() {
    let secret = "s3same+street";
    let names = [
        format!("{secret}.pdf"),
        "s3same%2Bstreet".to_owned(),
        "PHMzc2FtZStzdHJlZXQ".to_owned(),
    ];
    let words = |before: &str| names.iter().map(|name| format!("{before}{name} ")).collect::<String>();
    let settings = format!(
        "word = {secret}\nmake = {}\nreturns = {}",
        words("file:"),
        words("/output/")
    );
    let runner = TestRunner::new("names", Fixture::Names)
        .settings(&settings)
        .sandbox("secrets = word");
    let rbit_box = RbitBox::local(&[runner]);
    rbit_box.push(&TestRunner::new("names", Fixture::Names).queue(), "named");
    let log = rbit_box.drain();
    let job = rbit_box.job("named");
    assert_eq!(job["outcome"], "done", "{job:#}");
    let told: Vec<_> = job["artifacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect();
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|name| name.contains("[redacted]")), "{told:?}");
    let id = job["key"].as_str().unwrap();
    let mut texts = vec![log, job.to_string()];
    for words in [
        &["jobs", "show", "rbit.ini", id][..],
        &["jobs", "rbit.ini"],
        &["check", "rbit.ini", "--effective"],
    ] {
        texts.push(stdout(&rbit_box.call(words)));
    }
    let state = files_of(&rbit_box.path("rbit-state"));
    texts.extend(
        state
            .iter()
            .map(|file| String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned()),
    );
    for text in texts {
        for name in &names {
            assert!(!text.contains(name.as_str()), "{name} is in\n{text}");
        }
        assert!(!text.contains(secret), "{text}");
    }
    // Where it was to go, it is what it was called.
    for name in &names {
        assert!(rbit_box.path("output/names").join(name).is_file(), "{name}");
    }
}

#[test]
fn the_boxs_own_password_is_in_nothing_that_it_writes() {
    let settings = format!("secret = {SECRET}\nthen = traps");
    // For the guest it is a value like any other: only the box knows what it is.
    let runner = TestRunner::new("traps", Fixture::GivesAway).settings(&settings);
    let rbit_box = RbitBox::local(&[runner]);
    rbit_box.add(&format!(
        "[pybit]\nurl = http://127.0.0.1:1\nuser = admin\npassword = {SECRET}\nreport = no\n"
    ));
    rbit_box.push(&TestRunner::new("traps", Fixture::GivesAway).queue(), "traps");
    let log = rbit_box.drain();
    assert!(
        log.contains("plain: [redacted]") && log.contains("in base64: PH[redacted]"),
        "{log}"
    );
    let job = rbit_box.job("traps");
    assert!(
        job["text"].as_str().unwrap().contains("wrong password: [redacted]"),
        "{job:#}"
    );
    let id = job["key"].as_str().unwrap();
    let mut told = vec![log, job.to_string()];
    for words in [
        &["jobs", "show", "rbit.ini", id][..],
        &["check", "rbit.ini", "--effective"],
        &["doctor", "rbit.ini"],
    ] {
        let output = rbit_box.command(words).output().unwrap();
        told.push(stdout(&output) + &stderr(&output));
    }
    for text in told {
        assert_hidden(&text);
    }
    for file in files_of(&rbit_box.path("rbit-state")) {
        assert_hidden(&String::from_utf8_lossy(&fs::read(file).unwrap()));
    }
}

/// Nobody answers at the broker's address: what is said of that has no password in it either.
#[test]
fn the_brokers_password_is_in_nothing_that_the_box_writes() {
    let settings = format!("secret = {SECRET}\nthen = traps");
    let runner = TestRunner::new("traps", Fixture::GivesAway).settings(&settings);
    let queue = runner.queue();
    let rbit_box = RbitBox::new(&format!(
        "[rbit]\nname = box\nscratch-dir = scratch\nqueue-mappings = {queue}:traps\n\
         [amqp]\nhost = 127.0.0.1\nport = 1\nuser = joe\npassword = {SECRET}\n{}",
        runner.section()
    ));
    let mut told = Vec::new();
    for words in [
        &["exec", "rbit.ini", "--runner", "traps", "--output", "out"][..],
        &["check", "rbit.ini", "--effective"],
        &["doctor", "rbit.ini"],
        &[
            "push",
            "rbit.ini",
            "--queue",
            &queue,
            "--package",
            "p",
            "--version",
            "1",
        ],
        &["parked", "rbit.ini"],
    ] {
        let output = rbit_box.command(words).output().unwrap();
        told.push(stdout(&output) + &stderr(&output));
    }
    let of_the_guest = told.first().unwrap();
    assert!(
        of_the_guest.contains("plain: [redacted]") && of_the_guest.contains("wrong password: [redacted]"),
        "{of_the_guest}"
    );
    let running = rbit_box.start();
    running.wait_for("127.0.0.1:1");
    told.push(stderr(&running.stop()));
    for text in told {
        assert_hidden(&text);
    }
}

#[test]
fn a_secret_can_lie_in_a_file_the_environment_or_a_credential_of_systemd_and_guests_see_no_environment() {
    let guest = |name, settings| {
        TestRunner::new(name, Fixture::GivesAway)
            .settings(settings)
            .sandbox("secrets = secret")
    };
    let runners = [
        guest("file", "secret = file:token.txt"),
        guest("variable", "secret = env:THE_TOKEN"),
        guest("credential", "secret = credential:token"),
        TestRunner::new("looks", Fixture::LooksAround),
    ];
    let rbit_box = RbitBox::local(&runners);
    fs::write(rbit_box.path("token.txt"), format!("{SECRET}\n")).unwrap();
    fs::create_dir(rbit_box.path("credentials")).unwrap();
    fs::write(rbit_box.path("credentials/token"), SECRET).unwrap();
    for runner in &runners {
        rbit_box.push(&runner.queue(), runner.name);
    }
    let mut run = rbit_box.command(&["run", "rbit.ini", "--drain"]);
    run.env("THE_TOKEN", SECRET)
        .env("CREDENTIALS_DIRECTORY", rbit_box.path("credentials"));
    let output = run.output().unwrap();
    let log = stderr(&output);
    assert!(output.status.success(), "{log}");
    assert_hidden(&log);
    assert_eq!(log.matches("plain: [redacted]").count(), 3, "{log}");
    // Commands that run nothing do without.
    assert_eq!(rbit_box.job("file")["text"], "wrong password: [redacted]");
    let seen = fs::read_to_string(rbit_box.path("output/looks/seen.json")).unwrap();
    assert!(seen.contains("\"environment\": []"), "{seen}");
}

#[test]
fn a_secret_that_cannot_be_had_is_a_problem_with_its_line() {
    let runner = TestRunner::new("file", Fixture::GivesAway)
        .settings("secret = file:token.txt")
        .sandbox("secrets = secret");
    let rbit_box = RbitBox::local(&[runner]);
    let output = rbit_box.command(&["check", "rbit.ini"]).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    let text = stdout(&output) + &stderr(&output);
    assert!(
        text.contains("[runner:file] secret: ") && text.contains("token.txt` cannot be read: "),
        "{text}"
    );
}

fn assert_hidden(text: &str) {
    for form in [
        SECRET,
        &SECRET[..SECRET.len() - 1],
        "s3same%2F%26open",
        &IN_BASE64[2..],
        "MzcyFt",
    ] {
        assert!(!text.contains(form), "{form} is in\n{text}");
    }
}

fn files_of(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).collect()
}

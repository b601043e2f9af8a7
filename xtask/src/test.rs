//! `cargo xtask test`: everything that the suites need, then the suites.

use std::{path::Path, process::Command};

use anyhow::{Context as _, bail};

use crate::{
    apt, bubblewrap,
    guests::{self, Asked},
    program, programs, rabbitmq,
};

/// Builds the guests and the program, finds or starts RabbitMQ, and runs all tests. `args` go to the test runner.
pub(crate) fn test(all: bool, args: &[String]) -> anyhow::Result<()> {
    if all {
        guests::build(&COSTLY.map(str::to_owned))?;
    }
    // What is missing fails the tests that need it, and they say so.
    for missing in guests::build_possible(&Asked::default())? {
        eprintln!("guests: not built here: {missing}");
    }
    programs::fetch()?;
    bubblewrap::ensure()?;
    program::build()?;
    ensure_checkers()?;
    let broker = rabbitmq::ensure()?;
    let mut commands = commands(has_nextest(), COSTLY.iter().all(|name| guests::is_built(name)), args);
    if args.is_empty() {
        commands.extend(tests_of_runners()?);
    }
    for mut command in commands {
        command.env("RBIT_TEST_AMQP", broker.url());
        let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
        if !status.success() {
            bail!("tests failed: {command:?} ended with {status}");
        }
    }
    Ok(())
}

/// nextest runs each test in a process of its own, but no examples of the documentation. They are run when everything is: arguments
/// are nextest's, and choose among its tests.
///
/// The tests of what is costly to build are marked as ignored, which is taken back where it is built.
fn commands(has_nextest: bool, has_costly: bool, args: &[String]) -> Vec<Command> {
    let command = |words: &[&str], args: &[String]| {
        let mut command = program::cargo();
        command.args(words).args(args);
        command
    };
    if !has_nextest {
        let ignored: &[&str] = if has_costly { &["--", "--include-ignored"] } else { &[] };
        let mut tests = command(&["test", "--workspace"], args);
        tests.args(if args.contains(&"--".to_owned()) { &[] } else { ignored });
        return vec![tests];
    }
    let ignored: &[&str] = if has_costly { &["--run-ignored", "all"] } else { &[] };
    let mut commands = vec![command(&[&["nextest", "run", "--workspace"], ignored].concat(), args)];
    if args.is_empty() {
        commands.push(command(&["test", "--workspace", "--doc"], &[]));
    }
    commands
}

/// The runners are workspaces of their own, whose tests run on this machine.
fn tests_of_runners() -> anyhow::Result<[Command; 3]> {
    let folder = program::project_folder().join("runners");
    let mut rust = program::cargo();
    rust.current_dir(&folder)
        .args(["test", "--locked", "--target-dir"])
        .arg(program::target_folder().join("runners-test"));
    let mut python = Command::new("python3");
    python.current_dir(folder.join("python")).args(["-B", "-m", "unittest"]);
    let go = guests::go_test(&folder.join("completezip"))?;
    Ok([rust, python, go])
}

/// What looks at the books that runners make.
fn ensure_checkers() -> anyhow::Result<()> {
    if CHECKERS.iter().all(|(file, _)| Path::new(file).exists()) {
        return Ok(());
    }
    let packages = CHECKERS.map(|(_, package)| package);
    if !apt::can_install() {
        bail!(
            "the books that runners make cannot be checked: apt-get install --no-install-recommends {}    # on Debian, as root",
            packages.join(" ")
        );
    }
    apt::install(&packages)
}

/// Guests that are built only when they are asked for.
const COSTLY: [&str; 1] = ["pdf"];
/// Programs, and Debian's packages that have them.
const CHECKERS: [(&str, &str); 4] = [
    ("/usr/bin/java", "default-jre-headless"),
    ("/usr/bin/epubcheck", "epubcheck"),
    ("/usr/bin/pdftotext", "poppler-utils"),
    ("/usr/bin/unzip", "unzip"),
];

fn has_nextest() -> bool {
    program::cargo()
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> Vec<&str> {
        command.get_args().filter_map(|word| word.to_str()).collect()
    }

    #[test]
    fn arguments_choose_among_tests_and_examples_are_run_only_with_all_of_them() {
        let all = commands(true, false, &[]);
        let [tests, examples] = all.as_slice() else {
            panic!("{all:?}");
        };
        assert_eq!(words(tests), ["nextest", "run", "--workspace"]);
        assert_eq!(words(examples), ["test", "--workspace", "--doc"]);

        let some = commands(true, false, &["-E".to_owned(), "test(chaos)".to_owned()]);
        let [tests] = some.as_slice() else {
            panic!("{some:?}");
        };
        assert_eq!(words(tests), ["nextest", "run", "--workspace", "-E", "test(chaos)"]);
    }

    #[test]
    fn what_is_costly_to_build_is_tested_where_it_is_built() {
        let nextest = commands(true, true, &[]);
        assert_eq!(
            words(&nextest[0]),
            ["nextest", "run", "--workspace", "--run-ignored", "all"]
        );
        let plain = commands(false, true, &[]);
        assert_eq!(words(&plain[0]), ["test", "--workspace", "--", "--include-ignored"]);
        assert_eq!(words(&commands(false, false, &[])[0]), ["test", "--workspace"]);
    }
}

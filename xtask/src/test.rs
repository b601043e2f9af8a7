//! `cargo xtask test`: everything that the suites need, then the suites.

use std::process::Command;

use anyhow::{Context as _, bail};

use crate::{
    guests::{self, Asked},
    program, programs, rabbitmq,
};

/// Builds the guests and the program, finds or starts RabbitMQ, and runs all tests. `args` go to the test runner.
pub(crate) fn test(args: &[String]) -> anyhow::Result<()> {
    // What is missing fails the tests that need it, and they say so.
    for missing in guests::build_possible(&Asked::default())? {
        eprintln!("guests: not built here: {missing}");
    }
    programs::fetch()?;
    program::build()?;
    let broker = rabbitmq::ensure()?;
    for mut command in commands(has_nextest(), args) {
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
fn commands(has_nextest: bool, args: &[String]) -> Vec<Command> {
    let command = |words: &[&str], args: &[String]| {
        let mut command = program::cargo();
        command.args(words).args(args);
        command
    };
    if !has_nextest {
        return vec![command(&["test", "--workspace"], args)];
    }
    let mut commands = vec![command(&["nextest", "run", "--workspace"], args)];
    if args.is_empty() {
        commands.push(command(&["test", "--workspace", "--doc"], &[]));
    }
    commands
}

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
        let all = commands(true, &[]);
        let [tests, examples] = all.as_slice() else {
            panic!("{all:?}");
        };
        assert_eq!(words(tests), ["nextest", "run", "--workspace"]);
        assert_eq!(words(examples), ["test", "--workspace", "--doc"]);

        let some = commands(true, &["-E".to_owned(), "test(chaos)".to_owned()]);
        let [tests] = some.as_slice() else {
            panic!("{some:?}");
        };
        assert_eq!(words(tests), ["nextest", "run", "--workspace", "-E", "test(chaos)"]);
    }
}

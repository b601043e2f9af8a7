//! `cargo xtask test`: everything that the suites need, then the suites.

use std::process::Command;

use anyhow::{Context as _, bail};

use crate::{guests, program, rabbitmq};

/// Builds the guests and the program, finds or starts RabbitMQ, and runs all tests. `args` go to the test runner.
pub(crate) fn test(args: &[String]) -> anyhow::Result<()> {
    guests::build(&[])?;
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

/// nextest runs each test in a process of its own, but no examples of the documentation.
fn commands(has_nextest: bool, args: &[String]) -> Vec<Command> {
    let command = |words: &[&str]| {
        let mut command = program::cargo();
        command.args(words).args(args);
        command
    };
    if has_nextest {
        vec![
            command(&["nextest", "run", "--workspace"]),
            command(&["test", "--workspace", "--doc"]),
        ]
    } else {
        vec![command(&["test", "--workspace"])]
    }
}

fn has_nextest() -> bool {
    program::cargo()
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}

//! Programs that may hang.

use std::{
    io::Read as _,
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, bail};

/// Runs a program to its end and returns what it wrote to stderr. If that takes too long, it is killed.
pub(crate) fn run(mut command: Command, patience: Duration) -> anyhow::Result<(ExitStatus, String)> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut program = command
        .spawn()
        .with_context(|| format!("cannot start {}", name(&command)))?;
    let mut stderr = program.stderr.take().context("stderr was not piped")?;
    let (sender, receiver) = mpsc::channel();
    // The pipe is closed when the program ends, and with it this thread.
    thread::spawn(move || {
        let mut said = vec![];
        let read = stderr.read_to_end(&mut said);
        // Nobody listens any more once the patience is over.
        let _ = sender.send(read.map(|_| said));
    });
    let Ok(said) = receiver.recv_timeout(patience) else {
        program
            .kill()
            .with_context(|| format!("cannot stop {}", name(&command)))?;
        program
            .wait()
            .with_context(|| format!("cannot wait for {}", name(&command)))?;
        bail!("{} did not end within {} seconds", name(&command), patience.as_secs());
    };
    let status = program
        .wait()
        .with_context(|| format!("cannot wait for {}", name(&command)))?;
    Ok((status, String::from_utf8_lossy(&said?).into_owned()))
}

fn name(command: &Command) -> String {
    format!("`{}`", command.get_program().display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_that_ends_is_quoted() {
        let (status, said) = run(shell("echo why >&2; exit 3"), Duration::from_secs(600)).unwrap();
        assert_eq!((status.code(), said.as_str()), (Some(3), "why\n"));
    }

    #[test]
    fn a_program_that_hangs_is_stopped() {
        let error = run(shell("exec sleep 600"), Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.to_string(), "`sh` did not end within 0 seconds");
    }
}

//! To compile a large module takes its time. Whoever looks at a terminal is told what they wait for.

use std::{
    io::{self, IsTerminal as _, Write as _},
    pin::pin,
    time::Duration,
};

use rbit_job::Processor;

/// Waits for the compilation of what a processor names.
pub(super) async fn wait(processor: &Processor, compiling: impl Future<Output = ()>) {
    let say = || {
        if io::stderr().is_terminal() {
            // What cannot be told is no reason to end a job.
            let _ = writeln!(io::stderr(), "compiling `{processor}`, which is kept for the next time");
        }
    };
    saying(compiling, QUIET, say).await;
}

async fn saying(work: impl Future<Output = ()>, quiet: Duration, say: impl FnOnce()) {
    let mut work = pin!(work);
    if tokio::time::timeout(quiet, &mut work).await.is_err() {
        say();
        work.await;
    }
}

const QUIET: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn what_takes_long_is_said_and_then_waited_for() {
        let said = Notify::new();
        // It is not over before it was said.
        saying(said.notified(), Duration::ZERO, || said.notify_one()).await;
        saying(std::future::ready(()), QUIET, || panic!("it took no time")).await;
    }
}

//! The thread that lapin has for itself.

use std::{future::Future, io, thread, time::Duration};

use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::oneshot,
};

/// A runtime on which lapin sends its heartbeats and settles deliveries, however busy everything else is.
#[derive(Debug)]
pub(crate) struct AmqpRuntime(Runtime);

impl AmqpRuntime {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Builder::new_current_thread().enable_all().build()?))
    }

    /// For spawning on it. Nothing runs before [`Self::start`].
    pub(crate) fn handle(&self) -> Handle {
        self.0.handle().clone()
    }

    /// Runs it on a thread of its own, until this future ends; what was spawned on it ends then, too.
    pub(crate) fn start(self, main: impl Future<Output = ()> + Send + 'static) -> io::Result<AmqpThread> {
        let (end, ended) = oneshot::channel();
        thread::Builder::new().name(NAME.to_owned()).spawn(move || {
            self.0.block_on(main);
            // A name that takes minutes to resolve must not hold up the end.
            self.0.shutdown_timeout(SHUTDOWN_TIMEOUT);
            // Whoever waited may have given up.
            let _ = end.send(());
        })?;
        Ok(AmqpThread { ended })
    }
}

/// A running [`AmqpRuntime`].
#[derive(Debug)]
pub(crate) struct AmqpThread {
    ended: oneshot::Receiver<()>,
}

impl AmqpThread {
    /// Waits until the thread is through.
    pub(crate) async fn ended(&mut self) {
        // An error says the same: the sender is gone.
        let _ = (&mut self.ended).await;
    }
}

const NAME: &str = "rbit-amqp";
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_runtime_has_a_thread_of_its_own_that_ends_with_its_future() {
        let (tell, told) = oneshot::channel();
        let main = async move { tell.send(thread::current().name().map(str::to_owned)).unwrap() };
        let mut thread = AmqpRuntime::new().unwrap().start(main).unwrap();
        thread.ended().await;
        assert_eq!(told.await.unwrap().as_deref(), Some(NAME));
    }
}

//! Orders that a test gives.

use async_trait::async_trait;
use rbit_job::{BoxCommand, port::CommandSource};
use tokio::sync::mpsc;

/// A source of orders. It ends when the sender that was made with it is dropped.
pub struct MemoryCommands(mpsc::UnboundedReceiver<BoxCommand>);

impl MemoryCommands {
    /// A source and the end that gives orders.
    #[expect(clippy::new_ret_no_self, reason = "the two ends belong together")]
    pub fn new() -> (mpsc::UnboundedSender<BoxCommand>, Box<dyn CommandSource>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender, Box::new(Self(receiver)))
    }
}

#[async_trait]
impl CommandSource for MemoryCommands {
    async fn next(&mut self) -> Option<BoxCommand> {
        self.0.recv().await
    }
}

//! The steps that the promises are told in.

use std::time::Duration;

use anyhow::{Context, ensure};
use rbit_job::{
    Attempt, Disposition, QueueName,
    port::{Delivery, JobSource, Subscription},
};
use tokio::time::{Instant, sleep, timeout};
use ulid::Ulid;

/// A queue that no other test uses.
pub(super) fn unique_queue() -> anyhow::Result<QueueName> {
    Ok(QueueName::new(format!(
        "rbit-test.{}",
        Ulid::generate().to_string().to_lowercase()
    ))?)
}

/// A source's interest in one queue.
pub(super) fn subscription(queue: &QueueName, prefetch: u16) -> Subscription {
    Subscription {
        queue: queue.clone(),
        prefetch,
    }
}

/// The next delivery, which must come.
pub(super) async fn take(source: &mut dyn JobSource) -> anyhow::Result<Delivery> {
    let next = timeout(DEADLINE, source.next())
        .await
        .context("no delivery came before the deadline")?;
    next.context("the source ended although nobody stopped it")
}

/// The next delivery, which must have this body.
pub(super) async fn take_body(source: &mut dyn JobSource, body: &[u8]) -> anyhow::Result<Delivery> {
    let delivery = take(source).await?;
    ensure!(
        delivery.body == body,
        "expected `{}`, got `{}`",
        String::from_utf8_lossy(body),
        String::from_utf8_lossy(&delivery.body)
    );
    Ok(delivery)
}

/// Takes and acknowledges as many deliveries, and gives their bodies in order.
pub(super) async fn take_and_ack(source: &mut dyn JobSource, count: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut bodies = Vec::with_capacity(count);
    for _ in 0..count {
        let delivery = take(source).await?;
        bodies.push(delivery.body.clone());
        delivery.settle(&Disposition::Ack).await?;
    }
    Ok(bodies)
}

/// Waits until the source says that so many messages wait. A broker may need a moment until its count is right.
pub(super) async fn until_waiting(source: &mut dyn JobSource, expected: u64) -> anyhow::Result<()> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let waiting = source.waiting().await?;
        if waiting == expected {
            return Ok(());
        }
        ensure!(
            Instant::now() < deadline,
            "{waiting} messages wait, expected {expected}"
        );
        sleep(LOOK_AGAIN).await;
    }
}

/// A retry as the attempt after the delivery's own.
pub(super) fn retry_after(delivery: &Delivery, delay: Duration) -> Disposition {
    Disposition::Retry {
        delay,
        attempt: delivery.attempt.next(),
    }
}

/// Fails if so much less than the delay has passed since `start` that no clock's grain explains it.
pub(super) fn ensure_waited(start: Instant, delay: Duration) -> anyhow::Result<()> {
    let waited = start.elapsed();
    ensure!(
        waited + CLOCK_GRAIN >= delay,
        "came back after {waited:?} instead of {delay:?}"
    );
    Ok(())
}

/// The second attempt.
pub(super) fn second() -> Attempt {
    Attempt::FIRST.next()
}

/// A delay that is long enough to be told from none, and short enough for a test to wait for.
pub(super) const SHORT: Duration = Duration::from_millis(300);

/// A delay that no test waits for.
pub(super) const LONG: Duration = Duration::from_secs(300);

/// How long it is watched that nothing comes.
pub(super) const MOMENT: Duration = Duration::from_millis(200);

/// Generous: it only ends tests that have already failed.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);

const LOOK_AGAIN: Duration = Duration::from_millis(10);
const CLOCK_GRAIN: Duration = Duration::from_millis(20);

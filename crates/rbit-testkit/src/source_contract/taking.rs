//! How messages are handed out.

use std::time::Duration;

use anyhow::{Context, ensure};
use rbit_job::{Attempt, Disposition};
use tokio::time::{Instant, timeout};

use super::{
    SourceHarness,
    steps::{
        DEADLINE, LONG, MOMENT, retry_after, subscription, take, take_and_ack, take_body, unique_queue, until_waiting,
    },
};

/// First published, first handed out: as attempt 1, unseen by anybody, and with the producer's id if it gave one.
pub async fn messages_come_in_the_order_of_their_publishing(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    let ids = [Some("id-0"), None, Some("id-2"), None, Some("id-4")];
    for (number, id) in ids.iter().enumerate() {
        harness
            .publish(&queue, format!("body {number}").as_bytes(), *id)
            .await?;
    }
    let mut source = harness.open(vec![subscription(&queue, 2)]).await?;
    for (number, id) in ids.iter().enumerate() {
        let delivery = take_body(&mut *source, format!("body {number}").as_bytes()).await?;
        ensure!(delivery.queue == queue);
        ensure!(
            delivery.message_id.as_deref() == *id,
            "message id {:?} instead of {id:?}",
            delivery.message_id
        );
        ensure!(
            delivery.attempt == Attempt::FIRST && !delivery.redelivered && delivery.is_live(),
            "{delivery:?}"
        );
        delivery.settle(&Disposition::Ack).await?;
    }
    source.close().await;
    Ok(())
}

/// A body is bytes: none of them, any of them, many of them.
pub async fn any_bytes_arrive_whole(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    let large: Vec<u8> = (0..200 * 1024u32).map(|index| (index % 251) as u8).collect();
    let bodies: [&[u8]; 4] = [b"", b"a\0b\0", &[0xff, 0xfe, 0x00, 0x80], &large];
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    for body in bodies {
        harness.publish(&queue, body, None).await?;
        let delivery = take(&mut *source).await?;
        ensure!(
            delivery.body == body,
            "{} bytes became {}",
            body.len(),
            delivery.body.len()
        );
        delivery.settle(&Disposition::Ack).await?;
    }
    source.close().await;
    Ok(())
}

/// A source that found nothing at first does not have to be asked a second time.
pub async fn a_message_published_later_is_waited_for(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    let publish = async {
        tokio::task::yield_now().await; // The other future is polled first and finds the queue empty.
        harness.publish(&queue, b"late", None).await
    };
    let (delivery, published) = tokio::join!(take(&mut *source), publish);
    published?;
    ensure!(delivery?.body == b"late");
    source.close().await;
    Ok(())
}

/// `next` is dropped at many moments of its life, as a `select!` does; each message still comes once and in order.
pub async fn a_dropped_next_loses_nothing(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    const MESSAGES: usize = 20;
    let queue = unique_queue()?;
    let mut source = harness.open(vec![subscription(&queue, 3)]).await?;
    let mut bodies = Vec::new();
    let deadline = Instant::now() + DEADLINE;
    for number in 0..MESSAGES {
        harness.publish(&queue, number.to_string().as_bytes(), None).await?;
    }
    for round in 0u64.. {
        // The short timeouts are the subject: they cut `next` off in the middle. No result depends on which of them hits.
        if let Ok(next) = timeout(Duration::from_micros(round % 10 * 300), source.next()).await {
            let delivery = next.context("the source ended")?;
            ensure!(
                !delivery.redelivered,
                "a delivery got lost on its way and was fetched again"
            );
            bodies.push(String::from_utf8(delivery.body.clone())?);
            delivery.settle(&Disposition::Ack).await?;
        }
        if bodies.len() == MESSAGES {
            break;
        }
        ensure!(
            Instant::now() < deadline,
            "only {} of {MESSAGES} messages came",
            bodies.len()
        );
    }
    let expected: Vec<_> = (0..MESSAGES).map(|number| number.to_string()).collect();
    ensure!(bodies == expected, "{bodies:?}");
    source.close().await;
    Ok(())
}

/// With a prefetch of 2, a third message is not handed out before one of the first two was settled.
pub async fn no_more_than_the_prefetch_is_handed_out_unsettled(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let (queue, other) = (unique_queue()?, unique_queue()?);
    for number in 0..5 {
        harness.publish(&queue, format!("{number}").as_bytes(), None).await?;
    }
    let mut source = harness
        .open(vec![subscription(&queue, 2), subscription(&other, 2)])
        .await?;
    let first = take_body(&mut *source, b"0").await?;
    let second = take_body(&mut *source, b"1").await?;
    until_waiting(&mut *source, 3).await?;
    // Published last of all: were a third on its way, it would come before one of these, whichever order a source gives its queues.
    harness.publish(&other, b"sentinel", None).await?;
    harness.publish(&other, b"sentinel", None).await?;
    let sentinels = [
        take_body(&mut *source, b"sentinel").await?,
        take_body(&mut *source, b"sentinel").await?,
    ];
    // And none comes behind them. That can only be seen by waiting a moment; a slow machine makes this weaker, never wrong.
    ensure!(timeout(MOMENT, source.next()).await.is_err(), "a third was handed out");

    second.settle(&Disposition::Ack).await?;
    let third = take_body(&mut *source, b"2").await?;
    until_waiting(&mut *source, 2).await?;
    for delivery in [first, third].into_iter().chain(sentinels) {
        delivery.settle(&Disposition::Ack).await?;
    }
    source.close().await;
    Ok(())
}

/// Each queue has its own prefetch: one whose deliveries are all with us leaves the others alone.
pub async fn a_full_queue_does_not_hold_up_another(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let (full, other) = (unique_queue()?, unique_queue()?);
    harness.publish(&full, b"held", None).await?;
    let mut source = harness
        .open(vec![subscription(&full, 1), subscription(&other, 1)])
        .await?;
    let held = take_body(&mut *source, b"held").await?;
    harness.publish(&full, b"behind", None).await?;
    for number in 0..3 {
        harness.publish(&other, format!("{number}").as_bytes(), None).await?;
    }
    let bodies = take_and_ack(&mut *source, 3).await?;
    ensure!(bodies == [b"0", b"1", b"2"], "{bodies:?}");
    held.settle(&Disposition::Ack).await?;
    take_body(&mut *source, b"behind")
        .await?
        .settle(&Disposition::Ack)
        .await?;
    source.close().await;
    Ok(())
}

/// Ready messages and those that wait for a retry count, those handed out do not.
pub async fn what_waits_is_counted_with_retries_and_without_what_is_with_us(
    harness: &dyn SourceHarness,
) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    for body in [b"a", b"b", b"c"] {
        harness.publish(&queue, body, None).await?;
    }
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    let first = take_body(&mut *source, b"a").await?;
    until_waiting(&mut *source, 2).await?;
    let retry = retry_after(&first, LONG);
    first.settle(&retry).await?;
    let second = take_body(&mut *source, b"b").await?;
    until_waiting(&mut *source, 2).await?;
    second.settle(&Disposition::Ack).await?;
    take_body(&mut *source, b"c").await?.settle(&Disposition::Ack).await?;
    until_waiting(&mut *source, 1).await?;
    source.close().await;
    Ok(())
}

/// Whoever waits for empty queues must not overlook a message that the source fetched ahead.
pub async fn a_message_that_was_fetched_but_not_handed_out_counts_as_waiting(
    harness: &dyn SourceHarness,
) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    for body in [b"a", b"b"] {
        harness.publish(&queue, body, None).await?;
    }
    let mut source = harness.open(vec![subscription(&queue, 2)]).await?;
    let first = take_body(&mut *source, b"a").await?;
    until_waiting(&mut *source, 1).await?;
    let second = take_body(&mut *source, b"b").await?;
    until_waiting(&mut *source, 0).await?;
    for delivery in [first, second] {
        delivery.settle(&Disposition::Ack).await?;
    }
    source.close().await;
    Ok(())
}

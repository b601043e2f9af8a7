//! What becomes of a message that was settled.

use anyhow::{Context, ensure};
use rbit_job::{Attempt, Disposition, Reason};
use tokio::time::Instant;

use super::{
    Parked, SourceHarness,
    steps::{SHORT, ensure_waited, retry_after, second, subscription, take, take_body, unique_queue, until_waiting},
};

/// Neither the source that acknowledged it nor a later one sees the message again.
pub async fn an_acknowledged_message_never_comes_back(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    for body in [b"1", b"2", b"3"] {
        harness.publish(&queue, body, None).await?;
    }
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    take_body(&mut *source, b"1").await?.settle(&Disposition::Ack).await?;
    take_body(&mut *source, b"2").await?.settle(&Disposition::Ack).await?;
    source.close().await;

    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    take_body(&mut *source, b"3").await?.settle(&Disposition::Ack).await?;
    until_waiting(&mut *source, 0).await?;
    source.close().await;
    Ok(())
}

/// The same bytes and the same id, as the attempt that was asked for, and not too early.
pub async fn a_retried_message_comes_back_after_its_delay(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    let body = b"{\"a\":\"\0\xff\"}";
    harness.publish(&queue, body, Some("message-7")).await?;
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    let delivery = take_body(&mut *source, body).await?;
    let start = Instant::now();
    delivery
        .settle(&Disposition::Retry {
            delay: SHORT,
            attempt: Attempt::new(5),
        })
        .await?;

    let again = take_body(&mut *source, body).await?;
    ensure_waited(start, SHORT)?;
    ensure!(again.message_id.as_deref() == Some("message-7"), "{again:?}");
    ensure!(again.attempt == Attempt::new(5), "{again:?}");
    ensure!(again.queue == queue, "{again:?}");
    again.settle(&Disposition::Ack).await?;
    until_waiting(&mut *source, 0).await?;
    source.close().await;
    Ok(())
}

/// While one message waits for its retry, its place in the prefetch is free.
pub async fn a_retried_message_does_not_hold_up_those_behind_it(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    for body in [b"1", b"2"] {
        harness.publish(&queue, body, None).await?;
    }
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    let first = take_body(&mut *source, b"1").await?;
    let retry = retry_after(&first, SHORT);
    first.settle(&retry).await?;
    take_body(&mut *source, b"2").await?.settle(&Disposition::Ack).await?;
    take_body(&mut *source, b"1").await?.settle(&Disposition::Ack).await?;
    source.close().await;
    Ok(())
}

/// Every single retry waits its delay, and the attempts are counted.
pub async fn a_message_that_keeps_being_retried_is_no_hot_loop(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    const RETRIES: u32 = 3;
    let queue = unique_queue()?;
    harness.publish(&queue, b"blocked", None).await?;
    let mut source = harness.open(vec![subscription(&queue, 4)]).await?;
    let start = Instant::now();
    for number in 1..=RETRIES {
        let delivery = take(&mut *source).await?;
        ensure!(delivery.attempt == Attempt::new(number), "{delivery:?}");
        let retry = retry_after(&delivery, SHORT);
        delivery.settle(&retry).await?;
    }
    let last = take(&mut *source).await?;
    ensure_waited(start, SHORT * RETRIES)?;
    ensure!(last.attempt == Attempt::new(RETRIES + 1), "{last:?}");
    last.settle(&Disposition::Ack).await?;
    source.close().await;
    Ok(())
}

/// A message that waits for its retry belongs to the queue, not to the source that asked for it.
pub async fn a_retry_survives_a_reopening(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    harness.publish(&queue, b"blocked", None).await?;
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    let delivery = take(&mut *source).await?;
    let start = Instant::now();
    let retry = retry_after(&delivery, SHORT);
    delivery.settle(&retry).await?;
    source.close().await;

    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    let again = take_body(&mut *source, b"blocked").await?;
    ensure_waited(start, SHORT)?;
    ensure!(again.attempt == second(), "{again:?}");
    again.settle(&Disposition::Ack).await?;
    source.close().await;
    Ok(())
}

/// The parking place has the message byte for byte, with all that a person needs to judge it.
pub async fn a_parked_message_is_kept_with_its_reason(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    let body = b"not {json\0\xff";
    harness.publish(&queue, body, Some("message-8")).await?;
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    let delivery = take_body(&mut *source, body).await?;
    let retry = retry_after(&delivery, SHORT);
    delivery.settle(&retry).await?;
    let text = "a key \u{201c}x\u{201d} was expected\nin line 2".to_owned();
    let park = Disposition::Park {
        reason: Reason::Undecodable,
        text: text.clone(),
    };
    take(&mut *source).await?.settle(&park).await?;
    source.close().await;

    let expected = Parked {
        queue: queue.clone(),
        body: body.to_vec(),
        message_id: Some("message-8".to_owned()),
        attempt: second(),
        reason: Reason::Undecodable.as_str().to_owned(),
        text,
    };
    let parked = harness.parked(&queue).await?;
    ensure!(parked == [expected], "{parked:?}");
    Ok(())
}

/// Parking frees the place in the prefetch, and nobody is handed the message again.
pub async fn a_parked_message_leaves_its_queue(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    let queue = unique_queue()?;
    for body in [b"bad", b"ok "] {
        harness.publish(&queue, body, None).await?;
    }
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    let park = Disposition::Park {
        reason: Reason::UnknownRunner,
        text: String::new(),
    };
    take_body(&mut *source, b"bad").await?.settle(&park).await?;
    take_body(&mut *source, b"ok ").await?.settle(&Disposition::Ack).await?;
    until_waiting(&mut *source, 0).await?;
    source.close().await;

    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    harness.publish(&queue, b"new", None).await?;
    take_body(&mut *source, b"new").await?.settle(&Disposition::Ack).await?;
    source.close().await;
    Ok(())
}

/// A text too long for the parking place is cut at the end of a character, never a cause to keep the message.
pub async fn a_text_of_any_length_can_be_parked(harness: &dyn SourceHarness) -> anyhow::Result<()> {
    const KEPT_AT_LEAST: usize = 1000;
    let queue = unique_queue()?;
    harness.publish(&queue, b"{}", None).await?;
    let mut source = harness.open(vec![subscription(&queue, 1)]).await?;
    // Characters of one, three and four bytes, so that hardly any limit falls between two of them by chance.
    let text = format!("-{}", "x\u{20ac}\u{1f98a}".repeat(50_000));
    let park = Disposition::Park {
        reason: Reason::GuestFailed,
        text: text.clone(),
    };
    take(&mut *source).await?.settle(&park).await?;
    source.close().await;

    let parked = harness.parked(&queue).await?;
    let only = parked.first().context("nothing was parked")?;
    ensure!(
        only.text.len() >= KEPT_AT_LEAST,
        "only {} bytes of the text were kept",
        only.text.len()
    );
    ensure!(text.starts_with(&only.text), "the text was changed, not cut");
    Ok(())
}

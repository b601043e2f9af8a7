//! Brokers that come late, go away, or are none.

use std::time::Duration;

use anyhow::{Context, ensure};
use rbit_amqp::{Admin, AdminError, AmqpSettings, ConnectError};
use rbit_job::{
    Disposition,
    port::{Delivery, JobSource, SettleError},
};
use rbit_testkit::proxy::{CutAfter, Direction};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::timeout,
};

use crate::world::{DEADLINE, STEPS, World, open, take, until};

#[tokio::test]
async fn a_message_comes_again_when_its_connection_is_cut() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    let proxy = world.proxy().await?;
    let mut source = open(world.through(&proxy), &[&queue])?;
    let first = take(&mut source).await?;
    proxy.cut();

    let again = take(&mut source).await?;
    ensure!(again.redelivered && again.body == b"job" && again.is_live());
    ensure!(!first.is_live(), "its connection is gone");
    let stale = first.settle(&Disposition::Ack).await;
    ensure!(matches!(stale, Err(SettleError::Stale)), "{stale:?}");
    again.settle(&Disposition::Ack).await?;
    until("nothing waits", async || {
        Ok(source.waiting().await.is_ok_and(|waiting| waiting == 0))
    })
    .await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_delivery_that_was_not_handed_out_before_the_cut_is_skipped() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    let proxy = world.proxy().await?;
    let mut source = open(world.through(&proxy), &[&queue])?;
    let is_taken = async || {
        let depth = world.admin.depth(&queue).await?;
        Ok(depth.is_some_and(|depth| depth.consumers == 1 && depth.messages == 0))
    };
    until("the source has the message", is_taken).await?;
    proxy.cut();
    // A new connection shows that the source knows of the end of the first.
    proxy.wait_for_connections(2).await?;

    let delivery = take(&mut source).await?;
    ensure!(delivery.redelivered, "the first delivery died with its connection");
    delivery.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_retry_is_stored_although_the_connection_for_it_was_cut_before() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    let proxy = world.proxy().await?;
    let mut source = open(world.through(&proxy), &[&queue])?;
    retry(take(&mut source).await?).await?;
    // With a prefetch of 1, this one shows that the broker has the acknowledgement of the first.
    let second = take(&mut source).await?;
    proxy.cut();
    let second_again = take(&mut source).await?;
    ensure!(second_again.redelivered && !second.is_live());
    retry(second_again).await?;
    let third = take(&mut source).await?;
    ensure!(third.attempt.number() == 3, "{third:?}");
    third.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_connection_on_which_nothing_flows_is_ended_long_before_its_heartbeat_notices() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    let network = world.proxy().await?;
    let settings = AmqpSettings {
        // The broker makes it sixty, of which two have to be missed.
        heartbeat: Duration::from_secs(3600),
        ..world.through(&network)
    };
    let mut source = open(settings, &[&queue])?;
    let first = take(&mut source).await?;
    network.freeze();
    // The deadline of the test ends before the heartbeat's two minutes.
    until("a new connection is tried", async || Ok(network.accepted() == 2)).await?;
    ensure!(!first.is_live(), "its connection is given up");
    network.thaw();
    let again = take(&mut source).await?;
    ensure!(again.redelivered);
    again.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_source_may_be_opened_before_its_broker_is_there() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    let proxy = world.proxy().await?;
    // The first connection ends before a word was said, as that of a broker that starts.
    let proxy = proxy.cutting(CutAfter {
        connection: 1,
        direction: Direction::FromTarget,
        bytes: 0,
    });
    proxy.refuse().await;
    let mut source = open(world.through(&proxy), &[&queue])?;
    proxy.listen().await?;
    proxy.wait_for_connections(2).await?;

    take(&mut source).await?.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn one_living_node_is_enough() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    let mut nodes = vec![("127.0.0.1".to_owned(), closed_port().await?); 3];
    nodes.extend(world.settings.nodes.clone());
    let mut source = open(
        AmqpSettings {
            nodes,
            ..world.settings.clone()
        },
        &[&queue],
    )?;
    take(&mut source).await?.settle(&Disposition::Ack).await?;
    Box::new(source).close().await;
    Ok(())
}

#[tokio::test]
async fn a_source_without_a_broker_can_be_stopped_and_closed() -> anyhow::Result<()> {
    let world = World::new().await?;
    let nodes = vec![("127.0.0.1".to_owned(), closed_port().await?)];
    let mut source = open(
        AmqpSettings {
            nodes,
            ..world.settings.clone()
        },
        &[&world.queue()],
    )?;
    timeout(DEADLINE, async {
        source.stop().await;
        let next = source.next().await;
        Box::new(source).close().await;
        ensure!(next.is_none());
        Ok(())
    })
    .await?
}

#[tokio::test]
async fn a_source_that_is_just_dropped_gives_its_messages_back() -> anyhow::Result<()> {
    let world = World::new().await?;
    let queue = world.queue_with(b"job").await?;
    let mut source = world.open(&[&queue])?;
    let delivery = take(&mut source).await?;
    drop(source);
    until("the broker has it back", async || {
        Ok(world
            .admin
            .depth(&queue)
            .await?
            .is_some_and(|depth| depth.messages == 1))
    })
    .await?;
    until("the delivery knows", async || Ok(!delivery.is_live())).await
}

#[tokio::test]
async fn a_peer_that_accepts_and_says_nothing_is_let_go_of() -> anyhow::Result<()> {
    let world = World::new().await?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let settings = AmqpSettings {
        nodes: vec![("127.0.0.1".to_owned(), listener.local_addr()?.port())],
        ..world.settings.clone()
    };
    let connecting = tokio::spawn(async move { Admin::connect(&settings).await.map(drop) });
    let (mut peer, _) = timeout(DEADLINE, listener.accept()).await??;
    peer.read_exact(&mut [0; 8])
        .await
        .context("the header of the protocol")?;
    connecting.abort();
    let mut rest = Vec::new();
    timeout(DEADLINE, peer.read_to_end(&mut rest))
        .await
        .context("the socket stays open")??;
    Ok(())
}

#[tokio::test]
async fn errors_that_repeating_will_not_mend_say_what_is_wrong() -> anyhow::Result<()> {
    let world = World::new().await?;
    let wrong_password = AmqpSettings {
        password: "wrong".into(),
        ..world.settings.clone()
    };
    let error = connect_error(&wrong_password).await?;
    ensure!(
        matches!(error, ConnectError::Refused { .. }) && !error.is_transient(),
        "{error:?}"
    );

    let wrong_host = AmqpSettings {
        virtual_host: "no-such-host".into(),
        ..world.settings.clone()
    };
    let error = connect_error(&wrong_host).await?;
    ensure!(
        matches!(error, ConnectError::NotAllowed { .. }) && !error.is_transient(),
        "{error:?}"
    );

    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let nodes = vec![("127.0.0.1".to_owned(), listener.local_addr()?.port())];
    tokio::spawn(async move {
        let (mut peer, _) = listener.accept().await?;
        peer.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            .await?;
        // Held until the client goes.
        peer.read_to_end(&mut Vec::new()).await
    });
    let error = connect_error(&AmqpSettings {
        nodes,
        ..world.settings.clone()
    })
    .await?;
    ensure!(
        matches!(error, ConnectError::NotAmqp { .. }) && !error.is_transient(),
        "{error:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_broker_that_is_away_is_worth_another_try() -> anyhow::Result<()> {
    let world = World::new().await?;
    let nodes = vec![("127.0.0.1".to_owned(), closed_port().await?)];
    let error = connect_error(&AmqpSettings {
        nodes,
        ..world.settings.clone()
    })
    .await?;
    ensure!(
        matches!(error, ConnectError::Unreachable { .. }) && error.is_transient(),
        "{error:?}"
    );
    Ok(())
}

async fn retry(delivery: Delivery) -> anyhow::Result<()> {
    let retry = Disposition::Retry {
        delay: STEPS[0],
        attempt: delivery.attempt.next(),
    };
    Ok(delivery.settle(&retry).await?)
}

async fn connect_error(settings: &AmqpSettings) -> anyhow::Result<ConnectError> {
    match timeout(Duration::from_secs(30), Admin::connect(settings)).await?.err() {
        Some(AdminError::Connect(error)) => Ok(error),
        other => anyhow::bail!("expected that the connection fails, got {other:?}"),
    }
}

async fn closed_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?.port())
}

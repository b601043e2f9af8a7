//! A piece of network between a source and its broker, which can be cut.

use std::time::Duration;

use rbit_amqp::AmqpSettings;
use socket2::SockRef;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};

use crate::world::{DEADLINE, World};

/// Forwards connections to the broker.
pub(crate) struct Proxy {
    port: u16,
    accepted: watch::Receiver<u32>,
    cuts: watch::Sender<u32>,
}

impl Proxy {
    pub(crate) async fn start(world: &World) -> anyhow::Result<Self> {
        Self::start_on(world, TcpListener::bind(("127.0.0.1", 0)).await?)
    }

    pub(crate) fn start_on(world: &World, listener: TcpListener) -> anyhow::Result<Self> {
        let port = listener.local_addr()?.port();
        let broker = (world.broker.host.clone(), world.broker.port);
        let (cuts, cut) = watch::channel(0);
        let (accept, accepted) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                accept.send_modify(|accepted| *accepted += 1);
                tokio::spawn(forward(client, broker.clone(), cut.clone()));
            }
        });
        Ok(Self { port, accepted, cuts })
    }

    /// The settings that lead through it.
    pub(crate) fn settings(&self, world: &World) -> AmqpSettings {
        AmqpSettings {
            nodes: vec![("127.0.0.1".to_owned(), self.port)],
            ..world.settings.clone()
        }
    }

    /// Waits until so many connections were made, ended ones included.
    pub(crate) async fn has_accepted(&self, connections: u32) -> anyhow::Result<()> {
        timeout(
            DEADLINE,
            self.accepted.clone().wait_for(|accepted| *accepted >= connections),
        )
        .await??;
        Ok(())
    }

    /// Ends all connections as a broken network does, without a word of AMQP. New ones are forwarded.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn forward(mut client: TcpStream, broker: (String, u16), mut cut: watch::Receiver<u32>) -> anyhow::Result<()> {
    cut.mark_unchanged();
    let mut server = TcpStream::connect(broker).await?;
    tokio::select! {
        copied = copy_bidirectional(&mut client, &mut server) => drop(copied?),
        _ = cut.changed() => {
            for stream in [&client, &server] {
                SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
            }
        }
    }
    Ok(())
}

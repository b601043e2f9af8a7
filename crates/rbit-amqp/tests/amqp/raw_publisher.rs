//! A producer that writes AMQP by hand: what it sends, no careful client would.

use anyhow::{Context, ensure};
use rbit_job::QueueName;
use rbit_testkit::TestBroker;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::world::DEADLINE;

/// Publishes a message with these flags and properties, written out, and returns when the broker has taken it.
pub(crate) async fn publish(
    broker: &TestBroker,
    queue: &QueueName,
    flags: u16,
    properties: &[u8],
    body: &[u8],
) -> anyhow::Result<()> {
    let mut peer = Peer(TcpStream::connect((broker.host.as_str(), broker.port)).await?);
    peer.0.write_all(b"AMQP\x00\x00\x09\x01").await?;
    peer.expect(CONNECTION, 10).await?;
    let login = format!("\0{}\0{}", broker.user, broker.password);
    peer.say(
        0,
        CONNECTION,
        11,
        &[
            &long(b"")[..],
            &short(b"PLAIN"),
            &long(login.as_bytes()),
            &short(b"en_US"),
        ],
    )
    .await?;
    let limits = peer.expect(CONNECTION, 30).await?;
    let sizes = limits.get(..6).context("limits without sizes")?;
    peer.say(0, CONNECTION, 31, &[sizes, &[0, 0]]).await?;
    peer.say(
        0,
        CONNECTION,
        40,
        &[&short(broker.virtual_host.as_bytes())[..], &[0, 0]],
    )
    .await?;
    peer.expect(CONNECTION, 41).await?;
    peer.say(1, CHANNEL, 10, &[&[0]]).await?;
    peer.expect(CHANNEL, 11).await?;
    let to = [&[0, 0][..], &short(b""), &short(queue.as_str().as_bytes()), &[0]].concat();
    peer.say(1, BASIC, 40, &[&to]).await?;
    let size = u64::try_from(body.len())?.to_be_bytes();
    let header = [
        &BASIC.to_be_bytes()[..],
        &[0, 0],
        &size,
        &flags.to_be_bytes(),
        properties,
    ]
    .concat();
    peer.frame(2, 1, &header).await?;
    peer.frame(3, 1, body).await?;
    peer.say(1, CHANNEL, 40, &[&200u16.to_be_bytes()[..], &short(b""), &[0; 4]])
        .await?;
    peer.expect(CHANNEL, 41).await?;
    Ok(())
}

pub(crate) fn short(text: &[u8]) -> Vec<u8> {
    [&[text.len() as u8], text].concat()
}

pub(crate) fn long(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

struct Peer(TcpStream);

impl Peer {
    async fn say(&mut self, channel: u16, class: u16, method: u16, arguments: &[&[u8]]) -> anyhow::Result<()> {
        let payload = [&class.to_be_bytes()[..], &method.to_be_bytes(), &arguments.concat()].concat();
        self.frame(1, channel, &payload).await
    }

    async fn frame(&mut self, kind: u8, channel: u16, payload: &[u8]) -> anyhow::Result<()> {
        let frame = [&[kind][..], &channel.to_be_bytes(), &long(payload), &[0xce]].concat();
        Ok(self.0.write_all(&frame).await?)
    }

    /// The arguments of the next method, which must be this one.
    async fn expect(&mut self, class: u16, method: u16) -> anyhow::Result<Vec<u8>> {
        let mut head = [0; 7];
        timeout(DEADLINE, self.0.read_exact(&mut head))
            .await
            .context("silence")??;
        let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
        let mut payload = vec![0; size as usize + 1];
        self.0.read_exact(&mut payload).await?;
        let (ids, arguments) = payload.split_at_checked(4).context("no method")?;
        let is_expected = ids == [class.to_be_bytes(), method.to_be_bytes()].concat();
        ensure!(is_expected, "unexpected: {}", String::from_utf8_lossy(&payload));
        Ok(arguments.to_vec())
    }
}

const CONNECTION: u16 = 10;
const CHANNEL: u16 = 20;
const BASIC: u16 = 60;

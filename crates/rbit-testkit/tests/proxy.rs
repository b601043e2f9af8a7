//! The proxy does to a connection what it is told, and no more.

#![expect(
    clippy::unwrap_used,
    reason = "what a test prepares must work; clippy exempts test functions alone"
)]

use std::{io::ErrorKind, time::Duration};

use rbit_testkit::proxy::{CutAfter, Direction, Proxy};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant, timeout},
};

#[tokio::test]
async fn everything_is_forwarded_until_both_ends_are_done() {
    let (proxy, _received) = echo().await;
    let mut client = connect(&proxy).await;
    let long: Vec<_> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    let (mut reads, mut writes) = client.split();
    let send = async {
        writes.write_all(&long).await.unwrap();
        writes.shutdown().await.unwrap();
    };
    let mut back = Vec::new();
    let ((), read) = tokio::join!(send, reads.read_to_end(&mut back));
    read.unwrap();
    assert_eq!(back, long);
}

#[tokio::test]
async fn a_frozen_network_holds_bytes_back_and_delivers_them_when_it_thaws() {
    let (proxy, mut received) = echo().await;
    let mut client = connect(&proxy).await;
    say(&mut client, b"before").await;
    assert_eq!(received.recv().await.unwrap(), b"before");
    assert_eq!(hear(&mut client, 6).await, b"before");
    proxy.freeze();
    say(&mut client, b"while").await;
    assert!(is_silent(&mut client).await && received.is_empty());
    proxy.thaw();
    assert_eq!(hear(&mut client, 5).await, b"while");
}

#[tokio::test]
async fn a_cut_resets_the_connections_there_are_and_takes_new_ones() {
    let (proxy, _received) = echo().await;
    let mut client = connect(&proxy).await;
    proxy.wait_for_connections(1).await.unwrap();
    say(&mut client, b"x").await;
    assert_eq!(hear(&mut client, 1).await, b"x");
    proxy.cut();
    assert_eq!(broken(&mut client).await, ErrorKind::ConnectionReset);
    let mut next = connect(&proxy).await;
    say(&mut next, b"y").await;
    assert_eq!(hear(&mut next, 1).await, b"y");
    assert_eq!(proxy.accepted(), 2);
}

#[tokio::test]
async fn a_connection_is_cut_after_exactly_so_many_bytes_of_a_direction() {
    for bytes in [0, 1, 7, 8, 9, 100] {
        let (proxy, mut received) = echo().await;
        let cut = |direction| CutAfter {
            connection: 2,
            direction,
            bytes,
        };
        let proxy = proxy.cutting(cut(Direction::ToTarget));
        let mut first = connect(&proxy).await;
        say(&mut first, &[b'1'; 200]).await;
        assert_eq!(hear(&mut first, 200).await.len(), 200, "another connection");
        assert_eq!(take(&mut received, 200).await.len(), 200);

        let mut second = connect(&proxy).await;
        proxy.wait_for_connections(2).await.unwrap();
        // The reset may come before all is written.
        let _ = second.write_all(&[b'2'; 200]).await;
        broken(&mut second).await;
        drop(proxy);
        let arrived = take(&mut received, usize::MAX).await;
        assert_eq!(arrived.len() as u64, bytes);
    }
}

#[tokio::test]
async fn bytes_from_the_target_are_counted_apart_from_those_to_it() {
    let (proxy, _received) = echo().await;
    let proxy = proxy.cutting(CutAfter {
        connection: 1,
        direction: Direction::FromTarget,
        bytes: 3,
    });
    let mut client = connect(&proxy).await;
    say(&mut client, b"abcdef").await;
    let mut heard = Vec::new();
    let error = client.read_to_end(&mut heard).await.unwrap_err();
    assert_eq!(
        (heard.as_slice(), error.kind()),
        (&b"abc"[..], ErrorKind::ConnectionReset)
    );
}

#[tokio::test]
async fn a_black_hole_takes_connections_and_bytes_and_what_it_swallowed_stays_lost() {
    let (proxy, received) = echo().await;
    proxy.black_hole();
    let mut client = connect(&proxy).await;
    say(&mut client, b"hello?").await;
    assert!(is_silent(&mut client).await && received.is_empty());
    proxy.thaw();
    broken(&mut client).await;
    let mut next = connect(&proxy).await;
    say(&mut next, b"hello").await;
    assert_eq!(hear(&mut next, 5).await, b"hello");
}

#[tokio::test]
async fn new_connections_can_be_refused_while_old_ones_go_on() {
    let (proxy, _received) = echo().await;
    let mut client = connect(&proxy).await;
    proxy.wait_for_connections(1).await.unwrap();
    proxy.refuse().await;
    let refused = TcpStream::connect(proxy.address()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    say(&mut client, b"x").await;
    assert_eq!(hear(&mut client, 1).await, b"x");
    proxy.listen().await.unwrap();
    let mut next = connect(&proxy).await;
    say(&mut next, b"y").await;
    assert_eq!(hear(&mut next, 1).await, b"y");
}

#[tokio::test]
async fn a_half_closed_connection_ends_for_the_client_and_still_carries_what_it_sends() {
    let (proxy, mut received) = echo().await;
    let mut client = connect(&proxy).await;
    say(&mut client, b"a").await;
    assert_eq!(hear(&mut client, 1).await, b"a");
    received.recv().await.unwrap();
    proxy.half_close();
    assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    say(&mut client, b"b").await;
    assert_eq!(received.recv().await.unwrap(), b"b");
}

#[tokio::test]
async fn what_is_sent_through_a_slow_network_takes_its_time() {
    let (proxy, _received) = echo().await;
    let mut client = connect(&proxy).await;
    proxy.delay(Duration::from_millis(100));
    let sent = Instant::now();
    say(&mut client, b"x").await;
    assert_eq!(hear(&mut client, 1).await, b"x");
    assert!(
        sent.elapsed() >= Duration::from_millis(200),
        "there and back: {:?}",
        sent.elapsed()
    );
}

/// A proxy to a server that sends back what it gets, and the server's record of what it got.
async fn echo() -> (Proxy, mpsc::UnboundedReceiver<Vec<u8>>) {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::to(server.local_addr().unwrap()).await.unwrap();
    let (record, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = server.accept().await {
            tokio::spawn(answer(stream, record.clone()));
        }
    });
    (proxy, received)
}

async fn answer(mut stream: TcpStream, record: mpsc::UnboundedSender<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        // The test may have seen enough.
        let _ = record.send(buffer.get(..read).unwrap_or_default().to_vec());
        let _ = stream.write_all(buffer.get(..read).unwrap_or_default()).await;
    }
}

async fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.unwrap()
}

async fn say(client: &mut TcpStream, bytes: &[u8]) {
    client.write_all(bytes).await.unwrap();
}

async fn hear(client: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    client.read_exact(&mut bytes).await.unwrap();
    bytes
}

/// What the server got: so many bytes, or all until nothing more can come.
async fn take(received: &mut mpsc::UnboundedReceiver<Vec<u8>>, count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < count {
        match timeout(QUIET, received.recv()).await {
            Ok(Some(chunk)) => bytes.extend(chunk),
            Ok(None) | Err(_) => break,
        }
    }
    bytes
}

/// How reading fails.
async fn broken(client: &mut TcpStream) -> ErrorKind {
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).await.unwrap_err().kind()
}

/// Whether nothing comes for a while.
async fn is_silent(client: &mut TcpStream) -> bool {
    timeout(QUIET, client.read_u8()).await.is_err()
}

/// Nothing can be seen not to come; on the loopback address it would have come long before.
const QUIET: Duration = Duration::from_millis(200);

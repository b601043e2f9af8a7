//! The fake front-end answers as the real one was recorded to.

#![expect(
    clippy::unwrap_used,
    reason = "what a test prepares must work; clippy exempts test functions alone"
)]

use rbit_testkit::fake_pybit::{Answer, FakePybit};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn it_takes_statuses_as_pybit_does() {
    let fake = FakePybit::start().await.unwrap().with_job("23", ["Waiting"]);
    assert_eq!(replay(&fake, include_str!("fixtures/pybit/status-put.txt")).await, 33);
    assert_eq!(fake.client("23").as_deref(), Some("clïent &lt;&amp;&gt;"));
}

#[tokio::test]
async fn it_answers_the_build_client_of_pybit_as_pybit_does() {
    let fake = FakePybit::start().await.unwrap();
    let fake = fake.with_job("41", ["Waiting"]).with_job("42", ["Waiting", "Blocked"]);
    let fake = fake.with_job("43", ["Waiting", "Cancelled"]);
    assert_eq!(replay(&fake, include_str!("fixtures/pybit/build-client.txt")).await, 8);
    assert_eq!(fake.history("41"), ["Waiting", "Building", "Done"]);
    assert_eq!(fake.client("42").as_deref(), Some("build_client_cap1"));
}

#[tokio::test]
async fn it_knows_neither_a_removed_status_nor_other_jobs_and_paths() {
    let fake = FakePybit::start().await.unwrap();
    let fake = fake
        .with_job("2", ["Waiting"])
        .without_status("Blocked")
        .with_forgotten_job("37");
    assert_eq!(
        replay(&fake, include_str!("fixtures/pybit/status-deleted.txt")).await,
        2
    );
    assert_eq!(
        replay(&fake, include_str!("fixtures/pybit/history-deleted.txt")).await,
        1
    );
    assert_eq!(replay(&fake, include_str!("fixtures/pybit/unknown.txt")).await, 3);
}

#[tokio::test]
async fn it_takes_submissions_as_pybit_does() {
    let fake = FakePybit::start().await.unwrap();
    assert_eq!(replay(&fake, include_str!("fixtures/pybit/vcshook.txt")).await, 16);
}

#[tokio::test]
async fn what_somebody_sent_who_is_gone_is_dealt_with_when_it_has_caught_up() {
    let fake = FakePybit::start().await.unwrap().with_job("1", ["Waiting"]);
    let gate = fake.hold();
    let first = tokio::spawn(send(fake.address(), "GET /job/1/status HTTP/1.1\r\n\r\n".into()));
    fake.wait_for_connections(1).await.unwrap();
    let mut gone = TcpStream::connect(fake.address()).await.unwrap();
    gone.write_all(b"GET /job/1/status HTTP/1.1\r\n\r\n").await.unwrap();
    drop((gone, gate));
    fake.catch_up().await.unwrap();
    assert_eq!(fake.seen(), 2);
    first.await.unwrap();
}

#[tokio::test]
async fn a_silent_connection_keeps_all_others_waiting() {
    let fake = FakePybit::start().await.unwrap().with_job("1", ["Waiting"]);
    let mut silent = TcpStream::connect(fake.address()).await.unwrap();
    fake.wait_for_connections(1).await.unwrap();
    let other = tokio::spawn(send(fake.address(), "GET /job/1/status HTTP/1.1\r\n\r\n".into()));
    fake.wait_for_connections(2).await.unwrap();

    silent.write_all(b"GET /first HTTP/1.1\r\n\r\n").await.unwrap();
    assert!(other.await.unwrap().starts_with("HTTP/1.0 200 OK\r\n"));
    assert_eq!(fake.dialogue(), ["GET /first", "GET /job/1/status"]);
    assert_eq!(fake.most_connections(), 2);
}

#[tokio::test]
async fn a_connection_that_is_given_up_keeps_nobody_waiting() {
    let fake = FakePybit::start().await.unwrap();
    let silent = TcpStream::connect(fake.address()).await.unwrap();
    fake.wait_for_connections(1).await.unwrap();
    drop(silent);
    assert!(
        send(fake.address(), "GET / HTTP/1.1\r\n\r\n".into())
            .await
            .starts_with("HTTP/1.0 404 Not Found\r\n")
    );
}

#[tokio::test]
async fn a_closed_gate_takes_requests_in_and_answers_none() {
    let fake = FakePybit::start().await.unwrap();
    let gate = fake.hold();
    let reply = tokio::spawn(send(fake.address(), "GET / HTTP/1.1\r\n\r\n".into()));
    fake.wait_for(|requests| requests.len() == 1).await.unwrap();
    assert!(!reply.is_finished());
    drop(gate);
    assert!(reply.await.unwrap().starts_with("HTTP/1.0 404"));
}

#[tokio::test]
async fn scripted_answers_come_in_their_order_and_change_nothing() {
    let fake = FakePybit::start().await.unwrap().with_job("1", ["Waiting"]);
    fake.answer_next(500);
    fake.answer_next(Answer::Json("[]".into()));
    fake.answer_next(Answer::HangUp);
    let request = "PUT /job/1 HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nAuthorization: Basic YWRtaW46cGFzcw==\r\nContent-Length: 11\r\n\r\nstatus=Done";
    let expected = [
        "HTTP/1.0 500 Internal Server Error",
        "HTTP/1.0 200 OK",
        "",
        "HTTP/1.0 200 OK",
    ];
    for expected in expected {
        let reply = send(fake.address(), request.into()).await;
        assert_eq!(reply.lines().next().unwrap_or_default(), expected);
    }
    assert_eq!(fake.history("1"), ["Waiting", "Done"]);
}

#[tokio::test]
async fn an_answer_may_be_meant_for_requests_of_one_kind() {
    let fake = FakePybit::start().await.unwrap();
    fake.answer_when(|request| request.path == "/b", 503);
    assert!(get(&fake, "/a").await.starts_with("HTTP/1.0 404"));
    assert!(get(&fake, "/b").await.starts_with("HTTP/1.0 503"));
    assert!(get(&fake, "/b").await.starts_with("HTTP/1.0 404"));
}

#[tokio::test]
async fn a_front_end_may_be_silent_until_its_client_gives_up() {
    let fake = FakePybit::start().await.unwrap();
    fake.answer_next(Answer::Silence);
    let silent = tokio::spawn(send(fake.address(), "GET /first HTTP/1.1\r\n\r\n".into()));
    fake.wait_for(|requests| requests.len() == 1).await.unwrap();
    let other = tokio::spawn(send(fake.address(), "GET /second HTTP/1.1\r\n\r\n".into()));
    fake.wait_for_connections(1).await.unwrap();
    assert!(!silent.is_finished());
    silent.abort();
    assert!(other.await.unwrap().starts_with("HTTP/1.0 404"));
}

#[tokio::test]
async fn a_front_end_that_is_down_refuses_connections_until_it_is_up_again() {
    let fake = FakePybit::start().await.unwrap();
    fake.down().await;
    let refused = TcpStream::connect(fake.address()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    fake.up().await.unwrap();
    assert!(
        send(fake.address(), "GET / HTTP/1.1\r\n\r\n".into())
            .await
            .starts_with("HTTP/1.0 404")
    );
}

async fn get(fake: &FakePybit, path: &str) -> String {
    send(fake.address(), format!("GET {path} HTTP/1.1\r\n\r\n")).await
}

/// Sends each recorded request and compares the answer with the recorded one; returns how many there were.
async fn replay(fake: &FakePybit, transcript: &str) -> usize {
    let exchanges: Vec<_> = transcript.split("\n===== ").skip(1).collect();
    for exchange in &exchanges {
        let (title, rest) = exchange.split_once("\n--- request").unwrap();
        let (_, rest) = rest.split_once('\n').unwrap();
        let (request, response) = rest.split_once("\n--- response\n").unwrap();
        let reply = send(fake.address(), on_the_wire(request)).await;
        assert_eq!(without_times(&reply), without_times(&on_the_wire(response)), "{title}");
    }
    exchanges.len()
}

/// The recording with its carriage returns, and without what the recorder added after the body.
fn on_the_wire(recorded: &str) -> String {
    let (head, body) = recorded.split_once("\n\n").unwrap_or((recorded, ""));
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let length: usize = length.map_or(0, |length| length.parse().unwrap());
    // The last line feed of a page of HTML was taken for one of the recorder's own.
    let body = format!("{body}\n");
    format!("{}\r\n\r\n{}", head.trim_end().replace('\n', "\r\n"), &body[..length])
}

/// The reply with every time set to one moment.
fn without_times(reply: &str) -> String {
    let mut parts = reply.split(r#""time": "2026"#);
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        text += r#""time": "now"#;
        text += &part[part.find('"').unwrap()..];
    }
    text.lines()
        .filter(|line| !line.starts_with("Date: "))
        .collect::<Vec<_>>()
        .join("\n")
}

async fn send(address: std::net::SocketAddr, request: String) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply
}

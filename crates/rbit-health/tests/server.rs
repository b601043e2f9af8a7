//! The server as somebody who asks sees it.

use anyhow::ensure;
use rbit_health::HealthServer;
use rbit_job::health::{Health, Part};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn it_answers_each_connection_once_with_json() -> anyhow::Result<()> {
    let (server, health) = started().await?;
    health.well(Part::Journal);
    health.ill(Part::Broker, "connection refused", false);
    let answer = ask(&server, "GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n").await?;
    ensure!(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{answer}");
    ensure!(answer.contains("content-type: application/json\r\n"), "{answer}");
    ensure!(answer.contains(r#""last_error":"connection refused""#), "{answer}");
    health.well(Part::Broker);
    let answer = ask(&server, "GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n").await?;
    ensure!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    Ok(())
}

#[tokio::test]
async fn what_is_no_request_is_no_answer_and_no_end() -> anyhow::Result<()> {
    let (server, _) = started().await?;
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000));
    for noise in ["\u{0}\u{1}\u{2}\r\n\r\n", "AMQP\u{0}\u{0}\u{9}\u{1}\r\n\r\n", &long] {
        let answer = ask(&server, noise).await.unwrap_or_default();
        ensure!(!answer.contains("200 OK"), "{answer}");
    }
    let answer = ask(&server, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").await?;
    ensure!(answer.ends_with("{\"live\":true}\n"), "{answer}");
    Ok(())
}

#[tokio::test]
async fn those_who_say_nothing_do_not_keep_others_from_asking() -> anyhow::Result<()> {
    let (server, _) = started().await?;
    let mut silent = Vec::new();
    for _ in 0..15 {
        silent.push(TcpStream::connect(server.address()).await?);
    }
    let answer = ask(&server, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").await?;
    ensure!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    Ok(())
}

async fn started() -> anyhow::Result<(HealthServer, Health)> {
    let health = Health::default();
    let server = HealthServer::start(([127, 0, 0, 1], 0).into(), health.clone()).await?;
    Ok((server, health))
}

async fn ask(server: &HealthServer, request: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(server.address()).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

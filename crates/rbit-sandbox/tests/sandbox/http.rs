//! Requests of guests: where they get, and where they do not.

mod server;
mod sums;
mod trust;

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use rbit_job::{
    Plan, Reason,
    http::{HttpGrant, HttpPolicy, HttpRefusal},
    port::{Execution, StopCause},
};
use rbit_sandbox::{Resolver, SandboxSettings};
use rbit_testkit::guests::Fixture;

use self::server::{Answer, Server};
use crate::suite::bench::{Bench, ending};

/// Says of every name what it was told to say, in turn.
struct Names {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Names {
    fn saying(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |addresses: &&[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().rev().map(parse).collect()),
            asked: AtomicUsize::new(0),
        })
    }
}

#[async_trait]
impl Resolver for Names {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().unwrap();
        let last = answers.len() == 1;
        let answer = if last { answers.last().cloned() } else { answers.pop() };
        answer.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn bench(names: Arc<dyn Resolver>) -> Bench {
    let mut bench = Bench::with(SandboxSettings {
        max_memory: 256 << 20,
        http_ca: Some(Vec::new()),
        ..SandboxSettings::default()
    });
    bench.sandbox = bench.sandbox.resolving_with(names);
    bench
}

/// Every name is this machine.
fn local() -> Bench {
    bench(Names::saying(&[&["127.0.0.1"]]))
}

pub(crate) fn grant(allow: &str, internal: &[&str]) -> HttpGrant {
    HttpGrant {
        allow: allow.split(' ').map(|pattern| pattern.parse().unwrap()).collect(),
        internal: internal.iter().map(|pair| pair.parse().unwrap()).collect(),
        policy: HttpPolicy::Enforce,
    }
}

/// A guest that makes these requests to the server as `cnx.test`, which it is allowed.
fn fetches(bench: &Bench, server: &Server, requests: &str, settings: &[(&str, &str)]) -> Plan {
    let port = server.port();
    let requests = requests.replace("PORT", &port.to_string());
    let settings: Vec<_> = [("requests", requests.as_str())]
        .into_iter()
        .chain(settings.iter().copied())
        .collect();
    let mut plan = bench.fixture_plan(Fixture::Fetches, &settings);
    plan.limits.memory = 64 << 20;
    plan.http = Some(grant(&format!("http://cnx.test:{port}"), &["cnx.test=127.0.0.0/8"]));
    plan
}

fn told(bench: &Bench, execution: &Execution) -> Vec<String> {
    assert!(execution.result.is_ok(), "{execution:?}");
    bench
        .log
        .all()
        .iter()
        .map(|line| line.trim_start_matches("stdout: ").to_owned())
        .collect()
}

#[tokio::test]
async fn a_request_that_a_pattern_means_is_answered_and_noted() {
    let (bench, server) = (local(), Server::start(Answer::Text("hello")).await);
    let plan = fetches(
        &bench,
        &server,
        "POST http CNX.test.:PORT /a?token=sesame",
        &[("body-bytes", "5000")],
    );
    let execution = bench.run(&plan).await;
    assert_eq!(told(&bench, &execution), ["200 5 hello"]);

    let [heard] = server.heard().try_into().unwrap();
    assert_eq!(heard.line, "POST /a?token=sesame HTTP/1.1");
    assert_eq!(heard.hosts, [format!("cnx.test:{}", server.port())]);

    let [noted] = bench.log.exchanges().try_into().unwrap();
    assert_eq!(
        (noted.method.as_str(), noted.path.as_str(), noted.status),
        ("POST", "/a", Some(200))
    );
    assert_eq!(noted.target, Some(format!("http://cnx.test:{}", server.port())));
    assert_eq!(noted.address, "127.0.0.1".parse().ok());
    assert_eq!(
        (noted.sent, noted.received, noted.is_refused, noted.error),
        (5000, 5, false, None)
    );
    let usage = execution.usage;
    assert_eq!(
        (
            usage.http_requests,
            usage.http_refused,
            usage.http_bytes,
            usage.http_peak
        ),
        (1, 0, 5005, 1)
    );
}

#[tokio::test]
async fn what_no_pattern_means_is_refused_and_nobody_is_asked_where_it_is() {
    let names = Names::saying(&[&["127.0.0.1"]]);
    let (bench, server) = (bench(names.clone()), Server::start(Answer::Text("hello")).await);
    let plan = fetches(
        &bench,
        &server,
        "GET http evil.test:PORT /\nGET https cnx.test:PORT /\nGET http cnx.test /\nGET http 127.0.0.1:PORT /",
        &[],
    );
    let execution = bench.run(&plan).await;
    assert_eq!(told(&bench, &execution), ["error: ErrorCode::HttpRequestDenied"; 4]);
    assert_eq!((server.heard().len(), names.asked.load(Ordering::Relaxed)), (0, 0));
    assert_eq!(execution.usage.http_refused, 4);
    assert!(
        bench
            .log
            .exchanges()
            .iter()
            .all(|noted| noted.is_refused && noted.refusal == Some(HttpRefusal::Pattern))
    );
}

#[tokio::test]
async fn a_runner_without_a_grant_reaches_nothing_and_a_guest_that_fails_for_it_is_denied() {
    let (bench, server) = (local(), Server::start(Answer::Text("hello")).await);
    for then in ["fails", "traps"] {
        let mut plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &[("then", then)]);
        plan.http = None;
        let (reason, text) = ending(&bench.run(&plan).await);
        assert_eq!(reason, Reason::Denied, "{text}");
        let begin = format!(
            "a request to http://cnx.test:{} was refused: the runner has no `allow-http`; then it ",
            server.port()
        );
        assert!(text.starts_with(&begin), "{text}");
    }
    assert_eq!(server.heard().len(), 0);
}

#[tokio::test]
async fn tricks_with_host_method_and_headers_reach_nobody() {
    let (bench, server) = (local(), Server::start(Answer::Text("hello")).await);
    let requests = "CONNECT http cnx.test:PORT /\nTRACE http cnx.test:PORT /\nGET http cnx.test@evil.test:PORT /\n\
        GET http joe:pass@cnx.test:PORT /\nGET http 2130706433:PORT /\nGET ftp cnx.test:PORT /\nGET http cnx.test:PORT http://evil.test/";
    let plan = fetches(&bench, &server, requests, &[]);
    let execution = bench.run(&plan).await;
    let lines = told(&bench, &execution);
    assert!(
        lines.len() == 7 && lines.iter().all(|line| line.starts_with("error: ")),
        "{lines:?}"
    );
    assert_eq!(server.heard().len(), 0);
}

/// Whoever answers would read them in two ways.
#[tokio::test]
async fn a_length_that_is_no_number_or_said_twice_reaches_nobody() {
    let (bench, server) = (local(), Server::start(Answer::Text("hello")).await);
    for length in ["1x", "+3", "3, 3", "-1", "0x3", "99999999999999999999"] {
        let header = format!("Content-Length: {length}");
        let settings = [("header", header.as_str()), ("body-bytes", "3")];
        let execution = bench
            .run(&fetches(&bench, &server, "POST http cnx.test:PORT /", &settings))
            .await;
        let told = told(&bench, &execution);
        assert!(told.last().unwrap().starts_with("error: "), "{length}: {told:?}");
    }
    assert_eq!(server.heard().len(), 0);
}

#[tokio::test]
async fn a_guest_without_any_patience_does_no_harm() {
    for answer in [Answer::Text("hello"), Answer::Never] {
        let (bench, server) = (local(), Server::start(answer).await);
        let plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &[("patience-ms", "0")]);
        let execution = bench.run(&plan).await;
        // It may be answered at once.
        assert_eq!(told(&bench, &execution).len(), 1);
    }
}

#[tokio::test]
async fn a_guest_cannot_say_who_the_host_is() {
    let (bench, server) = (local(), Server::start(Answer::Text("hello")).await);
    for header in ["Host: evil.test", "Transfer-Encoding: chunked", "Connection: upgrade"] {
        let plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &[("header", header)]);
        let execution = bench.run(&plan).await;
        assert!(
            told(&bench, &execution).last().unwrap().starts_with("error: header: "),
            "{header}"
        );
    }
    assert_eq!(server.heard().len(), 0);
}

#[tokio::test]
async fn an_allowed_name_with_an_address_that_is_not_public_is_refused() {
    for address in [
        "127.0.0.1",
        "::ffff:127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "100.64.0.1",
        "fd00:ec2::254",
        "fe80::1",
        "2001::7f00:1",
        "::7f00:1",
        "192.168.1.1",
    ] {
        let bench = bench(Names::saying(&[&[address]]));
        let server = Server::start(Answer::Text("hello")).await;
        let mut plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &[("then", "fails")]);
        plan.http = Some(grant(
            &format!("http://cnx.test:{}", server.port()),
            &["other.test=0.0.0.0/0"],
        ));
        let (reason, text) = ending(&bench.run(&plan).await);
        assert_eq!(reason, Reason::Denied, "{text}");
        assert!(
            text.contains(" address, and `allow-internal` does not name both; then it failed: "),
            "{text}"
        );
        assert!(text.contains("DestinationIpProhibited"), "{text}");
        assert_eq!(server.heard().len(), 0);
    }
}

#[tokio::test]
async fn a_name_that_means_something_else_a_moment_later_is_connected_to_where_it_was_checked() {
    // The second answer is what an attacker would have the connection go to.
    let names = Names::saying(&[&["127.0.0.1"], &["127.0.0.99"]]);
    let (bench, server) = (bench(names.clone()), Server::start(Answer::Text("hello")).await);
    let mut plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &[]);
    plan.http = Some(grant(
        &format!("http://cnx.test:{}", server.port()),
        &["cnx.test=127.0.0.1"],
    ));
    let execution = bench.run(&plan).await;
    assert_eq!(told(&bench, &execution), ["200 5 hello"]);
    assert_eq!(names.asked.load(Ordering::Relaxed), 1);

    // And a request that comes after it is decided by what the name means then.
    let execution = bench.run(&plan).await;
    assert_eq!(
        told(&bench, &execution).last().unwrap(),
        "error: ErrorCode::DestinationIpProhibited"
    );
}

#[tokio::test]
async fn a_redirect_is_the_guests_to_follow() {
    let (bench, server) = (local(), Server::start(Answer::Redirect("http://127.0.0.1/")).await);
    let plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &[]);
    let execution = bench.run(&plan).await;
    assert_eq!(told(&bench, &execution), ["302 0 "]);
    assert_eq!(server.heard().len(), 1);
}

#[tokio::test]
async fn a_request_that_would_be_refused_is_sent_where_requests_are_counted() {
    let (bench, server) = (local(), Server::start(Answer::Text("hello")).await);
    let mut plan = fetches(
        &bench,
        &server,
        "GET http other.test:PORT /\nGET http inner.test:PORT /",
        &[],
    );
    let counting = HttpGrant {
        policy: HttpPolicy::Count,
        ..grant("https://cnx.test", &["other.test=127.0.0.1"])
    };
    plan.http = Some(counting);
    let execution = bench.run(&plan).await;
    assert_eq!(
        told(&bench, &execution),
        ["200 5 hello", "error: ErrorCode::DestinationIpProhibited"]
    );
    let noted = bench.log.exchanges();
    assert_eq!(
        (noted[0].refusal, noted[0].is_refused),
        (Some(HttpRefusal::Pattern), false)
    );
    assert!(noted[1].is_refused);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_broken_off() {
    let (bench, server) = (local(), Server::start(Answer::Endless).await);
    let mut plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &[("then", "fails")]);
    plan.limits.http_response_size = 100_000;
    let execution = bench.run(&plan).await;
    let (reason, text) = ending(&execution);
    assert_eq!(reason, Reason::HttpLimit, "{text}");
    assert!(
        text.starts_with("http-response-size: limit 100000 bytes, peak "),
        "{text}"
    );
    assert!(execution.usage.http_bytes < 1_000_000, "{execution:?}");
    server.all_closed().await;
}

#[tokio::test]
async fn a_request_that_is_too_large_is_broken_off() {
    let (bench, server) = (local(), Server::start(Answer::Never).await);
    let mut plan = fetches(
        &bench,
        &server,
        "POST http cnx.test:PORT /",
        &[("body-bytes", "300000"), ("then", "fails")],
    );
    plan.limits.http_request_size = 100_000;
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::HttpLimit, "{text}");
    assert!(
        text.starts_with("http-request-size: limit 100000 bytes, peak "),
        "{text}"
    );
    assert!(text.contains("HttpRequestBodySize"), "{text}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up_in_time() {
    let (bench, server) = (local(), Server::start(Answer::Never).await);
    let mut plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &[("then", "fails")]);
    plan.limits.http_timeout = Duration::from_millis(100);
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::HttpLimit, "{text}");
    assert!(
        text.starts_with("http-timeout: limit 100ms is over for one request; then it failed: "),
        "{text}"
    );
    server.all_closed().await;
}

#[tokio::test]
async fn an_answer_that_never_ends_is_given_up_in_time() {
    let (bench, server) = (local(), Server::start(Answer::Drip).await);
    let mut plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &[("then", "fails")]);
    plan.limits.http_timeout = Duration::from_millis(100);
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::HttpLimit, "{text}");
    assert!(text.contains("200, then "), "{text}");
    server.all_closed().await;
}

#[tokio::test]
async fn a_flood_of_requests_ends_at_the_limit() {
    let (bench, server) = (local(), Server::start(Answer::Text("hello")).await);
    let settings = [("times", "500"), ("then", "fails")];
    let mut plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &settings);
    plan.limits.http_requests = 20;
    let execution = bench.run(&plan).await;
    let (reason, text) = ending(&execution);
    assert_eq!(reason, Reason::HttpLimit, "{text}");
    assert!(
        text.starts_with("http-requests: limit 20, peak 20, 1 more refused; then it failed: "),
        "{text}"
    );
    assert_eq!((server.heard().len(), execution.usage.http_requests), (20, 500));
    assert_eq!(bench.log.exchanges().len(), 20);
}

#[tokio::test]
async fn requests_wait_for_each_other_beyond_the_number_at_once() {
    let (bench, server) = (local(), Server::start(Answer::Text("hello")).await);
    let settings = [("times", "20"), ("at-once", "yes")];
    let mut plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &settings);
    plan.limits.http_concurrency = 3;
    let execution = bench.run(&plan).await;
    assert_eq!(told(&bench, &execution), ["200 5 hello"; 20]);
    assert!(execution.usage.http_peak <= 3, "{execution:?}");
    assert!(server.most_at_once() <= 3);
}

#[tokio::test]
async fn a_guest_that_waits_for_an_answer_is_gone_when_it_is_told_to_stop() {
    for answer in [Answer::Never, Answer::Drip] {
        let (bench, server) = (local(), Server::start(answer).await);
        let plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &[]);
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let signal = Box::pin(async { stopped.await.unwrap_or(StopCause::Drain) });
        let stopping = async {
            server.any_heard().await;
            stop.send(StopCause::Cancel).unwrap();
            Instant::now()
        };
        let (execution, told) = tokio::join!(bench.run_until(&plan, signal), stopping);
        let took = told.elapsed();
        println!("waits for an answer: {took:?}");
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert_eq!(ending(&execution).0, Reason::Cancelled);
        server.all_closed().await;
        assert_eq!(bench.log.exchanges().len(), 1);
    }
}

//! Answers of the plan's own, in place of the network's.

use rbit_job::{
    Plan, Reason,
    http::{CannedAnswer, HttpGrant, HttpPolicy, HttpRefusal, UrlPattern},
};
use rbit_testkit::guests::Fixture;

use crate::suite::bench::{Bench, ending};

fn answer(url: &str, status: u16, body: &str) -> CannedAnswer {
    CannedAnswer {
        method: "GET".into(),
        url: UrlPattern::new(url),
        request_headers: vec![],
        request_body: None,
        times: None,
        status,
        headers: vec![("x-from".into(), "a can".into())],
        body: body.as_bytes().to_vec(),
    }
}

/// A guest that may reach `cnx.test` and nothing else, on a machine on which nothing has that name.
fn asking(bench: &Bench, requests: &str, answers: Vec<CannedAnswer>) -> Plan {
    let mut plan = bench.fixture_plan(Fixture::Fetches, &[("requests", requests), ("then", "fails")]);
    plan.http = Some(HttpGrant {
        allow: vec!["http://cnx.test".parse().unwrap()],
        internal: vec![],
        policy: HttpPolicy::Enforce,
    });
    plan.canned = Some(answers);
    plan
}

#[tokio::test]
async fn a_request_gets_the_first_answer_that_is_for_it_and_nothing_is_sent() {
    let bench = Bench::new();
    let requests = "GET http cnx.test /book?version=2\nGET http CNX.test:80 /other";
    let answers = vec![answer("http://cnx.test/book?*", 200, "the book"), answer("*", 404, "")];
    bench.run(&asking(&bench, requests, answers)).await.result.unwrap();
    assert_eq!(bench.log.all().len(), 2, "{:?}", bench.log.all());
    let exchanges = bench.log.exchanges();
    let seen: Vec<_> = exchanges
        .iter()
        .map(|exchange| {
            let canned = exchange.canned.as_ref().unwrap();
            (exchange.status, canned.url.as_str(), canned.answer, exchange.received)
        })
        .collect();
    assert_eq!(
        seen,
        [
            (Some(200), "http://cnx.test/book?version=2", Some(0), 8),
            (Some(404), "http://cnx.test/other", Some(1), 0),
        ]
    );
    assert!(exchanges.iter().all(|exchange| exchange.address.is_none()));
}

#[tokio::test]
async fn a_request_that_no_answer_is_for_is_as_if_nobody_listened() {
    let bench = Bench::new();
    let plan = asking(
        &bench,
        "GET http cnx.test /x",
        vec![answer("http://cnx.test/y", 200, "")],
    );
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::GuestFailed);
    assert!(text.contains("ConnectionRefused"), "{text}");
    let exchange = bench.log.exchanges().pop().unwrap();
    assert_eq!(exchange.canned.unwrap().answer, None);
}

#[tokio::test]
async fn what_may_not_be_asked_for_is_refused_whatever_answers_there_are() {
    let bench = Bench::new();
    let plan = asking(&bench, "GET http evil.test /", vec![answer("*", 200, "")]);
    assert_eq!(ending(&bench.run(&plan).await).0, Reason::Denied);
    let exchange = bench.log.exchanges().pop().unwrap();
    assert_eq!((exchange.refusal, exchange.canned), (Some(HttpRefusal::Pattern), None));
}

#[tokio::test]
async fn an_answer_that_is_longer_than_it_may_be_ends_where_one_from_the_network_would() {
    let bench = Bench::new();
    let mut plan = asking(
        &bench,
        "GET http cnx.test /x",
        vec![answer("*", 200, "four bytes and more")],
    );
    plan.limits.http_response_size = 4;
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::HttpLimit);
    assert!(text.starts_with("http-response-size: limit 4 bytes"), "{text}");
}

#[tokio::test]
async fn only_a_request_with_the_right_fields_and_body_gets_an_answer_that_asks_for_them() {
    let bench = Bench::new();
    let mut wanted = answer("*", 200, "");
    wanted.request_headers = vec![("Authorization".into(), "Basic eA==".into())];
    for (header, is_answered) in [
        ("authorization: Basic eA==", true),
        ("authorization: Basic eQ==", false),
    ] {
        let mut plan = asking(&bench, "GET http cnx.test /x", vec![wanted.clone()]);
        plan.settings.push(("header".into(), header.into()));
        assert_eq!(bench.run(&plan).await.result.is_ok(), is_answered, "{header}");
    }
    wanted.request_headers.clear();
    for (body, is_answered) in [("xx", false), ("", true)] {
        wanted.request_body = Some(body.into());
        let plan = asking(&bench, "GET http cnx.test /x", vec![wanted.clone()]);
        assert_eq!(bench.run(&plan).await.result.is_ok(), is_answered, "{body}");
    }
}

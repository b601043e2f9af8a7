//! What all requests of a job may have together.

use rbit_job::Reason;

use super::{
    fetches, local,
    server::{Answer, Server},
};
use crate::suite::bench::ending;

#[tokio::test]
async fn all_bodies_together_end_at_the_limit() {
    let (bench, server) = (local(), Server::start(Answer::Text("hello")).await);
    let settings = [("times", "500"), ("then", "fails")];
    let mut plan = fetches(&bench, &server, "GET http cnx.test:PORT /", &settings);
    plan.limits.http_bytes = 100;
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::HttpLimit, "{text}");
    assert!(
        text.starts_with("http-bytes: limit 100 bytes, peak 100 bytes"),
        "{text}"
    );
}

//! What is left when guests in processes are gone. The test is alone in its process, so that it can count.

#![expect(clippy::unwrap_used, reason = "what the tests share panics as they do")]

#[path = "../../rbit-sandbox/tests/sandbox/bench.rs"]
#[expect(dead_code, reason = "the bench of the other tests; this one needs little of it")]
mod bench;
#[path = "processes/subject.rs"]
mod subject;
#[path = "../../rbit-sandbox/tests/residue/thousand.rs"]
mod thousand;

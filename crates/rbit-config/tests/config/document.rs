//! What `docs/configuration.md` shows is what happens.

use std::path::Path;

use rbit_config::{PermissiveWorld, read};

use crate::surroundings::{in_world, lines, settings};

const DOCUMENT: &str = include_str!("../../../../docs/configuration.md");

/// The text of the first block of a language.
fn block(language: &str) -> &'static str {
    let from = DOCUMENT.split_once(&format!("```{language}\n")).unwrap().1;
    from.split_once("```").unwrap().0
}

#[test]
fn the_configuration_in_the_document_loads() {
    let settings = settings(block("ini"));
    assert_eq!((settings.queues.len(), settings.runners[0].mounts.len()), (2, 1));
}

#[test]
fn the_mistakes_in_the_document_are_reported_like_that() {
    let text = block("ini")
        .replace("offline:offlinezip", "offline:offline-zip")
        .replace("host = rabbit", "hsot = rabbit")
        .replace("runner = wasm!runners/pdf", "runner = runners/pdf")
        .replace("timeout = 20m", "timeout = 20");
    let mut surroundings = in_world(&PermissiveWorld);
    surroundings.environment = vec![("RBIT_AMQP_PORT".into(), "70000".into())];
    let problems = lines(&read(&text, Path::new("rbit.ini"), &surroundings).problems);
    assert_eq!(problems.join("\n"), block("text").trim_end());
}

//! `cargo xtask chaos`, short.

use rbit_e2e::chaos::{self, Options};
use tempfile::tempdir;

use crate::rbit_program;

#[tokio::test(flavor = "multi_thread")]
async fn killed_boxes_and_a_broken_network_lose_nothing_and_end_every_job_once() {
    let folder = tempdir().unwrap();
    let options = Options {
        rbit: rbit_program::path(),
        folder: folder.path().to_path_buf(),
        jobs: 300,
        workers: 2,
        kills: 4,
        seed: 7,
    };
    let report = chaos::run(&options).await.unwrap();
    assert!(report.broken().is_empty(), "{report}");
}

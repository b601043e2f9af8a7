//! A child whose place another one has taken.

use std::fs;

use futures_util::future::join_all;
use tokio::{task::yield_now, time::timeout};

use crate::suite::bench::{Bench, PATIENCE, module, plan};

#[tokio::test]
async fn a_child_that_was_replaced_before_it_was_ready_leaves_after_its_jobs() {
    let bench = Bench::with_jobs(4);
    let components: Vec<_> = (0..4)
        .map(|number| {
            let mut bytes = module("returns");
            // A section without a meaning makes it another component.
            bytes.extend([0, 2, 1, number]);
            let file = bench.file(&format!("{number}.wasm"), bytes);
            // So that none of the jobs waits for a compiler.
            bench.sandbox.inspect(&file, None).unwrap();
            plan(&file)
        })
        .collect();
    for execution in join_all(components.iter().map(|plan| bench.run(plan))).await {
        assert!(execution.result.is_ok(), "{:?}", execution.result);
    }
    let only_one_is_left = async {
        while children().len() > 1 {
            yield_now().await;
        }
    };
    timeout(PATIENCE, only_one_is_left).await.unwrap();
    assert_eq!(children().len(), 1, "the last one waits for the next job");
}

/// The processes that threads of this one have started.
fn children() -> Vec<String> {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let of_thread = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children")).unwrap_or_default();
    let all: String = threads.flatten().map(of_thread).collect();
    all.split_whitespace().map(str::to_owned).collect()
}

//! A process, and an instance in it, that are there before the first job.

use std::time::{Duration, Instant};

use rbit_job::{Plan, Runner, template::PathTemplate};

use crate::suite::{bench::PATIENCE, python::ready::desk};

fn runner(plan: &Plan) -> Runner {
    Runner {
        name: plan.runner.clone(),
        processor: plan.processor.clone(),
        output_dir: PathTemplate::new("/nowhere"),
        settings: plan.settings.clone(),
        secrets: Vec::new(),
        mounts: plan.mounts.clone(),
        limits: plan.limits,
        http: None,
        chance: plan.chance,
    }
}

#[tokio::test]
async fn the_first_job_of_a_runner_that_was_prepared_finds_an_instance_ready() {
    let deadline = Instant::now() + PATIENCE / 2;
    // Nobody tells from outside when it has come so far: the next box gets more time.
    for tries in 1.. {
        let desk = desk("pass");
        let plan = desk.plan();
        let folders = desk.bench.folders(&plan);
        let scratch = folders.work.ancestors().nth(2).unwrap();
        desk.bench.sandbox.prepare(&runner(&plan), scratch).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100) * tries).await;
        let execution = desk.bench.run(&plan).await;
        assert_eq!(execution.result, Ok(Vec::new()));
        if execution.usage.was_ready {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "the first job never found one: {execution:?}"
        );
    }
}

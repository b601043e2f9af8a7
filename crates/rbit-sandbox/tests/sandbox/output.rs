//! What guests print.

use crate::suite::bench::Bench;

#[tokio::test]
async fn output_is_logged_by_lines_the_unfinished_one_included() {
    let bench = Bench::new();
    let execution = bench.run(&bench.plan("prints")).await;
    let lines = bench.log.all();
    assert_eq!(lines.len(), 101);
    assert_eq!(lines[0], format!("stdout: {}", "x".repeat(99)));
    assert_eq!(lines[100], "stderr: over");
    assert_eq!(execution.usage.log_bytes, 10_004);
}

#[tokio::test]
async fn output_over_the_limit_is_counted_and_the_guest_goes_on() {
    let bench = Bench::new();
    let mut plan = bench.plan("prints");
    plan.limits.log = 1024;
    let execution = bench.run(&plan).await;
    let lines = bench.log.all();
    assert!(execution.result.is_ok());
    assert_eq!((lines.len(), execution.usage.log_bytes), (12, 10_004));
    assert_eq!(
        lines[11],
        "stderr: [8980 more bytes of output dropped: limit `log` is 1 KiB]"
    );
}

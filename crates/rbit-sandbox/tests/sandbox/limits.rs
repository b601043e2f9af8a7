//! Limits of memory, of what the host holds for a guest, of time on a processor, and of components.

use std::time::Duration;

use rbit_job::Reason;
use rbit_sandbox::{HELD_BY_A_HANDLE, SandboxSettings};
use rbit_testkit::guests::Fixture;

use crate::suite::bench::{Bench, ending};

#[tokio::test]
async fn a_guest_that_gives_up_without_more_memory_is_reported_by_the_limit() {
    let bench = Bench::new();
    let execution = bench.run(&bench.plan("grows")).await;
    let (reason, text) = ending(&execution);
    assert_eq!(reason, Reason::MemoryLimit);
    assert!(text.starts_with("memory: limit 16 MiB, peak "), "{text}");
    assert!(text.contains(", 1 MiB more refused; then it trapped: "), "{text}");
    assert!(
        (15 << 20..=16 << 20).contains(&execution.usage.memory_peak),
        "{execution:?}"
    );
}

#[tokio::test]
async fn a_guest_that_copes_with_a_refusal_is_fine() {
    let bench = Bench::new();
    assert!(bench.run(&bench.plan("copes")).await.result.is_ok());
}

#[tokio::test]
async fn the_memories_of_a_job_are_limited_together() {
    let bench = Bench::new();
    let execution = bench.run(&bench.component_plan("two_memories")).await;
    assert_eq!(ending(&execution).0, Reason::MemoryLimit);
    assert!(
        (15 << 20..=16 << 20).contains(&execution.usage.memory_peak),
        "{execution:?}"
    );
}

#[tokio::test]
async fn a_memory_that_is_too_large_from_the_start_is_the_limits_matter() {
    let bench = Bench::new();
    let mut plan = bench.plan("returns");
    plan.limits.memory = 1 << 16;
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::MemoryLimit);
    assert!(
        text.starts_with("memory: limit 64 KiB, peak 0 bytes, 512 KiB more refused"),
        "{text}"
    );
}

#[tokio::test]
async fn a_list_of_names_that_is_too_long_is_refused_before_it_is_copied() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.plan("names_millions")).await);
    assert_eq!(reason, Reason::HostLimit);
    assert!(
        text.starts_with("call-bytes: limit 8 MiB, more refused in one call between guest and host; then it "),
        "{text}"
    );
}

#[tokio::test]
async fn handles_are_limited() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.component_plan("hoards_handles")).await);
    assert_eq!(reason, Reason::HostLimit);
    assert!(
        text.starts_with("handles: limit 4096, peak 4096, 1 more refused"),
        "{text}"
    );
}

/// Also a guest that may send none can make requests, and each is memory of the host's.
#[tokio::test]
async fn what_the_host_holds_of_a_request_that_is_never_sent_is_bounded() {
    let bench = Bench::new();
    let mut plan = bench.fixture_plan(Fixture::HoardsRequests, &[]);
    plan.limits.handles = 1000;
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::HostLimit, "{text}");
    let line = bench.log.all().remove(0);
    let bytes = line
        .strip_prefix("stdout: ")
        .and_then(|line| line.strip_suffix(" bytes in one request"));
    let bytes: u64 = bytes.unwrap().parse().unwrap();
    assert!((1..=HELD_BY_A_HANDLE).contains(&bytes), "{line}");
}

#[tokio::test]
async fn too_many_random_bytes_at_once_are_refused() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.plan("wants_random")).await);
    assert_eq!(reason, Reason::HostLimit);
    assert!(
        text.starts_with("random-bytes: limit 1 MiB, 2000000 bytes refused in one call"),
        "{text}"
    );
}

#[tokio::test]
async fn a_guest_that_computes_too_long_is_gone_and_where_it_was_is_said() {
    let bench = Bench::new();
    let mut plan = bench.plan("spins");
    plan.limits.cpu_time = Duration::from_millis(50);
    let execution = bench.run(&plan).await;
    let (reason, text) = ending(&execution);
    assert_eq!(reason, Reason::CpuLimit);
    assert!(
        text.starts_with("cpu-time: limit 50ms is over, used ") && text.contains("; in spin"),
        "{text}"
    );
    let usage = execution.usage;
    assert!(
        usage.cpu >= plan.limits.cpu_time && usage.cpu <= usage.wall,
        "{usage:?}"
    );
}

#[tokio::test]
async fn a_guest_that_sleeps_uses_no_processor() {
    let bench = Bench::new();
    let mut plan = bench.plan("sleeps");
    plan.limits.timeout = Duration::from_millis(500);
    plan.limits.cpu_time = Duration::from_millis(400);
    let execution = bench.run(&plan).await;
    assert_eq!(ending(&execution).0, Reason::Timeout);
    assert!(execution.usage.cpu < execution.usage.wall / 2, "{execution:?}");
}

#[tokio::test]
async fn tables_are_limited() {
    let bench = Bench::new();
    let mut plan = bench.plan("grows_table");
    plan.limits.table_elements = 5500;
    let execution = bench.run(&plan).await;
    let (reason, text) = ending(&execution);
    assert_eq!(reason, Reason::TableLimit);
    assert!(text.starts_with("table-elements: limit 5500, peak 5"), "{text}");
    assert!(text.contains(", 1000 more refused; then it trapped: "), "{text}");
    assert!((5000..=5500).contains(&execution.usage.table_peak), "{execution:?}");
}

#[tokio::test]
async fn instances_are_limited() {
    let bench = Bench::new();
    let mut plan = bench.component_plan("two_memories");
    plan.limits.instances = 1;
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::TableLimit, "{text}");
    assert!(text.starts_with("instances: limit 1, peak 1, 1 more refused"), "{text}");
}

#[tokio::test]
async fn the_stack_is_as_large_as_it_is_configured() {
    let bench = Bench::with(SandboxSettings {
        stack: 256 << 10,
        ..SandboxSettings::default()
    });
    let (reason, text) = ending(&bench.run(&bench.plan("recurses")).await);
    assert_eq!(reason, Reason::StackLimit);
    assert!(
        text.starts_with(
            "guest-stack: limit 256 KiB, peak 256 KiB, more refused; then it trapped: call stack exhausted"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn a_component_that_is_too_large_is_not_read_to_its_end() {
    let bench = Bench::with(SandboxSettings {
        component_size: 100,
        ..SandboxSettings::default()
    });
    let (reason, text) = ending(&bench.run(&bench.plan("returns")).await);
    assert_eq!(reason, Reason::ComponentLimit);
    assert!(
        text.contains("it has ") && text.ends_with(" bytes, more than the limit `component-size`, 100 bytes"),
        "{text}"
    );
}

#[tokio::test]
async fn a_component_that_takes_too_long_to_compile_fails_its_jobs() {
    let bench = Bench::with(SandboxSettings {
        compile_time: Duration::ZERO,
        ..SandboxSettings::default()
    });
    let (reason, text) = ending(&bench.run(&bench.plan("returns")).await);
    assert_eq!(reason, Reason::ComponentLimit);
    assert!(
        text.ends_with("it takes longer to compile than the limit `compile-time`, 0ns"),
        "{text}"
    );
}

#[tokio::test]
async fn lines_are_as_long_as_they_may_be() {
    let bench = Bench::new();
    let mut plan = bench.plan("prints");
    plan.limits.log_line = 80;
    bench.run(&plan).await;
    assert_eq!(bench.log.all()[0], format!("stdout: {}", "x".repeat(80)));
    assert_eq!(bench.log.all()[1], format!("stdout: {}", "x".repeat(19)));
}

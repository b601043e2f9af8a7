//! Limits of memory, and of what the host holds for a guest.

use rbit_job::Reason;

use crate::bench::{Bench, ending};

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
    assert_eq!(reason, Reason::GuestTrap);
    assert!(
        text.starts_with("was ended: more than 8 MiB in one call between guest and host"),
        "{text}"
    );
}

#[tokio::test]
async fn handles_are_limited() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.component_plan("hoards_handles")).await);
    assert_eq!(reason, Reason::GuestTrap);
    assert!(text.starts_with("was ended: more than 4096 "), "{text}");
}

#[tokio::test]
async fn too_many_random_bytes_at_once_are_refused() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.plan("wants_random")).await);
    assert_eq!(reason, Reason::GuestTrap);
    assert!(text.contains("1048576"), "{text}");
}

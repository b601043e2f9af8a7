use std::time::Duration;

use rbit_job::Reason;

use crate::trial::{Trial, processes_with};

#[test]
fn time_on_the_wall_ends() {
    let tried = Trial::script("sleep 1000")
        .limits(|limits| limits.timeout = Duration::from_millis(200))
        .run();
    assert_eq!(
        (tried.reason(), tried.text().as_str()),
        (Reason::Timeout, "timeout: limit 200ms is over")
    );
}

#[test]
fn time_on_a_processor_is_that_of_all_processes() {
    let spin = "while :; do :; done";
    let tried = Trial::script(&format!("({spin}) & ({spin}) & wait"))
        .limits(|limits| limits.cpu_time = Duration::from_millis(300))
        .run();
    assert_eq!(tried.reason(), Reason::CpuLimit, "{}", tried.text());
    assert!(tried.execution.usage.cpu >= Duration::from_millis(300));
}

#[test]
fn the_processor_time_of_processes_that_have_ended_counts() {
    let tried = Trial::script("while :; do sh -c 'i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done'; done")
        .limits(|limits| limits.cpu_time = Duration::from_millis(300))
        .run();
    assert_eq!(tried.reason(), Reason::CpuLimit, "{}", tried.text());
}

#[test]
fn memory_of_one_process_is_refused_to_it() {
    let tried = Trial::script("head -c 200000000 /dev/zero | tail")
        .limits(|limits| limits.memory = 32 << 20)
        .run();
    assert_ne!(tried.reason(), Reason::Done);
    assert!(
        tried.execution.usage.memory_peak <= 40 << 20,
        "{:?}",
        tried.execution.usage
    );
}

#[test]
fn memory_of_all_processes_together_is_bounded() {
    // Each is below the limit.
    let eater = "(head -c 40000000 /dev/zero; cat) | tail > /dev/null";
    let tried = Trial::script(&format!(
        "mkfifo wait; exec 9<>wait; for i in 1 2 3 4; do ({eater}) <&9 & done; wait"
    ))
    .limits(|limits| limits.memory = 100 << 20)
    .run();
    assert_eq!(
        tried.reason(),
        Reason::MemoryLimit,
        "{} {:?}",
        tried.text(),
        tried.lines
    );
    assert!(
        tried.text().starts_with("memory: limit 100 MiB, peak "),
        "{}",
        tried.text()
    );
}

#[test]
fn a_full_disk_ends_a_program_that_wants_more() {
    let flood = "i=0; while :; do head -c 1000000 /dev/zero > /work/$i; i=$((i+1)); done";
    let tried = Trial::script(flood).limits(|limits| limits.disk = 20 << 20).run();
    assert_eq!(tried.reason(), Reason::DiskLimit, "{}", tried.text());
}

#[test]
fn one_file_has_no_more_than_the_disk() {
    let tried = Trial::program("/bin/dd", &["if=/dev/zero", "of=/output/file", "bs=1M", "count=100"])
        .limits(|limits| limits.disk = 5 << 20)
        .run();
    assert_eq!(tried.reason(), Reason::DiskLimit, "{}", tried.text());
    let size = std::fs::metadata(tried.output_folder().join("file")).unwrap().len();
    assert!(size <= 5 << 20, "{size}");
}

#[test]
fn a_program_that_wrote_too_much_and_says_0_is_not_done() {
    // So fast that nobody may have looked.
    let tried = Trial::script("for i in 1 2 3 4 5 6; do head -c 1000000 /dev/zero > /output/$i; done; exit 0")
        .limits(|limits| limits.disk = 4 << 20)
        .run();
    assert_eq!(tried.reason(), Reason::DiskLimit, "{}", tried.text());
}

#[test]
fn more_files_than_it_may_have_end_it() {
    let tried = Trial::script("i=0; while :; do mkdir /output/$i; i=$((i+1)); done")
        .limits(|limits| limits.files = 50)
        .run();
    assert_eq!(tried.reason(), Reason::FileLimit, "{}", tried.text());
}

#[test]
fn a_program_that_forks_without_end_has_no_more_processes_than_it_may() {
    let tried = Trial::script("f() { f | f & }; f; sleep 1000")
        .limits(|limits| {
            limits.processes = 20;
            limits.timeout = Duration::from_secs(2);
        })
        .run();
    assert!(
        matches!(tried.reason(), Reason::Timeout | Reason::CpuLimit),
        "{}",
        tried.text()
    );
    let refused = tried.lines.iter().filter(|line| line.contains("fork")).count();
    assert!(refused > 0, "{:?}", tried.lines);
    assert_eq!(processes_with(tried.output_folder().to_str().unwrap()), 0);
}

#[test]
fn a_flood_of_output_is_cut_and_counted() {
    let tried = Trial::script("yes | head -c 3000000")
        .limits(|limits| limits.log = 1000)
        .run();
    assert_eq!(tried.reason(), Reason::Done, "{}", tried.text());
    assert_eq!(tried.execution.usage.log_bytes, 3_000_000);
    assert!(tried.lines.len() < 300, "{}", tried.lines.len());
    assert!(
        tried.lines.last().unwrap().contains("limit `log` is 1000 bytes"),
        "{:?}",
        tried.lines.last()
    );
}

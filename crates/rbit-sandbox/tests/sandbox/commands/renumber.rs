//! What was once wrong with files that get another number.

use super::WORK;
use crate::suite::bench::Bench;

#[tokio::test]
async fn ghsa_3p27_qvp9_27qf_and_fm79_3f68_h2fc_a_file_that_gets_another_number_is_neither_lost_nor_kept() {
    let bench = Bench::new();
    let body = format!(
        "(local $fd i32) (local $n i32)
        (local.set $fd (call $open {WORK} (i32.const 0) (i32.const 1)))
        (loop $again
          (call $ok (call $renumber (call $open {WORK} (i32.const 0) (i32.const 0)) (local.get $fd)))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $n) (i32.const 1000))))
        ;; From nowhere, to nowhere, and to itself.
        (drop (call $renumber (i32.const 99) (local.get $fd)))
        (drop (call $renumber (local.get $fd) (i32.const 99)))
        (drop (call $renumber (local.get $fd) (local.get $fd)))
        (drop (call $renumber (i32.const -1) (i32.const -1)))
        (call $ok (call $write (call $open {WORK} (i32.const 0) (i32.const 0)) (i32.const 5)))
        (call $exit (i32.const 0))"
    );
    let execution = bench.run_start(&body, |limits| limits.open_files = 10).await;
    assert_eq!(execution.result, Ok(vec![]));
    assert!(execution.usage.open_files_peak <= 10, "{:?}", execution.usage);
}

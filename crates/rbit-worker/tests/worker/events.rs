//! Statuses that are told besides the front-end.

use rbit_job::port::Journal as _;
use rbit_testkit::Act;

use crate::bench::{Bench, message};

#[tokio::test]
async fn a_box_that_tells_nobody_writes_no_event_down() {
    let bench = Bench::new(Act::Return(vec![]));
    bench.publish(message("1"));
    let ran = bench.run_until_empty().await;
    assert_eq!(ran.journal.finishes().len(), 1);
    assert_eq!(ran.journal.untold_events().await.unwrap(), []);
}

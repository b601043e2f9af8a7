//! Orders to the box: jobs that are called off, and a drain.

use rbit_job::{BoxCommand, Cancellation, Disposition, JobId, JobState, Reason, Status};
use rbit_testkit::Act;
use rbit_worker::Until;

use crate::bench::{Bench, message};

fn cancel(job: &str) -> BoxCommand {
    BoxCommand::Cancel(Cancellation {
        job: JobId::new(job).unwrap(),
        web_host: None,
    })
}

#[tokio::test]
async fn a_running_job_that_is_called_off_ends_as_cancelled_and_is_told_so_once() {
    let mut bench = Bench::new(Act::RunUntilStopped);
    let orders = bench.obeying();
    bench.publish(message("1"));
    let executor = bench.executor.clone();
    let running = tokio::spawn(bench.run(Until::QueuesAreEmpty));
    executor.running(1).await;
    orders.send(cancel("1")).unwrap();
    let ran = running.await.unwrap();
    assert_eq!(ran.dispositions(), [Some(Disposition::Ack)]);
    assert_eq!(ran.statuses(), [Status::Building, Status::Cancelled]);
    let finish = &ran.journal.finishes()[0];
    assert_eq!(
        (finish.state, finish.outcome.reason()),
        (JobState::Finished, Reason::Cancelled)
    );
}

#[tokio::test]
async fn an_order_for_another_job_leaves_this_one_alone() {
    let mut bench = Bench::new(Act::RunUntilStopped).with_slots(2);
    let orders = bench.obeying();
    bench.publish(message("1"));
    bench.publish(message("2"));
    let (executor, shutdown) = (bench.executor.clone(), bench.shutdown.clone());
    let producer = bench.producer.clone();
    let running = tokio::spawn(bench.run(Until::ToldToStop));
    executor.running(2).await;
    orders.send(cancel("2")).unwrap();
    assert_eq!(producer.settled(1).await.len(), 1);
    shutdown.advance(rbit_worker::Phase::Halt);
    let ran = running.await.unwrap();
    let reasons: Vec<_> = ran
        .journal
        .finishes()
        .iter()
        .map(|finish| finish.outcome.reason())
        .collect();
    assert_eq!(reasons, [Reason::Cancelled, Reason::Interrupted]);
}

#[tokio::test]
async fn a_job_that_was_called_off_before_it_came_is_not_run() {
    let mut bench = Bench::new(Act::Return(vec![]));
    let orders = bench.obeying();
    orders.send(cancel("1")).unwrap();
    let (journal, producer) = (bench.journal.clone(), bench.producer.clone());
    let running = tokio::spawn(bench.run(Until::QueuesAreEmpty));
    while journal.cancellations().is_empty() {
        tokio::task::yield_now().await;
    }
    producer.publish(message("1"));
    let ran = running.await.unwrap();
    assert!(ran.executor.plans().is_empty());
    assert_eq!(
        (ran.dispositions(), ran.statuses()),
        (vec![Some(Disposition::Ack)], vec![Status::Cancelled])
    );
}

#[tokio::test]
async fn an_order_to_drain_lets_the_running_job_end_and_takes_no_other() {
    let mut bench = Bench::new(Act::RunUntilStopped);
    let orders = bench.obeying();
    bench.publish(message("1"));
    bench.publish(message("2"));
    let (executor, producer) = (bench.executor.clone(), bench.producer.clone());
    let running = tokio::spawn(bench.run(Until::ToldToStop));
    executor.running(1).await;
    orders.send(BoxCommand::Drain).unwrap();
    orders.send(cancel("1")).unwrap();
    let ran = running.await.unwrap();
    assert_eq!((producer.left(), ran.executor.plans().len()), (1, 1));
}

//! Orders to the box: jobs that are called off, and a drain.

use std::{fs, time::Duration};

use rbit_job::{BoxCommand, Cancellation, Disposition, JobId, JobState, Reason, Standing, Status};
use rbit_testkit::{Act, RecordingReporter};
use rbit_worker::{Phase, Until};
use tokio::time::timeout;

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
    shutdown.advance(Phase::Halt);
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

/// Stops the job of a box, in each way, when it is where it is wanted; what became of it, and of its message, at once.
async fn stopped_at(step: Step) {
    for (reason, disposition) in [
        (Reason::Cancelled, Some(Disposition::Ack)),
        (Reason::Interrupted, Some(Disposition::Leave)),
    ] {
        let mut bench = step.bench();
        let orders = bench.obeying();
        bench.publish(message("1"));
        let (shutdown, producer, journal) = (bench.shutdown.clone(), bench.producer.clone(), bench.journal.clone());
        let (reporter, executor) = (bench.reporter.clone(), bench.executor.clone());
        let running = tokio::spawn(bench.run(Until::ToldToStop));
        match step {
            Step::Consult => {
                while journal.claims().is_empty() {
                    tokio::task::yield_now().await;
                }
            }
            Step::Announce => reporter.are_on_their_way(1).await,
            Step::Collect => executor.running(1).await,
        }
        if reason == Reason::Cancelled {
            orders.send(cancel("1")).unwrap();
        } else {
            shutdown.advance(Phase::Halt);
        }
        // The clock of the test moves only when nothing else does: this is at once.
        let settled = timeout(Duration::from_millis(1), producer.settled(1)).await.unwrap();
        let settled: Vec<_> = settled.into_iter().map(|one| one.disposition).collect();
        assert_eq!(settled, [disposition], "{step:?}");
        shutdown.advance(Phase::Halt);
        let ran = running.await.unwrap();
        let reasons: Vec<_> = ran.journal.finishes().iter().map(|end| end.outcome.reason()).collect();
        assert_eq!(reasons, [reason], "{step:?}");
        let delivered = fs::read_dir(ran.output.path()).unwrap().count();
        assert_eq!(delivered, 0, "{step:?}");
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Consult,
    Announce,
    Collect,
}

impl Step {
    /// A box whose job does not get past this step by itself.
    fn bench(self) -> Bench {
        let reporter = RecordingReporter::new(Standing::Known(Status::Waiting));
        match self {
            Self::Consult => Bench::new(Act::Return(vec![])).with_reporter(reporter.never_saying()),
            Self::Announce => Bench::new(Act::Return(vec![])).with_reporter(reporter.silent_at("127.0.0.1:1")),
            Self::Collect => Bench::new(Act::WriteWhenStopped("late.txt")),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_front_end_does_not_say_how_it_stands_is_stopped_at_once() {
    stopped_at(Step::Consult).await;
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_front_end_does_not_answer_to_its_start_is_stopped_at_once() {
    stopped_at(Step::Announce).await;
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_files_are_about_to_be_collected_is_stopped_at_once_and_delivers_none() {
    stopped_at(Step::Collect).await;
}

//! What each way of ending leads to.

use std::{fs, time::Duration};

use crate::bench::{Bench, message};
use jiff::Timestamp;
use rbit_job::{
    Attempt, Disposition, Ending, JobState, QueuePolicy, Reason, Standing, Status,
    port::{Clock as _, Journal as _},
};
use rbit_testkit::{Act, Published, RecordingReporter};

#[tokio::test]
async fn a_job_that_is_done_delivers_its_file_is_reported_and_acknowledged() {
    let bench = Bench::new(Act::Write(vec![("m1-1.2.txt", "hello")]));
    bench.publish(message("1"));
    let ran = bench.run_until_empty().await;
    assert_eq!(ran.dispositions(), [Some(Disposition::Ack)]);
    assert_eq!(
        fs::read_to_string(ran.output.path().join("m1/m1-1.2.txt")).unwrap(),
        "hello"
    );
    assert_eq!(ran.statuses(), [Status::Building, Status::Done]);
    let finish = &ran.journal.finishes()[0];
    assert_eq!(
        (finish.state, finish.outcome.reason()),
        (JobState::Finished, Reason::Done)
    );
    assert_eq!(finish.outcome.artifacts()[0].name, "m1-1.2.txt");
}

#[tokio::test]
async fn each_ending_leads_to_its_disposition_and_status() {
    let retry = |seconds| Disposition::Retry {
        delay: Duration::from_secs(seconds),
        attempt: Attempt::new(2),
    };
    let table = [
        (
            Ending::failed(Reason::GuestFailed, "no"),
            Disposition::Ack,
            vec![Status::Building, Status::Failed],
        ),
        (
            Ending::failed(Reason::Timeout, "late"),
            Disposition::Ack,
            vec![Status::Building, Status::Failed],
        ),
        (
            Ending::Blocked("wait".into()),
            retry(10),
            vec![Status::Building, Status::Blocked],
        ),
        (Ending::HostFault("full".into()), retry(10), vec![Status::Building]),
        (
            Ending::Cancelled,
            Disposition::Ack,
            vec![Status::Building, Status::Cancelled],
        ),
    ];
    for (ending, disposition, statuses) in table {
        let bench = Bench::new(Act::End(ending.clone()));
        bench.publish(message("1"));
        let ran = bench.run_until_empty().await;
        assert_eq!(
            (ran.dispositions(), ran.statuses()),
            (vec![Some(disposition)], statuses),
            "{ending:?}"
        );
    }
}

#[tokio::test]
async fn a_message_that_is_no_request_is_parked_with_the_reason_and_the_next_one_runs() {
    let bench = Bench::new(Act::Return(vec![]));
    bench.publish(Published::new("q", "not json"));
    bench.publish(message("2"));
    let ran = bench.run_until_empty().await;
    let mut parked = 0;
    for disposition in ran.dispositions() {
        match disposition {
            Some(Disposition::Park { reason, text }) => {
                assert_eq!(reason, Reason::Undecodable);
                assert!(!text.is_empty());
                parked += 1;
            }
            other => assert_eq!(other, Some(Disposition::Ack)),
        }
    }
    assert_eq!((parked, ran.executor.plans().len()), (1, 1));
}

#[tokio::test]
async fn a_message_of_a_queue_that_nobody_serves_is_parked() {
    let bench = Bench::new(Act::Return(vec![]));
    bench.publish(crate::bench::message_for("other", "1"));
    let ran = bench.run_until_empty().await;
    assert!(matches!(
        &ran.dispositions()[0],
        Some(Disposition::Park {
            reason: Reason::UnknownRunner,
            ..
        })
    ));
}

#[tokio::test]
async fn what_a_guest_may_not_return_fails_its_job_and_delivers_nothing() {
    for name in [
        "../../etc/passwd",
        "/etc/passwd",
        "/output/../x",
        "/output/absent",
        "/output",
    ] {
        let bench = Bench::new(Act::Return(vec![name]));
        bench.publish(message("1"));
        let ran = bench.run_until_empty().await;
        assert_eq!(
            ran.journal.finishes()[0].outcome.reason(),
            Reason::ArtifactRefused,
            "{name}"
        );
        assert_eq!(ran.statuses(), [Status::Building, Status::Failed]);
    }
}

#[tokio::test]
async fn a_job_that_the_front_end_has_called_off_is_acknowledged_and_not_run() {
    for standing in [
        Standing::Known(Status::Cancelled),
        Standing::Unknown,
        Standing::Known(Status::Done),
    ] {
        let bench = Bench::new(Act::Return(vec![])).with_reporter(RecordingReporter::new(standing));
        bench.publish(message("1"));
        let ran = bench.run_until_empty().await;
        assert_eq!(
            (ran.dispositions(), ran.statuses()),
            (vec![Some(Disposition::Ack)], vec![])
        );
        assert!(ran.executor.plans().is_empty());
    }
}

#[tokio::test]
async fn a_front_end_that_refuses_every_report_holds_up_no_job_and_its_reports_stay_in_the_journal() {
    let reporter = RecordingReporter::new(Standing::Unheard).refusing(u32::MAX);
    let bench = Bench::new(Act::Return(vec![])).with_reporter(reporter);
    bench.publish(message("1"));
    bench.publish(message("2"));
    let ran = bench.run_until_empty().await;
    assert_eq!(ran.dispositions(), [Some(Disposition::Ack), Some(Disposition::Ack)]);
    assert!(ran.journal.next_report_due(Timestamp::MIN).await.unwrap().is_some());
}

#[tokio::test]
async fn a_report_that_was_refused_is_sent_again_later() {
    let reporter = RecordingReporter::new(Standing::Unheard).refusing(u32::MAX);
    let bench = Bench::new(Act::Return(vec![])).with_reporter(reporter);
    bench.publish(message("1"));
    let ran = bench.run_until_empty().await;
    assert!(ran.statuses().is_empty());
    let due = ran.journal.next_report_due(Timestamp::MIN).await.unwrap().unwrap();
    assert!(due > ran.clock.now());
}

#[tokio::test]
async fn an_outcome_that_cannot_be_written_down_leaves_the_message_unsettled() {
    let bench = Bench::new(Act::Return(vec![]));
    bench.journal.break_down();
    bench.publish(message("1"));
    let ran = bench.run_until_empty().await;
    assert_eq!(ran.dispositions(), [None]);
}

#[tokio::test]
async fn a_message_whose_job_has_ended_before_is_acknowledged_and_not_run_again() {
    let bench = Bench::new(Act::Return(vec![]));
    bench.journal.add_ended(crate::bench::ended_record("1"));
    bench.publish(message("1").redelivered());
    let ran = bench.run_until_empty().await;
    assert_eq!(ran.dispositions(), [Some(Disposition::Ack)]);
    assert!(ran.executor.plans().is_empty() && ran.journal.finishes().is_empty());
}

#[tokio::test]
async fn a_job_that_failed_runs_again_only_if_a_person_put_its_message_back() {
    let failed = RecordingReporter::new(Standing::Known(Status::Failed));
    let bench = Bench::new(Act::Return(vec![])).with_reporter(failed);
    bench.publish(message("1"));
    bench.publish(message("2").requeued());
    bench.publish(message("3").requeued().attempt(2));
    let ran = bench.run_until_empty().await;
    let jobs: Vec<_> = ran
        .executor
        .plans()
        .iter()
        .map(|plan| plan.request.job.to_string())
        .collect();
    assert_eq!(jobs, ["2", "3"]);
}

#[tokio::test]
async fn only_a_message_that_nobody_had_before_counts_as_fresh() {
    let bench = Bench::new(Act::Return(vec![]));
    bench.publish(message("1"));
    bench.publish(message("2").redelivered());
    bench.publish(message("3").attempt(2));
    let ran = bench.run_until_empty().await;
    let mut fresh: Vec<_> = ran
        .journal
        .claims()
        .iter()
        .map(|claim| (claim.job.to_string(), claim.is_fresh))
        .collect();
    fresh.sort();
    assert_eq!(fresh, [("1".into(), true), ("2".into(), false), ("3".into(), false)]);
}

#[tokio::test]
async fn a_job_that_never_came_to_an_end_is_given_up_before_it_runs_once_more() {
    let bench = Bench::new(Act::Return(vec![]));
    bench.publish(message("1").attempt(21));
    let ran = bench.run_until_empty().await;
    assert!(ran.executor.plans().is_empty());
    assert!(matches!(
        &ran.dispositions()[0],
        Some(Disposition::Park {
            reason: Reason::HostFault,
            ..
        })
    ));
    assert_eq!(ran.statuses(), [Status::Failed]);
}

#[tokio::test]
async fn a_job_that_nobody_could_take_up_to_its_last_attempt_is_told_as_failed_and_parked() {
    let bench = Bench::new(Act::Return(vec![]));
    bench.journal.refuse_claims();
    bench.publish(message("1").attempt(19));
    bench.publish(message("2").attempt(20));
    let ran = bench.run_until_empty().await;
    let [Some(Disposition::Retry { .. }), Some(Disposition::Park { reason, .. })] = &ran.dispositions()[..] else {
        panic!("{:?}", ran.dispositions())
    };
    assert_eq!(*reason, Reason::HostFault);
    assert_eq!(ran.statuses(), [Status::Failed]);
}

#[tokio::test]
async fn a_job_in_which_we_panic_each_time_is_tried_again_and_parked_after_its_last_attempt() {
    let bench = Bench::new(Act::Panic).with_policy(QueuePolicy {
        retry_steps: vec![Duration::from_secs(7)],
        max_attempts: 2,
        ..QueuePolicy::default()
    });
    bench.publish(message("1"));
    bench.publish(message("1").attempt(2));
    let ran = bench.run_until_empty().await;
    let [Some(first), Some(last)] = &ran.dispositions()[..] else {
        panic!("{:?}", ran.dispositions())
    };
    let retry = Disposition::Retry {
        delay: Duration::from_secs(7),
        attempt: Attempt::new(2),
    };
    assert_eq!(*first, retry);
    let is_host_fault = |text: &str| text.contains("given up at attempt 2: rbit panicked: as the test asked for");
    assert!(
        matches!(last, Disposition::Park { reason: Reason::HostFault, text } if is_host_fault(text)),
        "{last:?}"
    );
    assert_eq!(ran.statuses(), [Status::Building, Status::Building, Status::Failed]);
    assert_eq!(
        fs::read_dir(ran.scratch.path()).unwrap().count(),
        0,
        "nor is its folder left"
    );
}

#[tokio::test]
async fn nothing_of_a_job_is_left_in_the_scratch_folder() {
    let bench = Bench::new(Act::Write(vec![("a", "b")]));
    bench.publish(message("1"));
    let ran = bench.run_until_empty().await;
    assert_eq!(fs::read_dir(ran.scratch.path()).unwrap().count(), 0);
}

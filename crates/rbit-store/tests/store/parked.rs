//! What a person can do with parked messages.

use rbit_job::{Attempt, Disposition, Reason, port::JobSource};
use rbit_store::Store;

use crate::folder::{RealClock, begin, push, source, take};

/// Parks the next message.
async fn park(source: &mut rbit_store::LocalSource) {
    let park = Disposition::Park {
        reason: Reason::Undecodable,
        text: "no JSON".to_owned(),
    };
    take(source).await.settle(&park).await.unwrap();
}

fn retry() -> Disposition {
    Disposition::Retry {
        delay: std::time::Duration::ZERO,
        attempt: Attempt::new(2),
    }
}

#[tokio::test]
async fn a_message_that_is_requeued_comes_as_a_new_one_that_a_person_wants_run() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    let operator = Store::open(folder.path()).unwrap();
    let number = push(&operator, b"?").await;
    let mut source = source(&incarnation, 1, RealClock);
    take(&mut source).await.settle(&retry()).await.unwrap();
    park(&mut source).await;

    assert!(operator.requeue(number).await.unwrap());
    let again = take(&mut source).await;
    assert_eq!(
        (
            again.body.as_slice(),
            again.attempt,
            again.redelivered,
            again.requeued.is_some()
        ),
        (&b"?"[..], Attempt::FIRST, false, true)
    );
    assert_eq!(operator.parked(10).await.unwrap(), []);
    assert!(!operator.requeue(number).await.unwrap(), "it is no longer parked");
    assert!(
        !operator.drop_parked(number).await.unwrap(),
        "and not to be dropped while it is worked on"
    );
}

#[tokio::test]
async fn each_time_a_message_is_requeued_it_is_another_job_and_its_retries_are_the_same_one() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    let operator = Store::open(folder.path()).unwrap();
    let number = push(&operator, b"?").await;
    let mut source = source(&incarnation, 1, RealClock);
    let mut keys = Vec::new();
    for _ in 0..3 {
        let first = take(&mut source).await;
        let key = first.key();
        first.settle(&retry()).await.unwrap();
        let second = take(&mut source).await;
        assert_eq!(second.key(), key);
        drop(second);
        park(&mut source).await;
        assert!(!keys.contains(&key), "{keys:?}");
        keys.push(key);
        assert!(operator.requeue(number).await.unwrap());
    }
}

#[tokio::test]
async fn a_message_that_is_dropped_is_gone_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let incarnation = begin(folder.path()).await;
    let operator = Store::open(folder.path()).unwrap();
    let (first, second) = (push(&operator, b"1").await, push(&operator, b"2").await);
    let mut source = source(&incarnation, 1, RealClock);
    park(&mut source).await;
    park(&mut source).await;
    assert!(operator.drop_parked(first).await.unwrap());
    assert!(!operator.drop_parked(first).await.unwrap());
    let left = operator.parked(10).await.unwrap();
    assert_eq!(left.iter().map(|message| message.number).collect::<Vec<_>>(), [second]);
    assert_eq!(source.waiting().await.unwrap(), 0);
}

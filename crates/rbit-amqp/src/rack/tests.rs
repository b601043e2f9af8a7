use async_trait::async_trait;
use rbit_job::{
    Disposition,
    port::{Settle, SettleError},
};
use tokio::time::{advance, timeout};

use super::*;

/// The settlement of a delivery, as far as the rack knows it.
struct Settlement {
    tag: Arc<Tag>,
    given_back: Arc<Mutex<Vec<JobKey>>>,
    is_live: bool,
}

#[async_trait]
impl Settle for Settlement {
    async fn settle(self: Box<Self>, _: &Disposition) -> Result<(), SettleError> {
        Ok(())
    }
    fn is_live(&self) -> bool {
        self.is_live
    }
}

impl Drop for Settlement {
    fn drop(&mut self) {
        if self.tag.is_given_back() {
            self.given_back.lock().unwrap().push(self.tag.key.clone());
        }
    }
}

struct Scene {
    rack: Rack,
    given_back: Arc<Mutex<Vec<JobKey>>>,
}

impl Scene {
    fn with(limits: &[(&str, u16)]) -> Self {
        let subscriptions: Vec<_> = limits
            .iter()
            .map(|(name, prefetch)| Subscription {
                queue: queue(name),
                prefetch: *prefetch,
            })
            .collect();
        Self {
            rack: Rack::new(&subscriptions),
            given_back: Arc::default(),
        }
    }

    fn put(&self, queue_name: &str, id: &str) {
        self.put_if_live(queue_name, id, true);
    }

    fn put_if_live(&self, queue_name: &str, id: &str, is_live: bool) {
        let tag = self.rack.tag(&queue(queue_name), key(queue_name, id));
        let settlement = Settlement {
            tag: Arc::clone(&tag),
            given_back: Arc::clone(&self.given_back),
            is_live,
        };
        let mut delivery = Delivery::new(queue(queue_name), Vec::new(), Box::new(settlement));
        delivery.message_id = Some(id.to_owned());
        self.rack.put(delivery, &tag);
    }

    async fn next(&self) -> Delivery {
        timeout(HOUR, self.rack.next()).await.unwrap().unwrap()
    }

    async fn has_none(&self) -> bool {
        timeout(HOUR, self.rack.next()).await.is_err()
    }

    fn given_back(&self) -> Vec<JobKey> {
        self.given_back.lock().unwrap().clone()
    }
}

fn queue(name: &str) -> QueueName {
    QueueName::new(name).unwrap()
}

fn key(queue_name: &str, id: &str) -> JobKey {
    JobKey::of(&queue(queue_name), Some(id), b"")
}

fn id(delivery: &Delivery) -> &str {
    delivery.message_id.as_deref().unwrap()
}

/// The clock of these tests moves only when nothing else does.
const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn what_came_first_is_handed_out_first_and_what_died_meanwhile_is_not() {
    let scene = Scene::with(&[("a", 2), ("b", 2)]);
    scene.put_if_live("a", "1", false);
    scene.put("b", "2");
    scene.put("a", "3");
    let taken = [scene.next().await, scene.next().await];
    assert_eq!(taken.each_ref().map(id), ["2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_queue_at_its_limit_lets_others_pass_until_one_of_its_jobs_has_ended() {
    let scene = Scene::with(&[("a", 1), ("b", 1)]);
    for (queue, id) in [("a", "1"), ("a", "2"), ("b", "3")] {
        scene.put(queue, id);
    }
    let (first, other) = (scene.next().await, scene.next().await);
    assert_eq!([id(&first), id(&other)], ["1", "3"]);
    assert!(scene.has_none().await);
    assert!(scene.rack.is_full(&queue("a")) && scene.rack.is_any_full());
    let (next, ()) = tokio::join!(scene.next(), async { drop(first) });
    assert_eq!(id(&next), "2");
}

#[tokio::test(start_paused = true)]
async fn the_message_of_a_job_that_runs_here_is_handed_out_beyond_the_limit_and_never_given_back() {
    let scene = Scene::with(&[("a", 1)]);
    scene.put("a", "1");
    let _running = scene.next().await;
    scene.put("a", "1");
    assert!(timeout(HOUR, scene.rack.overdue()).await.is_err());
    scene.rack.give_back(&queue("a"));
    assert_eq!(id(&scene.next().await), "1");
    assert_eq!(scene.given_back(), []);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_overdue_when_it_has_waited_for_two_seconds() {
    let scene = Scene::with(&[("a", 1)]);
    assert!(timeout(HOUR, scene.rack.overdue()).await.is_err());
    let (began, late) = (Instant::now(), Duration::from_millis(500));
    let put = async {
        advance(late).await;
        scene.put("a", "1");
    };
    tokio::join!(scene.rack.overdue(), put);
    assert_eq!(began.elapsed(), late + PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn what_waits_of_one_queue_is_given_back_and_what_waits_of_another_stays() {
    let scene = Scene::with(&[("a", 2), ("b", 2)]);
    for (queue, id) in [("a", "1"), ("b", "2"), ("a", "3")] {
        scene.put(queue, id);
    }
    scene.rack.give_back(&queue("a"));
    assert_eq!(scene.given_back(), [key("a", "1"), key("a", "3")]);
    assert_eq!(scene.rack.waiting(), 1);
    assert_eq!(id(&scene.next().await), "2");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_wanted_unless_somebody_waits_and_nothing_that_is_here_will_do() {
    let scene = Scene::with(&[("a", 1)]);
    let is_wanted = async || timeout(HOUR, scene.rack.is_wanted()).await.is_ok();
    assert!(!is_wanted().await);
    let (delivery, ()) = tokio::join!(scene.next(), async {
        scene.rack.is_wanted().await;
        scene.put("a", "1");
        assert!(!scene.rack.state.borrow().is_wanted, "one slot is worth one message");
    });
    assert!(!is_wanted().await);
    drop(delivery);
}

#[tokio::test(start_paused = true)]
async fn a_closed_rack_holds_nothing_and_takes_nothing() {
    let scene = Scene::with(&[("a", 1)]);
    scene.put("a", "1");
    scene.rack.close();
    scene.put("a", "2");
    assert_eq!(scene.rack.waiting(), 0);
    assert!(scene.rack.next().await.is_none());
}

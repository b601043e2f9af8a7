//! The queue is deleted under its consumer.

use rbit_testkit::guests::Fixture;

use crate::{
    broker::message_of,
    rbit_box::TestRunner,
    rbit_program::{Running, stderr},
    scene::{Lane, Scene},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_deleted_under_the_box_is_made_again_and_listened_to() {
    let scene = gated_scene().await;
    let running = run_one_job_without_its_queue(&scene).await;
    running.wait_for_times(2, "listening to queue");
    end(&scene, running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_others_make_again_is_listened_to_by_a_box_that_makes_none() {
    let scene = gated_scene().await;
    scene.rbit_box.edit("[amqp]\n", "[amqp]\ndeclare = no\n");
    let running = run_one_job_without_its_queue(&scene).await;
    running.wait_for("there is no such queue");
    let lane = &scene.lanes[0];
    scene.admin.declare_queue(&lane.queue, None).await.unwrap();
    scene.admin.bind_to_pybit(&lane.queue, &lane.key).await.unwrap();
    running.wait_for_times(2, "listening to queue");
    end(&scene, running).await;
}

async fn gated_scene() -> Scene {
    let runner = TestRunner::new("gated", Fixture::Waits)
        .settings("gate = gate")
        .sandbox("mounts = gate");
    let scene = Scene::set(&["4", "5"], vec![Lane::unique(runner)]).await;
    std::fs::create_dir(scene.rbit_box.path("gate")).unwrap();
    scene
}

/// Deletes the queue while a job of it runs.
async fn run_one_job_without_its_queue(scene: &Scene) -> Running {
    scene.publish(0, &message_of(4, "m4")).await;
    let running = scene.rbit_box.start();
    scene.pybit.wait_for(|requests| requests.len() == 2).await.unwrap();
    scene.admin.delete_queue(&scene.lanes[0].queue).await.unwrap();
    running
}

/// The job that ran ends, and so does one that comes by the new queue.
async fn end(scene: &Scene, running: Running) {
    std::fs::write(scene.rbit_box.path("gate/open"), "").unwrap();
    scene.publish(0, &message_of(5, "m5")).await;
    for job in ["4", "5"] {
        scene.rbit_box.until_reported(job).await;
    }
    let output = running.stop();

    assert!(output.status.success(), "{}", stderr(&output));
    for job in ["4", "5"] {
        assert_eq!(scene.pybit.history(job), ["Waiting", "Building", "Done"]);
    }
    assert_eq!(scene.rbit_box.jobs().len(), 2);
    assert_eq!(scene.waiting(0).await, 0);
    scene.admin.delete_queue(&scene.lanes[0].queue).await.unwrap();
}

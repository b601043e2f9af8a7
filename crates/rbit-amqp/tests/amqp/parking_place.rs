//! The queue in which messages are put aside.

use anyhow::ensure;
use rbit_amqp::{AmqpSource, Comparison, QueueFound, QueueNeed, QueueSettings, QueueType};
use rbit_job::{Disposition, Reason, port::JobSource};
use rbit_testkit::PrivateBroker;

use crate::world::{World, listen, take};

#[tokio::test]
async fn what_was_in_a_quorum_queue_is_put_aside_in_one() -> anyhow::Result<()> {
    // That of the shared broker is there already.
    let broker = PrivateBroker::start("")?;
    let world = World::at(broker.broker()).await?;
    let (queue, quorum) = (world.queue(), Some(QueueType::Quorum));
    world.admin.declare_queue(&queue, quorum).await?;
    world.publish(&queue, b"no request").await?;
    let settings = QueueSettings {
        queue_type: quorum,
        ..listen(&queue, 1)
    };
    let mut source = AmqpSource::open(world.settings.clone(), vec![settings])?;
    let park = Disposition::Park {
        reason: Reason::Undecodable,
        text: "no request".into(),
    };
    take(&mut source).await?.settle(&park).await?;
    let found = world.admin.look_at_queue(&QueueNeed::parked(quorum)).await?;
    let comparison = Comparison::Made(Vec::new());
    ensure!(
        matches!(&found, QueueFound::There { messages: 1, comparison: as_needed, .. } if *as_needed == comparison),
        "{found:?}"
    );
    Box::new(source).close().await;
    Ok(())
}

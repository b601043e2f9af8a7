//! A broker, a front-end and a box between them.

use std::time::Duration;

use rbit_amqp::{Admin, AmqpSettings, EXCHANGE, Message, Route};
use rbit_job::{BoxName, QueueName};
use rbit_testkit::{
    TestBroker,
    broker::{unique_pybit_queue, unique_queue},
    fake_pybit::FakePybit,
};

use crate::rbit_box::{RbitBox, TestRunner};

/// A box that serves queues of the real broker and reports to a front-end that answers as PyBit does.
pub(crate) struct Scene {
    pub(crate) pybit: FakePybit,
    pub(crate) admin: Admin,
    pub(crate) rbit_box: RbitBox,
    /// The name of the box, which no other test's box has: the broker lets a name be used once.
    pub(crate) name: BoxName,
    pub(crate) lanes: Vec<Lane>,
}

/// A queue, the key it is bound by, and what serves it.
pub(crate) struct Lane {
    pub(crate) queue: QueueName,
    pub(crate) key: String,
    pub(crate) runner: TestRunner<'static>,
}

impl Lane {
    /// A queue that no other test has.
    pub(crate) fn unique(runner: TestRunner<'static>) -> Self {
        let (queue, key) = unique_pybit_queue();
        Self { queue, key, runner }
    }
}

impl Scene {
    /// Makes everything; the front-end has these jobs waiting, and the queues are empty.
    pub(crate) async fn set(jobs: &[&str], lanes: Vec<Lane>) -> Self {
        Self::at(&TestBroker::find().unwrap(), jobs, lanes).await
    }

    /// The same at this broker.
    pub(crate) async fn at(broker: &TestBroker, jobs: &[&str], lanes: Vec<Lane>) -> Self {
        let mut pybit = FakePybit::start().await.unwrap();
        for job in jobs {
            pybit = pybit.with_job(job, ["Waiting"]);
        }
        let admin = Admin::connect(&amqp_settings(broker)).await.unwrap();
        for lane in &lanes {
            admin.delete_queue(&lane.queue).await.unwrap();
            admin.declare_queue(&lane.queue, None).await.unwrap();
            admin.bind_to_pybit(&lane.queue, &lane.key).await.unwrap();
        }
        let name = BoxName::new(unique_queue().as_str()).unwrap();
        let rbit_box = RbitBox::new(&ini(&name, broker, &pybit, &lanes));
        Self {
            pybit,
            admin,
            rbit_box,
            name,
            lanes,
        }
    }

    /// Publishes a body as PyBit's front-end does: persistent, through its exchange.
    pub(crate) async fn publish(&self, lane: usize, body: &str) {
        let route = Route::Exchange {
            exchange: EXCHANGE.into(),
            key: self.lanes[lane].key.clone(),
        };
        self.admin.publish(&route, &Message::persistent(body)).await.unwrap();
    }

    /// How many messages of a queue wait.
    pub(crate) async fn waiting(&self, lane: usize) -> u32 {
        self.admin
            .depth(&self.lanes[lane].queue)
            .await
            .unwrap()
            .unwrap()
            .messages
    }

    /// Leaves nothing at the broker.
    pub(crate) async fn strike(self) {
        for lane in &self.lanes {
            self.admin.delete_queue(&lane.queue).await.unwrap();
        }
        self.admin.close().await;
    }
}

fn ini(name: &BoxName, broker: &TestBroker, pybit: &FakePybit, lanes: &[Lane]) -> String {
    let TestBroker {
        host,
        port,
        user,
        password,
        virtual_host,
    } = broker;
    let mappings: String = lanes
        .iter()
        .map(|lane| format!("    {}:{}\n", lane.queue, lane.runner.name))
        .collect();
    let sections: String = lanes.iter().map(|lane| lane.runner.section()).collect();
    format!(
        "[rbit]\nname = {name}\ndrain-timeout = 300ms\nqueue-mappings =\n{mappings}\n\
         [amqp]\nhost = {host}\nport = {port}\nuser = {user}\npassword = {password}\nvirtual-host = {virtual_host}\n\n\
         [pybit]\nurl = {}\nuser = admin\npassword = pass\n\n{sections}",
        pybit.url()
    )
}

pub(crate) fn amqp_settings(broker: &TestBroker) -> AmqpSettings {
    AmqpSettings {
        nodes: vec![(broker.host.clone(), broker.port)],
        tls: None,
        user: broker.user.clone(),
        password: broker.password.clone().into(),
        virtual_host: broker.virtual_host.clone(),
        heartbeat: Duration::from_secs(20),
        ack_timeout: Duration::from_secs(1800),
        declare: true,
        box_name: BoxName::new("test").unwrap(),
    }
}

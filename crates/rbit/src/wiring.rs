//! From settings to a worker: the one place that knows every adapter.

use std::{collections::HashMap, sync::Arc};

use anyhow::Context as _;
use jiff::Timestamp;
use rbit_amqp::{AmqpCommands, AmqpEvents, AmqpSource, QueueType};
use rbit_config::{PybitSettings, QueueKind, QueueSettings, Settings, Source};
use rbit_health::HealthServer;
use rbit_jail::Tmpfs;
use rbit_job::{
    BoxName, QueueName, Runner,
    chance::GuestRandom,
    health::Health,
    port::{Clock, JobSource, Reporter, SilentReporter, Subscription},
};
use rbit_pybit::PybitReporter;
use rbit_store::{Incarnation, LocalSource, OpenError, Store, StoreCommands};
use rbit_worker::{Lane, Parts, ScratchRoot, Shutdown, Worker};
use tokio::runtime::{Builder, Runtime};
use tracing::{debug, info};

use crate::{clock::clock, exit_code::Code, failure::Failure, guests::Guests, native::Executors, scratch, secrets};

/// A worker with the source of its jobs.
pub(crate) struct Wired {
    pub(crate) worker: Worker,
    pub(crate) source: Box<dyn JobSource>,
    /// What the folders of jobs lie on, as long as it is kept.
    pub(crate) tmpfs: Option<Tmpfs>,
    /// Answers as long as it is kept.
    pub(crate) health: Option<HealthServer>,
}

/// Joins everything that the settings ask for. Called inside the control runtime.
pub(crate) async fn wire(settings: &Settings, guests: Arc<Guests>, shutdown: &Shutdown) -> Result<Wired, Failure> {
    let executors = Executors::new(guests.clone(), settings)?;
    let hidden = secrets::own(settings);
    let health = Health::in_words(Arc::new({
        let hidden = hidden.clone();
        move |text| hidden.text(text).into_owned()
    }));
    let server = health_server(settings, &health).await?;
    let (store, clock) = (open_store(settings)?, clock());
    let incarnation = Arc::new(begin(&store, clock.now()).await?);
    let (source, commands) = source(settings, &incarnation, &clock, &health).await?;
    let orders = StoreCommands::open(&incarnation);
    let scratch = scratch::open(settings)?;
    prepare(settings, &guests, &scratch.root);
    let mut parts = Parts::new(
        lanes(settings),
        Arc::new(executors),
        incarnation,
        reporter(settings)?,
        clock,
        scratch.root,
    )
    .saying_in(health)
    .hiding(hidden);
    if let Some(events) = events(settings) {
        parts = parts.telling(Arc::new(events));
    }
    let mut worker =
        Worker::new(parts, settings.slots as usize, settings.drain_timeout, shutdown.clone()).obeying(Box::new(orders));
    if let Some(commands) = commands {
        worker = worker.obeying(Box::new(commands));
    }
    Ok(Wired {
        worker,
        source,
        tmpfs: scratch.tmpfs,
        health: server,
    })
}

/// Has the interpreters of runners in Python begin before there are jobs, beside whatever else the box does.
fn prepare(settings: &Settings, guests: &Arc<Guests>, scratch: &ScratchRoot) {
    let may_draw_ahead = |runner: &&Runner| runner.chance.random == GuestRandom::Host;
    let queues = settings.queues.iter().filter(|_| settings.guests.python_ready > 0);
    for runner in queues
        .filter_map(|queue| settings.runner(&queue.runner))
        .filter(may_draw_ahead)
    {
        let Ok(folder) = scratch.of_runner(&runner.name) else {
            continue;
        };
        let (guests, runner) = (guests.clone(), runner.clone());
        tokio::spawn(async move {
            if let Err(ending) = guests.prepare(&runner, &folder).await {
                debug!(runner = %runner.name, ?ending, "nothing was made ready for its first job");
            }
        });
    }
}

/// Where the box says how it is, from its first moment on.
async fn health_server(settings: &Settings, health: &Health) -> Result<Option<HealthServer>, Failure> {
    let Some(address) = settings.health else {
        return Ok(None);
    };
    let started = HealthServer::start(address, health.clone()).await;
    let server = started.map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("cannot listen at `{address}`"));
        Failure::new(Code::Unavailable, error).with_help("does something else listen there? `listen` is in [http]")
    })?;
    info!(address = %server.address(), "the box says there how it is");
    Ok(Some(server))
}

/// The runtime for everything but guests, which have one of their own: a guest that spins must not starve a heartbeat.
pub(crate) fn control_runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("control")
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// The database in the state folder.
pub(crate) fn open_store(settings: &Settings) -> Result<Store, Failure> {
    Ok(Store::open(&settings.state_dir)?)
}

/// The same for commands that look at what is there: where there is none, they say so and make nothing.
pub(crate) fn existing_store(settings: &Settings) -> Result<Store, Failure> {
    Store::open_existing(&settings.state_dir).map_err(|error| match error {
        error @ OpenError::Missing { .. } => Failure::new(
            Code::Unavailable,
            anyhow::Error::new(error).context("no box has worked with this configuration, and nothing was pushed"),
        )
        .with_help("is `state-dir` in [rbit] that of the box? `rbit check FILE --effective` prints it, and where it comes from"),
        error => error.into(),
    })
}

/// The broker, in the words of its adapter.
pub(crate) fn amqp_settings(amqp: &rbit_config::AmqpSettings, box_name: &BoxName) -> rbit_amqp::AmqpSettings {
    rbit_amqp::AmqpSettings {
        nodes: amqp
            .endpoints
            .iter()
            .map(|node| (node.host.clone(), node.port))
            .collect(),
        tls: amqp.tls.as_ref().map(tls_settings),
        user: amqp.user.clone(),
        password: amqp.password.clone(),
        virtual_host: amqp.virtual_host.clone(),
        heartbeat: amqp.heartbeat,
        ack_timeout: amqp.ack_timeout,
        declare: amqp.declare,
        box_name: box_name.clone(),
    }
}

/// Files for encrypted connections, in the words of the adapter.
pub(crate) fn tls_settings(tls: &rbit_config::TlsSettings) -> rbit_amqp::TlsSettings {
    rbit_amqp::TlsSettings {
        ca_file: tls.ca_file.clone(),
        identity: tls.identity.clone(),
    }
}

async fn begin(store: &Store, now: Timestamp) -> Result<Incarnation, Failure> {
    store
        .begin(now)
        .await
        .map_err(|error| Failure::new(Code::Unavailable, error))
}

/// Where jobs come from, and the orders that come with them.
async fn source(
    settings: &Settings,
    incarnation: &Incarnation,
    clock: &Arc<dyn Clock>,
    health: &Health,
) -> Result<(Box<dyn JobSource>, Option<AmqpCommands>), Failure> {
    match &settings.source {
        Source::Local => {
            let subscriptions = settings
                .queues
                .iter()
                .map(|queue| subscription(queue, settings.slots))
                .collect();
            let source = LocalSource::open(incarnation, subscriptions, Arc::clone(clock));
            Ok((Box::new(source), None))
        }
        Source::Amqp(amqp) => {
            let queues = settings
                .queues
                .iter()
                .map(|queue| amqp_queue(queue, settings.slots))
                .collect();
            let source = AmqpSource::open_telling(amqp_settings(amqp, &settings.name), queues, health.clone())?;
            let (source, commands) = with_name(source, client(settings)).await?;
            Ok((Box::new(source), Some(commands)))
        }
    }
}

/// The name by which PyBit knows this box, and by which it sends orders.
pub(crate) fn client(settings: &Settings) -> &BoxName {
    settings.pybit.as_ref().map_or(&settings.name, |pybit| &pybit.client)
}

/// Makes sure that no other box has the name, as far as the broker can tell.
async fn with_name(source: AmqpSource, client: &BoxName) -> Result<(AmqpSource, AmqpCommands), Failure> {
    let mut commands = source.commands(client);
    match commands.claim_name().await {
        Ok(()) => Ok((source, commands)),
        Err(taken) => {
            Box::new(source).close().await;
            let help = taken.help();
            Err(Failure::new(Code::Unavailable, taken).with_help(help))
        }
    }
}

/// A queue never has more with us than the box has slots: what would wait here may run on another box.
fn subscription(queue: &QueueSettings, slots: u32) -> Subscription {
    let prefetch = u16::try_from(queue.slots.min(slots)).unwrap_or(u16::MAX);
    Subscription {
        queue: queue.name.clone(),
        prefetch,
    }
}

pub(crate) fn amqp_queue(queue: &QueueSettings, slots: u32) -> rbit_amqp::QueueSettings {
    rbit_amqp::QueueSettings {
        subscription: subscription(queue, slots),
        queue_type: match queue.kind {
            // No argument, as PyBit declares it: any other would be refused for the queues that it made.
            QueueKind::Classic => None,
            QueueKind::Quorum => Some(QueueType::Quorum),
        },
        retry_steps: queue.policy.retry_steps.clone(),
    }
}

fn lanes(settings: &Settings) -> HashMap<QueueName, Lane> {
    let lane = |queue: &QueueSettings| {
        let runner = settings.runner(&queue.runner)?.clone();
        Some((
            queue.name.clone(),
            Lane {
                runner,
                policy: queue.policy.clone(),
            },
        ))
    };
    settings.queues.iter().filter_map(lane).collect()
}

fn reporter(settings: &Settings) -> Result<Arc<dyn Reporter>, Failure> {
    match settings.pybit.as_ref().filter(|pybit| pybit.report) {
        Some(pybit) => Ok(Arc::new(front_end(pybit)?)),
        None => Ok(Arc::new(SilentReporter)),
    }
}

/// Who is told of statuses besides the front-end.
fn events(settings: &Settings) -> Option<AmqpEvents> {
    let Source::Amqp(amqp) = &settings.source else {
        return None;
    };
    let exchange = amqp.events.as_deref()?;
    Some(AmqpEvents::new(amqp_settings(amqp, &settings.name), exchange))
}

/// The front-end of `[pybit]`.
pub(crate) fn front_end(pybit: &PybitSettings) -> Result<PybitReporter, Failure> {
    let credentials = pybit.credentials.as_ref().map(|known| rbit_pybit::Credentials {
        user: known.user.clone(),
        password: known.password.clone(),
    });
    PybitReporter::new(rbit_pybit::PybitSettings {
        url: pybit.url.as_ref().map(ToString::to_string),
        trusted_hosts: pybit.trusted_hosts.iter().map(ToString::to_string).collect(),
        credentials,
        client: pybit.client.client(),
        connect_timeout: pybit.connect_timeout,
        timeout: pybit.timeout,
    })
    .map_err(|error| Failure::new(Code::Config, anyhow::Error::new(error).context("cannot use `[pybit]`")))
}

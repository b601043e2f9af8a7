//! `rbit push`: a build request for a queue, or a package for PyBit.

mod pybit;

use std::path::Path;

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use rbit_amqp::{Message, Route};
use rbit_config::{Settings, Source};
use rbit_job::{JobId, QueueName};

use super::broker;
use crate::{
    args::PushArgs,
    exit_code::Code,
    failure::Failure,
    message::{self, Fields},
    output, settings, wiring,
};

/// Puts one request into a queue of the configuration's source.
pub(crate) fn push(args: &PushArgs) -> Result<Code, Failure> {
    let settings = settings::load(&args.config)?;
    if args.pybit {
        return pybit::submit(&settings, args);
    }
    let queue = queue(args)?;
    check_served(&settings, &queue, &args.config.file)?;
    let body = body(args)?;
    wiring::control_runtime()?.block_on(send(&settings, &queue, body))?;
    output::print(format!("pushed to `{queue}`\n"))?;
    Ok(Code::Success)
}

/// The queues in the state folder are this box's own: what it does not serve, nobody would ever take. At a broker others may serve
/// the queue, and one that is not there is refused by the broker.
fn check_served(settings: &Settings, queue: &QueueName, file: &Path) -> Result<(), Failure> {
    if matches!(settings.source, Source::Amqp(_)) || settings.serves(queue) {
        return Ok(());
    }
    let error = anyhow!("queue `{queue}` is not served here: the message would wait in it for ever");
    let like = settings.queues_like(queue);
    let mut named: Vec<_> = like.iter().take(MAX_NAMED).map(|queue| format!("`{queue}`")).collect();
    if like.len() > MAX_NAMED {
        named.push("…".to_owned());
    }
    Err(Failure::from(error).with_help(format!(
        "`queue-mappings` in `{}` has {}",
        file.display(),
        named.join(", ")
    )))
}

async fn send(settings: &Settings, queue: &QueueName, body: Vec<u8>) -> Result<(), Failure> {
    let id = ulid::Ulid::generate().to_string();
    match &settings.source {
        Source::Local => {
            let store = wiring::open_store(settings)?;
            store.push(queue, &body, Some(&id), Timestamp::now()).await?;
        }
        Source::Amqp(amqp) => {
            let message = Message {
                message_id: Some(id),
                ..Message::persistent(body)
            };
            let (broker, route) = (
                wiring::amqp_settings(amqp, &settings.name),
                Route::Queue(queue.to_string()),
            );
            let published = rbit_amqp::publish(&broker, &route, &message).await;
            published.map_err(broker::unavailable)?;
        }
    }
    Ok(())
}

fn queue(args: &PushArgs) -> anyhow::Result<QueueName> {
    let made = || {
        [&args.dist, &args.arch, &args.suite, &args.format]
            .map(String::as_str)
            .join("_")
    };
    Ok(QueueName::new(args.queue.clone().unwrap_or_else(made))?)
}

fn body(args: &PushArgs) -> anyhow::Result<Vec<u8>> {
    match &args.message {
        Some(file) => message::read(file).with_context(|| format!("cannot read the message from `{}`", file.display())),
        None => {
            let number = args
                .job
                .unwrap_or_else(|| Timestamp::now().as_millisecond().unsigned_abs());
            message::build_request(&fields(args), &JobId::new(number.to_string())?)
        }
    }
}

fn fields(args: &PushArgs) -> Fields<'_> {
    Fields {
        package: args.package.as_deref().unwrap_or_default(),
        version: &args.version,
        arch: &args.arch,
        suite: &args.suite,
        dist: &args.dist,
        format: &args.format,
        method: &args.method,
        uri: &args.uri,
        vcs_id: &args.vcs_id,
    }
}

/// Queues that are suggested, the likest first.
const MAX_NAMED: usize = 3;

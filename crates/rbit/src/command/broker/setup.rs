//! `rbit broker setup`.

use std::fmt;

use rbit_amqp::{Admin, AdminError, EXCHANGE, ExchangeFound, ExchangeType, QueueFound, QueueNeed};
use rbit_config::Settings;
use rbit_job::QueueName;

use super::{amqp, connect, need::Needs, policy, survey::Survey, unavailable};
use crate::{args::BrokerSetupArgs, exit_code::Code, failure::Failure, output};

/// Prints what is missing, or makes it.
pub(super) async fn setup(settings: &Settings, args: &BrokerSetupArgs) -> Result<Code, Failure> {
    let broker = amqp(settings)?;
    let needs = Needs::of(settings, broker);
    let admin = connect(settings, broker).await?;
    let made = carry_out(&admin, &needs, args.apply).await;
    admin.close().await;
    made?;
    let policies = policy::commands(&needs);
    let lines: String = policies.iter().map(|command| format!("  {command}\n")).collect();
    if !policies.is_empty() {
        say(&format!(
            "policies for an administrator to set; if a queue has several, one counts:\n{lines}"
        ))?;
    }
    if let Some(line) = policy::line_for_old_brokers(&needs) {
        say(&format!("{line}\n"))?;
    }
    Ok(Code::Success)
}

async fn carry_out(admin: &Admin, needs: &Needs, apply: bool) -> Result<(), Failure> {
    let survey = Survey::make(admin, needs).await.map_err(unavailable)?;
    let steps = steps(needs, &survey);
    for step in &steps {
        if apply {
            step.take(admin).await.map_err(unavailable)?;
        }
        say(&format!("{} {step}\n", if apply { "made" } else { "would make" }))?;
    }
    if !steps.iter().any(Step::makes_something_new) {
        say("nothing is missing; bindings are made again without harm\n")?;
    }
    Ok(())
}

/// One thing that is made. What exists already is never changed; a binding that exists is bound again without effect.
#[derive(Debug, PartialEq)]
enum Step<'a> {
    Exchange { name: &'a str, kind: ExchangeType },
    Queue(&'a QueueNeed),
    Binding { queue: &'a QueueName, key: &'a str },
}

fn steps<'a>(needs: &'a Needs, survey: &Survey) -> Vec<Step<'a>> {
    let mut steps = Vec::new();
    if survey.exchange == ExchangeFound::Missing {
        steps.push(Step::Exchange {
            name: EXCHANGE,
            kind: ExchangeType::Direct,
        });
    }
    if let (Some(name), Some(ExchangeFound::Missing)) = (needs.events.as_deref(), &survey.events) {
        let kind = ExchangeType::Topic;
        steps.push(Step::Exchange { name, kind });
    }
    let missing = needs.queues().filter(|need| *survey.queue(need) == QueueFound::Missing);
    steps.extend(missing.map(Step::Queue));
    steps.extend(needs.lanes.iter().filter_map(|lane| {
        let key = lane.key.as_deref()?;
        Some(Step::Binding {
            queue: &lane.queue,
            key,
        })
    }));
    steps
}

impl Step<'_> {
    async fn take(&self, admin: &Admin) -> Result<(), AdminError> {
        match self {
            Self::Exchange { name, kind } => admin.make_exchange(name, *kind).await,
            Self::Queue(need) => admin.make_queue(need).await,
            Self::Binding { queue, key } => admin.bind_to_pybit(queue, key).await,
        }
    }

    fn makes_something_new(&self) -> bool {
        !matches!(self, Self::Binding { .. })
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exchange { name, .. } => write!(f, "exchange `{name}`"),
            Self::Queue(need) => write!(f, "queue `{}`", need.name()),
            Self::Binding { queue, key } => write!(f, "binding of `{queue}` to `{EXCHANGE}` with key `{key}`"),
        }
    }
}

fn say(text: &str) -> anyhow::Result<()> {
    output::print(text)
}

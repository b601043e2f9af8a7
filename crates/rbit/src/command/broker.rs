//! `rbit broker`: what the broker has, held against what the configuration needs.

mod argument;
mod check;
mod finding;
mod judge;
mod need;
mod policy;
mod report;
mod setup;
mod survey;

use rbit_amqp::{Admin, AdminError};
use rbit_config::{AmqpSettings, Settings, Source};

use crate::{
    args::{BrokerArgs, BrokerTask},
    exit_code::Code,
    failure::Failure,
    settings, wiring,
};

/// Compares, or makes what is missing.
pub(crate) fn broker(args: &BrokerArgs) -> Result<Code, Failure> {
    match &args.task {
        BrokerTask::Check(args) => {
            let settings = settings::load(&args.config)?;
            wiring::control_runtime()?.block_on(check::check(&settings, args))
        }
        BrokerTask::Setup(args) => {
            let settings = settings::load(&args.config)?;
            wiring::control_runtime()?.block_on(setup::setup(&settings, args))
        }
    }
}

/// The broker of a configuration.
fn amqp(settings: &Settings) -> Result<&AmqpSettings, Failure> {
    match &settings.source {
        Source::Amqp(amqp) => Ok(amqp),
        Source::Local => {
            let error =
                anyhow::anyhow!("the configuration has no broker: its jobs come from the queues in `state-dir`");
            Err(Failure::new(Code::Config, error).with_help("add a section [amqp], or remove `source = local`"))
        }
    }
}

/// Connects, once.
pub(crate) async fn connect(settings: &Settings, amqp: &AmqpSettings) -> Result<Admin, Failure> {
    let connected = Admin::connect(&wiring::amqp_settings(amqp, &settings.name)).await;
    connected.map_err(unavailable)
}

/// The broker did not do what was asked.
pub(crate) fn unavailable(error: AdminError) -> Failure {
    let help = error.help();
    let failure = Failure::new(Code::Unavailable, error);
    match help {
        Some(help) => failure.with_help(help),
        None => failure,
    }
}

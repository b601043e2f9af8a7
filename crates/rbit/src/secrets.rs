//! What must not be shown: the secrets of runners, and the box's own passwords.

use rbit_config::{Settings, Source};
use rbit_job::Runner;
use rbit_redact::Redactor;
use secrecy::ExposeSecret as _;

/// Takes all of them out.
pub(crate) fn redactor(settings: &Settings) -> Redactor {
    let of_runners = settings.runners.iter().flat_map(|runner| runner.secret_values());
    Redactor::new(of_runners.chain(passwords(settings)))
}

/// Takes the box's own passwords out.
pub(crate) fn own(settings: &Settings) -> Redactor {
    Redactor::new(passwords(settings))
}

/// Takes those of one runner out, and those of the box that it belongs to.
pub(crate) fn of_a_job(of_the_box: Option<&Settings>, runner: &Runner) -> Redactor {
    Redactor::new(runner.secret_values().chain(of_the_box.into_iter().flat_map(passwords)))
}

/// For the broker and the front-end.
fn passwords(settings: &Settings) -> impl Iterator<Item = &str> {
    let broker = match &settings.source {
        Source::Amqp(amqp) => Some(amqp.password.expose_secret()),
        Source::Local => None,
    };
    let front_end = settings.pybit.as_ref().and_then(|pybit| pybit.credentials.as_ref());
    let front_end = front_end.map(|credentials| credentials.password.expose_secret());
    [broker, front_end]
        .into_iter()
        .flatten()
        .filter(|password| *password != EVERYBODYS)
}

/// What every broker begins with, for connections of its own machine: no secret, and part of too many words of this program.
const EVERYBODYS: &str = "guest";

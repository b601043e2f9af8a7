//! `rbit parked`: messages that were put aside.

mod broker;
mod local;
mod message;
mod place;
mod show;

use anyhow::anyhow;

use self::{
    message::Parked,
    place::{Place, Tally},
};
use crate::{
    args::{ConfigArgs, ParkedArgs, ParkedChoice, ParkedListArgs, ParkedShowArgs, ParkedTask},
    exit_code::Code,
    failure::Failure,
    output, settings, wiring,
};

/// Lists, shows, tries again or deletes.
pub(crate) fn parked(args: &ParkedArgs) -> Result<Code, Failure> {
    wiring::control_runtime()?.block_on(async {
        match &args.task {
            ParkedTask::List(args) => list(args).await,
            ParkedTask::Show(args) => show(args).await,
            ParkedTask::Requeue(choice) => requeue(choice).await,
            ParkedTask::Drop(choice) => delete(choice).await,
        }
    })
}

async fn list(args: &ParkedListArgs) -> Result<Code, Failure> {
    let (place, messages) = look(&args.config).await?;
    place.close().await;
    let wanted = |message: &&Parked| args.queue.as_ref().is_none_or(|queue| message.is_from(queue));
    let messages: Vec<_> = messages.iter().filter(wanted).take(args.limit).collect();
    let text = if args.json {
        messages
            .iter()
            .map(|message| format!("{}\n", show::json(message)))
            .collect()
    } else {
        show::overview(&messages)
    };
    print(text.as_bytes())
}

async fn show(args: &ParkedShowArgs) -> Result<Code, Failure> {
    let (place, messages) = look(&args.config).await?;
    place.close().await;
    let message = messages.iter().find(|message| message.id == args.id);
    let message = message.ok_or_else(|| none_of(&args.id))?;
    match (args.body, args.json) {
        (true, _) => print(&message.body),
        (_, true) => print(format!("{}\n", show::json_with_body(message)).as_bytes()),
        _ => print(show::text(message).as_bytes()),
    }
}

async fn requeue(choice: &ParkedChoice) -> Result<Code, Failure> {
    let (place, messages) = look(&choice.config).await?;
    let chosen = choose(choice, messages)?;
    let tally = place.requeue(&chosen).await;
    place.close().await;
    sum_up(tally?, "requeued")
}

async fn delete(choice: &ParkedChoice) -> Result<Code, Failure> {
    let (place, messages) = look(&choice.config).await?;
    let chosen = choose(choice, messages)?;
    let tally = place.delete(&chosen).await;
    place.close().await;
    sum_up(tally?, "dropped")
}

async fn look(args: &ConfigArgs) -> Result<(Place, Vec<Parked>), Failure> {
    let settings = settings::load(args)?;
    let place = Place::open(&settings).await?;
    let messages = place.look().await?;
    Ok((place, messages))
}

/// The messages that are meant. One that is not there is an error, before anything is done to the others.
fn choose(choice: &ParkedChoice, messages: Vec<Parked>) -> Result<Vec<Parked>, Failure> {
    let missing = choice
        .ids
        .iter()
        .find(|id| messages.iter().all(|message| message.id != **id));
    if let Some(id) = missing {
        return Err(none_of(id));
    }
    let is_chosen = |message: &Parked| match &choice.queue {
        _ if !choice.all => choice.ids.contains(&message.id),
        Some(queue) => message.is_from(queue),
        None => true,
    };
    Ok(messages.into_iter().filter(is_chosen).collect())
}

fn none_of(id: &str) -> Failure {
    Failure::from(anyhow!("no message `{id}` is parked")).with_help("`rbit parked FILE` lists those that are")
}

/// Says what was done; what could not be done makes the command fail.
fn sum_up(tally: Tally, done: &str) -> Result<Code, Failure> {
    let lines: String = tally.done.iter().map(|id| format!("{done} {id}\n")).collect();
    print(lines.as_bytes())?;
    match tally.failed.into_iter().next() {
        Some(failure) => Err(failure),
        None => Ok(Code::Success),
    }
}

fn print(bytes: &[u8]) -> Result<Code, Failure> {
    output::print(bytes)?;
    Ok(Code::Success)
}

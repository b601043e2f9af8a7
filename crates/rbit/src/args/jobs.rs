//! Arguments of `rbit jobs`.

use clap::{
    Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use rbit_job::{JobState, QueueName, Reason, RunnerName};
use rbit_store::JobSelector;

use super::ConfigArgs;

/// Arguments of `rbit jobs`.
#[derive(Clone, Debug, clap::Args)]
pub struct JobsArgs {
    /// What is to be done.
    #[command(subcommand)]
    pub task: JobsTask,
}

/// What can be done with jobs.
#[derive(Clone, Debug, Subcommand)]
pub enum JobsTask {
    /// List jobs, the newest first
    #[command(after_help = LIST_HELP)]
    List(JobsListArgs),
    /// Show all that is known of a job: attempts, files, reports that PyBit has not taken
    #[command(after_help = SHOW_HELP)]
    Show(JobsShowArgs),
    /// Call a job off
    #[command(after_help = CANCEL_HELP)]
    Cancel(JobsCancelArgs),
    /// Send reports again that were given up
    #[command(after_help = RESEND_HELP)]
    Resend(JobsResendArgs),
}

/// Arguments of `rbit jobs list`.
#[derive(Clone, Debug, clap::Args)]
pub struct JobsListArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// Only jobs that stand so
    #[arg(long, value_parser = states())]
    pub state: Option<JobState>,

    /// Only jobs whose last attempt ended so
    #[arg(long, value_parser = reasons())]
    pub reason: Option<Reason>,

    /// Only jobs of this runner
    #[arg(long, value_parser = |text: &str| RunnerName::new(text))]
    pub runner: Option<RunnerName>,

    /// Only jobs of this queue
    #[arg(long, value_parser = |text: &str| QueueName::new(text))]
    pub queue: Option<QueueName>,

    /// Only jobs whose last attempt began since then: `2h`, `7d`, `2026-03-01`, `2026-03-01T08:30Z`
    #[arg(long, value_name = "WHEN", value_parser = |text: &str| since(text, Timestamp::now()))]
    pub since: Option<Timestamp>,

    /// How many, the newest first
    #[arg(long, default_value_t = 50)]
    pub limit: u32,

    /// Print one JSON object a line instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `rbit jobs show`.
#[derive(Clone, Debug, clap::Args)]
pub struct JobsShowArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// The job's number, or the beginning of its key
    pub id: JobSelector,

    /// Print one JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `rbit jobs cancel`.
#[derive(Clone, Debug, clap::Args)]
pub struct JobsCancelArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// The job's number, or the beginning of its key
    pub id: JobSelector,

    /// Even if it has ended: the next job of its number is meant then, as a front-end gives it after its database was made anew
    #[arg(long)]
    pub next: bool,
}

/// Arguments of `rbit jobs resend`.
#[derive(Clone, Debug, clap::Args)]
pub struct JobsResendArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are documented")]
    pub config: ConfigArgs,

    /// The job's number, or the beginning of its key
    #[arg(required_unless_present = "all")]
    pub id: Option<JobSelector>,

    /// The reports of all jobs
    #[arg(long, conflicts_with = "id")]
    pub all: bool,
}

pub(super) const USAGE: &str = "rbit jobs FILE [OPTIONS]\n       rbit jobs <COMMAND>";

pub(super) const HELP: &str = "\
`rbit jobs FILE` is short for `rbit jobs list FILE`.

Examples:
  rbit jobs rbit.ini                     the newest jobs
  rbit jobs rbit.ini --state running
  rbit jobs show rbit.ini 4              attempts, files and reports of job 4
  rbit jobs cancel rbit.ini 4
  rbit jobs resend rbit.ini --all        reports that PyBit has never taken

Exit status:
   0  done
   1  there is no such job, or it has ended and cannot be called off
  69  there is no journal in the state folder
  78  the configuration has problems";

const LIST_HELP: &str = "\
Examples:
  rbit jobs rbit.ini
  rbit jobs rbit.ini --reason timeout --since 2h
  rbit jobs rbit.ini --json --limit 1000

Exit status:
   0  listed; there may be none
  69  there is no journal in the state folder
  78  the configuration has problems";

const SHOW_HELP: &str = "\
A number that came again after its job had ended has several lives; all are shown, the newest first.

Examples:
  rbit jobs show rbit.ini 4
  rbit jobs show rbit.ini 3fa9c1         by the beginning of the key
  rbit jobs show rbit.ini 4 --json

Exit status:
   0  shown
   1  there is no such job
  69  there is no journal in the state folder
  78  the configuration has problems";

const CANCEL_HELP: &str = "\
A job that runs is stopped within a moment, and ends as `cancelled`. One that waits, or has not come
yet, ends so when this box takes it up, within a week. PyBit is told `Cancelled`, once.

Examples:
  rbit jobs cancel rbit.ini 4
  rbit jobs cancel rbit.ini 4 --next     also if a job 4 has ended, and another is to come
  rbit jobs cancel rbit.ini 3fa9c1       of several jobs 4, the one whose key begins so

Exit status:
   0  it is called off
   1  the job has ended already, and stays as it is; or several are meant
  78  the configuration has problems";

const RESEND_HELP: &str = "\
A report is given up when PyBit says that it will never take it, or has not taken it for a week;
`rbit jobs show` has them. They are sent again for another week. An older status of a job that has
gone on since is not: PyBit would take it for the present one.

Examples:
  rbit jobs resend rbit.ini 4
  rbit jobs resend rbit.ini --all

Exit status:
   0  they are sent again
   1  nothing is sent again
  78  the configuration has problems, or tells nobody";

fn states() -> impl TypedValueParser<Value = JobState> {
    PossibleValuesParser::new(JobState::ALL.map(JobState::as_str)).try_map(|word| {
        let state = JobState::ALL.into_iter().find(|state| state.as_str() == word);
        state.ok_or("no state of a job")
    })
}

fn reasons() -> impl TypedValueParser<Value = Reason> {
    PossibleValuesParser::new(Reason::ALL.map(Reason::as_str)).try_map(|word| {
        let reason = Reason::ALL.into_iter().find(|reason| reason.as_str() == word);
        reason.ok_or("no reason")
    })
}

/// A moment: how long ago, a day (its beginning in UTC), or a time of day with its offset.
fn since(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let utc = |now: Timestamp| now.to_zoned_datetime(TimeZone::UTC);
    let ago = |span: Span| utc(now).checked_sub(span.abs()).ok().map(|then| then.timestamp());
    let day = |day: Date| day.to_zoned_datetime(TimeZone::UTC).ok().map(|then| then.timestamp());
    let read = [
        text.parse().ok(),
        text.parse().ok().and_then(day),
        text.parse().ok().and_then(ago),
    ];
    let expected = "expected a length of time such as `2h` or `7d`, a day, or a time with its offset";
    read.into_iter().flatten().next().ok_or_else(|| expected.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_given_by_its_distance_or_its_date() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-03-10T12:00:00Z");
        let table = [
            ("2h", "2026-03-10T10:00:00Z"),
            ("1h30m", "2026-03-10T10:30:00Z"),
            ("7d", "2026-03-03T12:00:00Z"),
            ("2026-03-01", "2026-03-01T00:00:00Z"),
            ("2026-03-01T08:30:00+01:00", "2026-03-01T07:30:00Z"),
            ("2026-03-01T08:30Z", "2026-03-01T08:30:00Z"),
        ];
        for (text, expected) in table {
            assert_eq!(since(text, now), Ok(at(expected)), "{text}");
        }
        for text in ["", "2", "yesterday", "2026-13-01", "2h ago please"] {
            assert!(since(text, now).is_err(), "{text}");
        }
    }
}

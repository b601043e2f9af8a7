//! `rbit jobs`: what the journal holds, calling jobs off, and telling PyBit of them after all.

mod absence;
mod cancel;
mod json;
mod list;
mod resend;
mod show;

use crate::{
    args::{JobsArgs, JobsTask},
    exit_code::Code,
    failure::Failure,
    output,
};

/// Lists, shows, calls off, or has reports sent again.
pub(crate) fn jobs(args: &JobsArgs) -> Result<Code, Failure> {
    let text = match &args.task {
        JobsTask::List(args) => list::list(args)?,
        JobsTask::Show(args) => show::show(args)?,
        JobsTask::Cancel(args) => cancel::cancel(args)?,
        JobsTask::Resend(args) => resend::resend(args)?,
    };
    output::print(text)?;
    Ok(Code::Success)
}

/// A time for people: UTC, to the second.
fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

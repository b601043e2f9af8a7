//! `rbit push --pybit`: a package for PyBit, which makes the jobs.

use rbit_config::Settings;
use rbit_pybit::{Submission, SubmitError};

use crate::{args::PushArgs, exit_code::Code, failure::Failure, output, wiring};

/// Submits the package that the arguments describe.
pub(super) fn submit(settings: &Settings, args: &PushArgs) -> Result<Code, Failure> {
    let Some(pybit) = &settings.pybit else {
        let error = anyhow::anyhow!("the configuration has no front-end to submit to");
        return Err(
            Failure::new(Code::Config, error).with_help("add a section [pybit] with `url`, `user` and `password`")
        );
    };
    let front_end = wiring::front_end(pybit)?;
    let submitted = wiring::control_runtime()?.block_on(front_end.submit(&submission(args)));
    let url = submitted.map_err(failure)?;
    output::print(format!(
        "submitted to `{url}`: one job for each build target of suite `{}` that `{}` means\n",
        args.suite, args.arch
    ))?;
    Ok(Code::Success)
}

fn submission(args: &PushArgs) -> Submission {
    Submission {
        package: args.package.clone().unwrap_or_default(),
        version: args.version.clone(),
        distribution: args.dist.clone(),
        suite: args.suite.clone(),
        format: args.format.clone(),
        architectures: args.arch.clone(),
        method: args.method.clone(),
        uri: args.uri.clone(),
        vcs_id: args.vcs_id.clone(),
    }
}

fn failure(error: SubmitError) -> Failure {
    let code = if error.is_unreachable() {
        Code::Unavailable
    } else {
        Code::Failure
    };
    let help = error.help();
    let failure = Failure::new(code, error);
    match help {
        Some(help) => failure.with_help(help),
        None => failure,
    }
}

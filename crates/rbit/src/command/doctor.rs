//! `rbit doctor`: what stands between guests and this machine.

mod bounds;
mod machine;

use anyhow::Context as _;
use rbit_config::{Isolation, Settings};
use rbit_jail::{JailSettings, look, user_namespaces, wire::Hello};
use rbit_job::Limits;
use serde_json::json;
use tempfile::TempDir;

use self::{bounds::Bounds, machine::Machine};
use crate::{args::DoctorArgs, exit_code::Code, failure::Failure, guests::jail_settings, output, settings};

/// Starts a process like one with guests, and prints what it has given up.
pub(crate) fn doctor(args: &DoctorArgs) -> Result<Code, Failure> {
    let settings = settings::load(&args.config)?;
    let found = found(&settings);
    let machine = Machine::look(&settings.scratch_dir, user_namespaces(&jail_settings(&settings)));
    let is_wanted = settings.guests.isolation == Isolation::Process;
    match found {
        Ok((hello, bounds)) => {
            let text = if args.json {
                format!("{}\n", as_json(&hello, &bounds, is_wanted, &machine))
            } else {
                as_text(&hello, is_wanted) + &bounds::as_text(&bounds) + &machine.as_text()
            };
            output::print(text)?;
            Ok(Code::Success)
        }
        Err(error) if is_wanted => Err(Failure::new(Code::Unavailable, error).with_help(
            "with `isolation = thread` in [rbit] guests run in the box's own process, without a second wall",
        )),
        Err(error) => {
            output::print(format!("isolation  thread: {error:#}\n"))?;
            Ok(Code::Success)
        }
    }
}

fn found(settings: &Settings) -> anyhow::Result<(Hello, Vec<Bounds>)> {
    let (_folder, jail) = trial_settings(settings)?;
    let hello = look(&jail, &Limits::default())?;
    let bounds = settings
        .runners
        .iter()
        .map(|runner| Bounds::of(runner, settings, &jail));
    Ok((hello, bounds.collect::<Result<_, _>>()?))
}

/// The box's own folders may not be there yet, and are not for us to make.
fn trial_settings(settings: &Settings) -> anyhow::Result<(TempDir, JailSettings)> {
    let folder = tempfile::tempdir().context("cannot make a folder to try it in")?;
    let scratch = folder.path().to_owned();
    let jail = jail_settings(settings);
    Ok((folder, JailSettings { scratch, ..jail }))
}

fn as_text(hello: &Hello, is_wanted: bool) -> String {
    let isolation = if is_wanted {
        "process: each runner's guests are in one of their own"
    } else {
        "thread: guests are in the process of the box, and have none of what follows"
    };
    let landlock = match hello.landlock.is_enforced {
        true => format!("in force, version {}", hello.landlock.abi),
        false => "not in force".to_owned(),
    };
    let seccomp = match hello.seccomp.is_enforced {
        true => format!("in force, {} system calls are left", hello.seccomp.allowed),
        false => "not in force".to_owned(),
    };
    format!(
        "isolation      {isolation}\nno_new_privs   {}\nlandlock       {landlock}\nseccomp        {seccomp}\n",
        if hello.no_new_privs { "in force" } else { "not in force" }
    )
}

fn as_json(hello: &Hello, bounds: &[Bounds], is_wanted: bool, machine: &Machine) -> serde_json::Value {
    json!({
        "isolation": if is_wanted { "process" } else { "thread" },
        "no_new_privs": hello.no_new_privs,
        "landlock": hello.landlock,
        "seccomp": hello.seccomp,
        "limits": bounds,
        "machine": machine,
    })
}

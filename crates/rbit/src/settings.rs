//! Reading the configuration, with what this process knows of its surroundings.

use std::{
    env,
    num::NonZero,
    path::{Path, PathBuf},
    sync::Arc,
};

use rbit_config::{Checked, FlagOverride, Problem, Settings, Surroundings};

use crate::{
    args::ConfigArgs, exit_code::Code, failure::Failure, guests::Guests, memory, output, secrets, world::ThisBox,
};

/// The settings of a command that runs nothing. Problems end the program.
pub(crate) fn load(args: &ConfigArgs) -> Result<Settings, Failure> {
    let checked = read(args, &ThisBox::Trusting)?;
    checked.settings.ok_or_else(|| failure(&checked.problems))
}

/// Checks a configuration together with the components it names. They stay loaded with what runs guests, which is made for what the
/// configuration allows: that is why it is read twice.
pub(crate) fn check(
    args: &ConfigArgs,
    guests: impl FnOnce(Option<&Settings>) -> Result<Guests, Failure>,
) -> Result<(Checked, Arc<Guests>), Failure> {
    let first = read(args, &ThisBox::Trusting)?;
    let guests = Arc::new(guests(first.settings.as_ref())?);
    let checked = read(args, &ThisBox::Inspecting(Arc::clone(&guests)))?;
    Ok((checked, guests))
}

/// Reads what describes the runner of a single job: a file, or a text that stands in for one named `name`. Modules are not looked at:
/// what is wrong with one is what the job ends with. Secrets are there only at the last reading.
pub(crate) fn read_for_job(
    file: Option<&Path>,
    text: &str,
    name: &Path,
    flags: &[FlagOverride],
    is_final: bool,
) -> Result<Checked, Failure> {
    let world = if is_final { ThisBox::ForAJob } else { ThisBox::Trusting };
    let mut surroundings = surroundings(&ConfigArgs::default(), &world);
    surroundings.flags = flags.to_vec();
    match file {
        Some(file) => rbit_config::load(file, &surroundings).map_err(|error| Failure::new(Code::Config, error)),
        None => {
            // The variables of a box that is described elsewhere.
            surroundings.environment.retain(|(name, _)| !name.starts_with("RBIT_"));
            Ok(rbit_config::read(text, name, &surroundings))
        }
    }
}

fn read(args: &ConfigArgs, world: &ThisBox) -> Result<Checked, Failure> {
    let checked = rbit_config::load(&args.file, &surroundings(args, world));
    let checked = checked.map_err(|error| Failure::new(Code::Config, error))?;
    if let Some(settings) = &checked.settings {
        output::hide(secrets::redactor(settings));
    }
    Ok(checked)
}

/// All problems, as the failure that they are.
pub(crate) fn failure(problems: &[Problem]) -> Failure {
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let count = match problems.len() {
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    };
    Failure::new(
        Code::Config,
        anyhow::anyhow!("the configuration has {count}\n{}", lines.join("\n")),
    )
}

fn surroundings<'a>(args: &ConfigArgs, world: &'a ThisBox) -> Surroundings<'a> {
    let flag = |set: &crate::args::Override| FlagOverride {
        section: set.section.clone(),
        key: set.key.clone(),
        value: set.value.clone(),
        flag: "--set".to_owned(),
    };
    Surroundings {
        world,
        environment: env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        flags: args.set.iter().map(flag).collect(),
        cpus: std::thread::available_parallelism()
            .map_or(1, NonZero::get)
            .try_into()
            .unwrap_or(u32::MAX),
        memory: memory::of_this_box(),
        host_name: rustix::system::uname().nodename().to_str().ok().map(str::to_owned),
        scratch_dir: memory_folder(),
    }
}

/// A folder in memory for jobs' folders, where this machine has one: making and removing them on a disk costs more than the rest of a
/// short job.
fn memory_folder() -> Option<PathBuf> {
    let shm = PathBuf::from("/dev/shm");
    let is_writable = rustix::fs::access(&shm, rustix::fs::Access::WRITE_OK).is_ok();
    let folder = shm.join(format!("rbit-{}", rustix::process::geteuid().as_raw()));
    // Everybody may make folders there: one that somebody else made in our name is not used.
    (is_writable && rbit_worker::is_private_or_absent(&folder)).then_some(folder)
}

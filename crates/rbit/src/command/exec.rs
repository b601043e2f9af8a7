//! `rbit exec`: one job by hand.

mod patience;
mod report;

use std::{
    env,
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use rbit_config::Settings;
use rbit_job::{Attempt, Ending, JobId, JobRequest, Plan, Processor, Reason, Runner};

use crate::{
    alone::{Base, Bench, Cache, Interrupt, Ran, Recording, Setup, plan},
    args::ExecArgs,
    exit_code::Code,
    failure::Failure,
    message::{self, Fields},
    output,
    telemetry::{self, Format},
    wiring,
};

/// Runs one job as a box would, and prints what came of it.
pub(crate) fn exec(args: &ExecArgs) -> Result<Code, Failure> {
    let cache = Cache::of_user()?;
    let (settings, runner) = setup(args)?.finish(&cache)?;
    telemetry::start(Format::Text, "warn")?;
    let body = body(args)?;
    fs::create_dir_all(&args.output).with_context(|| format!("cannot make `{}`", args.output.display()))?;
    let folder = std::path::absolute(&args.output)?;
    let decoded = JobRequest::decode(&body);
    let ran = match decoded {
        Err(error) => Ran::unstarted(Ending::refused(Reason::Undecodable, error.to_string())),
        Ok(request) => match plan(&request, &runner, Attempt::new(args.attempt), &folder) {
            Err(ending) => Ran::unstarted(ending),
            Ok(plan) => run(&plan, &settings, &runner)?,
        },
    };
    let code = Code::of_outcome(ran.performed.outcome.reason().kind());
    output::print(match args.json {
        true => format!("{}\n", report::as_json(&ran, &runner, code)),
        false => report::as_text(&ran),
    })?;
    Ok(code)
}

fn run(plan: &Plan, settings: &Settings, runner: &Runner) -> Result<Ran, Failure> {
    let bench = Bench::open(settings)?;
    let ran = wiring::control_runtime()?.block_on(async {
        let interrupt = Interrupt::listen()?;
        let compiling = bench.prepare(&runner.processor, interrupt.signal());
        patience::wait(&runner.processor, compiling).await;
        let log = Arc::new(Recording::new(true));
        anyhow::Ok(bench.run(plan, log, &|| interrupt.signal()).await)
    })?;
    Ok(ran)
}

/// The runner, with what the flags put over it.
fn setup(args: &ExecArgs) -> Result<Setup, Failure> {
    let mut setup = Setup::new(base(&args.runner)?, args.name.as_deref())?;
    setup.set("output-dir", &args.output.to_string_lossy(), "--output");
    for pair in &args.settings {
        setup.set(&pair.key, &pair.value, "--setting");
    }
    let here = env::current_dir()?;
    let mounts: Vec<_> = args
        .mounts
        .iter()
        .map(|pair| (pair.key.clone(), here.join(&pair.value)))
        .collect();
    setup.mount(&mounts, "--mount")?;
    for pair in &args.limits {
        setup.limit(&pair.key, &pair.value, "--limit");
    }
    setup.allow(&args.allow_http, "--allow-http")?;
    if let Some(isolation) = args.isolation {
        setup.general("isolation", isolation.as_str(), "--isolation");
    }
    setup.general("slots", "1", "rbit exec");
    Ok(setup)
}

/// What the first argument is: a runner's line, a module, or an INI file.
fn base(text: &str) -> Result<Base, Failure> {
    let folder = env::current_dir().context("cannot find the current folder")?;
    let is_line = text
        .split_once('!')
        .is_some_and(|(processor, _)| Processor::NAMES.contains(&processor));
    if is_line {
        let line = text.to_owned();
        return Ok(Base::Line { line, folder });
    }
    let is_module = text.ends_with(".wasm") || begins_like_a_module(Path::new(text));
    if is_module {
        // A name that is wrong is no fault of a module.
        File::open(text).with_context(|| format!("cannot read `{text}`"))?;
        let line = format!("wasm!{text}");
        return Ok(Base::Line { line, folder });
    }
    Ok(Base::Ini(PathBuf::from(text)))
}

fn begins_like_a_module(file: &Path) -> bool {
    let mut start = [0; 4];
    File::open(file)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok()
        && &start == b"\0asm"
}

fn body(args: &ExecArgs) -> anyhow::Result<Vec<u8>> {
    let Some(file) = &args.request else {
        let fields = Fields {
            package: &args.package,
            version: &args.version,
            arch: &args.arch,
            suite: &args.suite,
            dist: &args.dist,
            format: &args.format,
            method: &args.method,
            uri: &args.uri,
            vcs_id: &args.vcs_id,
        };
        return message::build_request(&fields, &JobId::new(args.job.to_string())?);
    };
    message::read(file).with_context(|| format!("cannot read the request from `{}`", file.display()))
}

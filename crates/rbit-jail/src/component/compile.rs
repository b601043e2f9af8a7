//! Compiling, as the parent sees it: bytes go in, an artifact comes out, or the child ends over it.

use std::{
    io,
    time::{Duration, Instant},
};

use rbit_job::error_chain;
use rbit_sandbox::{Artifact, Authorities, ComponentInfo, InvalidComponent, Kind, MAX_REASON, Staged, printable};

use crate::{
    JailSettings, group_bounds,
    parent::{Bounds, Death, Newborn, StartError, spawn},
    wire::{ChildLimits, FromChild, PIECE, Task, ToChild, Violation},
};

/// Why there is no artifact.
#[derive(Debug)]
pub(super) enum NotCompiled {
    /// The component is to blame.
    Invalid(InvalidComponent),
    /// The box is.
    Now(String),
    /// The artifact could not be written.
    Keep(io::Error),
    /// Nobody waits for it any more.
    GivenUp,
}

/// Compiles in a child of its own. It keeps the calling thread for as long as that takes; a child whose work nobody waits for any more
/// is killed.
pub(super) fn compile(
    settings: &JailSettings,
    kind: Kind,
    source: &[u8],
    artifact: &mut Staged,
    is_given_up: &dyn Fn() -> bool,
) -> Result<ComponentInfo, NotCompiled> {
    let deadline = Instant::now() + settings.guests.compile_time;
    let task = Task::Compile { kind };
    let mut child = spawn(settings, "compiler", bounds(settings), task, &nobody()).map_err(not_started)?;
    let result = talk(&mut child, source, artifact, deadline, is_given_up);
    match result {
        Ok(info) => Ok(info),
        Err(Ended::Said(not_compiled)) => Err(not_compiled),
        Err(Ended::OutOfTime) => Err(NotCompiled::Invalid(InvalidComponent::TooSlow {
            limit: settings.guests.compile_time,
        })),
        Err(Ended::GivenUp) => Err(NotCompiled::GivenUp),
        Err(Ended::Broken(violation)) => Err(crashed(&violation.to_string())),
        Err(Ended::Gone) => Err(judge(&child.process.end(), settings)),
    }
}

/// Loads an artifact where guests run, without running any: what is wrong with it beyond what a compiler finds, such as more tables than
/// a job may have, is found before its first job.
pub(super) fn try_out(settings: &JailSettings, artifact: &Artifact) -> Result<(), NotCompiled> {
    let task = Task::Run {
        scratch: settings.artifacts.folder.clone(),
        mounts: Vec::new(),
        artifact: artifact.path.clone(),
        kind: artifact.info.kind,
        max_jobs: 1,
        ready: 0,
        max_memory: settings.guests.max_memory,
        stack: settings.guests.stack,
        has_http: false,
    };
    let bounds = Bounds {
        limits: ChildLimits::default(),
        group: group_bounds::of_a_compiler(settings.compile_memory, cores()),
    };
    match spawn(settings, "trial", bounds, task, &nobody()) {
        Ok(_) => Ok(()),
        Err(StartError::Refused(why)) => Err(NotCompiled::Invalid(InvalidComponent::Refused(why))),
        Err(error) => Err(not_started(error)),
    }
}

/// For those that make no requests.
fn nobody() -> Authorities {
    Authorities::of(Vec::new())
}

fn not_started(error: StartError) -> NotCompiled {
    NotCompiled::Now(error_chain(&error))
}

/// How a conversation ended without an artifact.
enum Ended {
    Said(NotCompiled),
    OutOfTime,
    GivenUp,
    Broken(Violation),
    Gone,
}

fn talk(
    child: &mut Newborn,
    source: &[u8],
    artifact: &mut Staged,
    deadline: Instant,
    is_given_up: &dyn Fn() -> bool,
) -> Result<ComponentInfo, Ended> {
    for piece in source.chunks(PIECE as usize).chain([&[][..]]) {
        // A child that does not listen is one that is gone; how it ended says why.
        child.say(&ToChild::Source(piece.to_vec())).map_err(|_| Ended::Gone)?;
    }
    loop {
        match child
            .ear
            .hear(deadline.min(Instant::now() + TICK))
            .map_err(Ended::Broken)?
        {
            Some(FromChild::Artifact(piece)) => take(artifact, &piece).map_err(Ended::Said)?,
            Some(FromChild::Compiled(info)) => return Ok(*info),
            Some(FromChild::Refused(why)) => {
                let why = printable(&why, MAX_REASON);
                return Err(Ended::Said(NotCompiled::Invalid(InvalidComponent::Refused(why))));
            }
            Some(other) => return Err(Ended::Broken(Violation::OutOfTurn(other.name()))),
            None if child.ear.is_closed() => return Err(Ended::Gone),
            None if is_given_up() => return Err(Ended::GivenUp),
            None if Instant::now() >= deadline => return Err(Ended::OutOfTime),
            None => {}
        }
    }
}

fn take(artifact: &mut Staged, piece: &[u8]) -> Result<(), NotCompiled> {
    if artifact.size() + piece.len() as u64 > MAX_ARTIFACT {
        return Err(too_costly(format!(
            "more than {} MiB of machine code",
            MAX_ARTIFACT >> 20
        )));
    }
    artifact.write(piece).map_err(NotCompiled::Keep)
}

/// What a compiler that ended by itself died of. What may be the box's doing is not called the component's fault.
fn judge(death: &Death, settings: &JailSettings) -> NotCompiled {
    if death.last_words.contains("memory allocation of") {
        return NotCompiled::Invalid(InvalidComponent::TooMuchMemory {
            limit: settings.compile_memory,
        });
    }
    if death.signal == Some(libc::SIGXCPU) {
        return too_costly("more than its time on processors".to_owned());
    }
    if matches!(death.signal, Some(libc::SIGKILL | libc::SIGTERM)) {
        return NotCompiled::Now(format!("its compiler was ended from outside ({death})"));
    }
    crashed(&death.to_string())
}

fn too_costly(what: String) -> NotCompiled {
    NotCompiled::Invalid(InvalidComponent::TooCostly(what))
}

fn crashed(how: &str) -> NotCompiled {
    NotCompiled::Invalid(InvalidComponent::Crash(how.to_owned()))
}

fn bounds(settings: &JailSettings) -> Bounds {
    let limits = ChildLimits {
        open_files: Some(64),
        file_bytes: Some(0),
        // The clock on the wall comes first, unless the child makes itself many threads.
        cpu_seconds: Some((settings.guests.compile_time.as_secs() + 1).saturating_mul(cores())),
        memory: Some(settings.compile_memory),
    };
    let group = group_bounds::of_a_compiler(settings.compile_memory, cores());
    Bounds { limits, group }
}

fn cores() -> u64 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64)
}

/// How often is looked whether anybody still waits for a compiler.
const TICK: Duration = Duration::from_millis(100);
/// Bytes of the largest artifact that is kept: sixteen times the largest component.
const MAX_ARTIFACT: u64 = 1 << 30;

#[cfg(test)]
mod tests {
    use rbit_sandbox::{CacheSettings, SandboxSettings};

    use super::*;

    fn death(signal: Option<i32>, last_words: &str) -> Death {
        Death {
            signal,
            code: None,
            last_words: last_words.to_owned(),
            ended_by: None,
        }
    }

    #[test]
    fn what_a_compiler_died_of_is_told_apart() {
        let settings = JailSettings::new(
            "/s".into(),
            CacheSettings {
                folder: "/a".into(),
                max_bytes: 1,
            },
            SandboxSettings::default(),
        );
        let judged = |signal, words| match judge(&death(signal, words), &settings) {
            NotCompiled::Invalid(InvalidComponent::TooMuchMemory { limit }) if limit == 4 << 30 => "memory",
            NotCompiled::Invalid(InvalidComponent::TooCostly(_)) => "costly",
            NotCompiled::Invalid(InvalidComponent::Crash(_)) => "crash",
            NotCompiled::Now(_) => "now",
            _ => "other",
        };
        assert_eq!(
            judged(Some(libc::SIGABRT), "memory allocation of 99 bytes failed"),
            "memory"
        );
        assert_eq!(judged(Some(libc::SIGXCPU), ""), "costly");
        assert_eq!(judged(Some(libc::SIGSEGV), ""), "crash");
        assert_eq!(judged(None, "thread 'main' panicked"), "crash");
        assert_eq!(judged(Some(libc::SIGKILL), ""), "now");
    }
}

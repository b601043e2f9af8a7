//! Step 8: from the names a guest returned to files that are delivered.
//!
//! This is the border between a guest's folder and the box. The names are hostile ([`OutputName`]), and so is the folder: files
//! are opened below it without following any link, looked at through the descriptor that was opened, and copied.

use std::{
    collections::BTreeSet,
    fs::File,
    io,
    os::fd::OwnedFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rbit_fail_point::{FailPoint, passed};
use rbit_job::{Artifact, Ending, Limits, Plan, Reason, port::StopSignal};
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, openat2};
use tokio::task::{JoinError, spawn_blocking};

use crate::{
    copying::{Allowance, CopyError},
    deliver::{Delivering, PublishError},
    destination::Destination,
    output_list,
    output_name::OutputName,
    workspace::Workspace,
};

/// What is to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The files of these names, in the guest's words.
    Named(Vec<String>),
    /// Every regular file that lies in the output folder.
    Everything,
}

impl Wanted {
    /// A command returns no names: what it left behind is what it made.
    pub(crate) fn of(plan: &Plan, names: Vec<String>) -> Self {
        match plan.processor.delivers_everything() {
            true => Self::Everything,
            false => Self::Named(names),
        }
    }
}

/// Delivers the named files to their destination: all of them, or none. A stop ends it unless they have begun to appear.
pub(crate) async fn collect(
    workspace: &Workspace,
    wanted: Wanted,
    destination: Destination,
    limits: &Limits,
    mut stop: StopSignal,
) -> Result<Vec<Artifact>, Ending> {
    let is_stopped = Arc::<AtomicBool>::default();
    let allowance = Allowance::new(limits, Arc::clone(&is_stopped));
    let output = workspace.output();
    let (output, limits) = (
        output.map_err(|error| host_fault("open the guest's output folder", &error))?,
        *limits,
    );
    tokio::select! {
        biased;
        cause = &mut stop => return Err(cause.into()),
        () = std::future::ready(()) => {}
    }
    let mut collecting = spawn_blocking(move || collect_now(&output, wanted, &destination, &limits, allowance));
    tokio::select! {
        biased;
        cause = stop => {
            is_stopped.store(true, Ordering::Relaxed);
            // It is waited for: nothing may read the guest's folder when it is removed.
            in_order(collecting.await).map_err(|_| cause.into())
        }
        collected = &mut collecting => in_order(collected),
    }
}

fn in_order(collected: Result<Result<Vec<Artifact>, Ending>, JoinError>) -> Result<Vec<Artifact>, Ending> {
    collected.unwrap_or_else(|error| {
        Err(Ending::HostFault(format!(
            "collecting files did not end in order: {error}"
        )))
    })
}

fn collect_now(
    root: &OwnedFd,
    wanted: Wanted,
    destination: &Destination,
    limits: &Limits,
    mut allowance: Allowance,
) -> Result<Vec<Artifact>, Ending> {
    let names = match wanted {
        Wanted::Named(names) => names,
        Wanted::Everything => output_list::everything(root, limits)?,
    };
    let names = checked_names(&names, limits)?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut delivering = Delivering::into(destination).map_err(|error| host_fault("open the output folder", &error))?;
    for name in &names {
        let source = open_regular(root, name)?;
        let size = source.metadata().map_or(0, |found| found.len());
        let together = allowance.used().saturating_add(size);
        delivering
            .copy(source, name, &mut allowance)
            .map_err(|error| ending(name, limits, [size, together], error))?;
    }
    passed(FailPoint::FilesCopied);
    let delivered = delivering.publish().map_err(unpublished)?;
    passed(FailPoint::FilesDelivered);
    Ok(delivered)
}

/// The names as text: valid, each once, not too many.
fn checked_names(names: &[String], limits: &Limits) -> Result<BTreeSet<OutputName>, Ending> {
    if names.len() > limits.artifacts as usize {
        let (limit, peak) = (limits.artifacts, names.len());
        return Err(over(format!(
            "artifacts: limit {limit}, peak {peak}: so many files were returned"
        )));
    }
    let mut checked = BTreeSet::new();
    for name in names {
        let bytes = name.strip_prefix(BELOW).unwrap_or(name).len() as u64;
        if bytes > limits.artifact_name {
            let limit = limits.artifact_name;
            let text = format!("artifact-name: limit {limit} bytes, peak {bytes} bytes: so long is the name of a file");
            return Err(over(text));
        }
        let name = OutputName::parse(name).map_err(|error| refused(error.to_string()))?;
        if let Some(twice) = checked.replace(name) {
            return Err(refused(format!("`{}` was returned twice", twice.as_str())));
        }
    }
    Ok(checked)
}

/// Opens a file of the output folder: a regular one, by a path without links, with no other name anywhere.
fn open_regular(root: &OwnedFd, name: &OutputName) -> Result<File, Ending> {
    // NONBLOCK: whatever else lies there under that name must not make us wait for a writer.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let beneath =
        ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
    let file = openat2(root, name.as_path(), flags, Mode::empty(), beneath).map_err(|errno| not_opened(name, errno))?;
    let stat = fstat(&file).map_err(|errno| host_fault("look at a file", &errno.into()))?;
    let refuse = |why: &str| {
        Err(refused(format!(
            "`/output/{}` cannot be delivered: {why}",
            name.as_str()
        )))
    };
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile if stat.st_nlink == 1 => Ok(File::from(file)),
        FileType::RegularFile => refuse("it has another name besides this one"),
        FileType::Directory => refuse("it is a folder"),
        _ => refuse("it is no regular file"),
    }
}

fn not_opened(name: &OutputName, errno: rustix::io::Errno) -> Ending {
    use rustix::io::Errno;
    let why = match errno {
        Errno::NOENT => "there is no such file",
        Errno::LOOP => "it is, or leads through, a symbolic link",
        Errno::XDEV => "it leads out of the folder",
        Errno::NOTDIR => "a part of its path is no folder",
        Errno::NAMETOOLONG => "its name is too long",
        Errno::ACCESS | Errno::PERM | Errno::NXIO => "it cannot be read",
        other => return host_fault("open a returned file", &other.into()),
    };
    refused(format!("`/output/{}` cannot be delivered: {why}", name.as_str()))
}

/// `peaks` are what the file has, and with it all of them.
fn ending(name: &OutputName, limits: &Limits, peaks: [u64; 2], error: CopyError) -> Ending {
    let (name, [size, together]) = (name.as_str(), peaks);
    match error {
        CopyError::TooLarge => {
            let limit = limits.artifact_size;
            over(format!(
                "artifact-size: limit {limit} bytes, peak {size} bytes: so much is in `/output/{name}`"
            ))
        }
        CopyError::TooMuch => {
            let limit = limits.artifacts_size;
            over(format!(
                "artifacts-size: limit {limit} bytes, peak {together} bytes: so much it is with `/output/{name}`"
            ))
        }
        // Whoever stopped it knows better why.
        CopyError::Stopped => Ending::Interrupted,
        CopyError::Io(error) => host_fault(&format!("copy `/output/{name}`"), &error),
    }
}

fn unpublished(error: PublishError) -> Ending {
    let paths = |copy: &Artifact| format!("`/output/{}` to `{}`", copy.name, copy.path.display());
    match error {
        PublishError::NoPlace { copy, why } => refused(format!("cannot deliver {}: {why}", paths(&copy))),
        PublishError::Io { copy, source } => host_fault(&format!("deliver {}", paths(&copy)), &source),
    }
}

/// More than a limit allows.
pub(crate) fn over(text: String) -> Ending {
    Ending::failed(Reason::ArtifactLimit, text)
}

pub(crate) fn refused(text: String) -> Ending {
    Ending::failed(Reason::ArtifactRefused, text)
}

pub(crate) fn host_fault(doing: &str, error: &io::Error) -> Ending {
    Ending::HostFault(format!("cannot {doing}: {error}"))
}

/// What every name begins with that is not refused.
const BELOW: &str = "/output/";

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;

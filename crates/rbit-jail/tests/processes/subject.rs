//! What is tested: guests in processes of their own.

use std::{error::Error, path::Path};

use rbit_jail::{JailSettings, ProcessExecutor};
use rbit_sandbox::{CacheSettings, SandboxSettings};

pub(crate) type Subject = ProcessExecutor;

pub(crate) fn subject(settings: SandboxSettings, folder: &Path) -> Result<Subject, Box<dyn Error>> {
    let kept = settings.cache.clone().unwrap_or(CacheSettings {
        folder: folder.join("artifacts"),
        max_bytes: 1 << 30,
    });
    let settings = JailSettings {
        program: env!("CARGO_BIN_EXE_rbit-jail-child").into(),
        ..JailSettings::new(folder.join("scratch"), kept, settings)
    };
    Ok(ProcessExecutor::new(settings)?)
}

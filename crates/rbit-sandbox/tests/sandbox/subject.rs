//! What is tested: guests in this process.

use std::{error::Error, path::Path};

use rbit_sandbox::{Sandbox, SandboxSettings};

pub(crate) type Subject = Sandbox;

pub(crate) fn subject(settings: SandboxSettings, _: &Path) -> Result<Subject, Box<dyn Error>> {
    Ok(Sandbox::new(settings)?)
}

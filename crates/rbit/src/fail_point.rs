//! Ending this process on purpose, for tests: see `rbit-fail-point`. Release builds do not have this module.

use std::env;

use anyhow::Context as _;
use rbit_fail_point::{CrashAt, VARIABLE, arm};

use crate::{exit_code::Code, failure::Failure};

/// Does what the variable says, if it is set.
pub(crate) fn arm_from_environment() -> Result<(), Failure> {
    let Some(text) = env::var_os(VARIABLE) else {
        return Ok(());
    };
    let at = text.to_string_lossy().parse::<CrashAt>();
    let at = at.with_context(|| format!("{VARIABLE} is wrong"));
    arm(at.map_err(|error| Failure::new(Code::Usage, error))?);
    Ok(())
}

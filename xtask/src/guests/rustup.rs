//! The ordinary way: the target wasm32-wasip2 of the compiler that builds the rest of rbit.

use std::{fs, path::Path, process::Command, time::Duration};

use anyhow::bail;

use crate::patience;

/// Its results are components.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// What the compiler is; nothing if it lacks the target.
pub(crate) fn identity() -> Option<Vec<u8>> {
    // rustc names the folder of a target whether or not it is there, and an empty one may be left of a target that was removed.
    let folder = answer(&["--print", "target-libdir", "--target", TARGET])?;
    let folder = String::from_utf8(folder).ok()?;
    let mut files = fs::read_dir(Path::new(folder.trim_end())).ok()?.flatten();
    let has_std = files.any(|file| file.file_name().as_encoded_bytes().starts_with(b"libstd-"));
    if has_std { answer(&["-vV"]) } else { None }
}

/// Lets rustup fetch the target.
pub(crate) fn add_target() -> anyhow::Result<()> {
    let mut command = Command::new("rustup");
    command.args(["target", "add", TARGET]).env_remove("RUST_BACKTRACE");
    let (status, said) = patience::run(command, PATIENCE)?;
    if !status.success() {
        bail!("`rustup target add {TARGET}` ended with {status}: {}", reason(&said));
    }
    Ok(())
}

fn answer(arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("rustc").args(arguments).output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// The one line of what rustup said that tells why it gave up.
fn reason(said: &str) -> &str {
    let error = said.lines().find_map(|line| line.strip_prefix("error: "));
    error.or_else(|| said.lines().last()).unwrap_or("no reason given")
}

/// Twenty megabytes are downloaded in it by any line that is worth waiting for; a network that swallows packets is not.
const PATIENCE: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_the_line_that_says_error() {
        let said = "info: downloading component rust-std\nerror: component download failed\n\nCaused by:\n    0: tcp";
        assert_eq!(reason(said), "component download failed");
        assert_eq!(reason("no such command"), "no such command");
        assert_eq!(reason(""), "no reason given");
    }
}

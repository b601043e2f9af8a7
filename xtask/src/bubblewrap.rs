//! bubblewrap, for the tests of `native!`.

use std::{path::Path, process::Command};

use anyhow::bail;

use crate::apt;

/// Installs it where it is not there, and makes sure that it can make namespaces.
pub(crate) fn ensure() -> anyhow::Result<()> {
    if !is_there() {
        if !apt::can_install() {
            bail!("bubblewrap is not installed: on Debian, `apt-get install bubblewrap` as root");
        }
        apt::install(&["bubblewrap"])?;
    }
    let tried = Command::new("bwrap")
        .args(["--unshare-all", "--ro-bind", "/", "/", "true"])
        .output()?;
    if !tried.status.success() {
        let said = String::from_utf8_lossy(&tried.stderr);
        bail!("bubblewrap can make no namespaces on this machine: {}", said.trim());
    }
    Ok(())
}

fn is_there() -> bool {
    ["/usr/local/bin/bwrap", "/usr/bin/bwrap", "/bin/bwrap"]
        .iter()
        .any(|path| Path::new(path).exists())
}

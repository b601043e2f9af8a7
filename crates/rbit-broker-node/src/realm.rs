//! What nodes that are to find each other share.

use std::{
    fs,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{keeper::Keeper, port::free_port};

/// A port mapper on the loopback address, and a cookie that nobody else has.
#[derive(Debug)]
pub(crate) struct Realm {
    mapper: u16,
    home: PathBuf,
    keeper: Keeper,
}

impl Realm {
    /// Makes one with its files in this folder, which must be there.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        let home = folder.canonicalize();
        let home = home.with_context(|| format!("cannot find folder `{}`", folder.display()))?;
        write_cookie(&home)?;
        let mapper = free_port()?.1;
        let mut command = Keeper::command("epmd");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let keeper = Keeper::start(mapper_at(mapper, &mut command))?;
        let mut realm = Self { mapper, home, keeper };
        realm.wait_until_it_listens()?;
        Ok(realm)
    }

    /// Tells one of Erlang's programs that it belongs here.
    pub(crate) fn join<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        mapper_at(self.mapper, command)
            .env("HOME", &self.home)
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
    }

    /// Nodes that start before it does would start one of their own, which stays.
    fn wait_until_it_listens(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        while TcpStream::connect(("127.0.0.1", self.mapper)).is_err() {
            if self.keeper.ended()?.is_some() || Instant::now() > deadline {
                bail!("Erlang's port mapper `epmd` does not start on port {}", self.mapper);
            }
            thread::park_timeout(LOOK_AGAIN);
        }
        Ok(())
    }
}

fn mapper_at(port: u16, command: &mut Command) -> &mut Command {
    command
        .env("ERL_EPMD_PORT", port.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
}

fn write_cookie(home: &Path) -> anyhow::Result<()> {
    let cookie = home.join(".erlang.cookie");
    let secret = format!("{:016x}", RandomState::new().build_hasher().finish());
    fs::write(&cookie, secret).with_context(|| format!("cannot write `{}`", cookie.display()))?;
    // Erlang refuses a cookie that others may read.
    let owner_only = fs::Permissions::from_mode(0o400);
    fs::set_permissions(&cookie, owner_only).with_context(|| format!("cannot protect `{}`", cookie.display()))
}

const START_TIMEOUT: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

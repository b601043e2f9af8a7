//! One node.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal, getpgid, kill_process};

use crate::{keeper::Keeper, port::free_port, probe::speaks_amqp, realm::Realm};

/// A node that runs, unless it was [killed](Self::kill). Its processes end when this is dropped; its folder stays.
#[derive(Debug)]
pub struct Node {
    pub(crate) server: PathBuf,
    pub(crate) realm: Arc<Realm>,
    port: u16,
    /// Where it speaks to other nodes.
    distribution: u16,
    folder: PathBuf,
    erlang: String,
    keeper: Mutex<Option<Keeper>>,
}

/// What is to be different from other nodes.
#[derive(Clone, Debug, Default)]
pub struct NodeSettings {
    /// Lines for its `rabbitmq.conf`.
    pub configuration: String,
    /// Arguments for Erlang.
    pub erlang: String,
}

impl Node {
    /// Starts one that is alone, with what it writes in this folder, and waits until it takes connections: some seconds.
    pub fn start(server: &Path, folder: &Path, settings: &NodeSettings) -> anyhow::Result<Self> {
        make_folder(folder)?;
        let realm = Arc::new(Realm::start(folder)?);
        let node = Self::new(server, realm, folder, settings)?;
        node.write_configuration(&settings.configuration)?;
        node.spawn()?;
        node.wait_until_it_answers()?;
        Ok(node)
    }

    /// One that does not run yet.
    pub(crate) fn new(
        server: &Path,
        realm: Arc<Realm>,
        folder: &Path,
        settings: &NodeSettings,
    ) -> anyhow::Result<Self> {
        make_folder(folder)?;
        // Both are held until both are known, so that they differ. Another process could take them before the node does; then the
        // start fails and says so.
        let ((_held, port), (_held_too, distribution)) = (free_port()?, free_port()?);
        Ok(Self {
            server: server.to_owned(),
            realm,
            port,
            distribution,
            folder: folder
                .canonicalize()
                .with_context(|| format!("cannot find folder `{}`", folder.display()))?,
            erlang: settings.erlang.clone(),
            keeper: Mutex::default(),
        })
    }

    /// Where it speaks AMQP, on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How other nodes call it.
    pub fn name(&self) -> String {
        format!("rbit-{}@localhost", self.port)
    }

    /// Kills it, as the loss of its machine does: it has no time to say or to store anything.
    pub fn kill(&self) {
        *self.keeper() = None;
    }

    /// Starts it again after [`Self::kill`], with what it had on its disk, and waits until it takes connections.
    pub fn revive(&self) -> anyhow::Result<()> {
        self.wait_until_its_ports_are_free()?;
        self.spawn()?;
        self.wait_until_it_answers()
    }

    /// Stops its process until [`Self::thaw`]: its sockets stay, and nothing comes from them.
    pub fn freeze(&self) -> anyhow::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Ends [`Self::freeze`].
    pub fn thaw(&self) -> anyhow::Result<()> {
        self.signal(Signal::CONT)
    }

    pub(crate) fn write_configuration(&self, more: &str) -> anyhow::Result<()> {
        let path = self.folder.join(CONFIGURATION);
        fs::write(&path, configuration(self.port, more)).with_context(|| format!("cannot write `{}`", path.display()))
    }

    pub(crate) fn spawn(&self) -> anyhow::Result<()> {
        let (folder, output) = (&self.folder, self.folder.join(OUTPUT));
        let output = File::create(&output).with_context(|| format!("cannot write `{}`", output.display()))?;
        let errors = output.try_clone().context("cannot share the output of a node")?;
        let mut command = Keeper::command(&self.server);
        self.realm
            .join(&mut command)
            .current_dir(folder)
            .stdout(output)
            .stderr(errors)
            .env("RABBITMQ_NODENAME", self.name())
            .env("RABBITMQ_CONFIG_FILE", folder.join(CONFIGURATION))
            .env("RABBITMQ_MNESIA_BASE", folder.join("mnesia"))
            .env("RABBITMQ_LOG_BASE", folder.join("log"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
            .env("RABBITMQ_PID_FILE", folder.join(PID))
            .env("RABBITMQ_DIST_PORT", self.distribution.to_string())
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                format!("{ERLANG} {}", self.erlang),
            );
        *self.keeper() = Some(Keeper::start(&mut command)?);
        Ok(())
    }

    pub(crate) fn wait_until_it_answers(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        while !speaks_amqp("127.0.0.1", self.port) {
            let ended = match &mut *self.keeper() {
                Some(keeper) => keeper.ended()?,
                None => bail!("the RabbitMQ node was killed while it started"),
            };
            if let Some(status) = ended {
                bail!(
                    "the RabbitMQ node ended with {status} while it started; {}",
                    self.last_words()
                );
            }
            if Instant::now() > deadline {
                bail!(
                    "the RabbitMQ node took longer than {START_TIMEOUT:?} to start; {}",
                    self.last_words()
                );
            }
            thread::park_timeout(LOOK_AGAIN);
        }
        Ok(())
    }

    /// A node that was killed may have them for a moment more, and the next one would take it for a stranger.
    fn wait_until_its_ports_are_free(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        for port in [self.port, self.distribution] {
            while let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
                if Instant::now() > deadline {
                    bail!("port {port} of a RabbitMQ node that was killed does not become free: {error}");
                }
                thread::park_timeout(LOOK_AGAIN);
            }
        }
        Ok(())
    }

    fn last_words(&self) -> String {
        match tail(&self.folder.join(OUTPUT)) {
            Ok(words) => format!("its last words:\n{words}"),
            Err(error) => format!("its output is unreadable: {error}"),
        }
    }

    /// Not to its keeper, who has to go on.
    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let keeper = self.keeper();
        let keeper = keeper.as_ref().context("the RabbitMQ node does not run")?;
        let path = self.folder.join(PID);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let pid = text.trim().parse().ok().and_then(Pid::from_raw);
        let pid = pid.with_context(|| format!("`{}` has no number of a process", path.display()))?;
        ensure!(
            getpgid(Some(pid))? == keeper.group(),
            "process {pid} is not of this node"
        );
        Ok(kill_process(pid, signal)?)
    }

    fn keeper(&self) -> MutexGuard<'_, Option<Keeper>> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A command of RabbitMQ's for this node.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        self.realm
            .join(&mut command)
            .current_dir(&self.folder)
            .env("RABBITMQ_CTL_ERL_ARGS", LOOPBACK)
            .args(["--quiet", "--node", &self.name()]);
        command
    }
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make folder `{}`", folder.display()))
}

/// Small disks and small machines are enough for tests.
fn configuration(port: u16, more: &str) -> String {
    format!(
        "listeners.tcp.1 = 127.0.0.1:{port}\n\
         loopback_users.guest = true\n\
         disk_free_limit.absolute = 50MB\n\
         vm_memory_high_watermark.absolute = 1GB\n\
         {more}\n"
    )
}

/// The end of a file.
fn tail(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS)))?;
    let mut bytes = Vec::new();
    file.take(LAST_WORDS).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

const LOOPBACK: &str = "-kernel inet_dist_use_interface {127,0,0,1}";
/// Two schedulers that do not spin: tests have better use for the processors.
const ERLANG: &str = "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none";

const CONFIGURATION: &str = "rabbitmq.conf";
const OUTPUT: &str = "output.log";
/// RabbitMQ writes the number of its process there.
const PID: &str = "pid";

const START_TIMEOUT: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
const LAST_WORDS: u64 = 4096;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_node_listens_on_loopback_alone() {
        let configuration = configuration(5999, "");
        let listeners: Vec<_> = configuration
            .lines()
            .filter(|line| line.starts_with("listeners"))
            .collect();
        assert_eq!(listeners, ["listeners.tcp.1 = 127.0.0.1:5999"]);
    }

    #[test]
    fn a_server_that_ends_at_once_is_an_error_with_its_last_words() {
        let data = tempfile::tempdir().unwrap();
        let server = data.path().join("server");
        fs::write(&server, "#!/bin/sh\necho no such port >&2\n").unwrap();
        fs::set_permissions(&server, fs::Permissions::from_mode(0o755)).unwrap();
        let error = Node::start(&server, data.path(), &NodeSettings::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains("no such port"), "{error}");
    }

    #[test]
    fn the_tail_of_a_long_file_is_its_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), format!("{}the end", "x".repeat(10_000))).unwrap();
        let tail = tail(file.path()).unwrap();
        assert_eq!(tail.len() as u64, LAST_WORDS);
        assert!(tail.ends_with("the end"));
    }
}

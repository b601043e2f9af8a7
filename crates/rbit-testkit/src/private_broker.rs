//! A RabbitMQ node of one test's own, for what changes the whole node.

mod control;

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tempfile::TempDir;

use crate::TestBroker;

/// A running node on the loopback address, with ports, cookie, folders and port mapper of its own. It ends when this is dropped, and
/// with the process of the test.
#[derive(Debug)]
pub struct PrivateBroker {
    port: u16,
    /// Where its port mapper listens.
    mapper: u16,
    keeper: Child,
    folder: TempDir,
}

impl PrivateBroker {
    /// Starts a node with these lines added to its `rabbitmq.conf`, and waits until it answers. It takes some seconds, and needs
    /// an installed `rabbitmq-server`.
    pub fn start(configuration: &str) -> anyhow::Result<Self> {
        Self::start_with(configuration, "")
    }

    /// Starts a node that takes a message back when it was not acknowledged for so long, to the second.
    pub fn with_ack_timeout(timeout: Duration) -> anyhow::Result<Self> {
        let milliseconds = timeout.as_millis();
        Self::start_with(
            "",
            &format!("-rabbit consumer_timeout {milliseconds} -rabbit channel_tick_interval 1000"),
        )
    }

    fn start_with(configuration: &str, erlang: &str) -> anyhow::Result<Self> {
        let server = PLACES.iter().map(Path::new).find(|place| place.is_file());
        let server =
            server.context("no rabbitmq-server is installed: run `cargo xtask test`, which installs it on Debian")?;
        let folder = tempfile::tempdir().context("cannot make a folder for the node")?;
        // All are held until all are known, so that they differ.
        let listeners = [free_port()?, free_port()?, free_port()?];
        let ports = listeners.each_ref().map(|(_, port)| *port);
        drop(listeners);
        let [port, _, mapper] = ports;
        write_files(folder.path(), port, configuration)?;
        let keeper = spawn(server, folder.path(), ports, erlang)?;
        let mut broker = Self {
            port,
            mapper,
            keeper,
            folder,
        };
        broker.wait_until_it_answers()?;
        Ok(broker)
    }

    /// Where it is.
    pub fn broker(&self) -> TestBroker {
        TestBroker {
            host: "127.0.0.1".into(),
            port: self.port,
            user: "guest".into(),
            password: "guest".into(),
            virtual_host: "/".into(),
        }
    }

    fn wait_until_it_answers(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        while !speaks_amqp(self.port) {
            let ended = self.keeper.try_wait().context("cannot look after the node")?;
            if ended.is_some() || Instant::now() > deadline {
                let words = fs::read_to_string(self.folder.path().join(OUTPUT)).unwrap_or_default();
                bail!("the private RabbitMQ node does not start; its words:\n{words}");
            }
            thread::park_timeout(LOOK_AGAIN);
        }
        Ok(())
    }
}

impl Drop for PrivateBroker {
    fn drop(&mut self) {
        // The keeper ends the node when its standard input closes. An error leaves nothing to do: it has ended already.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// A port of the loopback address that nobody listens on, as long as the listener is held.
pub fn free_port() -> anyhow::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot find a free port")?;
    let port = listener.local_addr().context("cannot find a free port")?.port();
    Ok((listener, port))
}

fn write_files(folder: &Path, port: u16, configuration: &str) -> anyhow::Result<()> {
    let configuration = format!(
        "listeners.tcp.1 = 127.0.0.1:{port}\ndisk_free_limit.absolute = 50MB\n\
         vm_memory_high_watermark.absolute = 1GB\n{configuration}\n"
    );
    fs::write(folder.join(CONFIGURATION), configuration).context("cannot write the configuration of the node")?;
    let cookie = folder.join(".erlang.cookie");
    fs::write(&cookie, folder.to_string_lossy().replace('/', "-")).context("cannot write the cookie of the node")?;
    // Erlang refuses a cookie that others may read.
    fs::set_permissions(&cookie, fs::Permissions::from_mode(0o400)).context("cannot protect the cookie of the node")
}

fn spawn(server: &Path, folder: &Path, [port, distribution, mapper]: [u16; 3], erlang: &str) -> anyhow::Result<Child> {
    let output = fs::File::create(folder.join(OUTPUT)).context("cannot write the output of the node")?;
    let errors = output.try_clone().context("cannot write the output of the node")?;
    Command::new("sh")
        .args(["-c", KEEPER, "rbit-rabbitmq"])
        .arg(server)
        .process_group(0)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(output)
        .stderr(errors)
        .env("HOME", folder)
        .env("RABBITMQ_NODENAME", format!("rbit-{port}@localhost"))
        .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .env("RABBITMQ_CONFIG_FILE", folder.join(CONFIGURATION))
        .env("RABBITMQ_MNESIA_BASE", folder.join("mnesia"))
        .env("RABBITMQ_LOG_BASE", folder.join("log"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
        .env("RABBITMQ_PID_FILE", folder.join("pid"))
        .env("RABBITMQ_DIST_PORT", distribution.to_string())
        .env(
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            format!("{ERLANG_ARGUMENTS} {erlang}"),
        )
        .env("ERL_EPMD_PORT", mapper.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .spawn()
        .context("cannot start the node")
}

fn speaks_amqp(port: u16) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"AMQP\x00\x00\x09\x01")?;
        stream.read_exact(&mut [0])
    };
    ask().is_ok()
}

/// The start scripts of an installed RabbitMQ, which anybody may run.
const PLACES: [&str; 3] = [
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/opt/homebrew/sbin/rabbitmq-server",
    "/usr/local/sbin/rabbitmq-server",
];

/// Keeps the node: the whole process group ends when the server does, or when nobody holds the other end of its input any more,
/// which the kernel sees to even if we are killed. The port mapper runs in the foreground, for otherwise Erlang leaves one behind.
const KEEPER: &str = r#"epmd & ("$1"; kill -KILL 0) & cat >/dev/null; kill -KILL 0"#;

/// Two schedulers that do not spin: tests have better use for the processors.
const ERLANG_ARGUMENTS: &str = "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none";

const CONFIGURATION: &str = "rabbitmq.conf";
const OUTPUT: &str = "output.log";

const START_TIMEOUT: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(3);

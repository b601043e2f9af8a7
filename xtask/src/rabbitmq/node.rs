//! A private RabbitMQ node: its own ports, cookie, folders and port mapper, bound to loopback.

use std::{
    fs,
    io::{Read, Seek, SeekFrom},
    net::TcpListener,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tempfile::TempDir;

use super::{probe, say};

/// A running node. Dropping it ends every process of it and removes its folder; so does the end of this process, whatever ends it.
#[derive(Debug)]
pub(super) struct Node {
    port: u16,
    keeper: Child,
    folder: TempDir,
}

impl Node {
    /// Starts a node and waits until it takes connections.
    pub(super) fn start(server: &Path, data: &Path) -> anyhow::Result<Self> {
        let started = Instant::now();
        let folder = make_folder(data)?;
        let ports = Ports::free()?;
        write_files(folder.path(), &ports)?;
        let keeper = spawn(server, folder.path(), &ports)?;
        let mut node = Self {
            port: ports.amqp,
            keeper,
            folder,
        };
        node.wait_until_it_answers()?;
        say(&format!(
            "private node on 127.0.0.1:{} after {:.1} s",
            node.port,
            started.elapsed().as_secs_f64()
        ));
        Ok(node)
    }

    /// Where it speaks AMQP.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    fn wait_until_it_answers(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        while !probe::speaks_amqp("127.0.0.1", self.port) {
            if let Some(status) = self.keeper.try_wait().context("cannot look after the RabbitMQ node")? {
                bail!(
                    "the RabbitMQ node ended with {status} while it started; its last words:\n{}",
                    self.last_words()
                );
            }
            if Instant::now() > deadline {
                bail!(
                    "the RabbitMQ node took longer than {START_TIMEOUT:?} to start; its last words:\n{}",
                    self.last_words()
                );
            }
            thread::park_timeout(LOOK_AGAIN);
        }
        Ok(())
    }

    fn last_words(&self) -> String {
        tail(&self.folder.path().join(OUTPUT)).unwrap_or_else(|error| format!("(unreadable: {error})"))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // The keeper ends the node when its standard input closes.
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            say(&format!("could not wait for the private node to end: {error}"));
        }
    }
}

fn make_folder(data: &Path) -> anyhow::Result<TempDir> {
    fs::create_dir_all(data).with_context(|| format!("cannot make folder {}", data.display()))?;
    let data = data
        .canonicalize()
        .with_context(|| format!("cannot find folder {}", data.display()))?;
    let folder = tempfile::Builder::new().prefix("node-").tempdir_in(&data);
    folder.with_context(|| format!("cannot make a folder in {}", data.display()))
}

/// The ports of a node. Another process could take them before the node does; then the start fails and says so.
struct Ports {
    amqp: u16,
    distribution: u16,
    mapper: u16,
}

impl Ports {
    fn free() -> anyhow::Result<Self> {
        // All are held until all are known, so that they differ.
        let listeners = [free_port()?, free_port()?, free_port()?];
        let [amqp, distribution, mapper] = listeners.each_ref().map(|(_, port)| *port);
        Ok(Self {
            amqp,
            distribution,
            mapper,
        })
    }
}

fn free_port() -> anyhow::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot find a free port")?;
    let port = listener.local_addr().context("cannot find a free port")?.port();
    Ok((listener, port))
}

fn write_files(folder: &Path, ports: &Ports) -> anyhow::Result<()> {
    write(&folder.join(CONFIGURATION), &configuration(ports.amqp))?;
    let cookie = folder.join(".erlang.cookie");
    let secret = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    write(&cookie, &secret)?;
    // Erlang refuses a cookie that others may read.
    let owner_only = fs::Permissions::from_mode(0o400);
    fs::set_permissions(&cookie, owner_only).with_context(|| format!("cannot protect {}", cookie.display()))
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Small disks and small machines are enough for tests.
fn configuration(port: u16) -> String {
    format!(
        "listeners.tcp.1 = 127.0.0.1:{port}\n\
         loopback_users.guest = true\n\
         disk_free_limit.absolute = 50MB\n\
         vm_memory_high_watermark.absolute = 1GB\n"
    )
}

fn spawn(server: &Path, folder: &Path, ports: &Ports) -> anyhow::Result<Child> {
    let output = folder.join(OUTPUT);
    let output = fs::File::create(&output).with_context(|| format!("cannot write {}", output.display()))?;
    let errors = output.try_clone().context("cannot share the output file of the node")?;
    Command::new("sh")
        .args(["-c", KEEPER, "rbit-rabbitmq"])
        .arg(server)
        .process_group(0)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(output)
        .stderr(errors)
        .env("HOME", folder)
        .env("RABBITMQ_NODENAME", format!("rbit-{}@localhost", ports.amqp))
        .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .env("RABBITMQ_CONFIG_FILE", folder.join(CONFIGURATION))
        .env("RABBITMQ_MNESIA_BASE", folder.join("mnesia"))
        .env("RABBITMQ_LOG_BASE", folder.join("log"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
        .env("RABBITMQ_PID_FILE", folder.join("pid"))
        .env("RABBITMQ_DIST_PORT", ports.distribution.to_string())
        .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", ERLANG_ARGUMENTS)
        .env("ERL_EPMD_PORT", ports.mapper.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .spawn()
        .context("cannot start the RabbitMQ node")
}

/// The end of a file.
fn tail(path: &Path) -> std::io::Result<String> {
    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS)))?;
    let mut bytes = Vec::new();
    file.take(LAST_WORDS).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Keeps the node: the whole process group ends when the server does, or when nobody holds the other end of its input any more,
/// which the kernel sees to even if we are killed. The port mapper runs in the foreground, for otherwise Erlang leaves one behind.
const KEEPER: &str = r#"epmd & ("$1"; kill -KILL 0) & cat >/dev/null; kill -KILL 0"#;

/// Two schedulers that do not spin: tests have better use for the processors.
const ERLANG_ARGUMENTS: &str = "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none";

const CONFIGURATION: &str = "rabbitmq.conf";
const OUTPUT: &str = "output.log";

const START_TIMEOUT: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
const LAST_WORDS: u64 = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_listens_on_loopback_alone() {
        let configuration = configuration(5999);
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
        write(&server, "#!/bin/sh\necho no such port >&2\n").unwrap();
        fs::set_permissions(&server, fs::Permissions::from_mode(0o755)).unwrap();
        let error = Node::start(&server, data.path()).unwrap_err().to_string();
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

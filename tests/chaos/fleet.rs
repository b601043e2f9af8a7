//! The boxes.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use anyhow::{Context as _, bail, ensure};
use rbit_job::BoxName;
use rbit_testkit::fake_pybit::FakePybit;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use ulid::Ulid;

use super::{
    Options,
    broker::Broker,
    post::{Post, RETRY_MS},
};

/// Processes of the program, each with a name and folder of its own.
pub(super) struct Fleet {
    pub(super) boxes: Vec<BuildBox>,
    pub(super) output: PathBuf,
    /// Boxes that refused to start because the broker still kept their name for the process before.
    pub(super) refusals: u32,
}

/// A box, dead or alive.
pub(super) struct BuildBox {
    pub(super) name: BoxName,
    program: PathBuf,
    folder: PathBuf,
    child: Option<Child>,
}

impl Fleet {
    pub(super) fn start(options: &Options, post: &Post, broker: &Broker, pybit: &FakePybit) -> anyhow::Result<Self> {
        let output = options.folder.join("output");
        let run = Ulid::generate().to_string().to_lowercase();
        let mut boxes = Vec::new();
        for number in 0..options.workers {
            let name = BoxName::new(format!("chaos-{run}-{number}"))?;
            let folder = options.folder.join(format!("box-{number}"));
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("rbit.ini"), ini(&name, &output, post, broker, pybit))?;
            let mut build_box = BuildBox {
                name,
                program: options.rbit.clone(),
                folder,
                child: None,
            };
            build_box.start()?;
            boxes.push(build_box);
        }
        Ok(Self {
            boxes,
            output,
            refusals: 0,
        })
    }

    /// Starts boxes again that left by themselves, as a service manager would, if they had a reason that passes.
    pub(super) fn look_after(&mut self) -> anyhow::Result<()> {
        for build_box in &mut self.boxes {
            let Some(status) = build_box.ended()? else { continue };
            let unavailable = status.code() == Some(UNAVAILABLE);
            ensure!(
                unavailable && self.refusals < MAX_REFUSALS,
                "box {} ended by itself with {status}: see {}",
                build_box.name,
                build_box.folder.join(LOG).display()
            );
            self.refusals += 1;
            build_box.start()?;
        }
        Ok(())
    }

    /// Tells all to leave, and waits for it.
    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        for build_box in &self.boxes {
            build_box.signal(Signal::TERM)?;
        }
        for build_box in &mut self.boxes {
            let status = build_box.wait()?;
            // One that was started a moment ago does not listen yet, and has taken nothing.
            let was_starting = status.signal() == Some(Signal::TERM.as_raw());
            ensure!(
                status.success() || was_starting,
                "box {} left with {status}",
                build_box.name
            );
        }
        Ok(())
    }

    /// Runs what is left: messages that boxes held when they were told to leave, and reports.
    pub(super) async fn finish(&self, post: &Post) -> anyhow::Result<()> {
        post.is_released().await?;
        for build_box in &self.boxes {
            let mut command = build_box.command(&["run", "rbit.ini", "--drain"])?;
            let status = tokio::task::spawn_blocking(move || command.status()).await??;
            ensure!(status.success(), "box {} could not finish: {status}", build_box.name);
        }
        Ok(())
    }
}

impl BuildBox {
    pub(super) fn start(&mut self) -> anyhow::Result<()> {
        let mut command = self.command(&["run", "rbit.ini"])?;
        self.child = Some(command.spawn().context("cannot start the program")?);
        Ok(())
    }

    /// Kills it, and waits until the kernel has taken it away.
    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::KILL)?;
        self.wait().map(drop)
    }

    /// What its journal says, an entry for each job.
    pub(super) fn journal(&self) -> anyhow::Result<Vec<Value>> {
        let mut command = self.command(&["jobs", "rbit.ini", "--json", "--limit", "10000000"])?;
        let output = command.stdout(Stdio::piped()).output()?;
        ensure!(output.status.success(), "cannot read the journal of box {}", self.name);
        let text = String::from_utf8(output.stdout)?;
        text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    fn command(&self, words: &[&str]) -> anyhow::Result<Command> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join(LOG))?;
        let mut command = Command::new(&self.program);
        command
            .args(words)
            .current_dir(&self.folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(File::options().write(true).open("/dev/null")?)
            .stderr(log);
        Ok(command)
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let Some(child) = &self.child else {
            bail!("box {} does not run", self.name);
        };
        Ok(kill_process(Pid::from_child(child), signal)?)
    }

    fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        match &mut self.child {
            Some(child) => Ok(child.try_wait()?),
            None => Ok(None),
        }
    }

    fn wait(&mut self) -> anyhow::Result<ExitStatus> {
        let mut child = self.child.take().context("the box does not run")?;
        Ok(child.wait()?)
    }
}

impl Drop for BuildBox {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // The run has failed already; all that is left to do is not to leave it behind.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn ini(name: &BoxName, output: &Path, post: &Post, broker: &Broker, pybit: &FakePybit) -> String {
    let hosts: Vec<_> = broker.addresses_for_boxes().iter().map(ToString::to_string).collect();
    let (hosts, queue_type) = (hosts.join(" "), broker.queue_type().as_str());
    let lanes = post.lanes();
    let mut mappings = String::new();
    let mut sections = String::new();
    for (kind, queue) in lanes {
        let runner = kind.runner();
        mappings += &format!("    {queue}:{runner}\n");
        sections += &format!(
            "[queue:{queue}]\ntype = {queue_type}\nretry-steps = {RETRY_MS}ms\n\n\
             [runner:{runner}]\nrunner = wasm!{}\noutput-dir = {}/{runner}\n{}\n\n",
            kind.guest().display(),
            output.display(),
            kind.settings(),
        );
    }
    format!(
        "[rbit]\nname = {name}\nslots = 2\nstate-dir = state\nqueue-mappings =\n{mappings}\n\
         [amqp]\nhosts = {hosts}\nheartbeat = 5s\n\n\
         [pybit]\nurl = {}\nuser = admin\npassword = pass\n\n{sections}",
        pybit.url()
    )
}

const LOG: &str = "log";
/// The program's exit status when something that must be there cannot be reached: `EX_UNAVAILABLE`.
const UNAVAILABLE: i32 = 69;
const MAX_REFUSALS: u32 = 1000;

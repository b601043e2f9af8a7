//! Bubblewrap while it runs, with the threads that read what its program prints.

use std::{
    io::{self, Read, Write as _},
    os::unix::{net::UnixStream, process::ExitStatusExt as _},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread::{self, JoinHandle},
};

use rbit_cgroup::Group;
use rbit_job::port::GuestStream;
use rbit_output::GuestOutput;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::{ending::Used, processes};

/// Killed and waited for when it is dropped.
pub(super) struct Running {
    bwrap: Child,
    /// Where it says what becomes of the program.
    pub(super) status: UnixStream,
    readers: Vec<JoinHandle<()>>,
}

impl Running {
    /// Starts it. It ends with the calling thread.
    pub(super) fn start(mut command: Command, output: &Arc<GuestOutput>, group: Option<&Group>) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        keep_files_to_ourselves()?;
        let bwrap = command
            .stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // It has our end of the status otherwise, which would never be closed.
        drop(command);
        let mut running = Self {
            bwrap,
            status: ours,
            readers: Vec::new(),
        };
        if let Some(group) = group {
            group.take(running.bwrap.id())?;
        }
        running.status.write_all(b"\n")?;
        if let Some(stdout) = running.bwrap.stdout.take() {
            running.read(stdout, GuestStream::Stdout, output)?;
        }
        if let Some(stderr) = running.bwrap.stderr.take() {
            running.read(stderr, GuestStream::Stderr, output)?;
        }
        Ok(running)
    }

    fn read(
        &mut self,
        from: impl Read + Send + 'static,
        stream: GuestStream,
        output: &Arc<GuestOutput>,
    ) -> io::Result<()> {
        let output = output.clone();
        let name = format!("native-{}", stream.as_str());
        let reader = thread::Builder::new()
            .name(name)
            .spawn(move || pass_on(from, stream, &output))?;
        self.readers.push(reader);
        Ok(())
    }

    /// The number of bubblewrap's own process.
    pub(super) fn id(&self) -> i32 {
        i32::try_from(self.bwrap.id()).unwrap_or_default()
    }

    /// Kills bubblewrap, and with it the first process of the namespace.
    pub(super) fn kill(&mut self) {
        // Fails only for one that has been waited for.
        let _ = self.bwrap.kill();
    }

    /// Waits for it and for what was printed. Returns whether it ended by itself, and what of its status was not yet read.
    pub(super) fn wait(mut self, used: &mut Used) -> (bool, Vec<u8>) {
        if let Some(bwrap) = Pid::from_raw(self.id()) {
            // What its children used is known until it is waited for itself.
            let _ = waitid(WaitId::Pid(bwrap), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
            let cpu = processes::cpu(bwrap.as_raw_nonzero().get()).unwrap_or_default();
            used.cpu = used.cpu.max(cpu);
        }
        let status = self.bwrap.wait();
        for reader in self.readers.drain(..) {
            // It has nothing to say but what it passed on.
            let _ = reader.join();
        }
        let mut last_words = Vec::new();
        // Ends where nothing is left to be read.
        let _ = self.status.read_to_end(&mut last_words);
        (status.is_ok_and(|status| status.signal().is_none()), last_words)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        let _ = self.bwrap.wait();
    }
}

fn pass_on(mut from: impl Read, stream: GuestStream, output: &GuestOutput) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => output.write(stream, buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Has every open file of this process closed in the programs that it starts. Those that it opens itself are; those that it was started
/// with may not be.
fn keep_files_to_ourselves() -> io::Result<()> {
    #[expect(
        unsafe_code,
        reason = "no safe crate has this call; it takes three numbers, and closes nothing here"
    )]
    let done = unsafe { libc::close_range(3, libc::c_uint::MAX, CLOSE_ON_EXEC) };
    match done {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

const CLOSE_ON_EXEC: libc::c_int = libc::CLOSE_RANGE_CLOEXEC as libc::c_int;

//! What is looked at while a job runs, and when it must end.

use std::{
    io::{ErrorKind, Read as _},
    os::{fd::OwnedFd, unix::net::UnixStream},
    time::{Duration, Instant},
};

use rbit_job::{Limits, port::Folders};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal},
};

use super::running::Running;
use crate::{
    disk::{self, Held},
    ending::{self, End, Over, Used},
    processes,
    status::Status,
};

pub(super) struct Watch<'a> {
    running: Running,
    limits: &'a Limits,
    folders: Option<&'a Folders>,
    stop: &'a UnixStream,
    status: Status,
    is_status_closed: bool,
    first: Option<First>,
    /// Why it must end, and since when.
    sentence: Option<(End, Instant)>,
    deadline: Instant,
    next_processes: Instant,
    next_disk: Instant,
}

/// The first process of the namespace.
struct First {
    number: i32,
    /// None if it was gone before it could be opened.
    handle: Option<OwnedFd>,
}

/// What has happened.
#[derive(Default)]
struct Ready {
    status: bool,
    stop: bool,
    end: bool,
}

impl<'a> Watch<'a> {
    pub(super) fn new(
        running: Running,
        limits: &'a Limits,
        folders: Option<&'a Folders>,
        stop: &'a UnixStream,
        started: Instant,
    ) -> Self {
        Self {
            running,
            limits,
            folders,
            stop,
            status: Status::default(),
            is_status_closed: false,
            first: None,
            sentence: None,
            deadline: started.checked_add(limits.timeout).unwrap_or(started + LONGEST),
            next_processes: started + LOOK,
            next_disk: started + LOOK,
        }
    }

    /// Watches until nothing of the job is left.
    pub(super) fn until_the_end(mut self, used: &mut Used) -> End {
        loop {
            let ready = self.wait();
            if ready.status {
                self.hear();
            }
            if ready.end || self.is_status_closed && self.first.as_ref().is_none_or(|first| first.handle.is_none()) {
                return self.ended(used);
            }
            if ready.stop {
                self.condemn(End::Stopped);
            }
            if Instant::now() >= self.deadline {
                self.condemn(Over::Time.into());
            }
            self.look(used);
            self.carry_out();
        }
    }

    fn wait(&self) -> Ready {
        let mut ready = Ready::default();
        let handle = self.first.as_ref().and_then(|first| first.handle.as_ref());
        let wanted = [
            (!self.is_status_closed).then(|| PollFd::new(&self.running.status, PollFlags::IN)),
            self.sentence.is_none().then(|| PollFd::new(self.stop, PollFlags::IN)),
            handle.map(|handle| PollFd::new(handle, PollFlags::IN)),
        ];
        let is_wanted = wanted.each_ref().map(Option::is_some);
        let mut files: Vec<_> = wanted.into_iter().flatten().collect();
        // Interrupted, nothing has happened, and everything is looked at again.
        if poll(&mut files, Some(&self.patience())).is_err() {
            return ready;
        }
        let mut files = files.iter();
        let flags = [&mut ready.status, &mut ready.stop, &mut ready.end];
        for (flag, is_wanted) in flags.into_iter().zip(is_wanted) {
            let file = if is_wanted { files.next() } else { None };
            *flag = file.is_some_and(|file| !file.revents().is_empty());
        }
        ready
    }

    /// Until there is something to look at.
    fn patience(&self) -> Timespec {
        let next = match self.sentence {
            Some(_) => Instant::now() + LOOK,
            None => self.deadline.min(self.next_processes).min(self.next_disk),
        };
        let left = next.saturating_duration_since(Instant::now());
        Timespec::try_from(left).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 })
    }

    fn hear(&mut self) {
        let mut buffer = [0; 4096];
        match self.running.status.read(&mut buffer) {
            Ok(0) => self.is_status_closed = true,
            Ok(count) => self.status.hear(buffer.get(..count).unwrap_or_default()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(_) => self.is_status_closed = true,
        }
        if let (None, Some(number)) = (&self.first, self.status.first_process) {
            self.first = Some(First::open(number, self.running.id()));
        }
    }

    /// The first reason is the one that counts.
    fn condemn(&mut self, end: End) {
        self.sentence.get_or_insert_with(|| (end, Instant::now()));
    }

    /// Again and again, until it is gone: its first process may not be known yet.
    fn carry_out(&mut self) {
        let Some((_, since)) = &self.sentence else { return };
        match self.first.as_ref().and_then(|first| first.handle.as_ref()) {
            // Fails only where it is gone.
            Some(first) => drop(pidfd_send_signal(first, Signal::KILL)),
            // Bubblewrap says it before it lets it go, unless it stands still itself.
            None if since.elapsed() > PATIENCE => self.running.kill(),
            None => {}
        }
    }

    fn look(&mut self, used: &mut Used) {
        let Some(first) = self.first.as_ref().filter(|_| self.sentence.is_none()) else {
            return;
        };
        let now = Instant::now();
        if now >= self.next_processes {
            let over = look_at_processes(first.number, self.limits, used);
            self.next_processes = now + LOOK.max(now.elapsed() * SHARE);
            if let Some(over) = over {
                self.condemn(over.into());
            }
        }
        if now >= self.next_disk {
            let over = self.look_at_disk(used);
            self.next_disk = now + LOOK.max(now.elapsed() * SHARE);
            if let Some(over) = over {
                self.condemn(over.into());
            }
        }
    }

    fn look_at_disk(&self, used: &mut Used) -> Option<Over> {
        let folders = self.folders?;
        let mut held = Held::default();
        let (deadline, stop) = (self.deadline, self.stop);
        let counted = disk::count([&folders.work, &folders.output], self.limits, &mut held, &mut || {
            Instant::now() >= deadline || is_readable(stop)
        });
        used.note(held);
        counted.err()
    }

    /// What bubblewrap says at the very end comes after the end of its namespace.
    fn ended(mut self, used: &mut Used) -> End {
        if self.sentence.is_some() && self.first.is_none() {
            self.running.kill();
        }
        let (ended_itself, last_words) = self.running.wait(used);
        self.status.hear(&last_words);
        match (self.sentence, self.status.exit_code) {
            (Some((end, _)), _) => end,
            (None, Some(code)) => ending::of_code(code),
            (None, None) if ended_itself => End::NotStarted("it could not be set up".to_owned()),
            (None, None) => End::Gone,
        }
    }
}

impl First {
    /// A number can become somebody else's, so its parent is looked at once it is held.
    fn open(number: i32, bwrap: i32) -> Self {
        let process = Pid::from_raw(number);
        let handle = process.and_then(|process| pidfd_open(process, PidfdFlags::empty()).ok());
        let is_it = processes::parent(number) == Some(bwrap);
        Self {
            number,
            handle: handle.filter(|_| is_it),
        }
    }
}

fn look_at_processes(first: i32, limits: &Limits, used: &mut Used) -> Option<Over> {
    // Bubblewrap's own besides, and those that are just ending.
    let most = limits.processes as usize * 2 + 16;
    let sample = processes::sample(first, most);
    used.cpu = used.cpu.max(sample.cpu);
    if used.cpu > limits.cpu_time {
        return Some(Over::Cpu);
    }
    let memory = match sample.memory > limits.memory {
        true => processes::shared_memory(first, most),
        false => sample.memory,
    };
    used.memory_peak = used.memory_peak.max(memory);
    (memory > limits.memory).then_some(Over::Memory)
}

fn is_readable(stop: &UnixStream) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut [PollFd::new(stop, PollFlags::IN)], Some(&now)).is_ok_and(|ready| ready > 0)
}

/// How often a job is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// Looking takes no more than one part in so many of a processor's time.
const SHARE: u32 = 20;
/// How long bubblewrap may take to say which process is the first, once it must end.
const PATIENCE: Duration = Duration::from_secs(1);
/// A timeout that no clock can hold.
const LONGEST: Duration = Duration::from_secs(1 << 31);

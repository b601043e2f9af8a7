//! What a process is to others: its parent, its user, whoever started it.

use rustix::{
    fs::Mode,
    process::{
        DumpableBehavior, Signal, getppid, set_dumpable_behavior, set_parent_process_death_signal, setsid, umask,
    },
    thread::set_no_new_privs,
};

use super::{Unfit, step};

/// Cuts the process off from where it came from, while there is no thread but this one.
pub(crate) fn detach(parent: u32) -> Result<(), Unfit> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(step("be ended with the parent"))?;
    // It may have died before the signal was asked for, and then nobody will send it.
    let is_orphan = getppid().is_none_or(|pid| u32::try_from(pid.as_raw_nonzero().get()) != Ok(parent));
    if is_orphan {
        return Err(step("go on")("the parent is gone"));
    }
    set_no_new_privs(true).map_err(step("give up new privileges"))?;
    // Fails only where the process already leads a session, which is what is wanted.
    let _ = setsid();
    umask(Mode::RWXG | Mode::RWXO);
    // A file over its limit is then an error to whoever writes it, instead of the end of the process.
    ignore_signals().map_err(step("ignore signals"))
}

/// Makes memory and files of the process unreadable to others of its user, and keeps it from leaving a core.
pub(crate) fn become_opaque() -> Result<(), Unfit> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(step("become unreadable to others"))
}

/// Closes what the parent may have left open by mistake. It must be the first thing that is done. Its own files are all closed when another program is executed.
#[expect(unsafe_code, reason = "the standard library closes only files that it has opened")]
pub(crate) fn close_inherited() -> std::io::Result<()> {
    // SAFETY: nothing in this process has opened a file yet, so nothing loses one.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, FIRST_OF_NO_USE, u32::MAX, 0u32) };
    if closed == 0 {
        return Ok(());
    }
    Err(std::io::Error::last_os_error())
}

#[expect(unsafe_code, reason = "the standard library does not set signals")]
fn ignore_signals() -> std::io::Result<()> {
    for signal in [libc::SIGXFSZ, libc::SIGPIPE, libc::SIGHUP, libc::SIGINT] {
        // SAFETY: ignoring a signal runs no code of ours.
        if unsafe { libc::signal(signal, libc::SIG_IGN) } == libc::SIG_ERR {
            return Err(std::io::Error::last_os_error());
        }
    }
    Ok(())
}

/// After standard input, output and error.
const FIRST_OF_NO_USE: u32 = 3;

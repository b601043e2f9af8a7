//! System calls: seccomp.
//!
//! Three filters, of which the severest answer counts: what is never right ends the process; `clone3`, whose arguments a filter cannot
//! see, is answered as unknown, so that the C library uses `clone`; and of the rest only what is listed is let through. In release
//! builds an unlisted call is answered as one that this kernel does not have, which libraries cope with, since another C library may
//! need other calls than the ones we know; in strict mode it ends the process.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen as Width, SeccompCmpOp as Is,
    SeccompCondition as Condition, SeccompFilter, SeccompRule, apply_filter_all_threads,
};

use super::{Unfit, step};

/// Puts the filters in force, in every thread there is and will be. `has_sockets` is for a process that is handed connections: it can
/// take and use them, and still not make any.
pub(crate) fn filter(is_strict: bool, has_sockets: bool) -> Result<(), Unfit> {
    let programs = programs(is_strict, has_sockets).map_err(step("make the filters of system calls"))?;
    // The strictest comes last: it would end the process over the call that puts another one in force.
    for program in &programs {
        apply_filter_all_threads(program).map_err(step("filter system calls"))?;
    }
    Ok(())
}

/// How many system calls are let through.
pub(crate) fn allowed(has_sockets: bool) -> usize {
    let of_sockets = if has_sockets { of_sockets().count() } else { 0 };
    LET_THROUGH.len() + OF_THIS_MACHINE.len() + CONDITIONAL + of_sockets
}

fn of_sockets() -> impl Iterator<Item = i64> {
    OF_SOCKETS.iter().chain(OF_SOCKETS_ON_THIS_MACHINE).copied()
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn programs(is_strict: bool, has_sockets: bool) -> Result<[BpfProgram; 3], BackendError> {
    let unknown = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let fatal = SeccompAction::KillProcess;
    let fallback = if is_strict { fatal.clone() } else { unknown.clone() };
    let always = |calls: &[i64]| -> Rules { calls.iter().map(|call| (*call, vec![])).collect() };
    let mut never = always(NEVER);
    never.extend(always(NEVER_ON_THIS_MACHINE));
    Ok([
        program(never, SeccompAction::Allow, fatal)?,
        program(always(&[libc::SYS_clone3]), SeccompAction::Allow, unknown)?,
        program(let_through(has_sockets)?, fallback, SeccompAction::Allow)?,
    ])
}

fn program(rules: Rules, otherwise: SeccompAction, listed: SeccompAction) -> Result<BpfProgram, BackendError> {
    let arch = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, otherwise, listed, arch)?.try_into()
}

fn let_through(has_sockets: bool) -> Result<Rules, BackendError> {
    let mut rules: Rules = LET_THROUGH
        .iter()
        .chain(OF_THIS_MACHINE)
        .copied()
        .chain(of_sockets().filter(|_| has_sockets))
        .map(|call| (call, vec![]))
        .collect();
    // Answered by the filter before.
    rules.insert(libc::SYS_clone3, vec![]);
    rules.insert(libc::SYS_clone, vec![new_thread()?]);
    rules.insert(libc::SYS_mmap, not_writable_and_executable()?);
    rules.insert(libc::SYS_mprotect, not_writable_and_executable()?);
    rules.insert(libc::SYS_prctl, one_of(0, &PRCTL_COMMANDS)?);
    rules.insert(
        libc::SYS_ioctl,
        one_of(1, &[PAGEMAP_SCAN, libc::FIONBIO, libc::FIOCLEX])?,
    );
    rules.insert(
        libc::SYS_fcntl,
        one_of(1, &FCNTL_COMMANDS.map(|command| command as u64))?,
    );
    rules.insert(libc::SYS_prlimit64, vec![reading_own_limits()?]);
    Ok(rules)
}

/// A thread of this process, with no namespace of its own.
fn new_thread() -> Result<SeccompRule, BackendError> {
    let thread = (libc::CLONE_VM | libc::CLONE_THREAD) as u64;
    SeccompRule::new(vec![Condition::new(
        0,
        Width::Dword,
        Is::MaskedEq(thread | NEW_NAMESPACES),
        thread,
    )?])
}

fn not_writable_and_executable() -> Result<Vec<SeccompRule>, BackendError> {
    let (write, execute) = (libc::PROT_WRITE as u64, libc::PROT_EXEC as u64);
    [0, write, execute]
        .into_iter()
        .map(|value| {
            SeccompRule::new(vec![Condition::new(
                2,
                Width::Dword,
                Is::MaskedEq(write | execute),
                value,
            )?])
        })
        .collect()
}

fn one_of(argument: u8, values: &[u64]) -> Result<Vec<SeccompRule>, BackendError> {
    values
        .iter()
        .map(|value| SeccompRule::new(vec![Condition::new(argument, Width::Dword, Is::Eq, *value)?]))
        .collect()
}

/// The C library asks for the size of its stack. Setting a limit has a third argument.
fn reading_own_limits() -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![
        Condition::new(0, Width::Dword, Is::Eq, 0)?,
        Condition::new(2, Width::Qword, Is::Eq, 0)?,
    ])
}

/// What the engine, the runtime and the C library need to run guests.
const LET_THROUGH: &[i64] = &[
    // Memory.
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_process_madvise,
    libc::SYS_brk,
    libc::SYS_memfd_create,
    libc::SYS_ftruncate,
    libc::SYS_membarrier,
    // Threads and signals. Traps of guests are signals.
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_tgkill,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Time and chance.
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    // The one socket. Neither `sendmsg` nor `recvmsg`: no file is handed over but where there are requests.
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_recvfrom,
    libc::SYS_sendto,
    libc::SYS_shutdown,
    // Files, by paths that landlock looks at. `openat2` must never be answered as forbidden: paths would then be resolved without it.
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_close,
    libc::SYS_lseek,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_preadv2,
    libc::SYS_pwritev2,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_fstatfs,
    libc::SYS_getdents64,
    libc::SYS_readlinkat,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_sync_file_range,
    libc::SYS_fadvise64,
    libc::SYS_fallocate,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    libc::SYS_symlinkat,
    libc::SYS_linkat,
    libc::SYS_utimensat,
];

#[cfg(target_arch = "x86_64")]
const OF_THIS_MACHINE: &[i64] = &[libc::SYS_renameat, libc::SYS_poll];
#[cfg(not(target_arch = "x86_64"))]
const OF_THIS_MACHINE: &[i64] = &[libc::SYS_renameat, libc::SYS_ppoll];

/// What it takes to be handed connections, and to wait for them.
const OF_SOCKETS: &[i64] = &[
    libc::SYS_recvmsg,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
];

#[cfg(target_arch = "x86_64")]
const OF_SOCKETS_ON_THIS_MACHINE: &[i64] = &[libc::SYS_epoll_wait];
#[cfg(not(target_arch = "x86_64"))]
const OF_SOCKETS_ON_THIS_MACHINE: &[i64] = &[];

/// Calls that are let through for certain arguments: see [`let_through`].
const CONDITIONAL: usize = 7;

/// What no library tries on the off chance: whoever calls this is not a guest any more.
const NEVER: &[i64] = &[
    // Other programs and processes.
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    // Network.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvmmsg,
    // Doors into the kernel.
    libc::SYS_bpf,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_userfaultfd,
    libc::SYS_perf_event_open,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_personality,
    // Views of files.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    // Rights.
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_capset,
    libc::SYS_mknodat,
    libc::SYS_fchmodat,
    libc::SYS_fchownat,
];

#[cfg(target_arch = "x86_64")]
const NEVER_ON_THIS_MACHINE: &[i64] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_mknod,
    libc::SYS_chmod,
    libc::SYS_chown,
];
#[cfg(not(target_arch = "x86_64"))]
const NEVER_ON_THIS_MACHINE: &[i64] = &[];

const FCNTL_COMMANDS: [i32; 7] = [
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_DUPFD_CLOEXEC,
    libc::F_ADD_SEALS,
    libc::F_GET_SEALS,
];

/// `NEWNS`, `NEWCGROUP`, `NEWUTS`, `NEWIPC`, `NEWUSER`, `NEWPID`, `NEWNET`.
const NEW_NAMESPACES: u64 = 0x7e02_0000;
/// Naming a thread, asking what was given up, and naming a heap, which the C library does.
const PRCTL_COMMANDS: [u64; 4] = [
    libc::PR_SET_NAME as u64,
    libc::PR_GET_NO_NEW_PRIVS as u64,
    PR_SET_VMA,
    PR_GET_AUXV,
];
/// Where the kernel's own code for clocks is: asked for when the time on processors is first read.
const PR_GET_AUXV: u64 = 0x4155_5856;
/// glibc names its heaps.
const PR_SET_VMA: u64 = 0x5356_4d41;
/// How the engine finds the pages of a slot that were written to.
const PAGEMAP_SCAN: u64 = 0xc060_6610;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_let_through_is_nothing_that_is_never_right() {
        for call in LET_THROUGH.iter().chain(OF_THIS_MACHINE).copied().chain(of_sockets()) {
            assert!(
                !NEVER.contains(&call) && !NEVER_ON_THIS_MACHINE.contains(&call),
                "{call}"
            );
        }
    }

    #[test]
    fn calls_are_counted_as_they_are_listed() {
        let clone3 = 1;
        for has_sockets in [true, false] {
            let listed = let_through(has_sockets).unwrap();
            assert_eq!(listed.len() - clone3, allowed(has_sockets));
        }
    }

    #[test]
    fn filters_can_be_made_in_both_modes() {
        for (is_strict, has_sockets) in [(true, true), (true, false), (false, true), (false, false)] {
            let programs = programs(is_strict, has_sockets).unwrap();
            assert!(programs.iter().all(|program| !program.is_empty()));
        }
    }
}

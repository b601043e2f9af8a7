//! Attempts, by name. Each says `allowed`, or what the system answered; most end the process.

#![expect(unsafe_code, reason = "no attempt is made by a library that would know better")]

use std::{
    ffi::CString,
    fs::{File, OpenOptions},
    io,
    net::{SocketAddr, UdpSocket},
    process, ptr,
};

/// Tries one thing: a word, and what it is to be tried on.
pub(super) fn attempt(what: &str) -> String {
    let (word, on) = what.split_once(' ').unwrap_or((what, ""));
    let tried = match word {
        "read" => File::open(on).map(drop),
        "write" => OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(on)
            .map(drop),
        "pipe" => of_call(|| {
            let path = CString::new(on).unwrap_or_default();
            // SAFETY: the path lives until the call is back.
            unsafe { libc::mkfifo(path.as_ptr(), 0o600) }.into()
        }),
        "connect" => connect(on),
        "udp" => UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(b"x", "127.0.0.1:9").map(drop)),
        "local-socket" => of_call(|| {
            // SAFETY: plain numbers.
            unsafe { libc::socket(libc::AF_UNIX, libc::SOCK_STREAM, 0) }.into()
        }),
        "netlink" => of_call(|| {
            // SAFETY: plain numbers.
            unsafe { libc::socket(libc::AF_NETLINK, libc::SOCK_RAW, 0) }.into()
        }),
        "exec" => execute(on),
        "fork" => of_call(fork),
        "ptrace" => of_call(|| {
            let (pid, zero) = (pid(on), ptr::null_mut::<libc::c_void>());
            // SAFETY: plain numbers.
            unsafe { libc::ptrace(libc::PTRACE_SEIZE, pid, zero, zero) }
        }),
        "signal" => of_call(|| {
            // SAFETY: plain numbers; signal 0 only asks whether one could be sent.
            unsafe { libc::kill(pid(on), 0) }.into()
        }),
        "memory-of" => of_call(|| read_memory(pid(on))),
        "namespace" => of_call(|| {
            // SAFETY: plain numbers.
            unsafe { libc::unshare(libc::CLONE_NEWUSER) }.into()
        }),
        "uring" => of_call(|| {
            let parameters = [0u8; 120];
            // SAFETY: the parameters live until the call is back.
            unsafe { libc::syscall(libc::SYS_io_uring_setup, 8, parameters.as_ptr()) }
        }),
        "bpf" => of_call(|| {
            // SAFETY: plain numbers.
            unsafe { libc::syscall(libc::SYS_bpf, 0, 0, 0) }
        }),
        "writable-code" => writable_code(),
        "raise-limit" => raise_limit(),
        "thread" => std::thread::Builder::new()
            .spawn(|| ())
            .map(|thread| drop(thread.join())),
        "abort" => process::abort(),
        "spin" => loop {
            std::hint::spin_loop();
        },
        _ => Err(io::Error::other("there is no such attempt")),
    };
    match tried {
        Ok(()) => "allowed".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn of_call(call: impl FnOnce() -> libc::c_long) -> io::Result<()> {
    if call() < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

fn pid(text: &str) -> libc::pid_t {
    text.parse().unwrap_or(1)
}

fn connect(address: &str) -> io::Result<()> {
    let address: SocketAddr = address.parse().map_err(io::Error::other)?;
    std::net::TcpStream::connect(address).map(drop)
}

fn execute(program: &str) -> io::Result<()> {
    let program = CString::new(program).unwrap_or_default();
    of_call(|| {
        let arguments = [program.as_ptr(), ptr::null()];
        // SAFETY: both lists end with null and live until the call is back, if it comes back.
        unsafe { libc::execv(program.as_ptr(), arguments.as_ptr()) }.into()
    })
}

fn fork() -> libc::c_long {
    // SAFETY: the new process does nothing but leave.
    let forked = unsafe { libc::fork() };
    if forked == 0 {
        // SAFETY: nothing is to be cleaned up in it.
        unsafe { libc::_exit(0) }
    }
    forked.into()
}

fn read_memory(pid: libc::pid_t) -> libc::c_long {
    let mut bytes = [0u8; 8];
    let here = libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: bytes.len(),
    };
    let there = libc::iovec {
        iov_base: ptr::without_provenance_mut(0x40_0000),
        iov_len: bytes.len(),
    };
    // SAFETY: what is read goes into bytes of this function.
    let read = unsafe { libc::process_vm_readv(pid, &raw const here, 1, &raw const there, 1, 0) };
    i64::try_from(read).unwrap_or(-1)
}

fn writable_code() -> io::Result<()> {
    let all = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: it maps fresh memory, or nothing.
    let mapped = unsafe { libc::mmap(ptr::null_mut(), 4096, all, flags, -1, 0) };
    if mapped == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn raise_limit() -> io::Result<()> {
    let limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    of_call(|| {
        // SAFETY: the limit lives until the call is back.
        unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const limit) }.into()
    })
}

//! Which functions of preview 1 and 0 are not wasmtime-wasi's alone.

use wasmtime::{AsContextMut as _, Caller, Extern, Linker, Result, bail};
use wasmtime_wasi::{
    I32Exit,
    p0::{self, wasi_unstable},
    p1::{self, wasi_snapshot_preview1, wasi_snapshot_preview1::WasiSnapshotPreview1},
};
use wiggle::{GuestMemory, GuestPtr};

use super::{
    Preview1,
    change::At,
    errno::{NO_SOCKET, Refusal, SUCCESS},
    sleep::{self, Layout},
};
use crate::state::JobState;

/// Links everything that a command may import. The two previews are two modules of one linker, and neither stands for the other:
/// structures differ.
pub(crate) fn add_to_linker(linker: &mut Linker<JobState>) -> Result<()> {
    p1::add_to_linker_async(linker, |state| &mut state.preview1.ctx)?;
    p0::add_to_linker_async(linker, |state| &mut state.preview1.ctx)?;
    // In place of wasmtime-wasi's own, which have no limits.
    linker.allow_shadowing(true);
    add_guarded!(linker, PREVIEW1, wasi_snapshot_preview1, Layout::PREVIEW1);
    add_guarded!(linker, PREVIEW0, wasi_unstable, Layout::PREVIEW0);
    linker.func_wrap(PREVIEW1, "sock_accept", |_: i32, _: i32, _: i32| NO_SOCKET)?;
    for module in [PREVIEW1, PREVIEW0] {
        add_plain(linker, module)?;
    }
    linker.allow_shadowing(false);
    Ok(())
}

/// What both have in common, down to the last byte.
fn add_plain(linker: &mut Linker<JobState>, module: &str) -> Result<()> {
    // wasmtime-wasi's traps with codes that it thinks nobody uses.
    linker.func_wrap(module, "proc_exit", |code: i32| -> Result<()> {
        Err(I32Exit(code).into())
    })?;
    // wasmtime-wasi's write to the host's log each time.
    type I = i32;
    linker.func_wrap(module, "sock_recv", |_: I, _: I, _: I, _: I, _: I, _: I| NO_SOCKET)?;
    linker.func_wrap(module, "sock_send", |_: I, _: I, _: I, _: I, _: I| NO_SOCKET)?;
    linker.func_wrap(module, "sock_shutdown", |_: I, _: I| NO_SOCKET)?;
    linker.func_wrap(
        module,
        "random_get",
        |mut caller: Caller<'_, JobState>, buffer: i32, length: i32| {
            let (mut memory, preview1) = parts(&mut caller)?;
            let (buffer, length) = (GuestPtr::new(buffer.cast_unsigned()), length.cast_unsigned());
            let drawn = preview1.ctx.random_get(&mut memory, buffer, length);
            if drawn.is_ok() {
                caller.data().meters.note_random(length.into());
            }
            returned(drawn.map(|()| SUCCESS).map_err(Refusal::from))
        },
    )?;
    linker.func_wrap_async(
        module,
        "fd_readdir",
        |mut caller: Caller<'_, JobState>, (fd, buffer, length, cookie, used): (i32, i32, i32, i64, i32)| {
            Box::new(async move {
                let (mut memory, preview1) = parts(&mut caller)?;
                let (fd, cookie) = (fd.cast_unsigned(), cookie.cast_unsigned());
                let listed = preview1.list(&mut memory, fd, (buffer, length), cookie).await;
                returned(listed.and_then(|bytes| {
                    memory.write(GuestPtr::new(used.cast_unsigned()), bytes)?;
                    Ok(SUCCESS)
                }))
            })
        },
    )?;
    Ok(())
}

/// The modules that a command may import from.
pub(crate) const PREVIEW1: &str = "wasi_snapshot_preview1";
pub(crate) const PREVIEW0: &str = "wasi_unstable";

/// What a function works on: the guest's memory, and what it has.
pub(super) fn parts<'a>(caller: &'a mut Caller<'_, JobState>) -> Result<(GuestMemory<'a>, &'a mut Preview1)> {
    let fuel = caller.as_context_mut().hostcall_fuel();
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        bail!("it exports no memory");
    };
    let (bytes, state) = memory.data_and_store_mut(caller);
    WasiSnapshotPreview1::set_hostcall_fuel(&mut state.preview1.ctx, fuel);
    Ok((GuestMemory::Unshared(bytes), &mut state.preview1))
}

pub(super) fn returned(result: std::result::Result<i32, Refusal>) -> Result<i32> {
    result.or_else(Refusal::returned)
}

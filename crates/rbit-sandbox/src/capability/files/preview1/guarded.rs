//! How a function of wasmtime-wasi's is linked with a question before it and a word after it.
//!
//! Macros, because the two previews are two sets of functions with the same shapes.

/// Links one function. What is asked before it may refuse, or change an argument; what is said after it sees its error number.
macro_rules! guarded {
    (
        $linker:expr, $module:expr, $abi:ident :: $name:ident ( $($arg:ident : $ty:ty),* ),
        |$preview1:ident, $memory:ident| $question:expr,
        $(let $changed:ident = |$answer:ident| $value:expr,)?
        |$after:ident, $seen:ident, $asked:ident, $errno:ident| $word:expr
    ) => {
        $linker.func_wrap_async($module, stringify!($name), |mut caller: Caller<'_, JobState>, ($($arg,)*): ($($ty,)*)| {
            Box::new(async move {
                let (mut memory, preview1) = parts(&mut caller)?;
                let asked: Result<_, Refusal> = {
                    let $preview1 = &mut *preview1;
                    let $memory = &memory;
                    // Not all of them look at it.
                    let _ = (&$preview1, $memory);
                    $question
                };
                let $asked = match asked {
                    Ok(asked) => asked,
                    Err(refusal) => return refusal.returned(),
                };
                $(let $changed = { let $answer = &$asked; $value };)?
                let $errno = $abi::$name(&mut preview1.ctx, &mut memory $(, $arg)*).await?;
                let said: Result<i32, Refusal> = {
                    let $after = &mut *preview1;
                    let $seen = &memory;
                    let _ = (&$after, $seen);
                    $word
                };
                returned(said)
            })
        })?
    };
}

/// Links the functions of one preview that change files, hold descriptors or wait.
macro_rules! add_guarded {
    ($linker:expr, $module:expr, $abi:ident, $layout:expr) => {{
        let linker: &mut Linker<JobState> = $linker;
        guarded!(
            linker,
            $module,
            $abi::path_open(
                fd: i32, lookup: i32, path: i32, length: i32, oflags: i32, rights: i64, inherited: i64, fdflags: i32,
                opened: i32
            ),
            |preview1, memory| preview1.opening(fd.cast_unsigned(), oflags, fdflags),
            let oflags = |asked| asked.as_ref().map_or(oflags, |opening| opening.oflags),
            |preview1, memory, asked, errno| preview1.opened(asked, errno, memory, opened)
        );
        guarded!(
            linker,
            $module,
            $abi::fd_close(fd: i32),
            |preview1, memory| Ok(()),
            |preview1, memory, _asked, errno| {
                preview1.closed(fd.cast_unsigned(), errno);
                Ok(errno)
            }
        );
        guarded!(
            linker,
            $module,
            $abi::fd_renumber(fd: i32, to: i32),
            |preview1, memory| Ok(()),
            |preview1, memory, _asked, errno| {
                preview1.renumbered(fd.cast_unsigned(), to.cast_unsigned(), errno);
                Ok(errno)
            }
        );
        guarded!(
            linker,
            $module,
            $abi::fd_write(fd: i32, pieces: i32, count: i32, written: i32),
            |preview1, memory| preview1.writing(memory, fd.cast_unsigned(), (pieces, count), At::Cursor),
            |preview1, memory, asked, errno| asked.done().map(|()| errno)
        );
        guarded!(
            linker,
            $module,
            $abi::fd_pwrite(fd: i32, pieces: i32, count: i32, offset: i64, written: i32),
            |preview1, memory| {
                let at = At::Offset(offset.cast_unsigned());
                preview1.writing(memory, fd.cast_unsigned(), (pieces, count), at)
            },
            |preview1, memory, asked, errno| asked.done().map(|()| errno)
        );
        guarded!(
            linker,
            $module,
            $abi::fd_filestat_set_size(fd: i32, size: i64),
            |preview1, memory| preview1.sizing(fd.cast_unsigned(), size.cast_unsigned()),
            |preview1, memory, asked, errno| asked.done().map(|()| errno)
        );
        guarded!(
            linker,
            $module,
            $abi::fd_filestat_set_times(fd: i32, accessed: i64, modified: i64, flags: i32),
            |preview1, memory| preview1.enter(),
            |preview1, memory, _asked, errno| Ok(errno)
        );
        guarded!(
            linker,
            $module,
            $abi::path_filestat_set_times(
                fd: i32, lookup: i32, path: i32, length: i32, accessed: i64, modified: i64, flags: i32
            ),
            |preview1, memory| preview1.enter(),
            |preview1, memory, _asked, errno| Ok(errno)
        );
        guarded!(
            linker,
            $module,
            $abi::path_create_directory(fd: i32, path: i32, length: i32),
            |preview1, memory| preview1.making(),
            |preview1, memory, asked, errno| {
                asked.done(errno);
                Ok(errno)
            }
        );
        guarded!(
            linker,
            $module,
            $abi::path_symlink(target: i32, target_length: i32, fd: i32, path: i32, length: i32),
            |preview1, memory| preview1.making(),
            |preview1, memory, asked, errno| {
                asked.done(errno);
                Ok(errno)
            }
        );
        guarded!(
            linker,
            $module,
            $abi::path_link(
                fd: i32, lookup: i32, path: i32, length: i32, new_fd: i32, new_path: i32, new_length: i32
            ),
            |preview1, memory| preview1.making(),
            |preview1, memory, asked, errno| {
                asked.done(errno);
                Ok(errno)
            }
        );
        guarded!(
            linker,
            $module,
            $abi::path_unlink_file(fd: i32, path: i32, length: i32),
            |preview1, memory| preview1.unlinking(memory, fd.cast_unsigned(), (path, length)),
            |preview1, memory, asked, errno| {
                preview1.gone(&asked, errno);
                Ok(errno)
            }
        );
        guarded!(
            linker,
            $module,
            $abi::path_remove_directory(fd: i32, path: i32, length: i32),
            |preview1, memory| preview1.removing_folder(),
            |preview1, memory, asked, errno| {
                preview1.gone(&asked, errno);
                Ok(errno)
            }
        );
        guarded!(
            linker,
            $module,
            $abi::path_rename(fd: i32, path: i32, length: i32, new_fd: i32, new_path: i32, new_length: i32),
            |preview1, memory| {
                let new = (new_fd.cast_unsigned(), (new_path, new_length));
                preview1.renaming(memory, (fd.cast_unsigned(), (path, length)), new)
            },
            |preview1, memory, asked, errno| {
                preview1.gone(&asked, errno);
                Ok(errno)
            }
        );
        linker.func_wrap($module, "fd_fdstat_set_flags", |mut caller: Caller<'_, JobState>, fd: i32, flags: i32| {
            let (mut memory, preview1) = parts(&mut caller)?;
            let errno = $abi::fd_fdstat_set_flags(&mut preview1.ctx, &mut memory, fd, flags)?;
            preview1.flags_set(fd.cast_unsigned(), flags, errno);
            wasmtime::Result::Ok(errno)
        })?;
        linker.func_wrap_async(
            $module,
            "poll_oneoff",
            |mut caller: Caller<'_, JobState>, (subscriptions, events, count, happened): (i32, i32, i32, i32)| {
                Box::new(async move {
                    let (mut memory, preview1) = parts(&mut caller)?;
                    match sleep::wanted(&memory, $layout, subscriptions, count) {
                        Ok(Some(time)) => {
                            tokio::time::sleep(time).await;
                            returned(sleep::over(&mut memory, subscriptions, events, happened).map(|()| SUCCESS))
                        }
                        Ok(None) => {
                            $abi::poll_oneoff(&mut preview1.ctx, &mut memory, subscriptions, events, count, happened)
                                .await
                        }
                        Err(refusal) => refusal.returned(),
                    }
                })
            },
        )?;
    }};
}

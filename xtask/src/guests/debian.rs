//! The way that needs nothing from rustup: Debian's compiler for browsers, with the standard library built from source.
//!
//! It makes core modules for WASI preview 1, which rbit turns into components when it loads them. Components could be made too, but
//! only by the linker of rustup's own compiler, and not by programs that use `std::net`: Debian's C library for WASI is one for
//! preview 1 and has no sockets. So the older format needs fewer parts, and keeps the host's way of taking it in daily use.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use crate::apt;

/// Its results are core modules.
pub(crate) const TARGET: &str = "wasm32-wasip1";

/// What the compiler, the C library and the way they are called are; nothing if a part is missing.
pub(crate) fn identity() -> Option<Vec<u8>> {
    let has_all = [CLANG, LINKER, STD].iter().all(|part| Path::new(part).exists());
    let libc = fs::read(Path::new(LIBC).join("libc.a")).ok()?;
    let rustc = Command::new(RUSTC).arg("-vV").output().ok()?;
    if !has_all || !rustc.status.success() {
        return None;
    }
    let mut call = Command::new("");
    configure(&mut call, Path::new(""));
    Some([rustc.stdout, libc, GAP.into(), format!("{call:?}").into()].concat())
}

/// Installs the parts, where that is possible.
pub(crate) fn install() -> anyhow::Result<()> {
    if !apt::can_install() {
        bail!("packages can be installed on Debian and by root only");
    }
    apt::install(&PACKAGES)
}

/// Compiles what the C library lacks.
pub(crate) fn prepare(build_folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(build_folder).with_context(|| format!("cannot make `{}`", build_folder.display()))?;
    let source = build_folder.join("gap.c");
    fs::write(&source, GAP).with_context(|| format!("cannot write `{}`", source.display()))?;
    let status = Command::new(CLANG)
        .args(["--target=wasm32-wasi", "-Os", "-Wall", "-Werror", "-c", "-o"])
        .arg(gap_object(build_folder))
        .arg(&source)
        .status()
        .with_context(|| format!("cannot start `{CLANG}`"))?;
    if !status.success() {
        bail!(
            "`{CLANG}` could not compile `{}`: it ended with {status}",
            source.display()
        );
    }
    Ok(())
}

/// Makes cargo use all this.
pub(crate) fn configure(cargo: &mut Command, build_folder: &Path) {
    let flags = [
        // Debian's files are not where rustup's would be.
        "-Clink-self-contained=no".to_owned(),
        format!("-Lnative={LIBC}"),
        format!("-Clink-arg={}", gap_object(build_folder).display()),
    ];
    cargo
        .arg("-Zbuild-std=std,panic_abort")
        .env("RUSTC", RUSTC)
        // Building the standard library is no stable feature.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_WASM32_WASIP1_LINKER", LINKER)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
}

fn gap_object(build_folder: &Path) -> PathBuf {
    build_folder.join("gap.o")
}

/// Where the parts come from.
pub(crate) const PACKAGES: [&str; 5] = ["rustc-web", "rust-web-src", "wasi-libc", "clang-19", "lld-19"];

const RUSTC: &str = "/usr/bin/rustc";
const STD: &str = "/usr/lib/rustlib/src/rust/library/std";
const LIBC: &str = "/usr/lib/wasm32-wasi";
const CLANG: &str = "/usr/bin/clang-19";
/// Under this name rustc knows what it is.
const LINKER: &str = "/usr/lib/llvm-19/bin/wasm-ld";
const GAP: &str = include_str!("debian/gap.c");

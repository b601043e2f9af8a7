//! What cannot be built on a machine is named, with what would help, and the rest is built.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A machine on which some programs refuse to work, with a target folder of its own.
struct Machine {
    folder: TempDir,
}

/// How a call of the task ended.
#[derive(Debug)]
struct Ended {
    is_success: bool,
    errors: String,
}

impl Machine {
    fn refusing(programs: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        for program in programs {
            let file = folder.path().join("bin").join(program);
            fs::write(&file, "#!/bin/sh\necho 'no network' >&2\nexit 1\n").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { folder }
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("target")
    }

    /// Has what was installed on the real machine by `cargo xtask guests`, as far as it is named.
    fn having(self, tools: &[&str]) -> Self {
        let here = real_target().join("toolchains");
        fs::create_dir_all(self.target().join("toolchains")).unwrap();
        for tool in tools {
            let there = here.join(tool);
            assert!(there.exists(), "there is no `{}`: cargo xtask guests", there.display());
            symlink(there, self.target().join("toolchains").join(tool)).unwrap();
        }
        self
    }

    fn guests(&self, words: &[&str]) -> Ended {
        let path = env::var_os("PATH").unwrap();
        let path = env::join_paths(
            [self.folder.path().join("bin")]
                .into_iter()
                .chain(env::split_paths(&path)),
        );
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("guests")
            .args(words)
            .env("PATH", path.unwrap())
            .env("CARGO_TARGET_DIR", self.target())
            .output()
            .unwrap();
        Ended {
            is_success: output.status.success(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn real_target() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| project.join("target"), |target| project.join(target))
}

#[test]
fn a_language_whose_tools_cannot_be_had_is_named_with_a_command_and_the_others_are_built() {
    let machine = Machine::refusing(&["npm"]).having(&["python", "go-cache"]);
    let ended = machine.guests(&["go-hello", "javascript-hello", "typescript-hello"]);
    assert!(!ended.is_success);
    for words in [
        "not all guests could be built here",
        "\njavascript: cannot install componentize-qjs@",
        "that this works:\n  npm install componentize-qjs@",
        "\ntypescript: ",
        "no network",
    ] {
        assert!(ended.errors.contains(words), "{words}: {ended:?}");
    }
    assert!(!ended.errors.contains("\ngo: "), "{ended:?}");
    assert!(machine.target().join("guests/go-hello.wasm").is_file(), "{ended:?}");
}

#[test]
fn without_python_it_is_said_how_to_have_it() {
    let machine = Machine::refusing(&["python3", "apt-get"]);
    let ended = machine.guests(&["--language", "zig"]);
    assert!(!ended.is_success);
    for words in [
        "\nzig: python3 cannot make an environment",
        "apt-get install python3 python3-venv python3-pip",
    ] {
        assert!(ended.errors.contains(words), "{words}: {ended:?}");
    }
}

#[test]
fn without_a_compiler_for_rust_it_is_said_how_to_have_one() {
    let machine = Machine::refusing(&["rustup", "rustc", "apt-get"]);
    let ended = machine.guests(&["rust-hello", "--toolchain", "rustup"]);
    assert!(!ended.is_success);
    assert!(ended.errors.contains("rustup target add wasm32-wasip2"), "{ended:?}");
}

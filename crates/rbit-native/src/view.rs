//! What of the machine a program sees: its programs, libraries and fonts, and of `/etc` and `/var` what those read.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A folder, file or link of the machine that every program sees under its own name, to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// It is there as it is.
    Bound(PathBuf),
    /// On this machine it is a link, such as `/bin` to `usr/bin`.
    Linked { at: PathBuf, to: PathBuf },
}

/// What there is on this machine.
pub(crate) fn of_this_machine() -> Vec<Shown> {
    below(Path::new("/"))
}

fn below(root: &Path) -> Vec<Shown> {
    let shown = |path: &&str| {
        let place = root.join(path.trim_start_matches('/'));
        let kind = fs::symlink_metadata(&place).ok()?.file_type();
        let at = PathBuf::from(path);
        Some(match fs::read_link(&place) {
            // Of the system's own folders alone: a link anywhere else may lead where nothing is shown.
            Ok(to) if kind.is_symlink() && PROGRAMS.contains(path) => Shown::Linked { at, to },
            _ => Shown::Bound(at),
        })
    };
    PROGRAMS.iter().chain(&DATA).filter_map(shown).collect()
}

/// Whether a program of this path is in one of the folders that are shown.
pub(crate) fn shows(path: &Path) -> bool {
    PROGRAMS.iter().any(|folder| path.starts_with(folder))
}

/// Programs and libraries.
const PROGRAMS: [&str; 7] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

/// What they read elsewhere: which program a name means, where libraries are, fonts, the set-up of TeX.
const DATA: [&str; 8] = [
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/papersize",
    "/etc/texmf",
    "/var/cache/fontconfig",
    "/var/lib/texmf",
];

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn folders_are_shown_as_the_machine_has_them_and_others_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["usr/bin", "sbin", "etc/fonts", "etc/ssl", "root", "home"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        symlink("usr/bin", root.path().join("bin")).unwrap();
        fs::write(root.path().join("etc/shadow"), "").unwrap();
        let linked = Shown::Linked {
            at: "/bin".into(),
            to: "usr/bin".into(),
        };
        let bound = |path: &str| Shown::Bound(path.into());
        let expected = [bound("/usr"), linked, bound("/sbin"), bound("/etc/fonts")];
        assert_eq!(below(root.path()), expected);
    }

    #[test]
    fn a_program_is_shown_where_the_system_has_its_programs() {
        for (path, is_shown) in [
            ("/usr/bin/latex", true),
            ("/bin/sh", true),
            ("/opt/x/bin/y", false),
            ("/usrx/y", false),
        ] {
            assert_eq!(shows(Path::new(path)), is_shown, "{path}");
        }
    }
}

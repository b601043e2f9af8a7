//! The command line of bubblewrap.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use rbit_job::{
    Limits, Mount,
    plan::{GUEST_OUTPUT, GUEST_WORK},
    port::Folders,
};

use crate::{bubblewrap::Tools, view::Shown};

/// What a program is run with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arguments<'a> {
    /// What runs it, besides bubblewrap itself.
    pub(crate) tools: &'a Tools,
    /// What of the machine it sees.
    pub(crate) shown: &'a [Shown],
    /// The number of its user and group, if it has one of its own; a user namespace without.
    pub(crate) own_id: Option<u32>,
    /// The folders that it may write to. Without them it is only tried whether a program can be run.
    pub(crate) folders: Option<&'a Folders>,
    /// The folders that it may read besides.
    pub(crate) mounts: &'a [Mount],
    /// What one process may use.
    pub(crate) limits: &'a Limits,
    /// The program's file on this machine, and where it is seen.
    pub(crate) program: (&'a Path, &'a Path),
    /// Its arguments.
    pub(crate) arguments: &'a [String],
}

impl Arguments<'_> {
    /// The words that follow `bwrap`. Its own standard input is where it says what becomes of the program.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let mut words = Words::default();
        self.namespaces(&mut words);
        self.environment(&mut words);
        self.files(&mut words);
        words.add(&["--json-status-fd", "0", "--"]);
        self.wrappers(&mut words);
        words.0
    }

    fn namespaces(&self, words: &mut Words) {
        words.add(&[
            "--unshare-ipc",
            "--unshare-pid",
            "--unshare-net",
            "--unshare-uts",
            "--unshare-cgroup-try",
        ]);
        words.add(&[
            "--die-with-parent",
            "--new-session",
            "--hostname",
            HOST_NAME,
            "--cap-drop",
            "ALL",
        ]);
        match self.own_id {
            // What it takes to become somebody else, who has neither.
            Some(_) => words.add(&["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]),
            None => {
                words.add(&["--unshare-user", "--uid", USER, "--gid", USER]);
                if self.tools.can_disable_userns {
                    words.add(&["--disable-userns"]);
                }
            }
        }
    }

    fn environment(&self, words: &mut Words) {
        words.add(&["--clearenv"]);
        for (name, value) in ENVIRONMENT {
            words.add(&["--setenv", name, value]);
        }
    }

    fn files(&self, words: &mut Words) {
        for shown in self.shown {
            match shown {
                Shown::Bound(path) => {
                    words.folders_above(path);
                    words.bind("--ro-bind", path, path);
                }
                Shown::Linked { at, to } => words.add_all(["--symlink".as_ref(), to.as_os_str(), at.as_os_str()]),
            }
        }
        words.add(&["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]);
        for mount in self.mounts {
            let path = PathBuf::from(mount.guest_path());
            if !crate::view::shows(&path) {
                words.folders_above(&path);
            }
            words.bind("--ro-bind", &mount.host, &path);
        }
        let (file, seen) = self.program;
        if !crate::view::shows(seen) {
            words.folders_above(seen);
            words.bind("--ro-bind", file, seen);
        }
        if let Some(folders) = self.folders {
            words.bind("--bind", &folders.work, Path::new(GUEST_WORK));
            words.bind("--bind", &folders.output, Path::new(GUEST_OUTPUT));
            // What a program thinks is forgotten soon counts as well.
            words.add(&["--symlink", GUEST_WORK, "/tmp"]);
        }
        words.add(&["--remount-ro", "/", "--chdir", "/"]);
    }

    /// What is run one after the other, each becoming the next: another user, who alone may enter the folders; no standard input;
    /// limits; the program.
    fn wrappers(&self, words: &mut Words) {
        if let Some(id) = self.own_id {
            let (user, group) = (format!("--reuid={id}"), format!("--regid={id}"));
            words.add_all([self.tools.setpriv.as_os_str()]);
            words.add(&["--clear-groups", "--inh-caps=-all", &user, &group, "--"]);
        }
        let folder = self.folders.map_or("/", |_| GUEST_WORK);
        words.add(&["/bin/sh", "-c", ENTER, "sh", folder]);
        words.add_all([self.tools.prlimit.as_os_str()]);
        for (name, limit) in limits_of_a_process(self.limits) {
            words.add(&[&format!("--{name}={limit}:{limit}")]);
        }
        words.add_all(["--".as_ref(), self.program.1.as_os_str()]);
        words.add_all(self.arguments.iter().map(AsRef::as_ref));
    }
}

/// What the kernel holds each process to, in the words of `prlimit`.
fn limits_of_a_process(limits: &Limits) -> [(&'static str, u64); 6] {
    [
        ("core", 0),
        ("nproc", limits.processes.into()),
        ("nofile", limits.open_files.max(LEAST_FILES).into()),
        ("fsize", limits.disk),
        ("data", limits.memory),
        // The sum is measured more finely; this holds where nobody measures.
        ("cpu", whole_seconds(limits.cpu_time)),
    ]
}

fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(1)
}

#[derive(Default)]
struct Words(Vec<OsString>);

impl Words {
    fn add(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(OsString::from));
    }

    fn add_all<'a>(&mut self, words: impl IntoIterator<Item = &'a std::ffi::OsStr>) {
        self.0.extend(words.into_iter().map(OsString::from));
    }

    fn bind(&mut self, how: &str, from: &Path, to: &Path) {
        self.add_all([how.as_ref(), from.as_os_str(), to.as_os_str()]);
    }

    /// Those that bubblewrap makes of itself are for its own user alone.
    fn folders_above(&mut self, path: &Path) {
        let mut above: Vec<_> = path
            .ancestors()
            .skip(1)
            .filter(|folder| folder.parent().is_some())
            .collect();
        above.reverse();
        for folder in above {
            self.add_all(["--dir".as_ref(), folder.as_os_str()]);
        }
    }
}

/// Has the shell enter its first argument, and become the rest, without an input.
const ENTER: &str = r#"cd "$1" && unset OLDPWD && shift && exec "$@" </dev/null"#;
/// Everything in the environment of a program.
const ENVIRONMENT: [(&str, &str); 3] = [
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("HOME", GUEST_WORK),
    ("LANG", "C.UTF-8"),
];
const HOST_NAME: &str = "rbit";
/// Who the box's user is in a namespace of its own.
const USER: &str = "1000";
/// Fewer would not do for a program's libraries.
const LEAST_FILES: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn tools() -> Tools {
        Tools {
            bwrap: "/usr/bin/bwrap".into(),
            prlimit: "/usr/bin/prlimit".into(),
            setpriv: "/usr/bin/setpriv".into(),
            can_disable_userns: true,
        }
    }

    /// What a test borrows for as long as it likes.
    fn kept<T>(value: T) -> &'static T {
        Box::leak(Box::new(value))
    }

    fn words(change: impl FnOnce(&mut Arguments<'static>)) -> String {
        let folders = Folders {
            work: "/s/job/work".into(),
            output: "/s/job/output".into(),
        };
        let shown = [
            Shown::Bound("/usr".into()),
            Shown::Linked {
                at: "/bin".into(),
                to: "usr/bin".into(),
            },
            Shown::Bound("/etc/fonts".into()),
        ];
        let latex = Path::new("/usr/bin/latex");
        let mut all = Arguments {
            tools: kept(tools()),
            shown: kept(shown),
            own_id: None,
            folders: Some(kept(folders)),
            mounts: &[],
            limits: kept(Limits::default()),
            program: (latex, latex),
            arguments: kept(["a b; c".to_owned(), "--unshare-user".to_owned()]),
        };
        change(&mut all);
        let words: Vec<_> = all
            .words()
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        words.join(" ")
    }

    /// Whether the words stand there in this order, whatever is between them.
    fn follow(all: &str, parts: &[&str]) {
        let mut rest = all;
        for part in parts {
            let at = rest.find(part).unwrap_or_else(|| panic!("`{part}` is not in `{rest}`"));
            rest = &rest[at + part.len()..];
        }
    }

    #[test]
    fn every_namespace_is_its_own_and_nothing_is_left_of_the_environment() {
        let words = words(|_| {});
        for namespace in ["ipc", "pid", "net", "uts", "cgroup-try"] {
            assert!(
                words.contains(&format!("--unshare-{namespace} ")),
                "{namespace}: {words}"
            );
        }
        follow(
            &words,
            &[
                "--die-with-parent --new-session",
                "--cap-drop ALL",
                "--clearenv --setenv PATH",
            ],
        );
        assert_eq!(words.matches("--setenv").count(), 3);
    }

    #[test]
    fn what_is_shown_is_read_only_and_only_two_folders_can_be_written() {
        let words = words(|_| {});
        follow(
            &words,
            &[
                "--ro-bind /usr /usr --symlink usr/bin /bin --dir /etc --ro-bind /etc/fonts /etc/fonts",
                "--dev /dev --remount-ro /dev",
                "--bind /s/job/work /work --bind /s/job/output /output",
                "--symlink /work /tmp --remount-ro / --chdir / --json-status-fd 0 --",
            ],
        );
        assert_eq!(words.matches("--bind ").count(), 2);
    }

    #[test]
    fn words_of_a_job_stand_behind_the_program_where_nobody_else_reads_them() {
        let words = words(|_| {});
        assert!(words.ends_with(" -- /usr/bin/latex a b; c --unshare-user"), "{words}");
    }

    #[test]
    fn a_box_that_is_not_root_uses_a_user_namespace_and_root_another_user() {
        let plain = words(|_| {});
        follow(
            &plain,
            &["--unshare-user --uid 1000 --gid 1000 --disable-userns", "-- /bin/sh"],
        );
        assert!(!plain.contains("setpriv") && !plain.contains("--cap-add"));
        let root = words(|all| all.own_id = Some(1_900_000_001));
        assert!(!root.contains("--unshare-user --uid") && !root.contains("--disable-userns"));
        follow(
            &root,
            &[
                "--cap-add CAP_SETUID --cap-add CAP_SETGID",
                "-- /usr/bin/setpriv --clear-groups --inh-caps=-all --reuid=1900000001 --regid=1900000001 -- /bin/sh -c",
                "sh /work /usr/bin/prlimit",
            ],
        );
    }

    #[test]
    fn an_older_bubblewrap_is_not_asked_for_what_it_cannot_do() {
        let mut old = tools();
        old.can_disable_userns = false;
        let (limits, sh) = (Limits::default(), Path::new("/bin/sh"));
        let all = Arguments {
            tools: &old,
            shown: &[],
            own_id: None,
            folders: None,
            mounts: &[],
            limits: &limits,
            program: (sh, sh),
            arguments: &[],
        };
        assert!(!all.words().contains(&"--disable-userns".into()));
        assert!(!all.words().contains(&"--bind".into()));
    }

    #[test]
    fn each_process_has_the_limits_of_the_runner() {
        let limits = Limits {
            cpu_time: Duration::from_millis(1500),
            disk: 7,
            memory: 8,
            processes: 9,
            open_files: 0,
            ..Limits::default()
        };
        let words = words(|all| all.limits = kept(limits));
        follow(
            &words,
            &["prlimit --core=0:0 --nproc=9:9 --nofile=16:16 --fsize=7:7 --data=8:8 --cpu=2:2 --"],
        );
    }

    #[test]
    fn a_mount_and_a_program_of_elsewhere_are_seen_where_they_should_be() {
        let mount = |at: Option<&str>| Mount {
            setting: "fonts".into(),
            host: "/srv/fonts".into(),
            at: at.map(|at| rbit_job::GuestPath::new(at).unwrap()),
        };
        let mounts = [
            mount(None),
            mount(Some("/opt/a/fonts")),
            mount(Some("/usr/share/fonts")),
        ];
        let words = words(|all| {
            all.mounts = kept(mounts);
            all.program = (Path::new("/srv/bin/tool"), Path::new("/native/tool"));
        });
        follow(
            &words,
            &[
                "--dir /mnt --ro-bind /srv/fonts /mnt/fonts",
                "--dir /opt --dir /opt/a --ro-bind /srv/fonts /opt/a/fonts",
                " --ro-bind /srv/fonts /usr/share/fonts",
                "--dir /native --ro-bind /srv/bin/tool /native/tool",
                "-- /native/tool",
            ],
        );
        assert!(!words.contains("--dir /usr"));
    }
}

//! The tools that programs are run with, and whether they work on this machine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use rbit_job::Limits;

use crate::{
    arguments::Arguments,
    ending::End,
    identity::Identities,
    supervisor::{self, Job},
    view::{self, Shown},
};

/// Bubblewrap, as it is on this machine, with what it is used for.
#[derive(Clone, Debug)]
pub struct Bubblewrap {
    pub(crate) tools: Tools,
    pub(crate) shown: Vec<Shown>,
    pub(crate) identities: Identities,
    version: String,
}

/// Where the tools are.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    pub(crate) bwrap: PathBuf,
    /// Holds a process to limits.
    pub(crate) prlimit: PathBuf,
    /// Makes it somebody else's. Only root needs it.
    pub(crate) setpriv: PathBuf,
    /// Whether this bubblewrap can keep a program from making user namespaces.
    pub(crate) can_disable_userns: bool,
}

/// Why no program of the machine can be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// A tool is not there.
    #[error("`{name}` is not installed; on Debian: `apt install {package}`")]
    NotInstalled {
        /// The tool.
        name: &'static str,
        /// What it comes with.
        package: &'static str,
    },
    /// It is there, and does not work.
    #[error("bubblewrap cannot run a program here: {said}; {hint}")]
    NotWorking {
        /// What it said.
        said: String,
        /// What may help.
        hint: &'static str,
    },
}

impl Bubblewrap {
    /// Looks for the tools, and runs a program that does nothing as those of jobs are run.
    pub fn find() -> Result<Self, Unavailable> {
        let bwrap = tool("bwrap", "bubblewrap")?;
        let tools = Tools {
            prlimit: tool("prlimit", "util-linux")?,
            setpriv: tool("setpriv", "util-linux")?,
            can_disable_userns: said_by(&bwrap, "--help").contains("--disable-userns"),
            bwrap,
        };
        let version = said_by(&tools.bwrap, "--version");
        let found = Self {
            version: version.trim().trim_start_matches("bubblewrap ").to_owned(),
            tools,
            shown: view::of_this_machine(),
            identities: Identities::of_this_process(),
        };
        found.try_out()?;
        Ok(found)
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn try_out(&self) -> Result<(), Unavailable> {
        let limits = Limits {
            timeout: PATIENCE,
            ..Limits::default()
        };
        let identity = self.identities.take();
        let (sh, nothing) = (Path::new("/bin/sh"), ["-c".to_owned(), ":".to_owned()]);
        let arguments = Arguments {
            tools: &self.tools,
            shown: &self.shown,
            own_id: identity.as_ref().and_then(|identity| identity.number()),
            folders: None,
            mounts: &[],
            limits: &limits,
            program: (sh, sh),
            arguments: &nothing,
        };
        let (ended, said) = supervisor::tried(Job::new(&arguments, None));
        match ended {
            End::Exited(0) => Ok(()),
            End::NotStarted(why) => Err(not_working(joined(why, &said))),
            other => Err(not_working(joined(
                format!("it ended in another way: {other:?}"),
                &said,
            ))),
        }
    }
}

fn joined(why: String, said: &str) -> String {
    match said {
        "" => why,
        said => said.to_owned(),
    }
}

fn not_working(said: String) -> Unavailable {
    let hint = if said.contains("namespace") || said.contains("uid map") || said.contains("not permitted") {
        "this user may make no namespaces: see `sysctl kernel.unprivileged_userns_clone \
        kernel.apparmor_restrict_unprivileged_userns user.max_user_namespaces`; in a container, what runs it may forbid them"
    } else {
        "`bwrap --ro-bind / / true` shows more"
    };
    Unavailable::NotWorking { said, hint }
}

fn tool(name: &'static str, package: &'static str) -> Result<PathBuf, Unavailable> {
    let paths = ["/usr/local/bin", "/usr/bin", "/bin"].map(|folder| Path::new(folder).join(name));
    let found = paths
        .into_iter()
        .find(|path| fs::metadata(path).is_ok_and(|file| file.is_file()));
    found.ok_or(Unavailable::NotInstalled { name, package })
}

/// What a tool answers to a question about itself; nothing if it does not.
fn said_by(tool: &Path, question: &str) -> String {
    let answer = Command::new(tool).arg(question).env_clear().output();
    answer.map_or_else(
        |_| String::new(),
        |answer| String::from_utf8_lossy(&[answer.stdout, answer.stderr].concat()).into_owned(),
    )
}

/// It takes milliseconds, and seconds where a box has no time.
const PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_with_what_brings_it() {
        let error = tool("no-such-tool", "bubblewrap").unwrap_err().to_string();
        assert_eq!(
            error,
            "`no-such-tool` is not installed; on Debian: `apt install bubblewrap`"
        );
    }

    #[test]
    fn a_machine_that_permits_no_namespaces_is_told_from_other_troubles() {
        let text = |said: &str| not_working(said.to_owned()).to_string();
        for said in [
            "bwrap: No permissions to create new namespace, likely because the kernel does not allow it",
            "bwrap: setting up uid map: Permission denied",
            "bwrap: Creating new namespace failed: Operation not permitted",
        ] {
            assert!(text(said).contains("user.max_user_namespaces"), "{said}");
        }
        assert!(!text("bwrap: Can't find source path /x: No such file or directory").contains("sysctl"));
    }

    #[test]
    fn it_works_on_this_machine() {
        let found = Bubblewrap::find().unwrap();
        assert!(
            found.version().starts_with(|c: char| c.is_ascii_digit()),
            "{}",
            found.version()
        );
    }
}

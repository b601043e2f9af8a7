//! A build box made for cases: its INI file, its folders, and the program that is called in it.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{Case, Row, memory};

/// A box with one runner for each case.
pub struct Stand {
    /// A server to which one can connect, and that says nothing ever.
    _silent: TcpListener,
    rbit: PathBuf,
    folder: PathBuf,
    cases: Vec<Case>,
}

impl Stand {
    /// Makes its files in an empty folder. `more` are further lines of `[rbit]`.
    pub fn new(rbit: &Path, folder: &Path, cases: &[Case], more: &str) -> anyhow::Result<Self> {
        fs::create_dir_all(folder.join("styles/folder"))?;
        fs::write(folder.join("styles/file"), STYLE)?;
        let queues: String = cases
            .iter()
            .map(|case| format!("    {}:{}\n", queue(case), case.name()))
            .collect();
        let silent = TcpListener::bind("127.0.0.1:0")?;
        let address = silent.local_addr()?.to_string();
        let sections: String = cases.iter().map(section).collect();
        let sections = sections.replace(SILENT, &address);
        let ini = format!(
            "[rbit]\nname = hostile\nsource = local\nscratch-dir = scratch\n{more}\nqueue-mappings =\n{queues}\n{sections}"
        );
        fs::write(folder.join("rbit.ini"), ini)?;
        Ok(Self {
            _silent: silent,
            rbit: rbit.to_owned(),
            folder: folder.to_owned(),
            cases: cases.to_vec(),
        })
    }

    /// Asks for one job of each case.
    pub fn push(&self) -> anyhow::Result<()> {
        for case in &self.cases {
            let name = case.name();
            self.call(&[
                "push",
                INI,
                "--queue",
                &queue(case),
                "--package",
                &name,
                "--version",
                "1",
            ])?;
        }
        Ok(())
    }

    /// Runs what was asked for. What the program wrote to stderr.
    pub fn drain(&self) -> anyhow::Result<String> {
        let output = self.call(&["run", INI, "--drain"])?;
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// The same, and the most memory that the program and its children had, in KiB.
    pub fn drain_measured(&self) -> anyhow::Result<i64> {
        let log = fs::File::create(self.folder.join("log"))?;
        let mut command = self.command(&["run", INI, "--drain"]);
        memory::peak_of(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?)
    }

    /// What the program says of cases with which it must not start, each in a box of its own.
    pub fn refused(&self) -> anyhow::Result<Vec<Row>> {
        let output = self.command(&["run", INI, "--drain"]).stdin(Stdio::null()).output()?;
        let is_refused = output.status.code() == Some(PROBLEMS);
        let outcome = if is_refused { "invalid-component" } else { "started" };
        let row = |case: &Case| Row {
            case: *case,
            job: json!({ "outcome": outcome, "text": String::from_utf8_lossy(&output.stderr) }),
            host_kib: None,
        };
        Ok(self.cases.iter().map(row).collect())
    }

    /// What became of each case.
    pub fn rows(&self, host_kib: Option<i64>) -> anyhow::Result<Vec<Row>> {
        let output = self.call(&["jobs", INI, "--json", "--limit", "1000"])?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let jobs = text
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<Vec<Value>, _>>()?;
        let row = |case: &Case| {
            let found = jobs.iter().find(|job| job["package"] == case.name().as_str());
            Row {
                case: *case,
                job: found.cloned().unwrap_or_default(),
                host_kib,
            }
        };
        Ok(self.cases.iter().map(row).collect())
    }

    /// What is wrong with its folders after all jobs have ended: something is left, was delivered, or was changed.
    pub fn residue(&self) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        let scratch = self.folder.join("scratch");
        if scratch.exists() {
            for entry in fs::read_dir(scratch)? {
                found.push(format!("left in scratch: {:?}", entry?.file_name()));
            }
        }
        for case in self.cases.iter().filter(|case| case.reason != "done") {
            let delivered = fs::read_dir(self.folder.join("output").join(case.name()));
            if delivered.is_ok_and(|mut entries| entries.next().is_some()) {
                found.push(format!("{} delivered something", case.name()));
            }
        }
        let is_whole = fs::read_to_string(self.folder.join("styles/file"))? == STYLE
            && fs::read_dir(self.folder.join("styles"))?.count() == 2;
        if !is_whole {
            found.push("a mount was changed".into());
        }
        Ok(found)
    }

    fn call(&self, words: &[&str]) -> anyhow::Result<Output> {
        let output = self
            .command(words)
            .stdin(Stdio::null())
            .output()
            .context("cannot start rbit")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`rbit {}` ended with {}:\n{said}", words.join(" "), output.status);
        }
        Ok(output)
    }

    /// With nothing of our own environment that the program looks at.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.rbit);
        command.env_clear().current_dir(&self.folder).args(words);
        command
    }
}

/// Its sections in the INI file.
fn section(case: &Case) -> String {
    let (name, file) = (case.name(), case.fixture.path());
    let Case { settings, sandbox, .. } = case;
    format!(
        "[sandbox:{name}]\n{sandbox}\n[runner:{name}]\nrunner = wasm!{}\noutput-dir = output/{name}\n{settings}\n",
        file.display()
    )
}

fn queue(case: &Case) -> String {
    format!("t_any_latex_{}", case.name())
}

/// Stands in a case for the address of a server that says nothing.
pub(super) const SILENT: &str = "SILENT";
/// The exit status for a configuration with problems.
const PROBLEMS: i32 = 78;
const INI: &str = "rbit.ini";
const STYLE: &str = "p { color: black }\n";

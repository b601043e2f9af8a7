//! `cargo xtask guests`: from the sources of guests to `target/guests/<name>.wasm`.
//!
//! What a guest is made from is hashed, and the digest kept beside the result: a guest that would come out the same is not built.
//!
//! Guests in Rust are built by cargo, those of one workspace together; guests in other languages by the build file of their project. The
//! two take turns at nothing, so they are built at the same time.

mod bindings;
mod compile;
mod costly;
mod debian;
mod digest;
mod fetched;
mod foreign;
mod guest;
mod kit;
mod language;
mod project;
mod python;
mod rustup;
mod text;
mod toolchain;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Context as _, anyhow, bail};

use self::{
    bindings::Bindings, digest::Digest, foreign::Missing, guest::Guest, kit::Kit, project::Project, text::TextGuest,
    toolchain::Toolchain,
};
pub(crate) use self::{language::Language, toolchain::Way};
use crate::program;

/// Which guests are to be built, and how.
#[derive(Default)]
pub(crate) struct Asked {
    /// The guests of these names; all if there are none.
    pub(crate) names: Vec<String>,
    /// Only those in this language.
    pub(crate) language: Option<Language>,
    /// The compiler for those in Rust.
    pub(crate) toolchain: Option<Way>,
}

/// Builds the guests of these names unless they are up to date. Returns the folder in which `<name>.wasm` lies.
pub(crate) fn build(names: &[String]) -> anyhow::Result<PathBuf> {
    let asked = Asked {
        names: names.to_vec(),
        ..Asked::default()
    };
    whole(build_possible(&asked)?)?;
    Ok(folder())
}

/// Builds what is asked for; an error says what cannot be built here, when all else is there.
pub(crate) fn build_asked(asked: &Asked) -> anyhow::Result<()> {
    whole(build_possible(asked)?)
}

/// Builds what can be built here, and returns which languages cannot.
pub(crate) fn build_possible(asked: &Asked) -> anyhow::Result<Vec<Missing>> {
    let folder = folder();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let (wants_python, others) = python::among(&asked.names);
    let mut missing = match others {
        Some(names) => build_others(&Asked { names, ..*asked }, &folder)?,
        None => vec![],
    };
    if wants_python && asked.language.is_none_or(|language| language == Language::Python) {
        missing.extend(python::build(&folder)?);
    }
    Ok(missing)
}

/// All but the interpreter for `python!`.
fn build_others(asked: &Asked, folder: &Path) -> anyhow::Result<Vec<Missing>> {
    let texts = text::all()?;
    let selection = Selection::new(guest::all()?, project::all()?, &texts, asked)?;
    // The texts are fixtures, as most of those in Rust are.
    if asked.language.is_none_or(|language| language == Language::Rust) {
        text::build(&texts, &asked.names, folder)?;
    }
    thread::scope(|scope| {
        let foreign = scope.spawn(|| foreign::build(&selection.projects, folder));
        let rust = build_rust(&selection.guests, asked, folder);
        let foreign = foreign
            .join()
            .map_err(|_| anyhow!("the thread that builds the other languages panicked"))?;
        Ok(rust?.into_iter().chain(foreign?).collect())
    })
}

/// `cargo xtask bindings`.
pub(crate) fn write_bindings(language: Language, project: &Path) -> anyhow::Result<()> {
    Bindings::generate(language, project)?.write(&project.join("gen"))?;
    Ok(())
}

/// The command that runs the tests of a module in Go which need no sandbox, on this machine.
pub(crate) fn go_test(module: &Path) -> anyhow::Result<Command> {
    // As the kit's path is the one to search, not ours.
    let mut command = Command::new("/usr/bin/env");
    command.args(["go", "test", "./complete"]).current_dir(module);
    Kit::ensure(Language::Go)?.configure(&mut command);
    Ok(command)
}

/// The commands that look at a module in Go: its format, what it is on this machine, and what it is in a sandbox.
pub(crate) fn go_lints(module: &Path) -> anyhow::Result<[Command; 3]> {
    Bindings::generate(Language::Go, module)?.write(&module.join("gen"))?;
    let kit = Kit::ensure(Language::Go)?;
    let command = |words: &[&str]| {
        let mut command = Command::new("/usr/bin/env");
        command.args(words).current_dir(module);
        kit.configure(&mut command);
        command
    };
    // The package has gofmt beside its compiler, and puts only that on the path.
    let format = command(&[
        "sh",
        "-c",
        "\"$(go env GOROOT)/bin/gofmt\" -d *.go complete fetch export_wit_world",
    ]);
    let vet = command(&["go", "vet", "./complete"]);
    let mut sandboxed = command(&["go", "vet", ".", "./fetch", "./export_wit_world"]);
    sandboxed.env("GOOS", "wasip1").env("GOARCH", "wasm");
    Ok([format, vet, sandboxed])
}

/// The command that looks at a folder with Python, by the rules in its `ruff.toml`.
pub(crate) fn python_lint(folder: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(kit::ruff()?);
    command.args(["check", "--no-cache"]).current_dir(folder);
    Ok(command)
}

/// Nothing missing, or an error that says what and what would help.
fn whole(missing: Vec<Missing>) -> anyhow::Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = missing.iter().map(ToString::to_string).collect();
    bail!("not all guests could be built here\n{}", lines.join("\n"))
}

/// What is to be built, sorted by how.
struct Selection {
    guests: Vec<Guest>,
    projects: Vec<Project>,
}

impl Selection {
    fn new(guests: Vec<Guest>, projects: Vec<Project>, texts: &[TextGuest], asked: &Asked) -> anyhow::Result<Self> {
        let all = || {
            let names = guests.iter().map(|guest| &guest.name);
            names
                .chain(projects.iter().map(|project| &project.name))
                .chain(texts.iter().map(|text| &text.name))
        };
        if let Some(unknown) = asked.names.iter().find(|asked| !all().any(|name| name == *asked)) {
            let known: Vec<_> = all().map(String::as_str).collect();
            bail!("there is no guest `{unknown}`; there are {}", known.join(", "));
        }
        let is_asked = |name: &String, language| {
            (asked.names.is_empty() || asked.names.contains(name))
                && asked.language.is_none_or(|asked| asked == language)
        };
        let rust = guests.iter().filter(|guest| is_asked(&guest.name, Language::Rust));
        let others = projects
            .iter()
            .filter(|project| is_asked(&project.name, project.language));
        Ok(Self {
            guests: rust.cloned().collect(),
            projects: others.cloned().collect(),
        })
    }
}

/// Builds those that are not up to date, unless there is no compiler for them.
fn build_rust(guests: &[Guest], asked: &Asked, folder: &Path) -> anyhow::Result<Option<Missing>> {
    if guests.is_empty() {
        return Ok(None);
    }
    let toolchain = match Toolchain::find_or_install(asked.toolchain) {
        Ok(toolchain) => toolchain,
        Err(error) => return Ok(Some(Missing::new(Language::Rust, error))),
    };
    let stale = costly::settle(stale(guests, &toolchain, folder)?, &asked.names, folder)?;
    if stale.is_empty() {
        println!("guests: {} up to date in {}", guests.len(), folder.display());
        return Ok(None);
    }
    println!(
        "guests: building {} of {} with {}",
        stale.len(),
        guests.len(),
        toolchain.name()
    );
    for built in compile::compile(stale.iter().map(|(guest, _)| *guest), &toolchain)? {
        deliver(&built.file, &built.guest.name, folder)?;
    }
    for (guest, digest) in &stale {
        digest.store(&digest_file(&guest.name, folder))?;
        if guest.is_costly {
            costly::keep(guest, digest, folder)?;
        }
    }
    Ok(None)
}

/// Whether the guest of this name is built, as its sources are now or as they were.
pub(crate) fn is_built(name: &str) -> bool {
    program::target_folder()
        .join("guests")
        .join(format!("{name}.wasm"))
        .is_file()
}

/// The guests that are not there or would come out differently, with what their digest is now.
fn stale<'a>(guests: &'a [Guest], toolchain: &Toolchain, folder: &Path) -> anyhow::Result<Vec<(&'a Guest, Digest)>> {
    let mut stale = vec![];
    for guest in guests {
        let digest = Digest::of(guest, toolchain)?;
        if !is_up_to_date(&guest.name, &digest, folder) {
            stale.push((guest, digest));
        }
    }
    Ok(stale)
}

fn is_up_to_date(name: &str, digest: &Digest, folder: &Path) -> bool {
    wasm_file(name, folder).is_file() && digest.is_stored(&digest_file(name, folder))
}

/// Brings a built guest to its place in one step, as a host may be reading the one before.
fn deliver(file: &Path, name: &str, folder: &Path) -> anyhow::Result<()> {
    let place = wasm_file(name, folder);
    let draft = place.with_extension("wasm.new");
    let size =
        fs::copy(file, &draft).with_context(|| format!("cannot copy `{}` to `{}`", file.display(), draft.display()))?;
    fs::rename(&draft, &place).with_context(|| format!("cannot write `{}`", place.display()))?;
    println!("guests: {name:19} {:>5} kB", size.div_ceil(1000));
    Ok(())
}

fn folder() -> PathBuf {
    program::target_folder().join("guests")
}

fn wasm_file(name: &str, folder: &Path) -> PathBuf {
    folder.join(format!("{name}.wasm"))
}

fn digest_file(name: &str, folder: &Path) -> PathBuf {
    folder.join(format!("{name}.sha256"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(names: &[&str], language: Option<Language>) -> anyhow::Result<Vec<String>> {
        let guest = |name: &str| Guest {
            name: name.into(),
            folder: PathBuf::new(),
            workspace: PathBuf::new(),
            libraries: vec![],
            is_costly: false,
        };
        let project = |name: &str, language| Project {
            name: name.into(),
            folder: PathBuf::new(),
            language,
        };
        let spins = TextGuest {
            name: "spins".into(),
            file: PathBuf::new(),
        };
        let asked = Asked {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            language,
            toolchain: None,
        };
        let projects = vec![project("c-hello", Language::C), project("go-hello", Language::Go)];
        let selection = Selection::new(vec![guest("exits"), guest("traps")], projects, &[spins], &asked)?;
        let guests = selection.guests.into_iter().map(|guest| guest.name);
        Ok(guests
            .chain(selection.projects.into_iter().map(|project| project.name))
            .collect())
    }

    #[test]
    fn no_name_selects_all_a_name_its_own_and_a_language_those_in_it() {
        let all = selected(&[], None).unwrap();
        assert_eq!(all, ["exits", "traps", "c-hello", "go-hello"]);
        assert_eq!(selected(&["traps"], None).unwrap(), ["traps"]);
        assert_eq!(selected(&["c-hello"], None).unwrap(), ["c-hello"]);
        assert_eq!(selected(&["spins"], None).unwrap(), [""; 0]);
        assert_eq!(selected(&[], Some(Language::Go)).unwrap(), ["go-hello"]);
        assert_eq!(selected(&[], Some(Language::Rust)).unwrap(), ["exits", "traps"]);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = selected(&["traps", "trap"], None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no guest `trap`; there are exits, traps, c-hello, go-hello, spins"
        );
    }
}

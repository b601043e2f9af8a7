//! The languages of the table.

use std::path::{Path, PathBuf};

use rbit_job::{Mount, Processor, PythonCall, Reason, python_call::module_mount};
use rbit_testkit::guests;

use super::{Case, Expected};

/// A column of the table.
#[derive(Debug)]
pub struct Language {
    /// As it is called in the names of its guests.
    pub name: &'static str,
    /// How its guest `hello`, or `contract`, comes to run.
    way: fn(language: &str, guest: &str) -> Result<Way, String>,
    /// Cases that end otherwise than in other languages: the name of the case, the reason, and what the text has in it.
    own_endings: &'static [(&'static str, Reason, &'static str)],
}

/// How a guest comes to run.
#[derive(Debug)]
pub struct Way {
    /// What a runner line would say.
    pub processor: Processor,
    /// Settings that a box adds.
    pub settings: Vec<(String, String)>,
    /// Mounts that a box adds.
    pub mounts: Vec<Mount>,
}

impl Language {
    const fn compiled(name: &'static str) -> Self {
        Self {
            name,
            way: component,
            own_endings: &[],
        }
    }

    /// What runs its guest of this name; if there is none, the command that builds it.
    pub fn way(&self, guest: &str) -> Result<Way, String> {
        (self.way)(self.name, guest)
    }

    /// How a case must end in it.
    pub fn expects(&self, case: &Case) -> Expected {
        let own = self.own_endings.iter().find(|(name, ..)| *name == case.name);
        own.map_or_else(
            || case.expected.clone(),
            |(_, reason, says)| Expected::Ended(*reason, (*says).to_owned()),
        )
    }
}

/// All of them. Another way to write a runner is another line.
pub const LANGUAGES: [Language; 9] = [
    Language::compiled("rust"),
    Language::compiled("c"),
    Language::compiled("cpp"),
    Language::compiled("zig"),
    Language::compiled("go"),
    Language::compiled("javascript"),
    Language::compiled("typescript"),
    Language {
        name: "python",
        way: python_source,
        // An exception that nobody catches is told with its traceback, and the interpreter goes on.
        own_endings: &[
            ("crashes", Reason::GuestFailed, "RuntimeError: on purpose"),
            ("eats", Reason::GuestFailed, "MemoryError"),
        ],
    },
    Language::compiled("python-component"),
];

fn component(language: &str, guest: &str) -> Result<Way, String> {
    let file = built(&format!("{language}-{guest}"))?;
    Ok(Way {
        processor: Processor::Wasm { file, sha256: None },
        settings: vec![],
        mounts: vec![],
    })
}

/// `python!hello:hello`, and `python!contract:run`.
fn python_source(_: &str, guest: &str) -> Result<Way, String> {
    let (folder, callable) = match guest {
        "hello" => ("guest-examples/python-hello/src", "hello"),
        _ => ("tests/contract/guests/python-contract", "run"),
    };
    let call = PythonCall {
        module: guest.to_owned(),
        callable: callable.to_owned(),
        component: built("python")?,
        sees_sources_only: false,
    };
    Ok(Way {
        settings: vec![("runner".into(), format!("python!{call}"))],
        mounts: vec![module_mount(0, project().join(folder))],
        processor: Processor::Python(call),
    })
}

fn built(name: &str) -> Result<PathBuf, String> {
    guests::built(name).ok_or_else(|| format!("it is not built: run `cargo xtask guests {name}`"))
}

fn project() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

//! The languages of the table.

use std::path::PathBuf;

use rbit_job::Processor;
use rbit_testkit::guests;

/// A column of the table.
#[derive(Debug)]
pub struct Language {
    /// As it is called in the names of its guests.
    pub name: &'static str,
    /// What a runner line would say of its guest `hello`, or `contract`.
    processor: fn(language: &str, guest: &str) -> Result<Processor, String>,
}

impl Language {
    const fn component(name: &'static str) -> Self {
        Self {
            name,
            processor: component,
        }
    }

    /// What runs its guest of this name; if there is none, the command that builds it.
    pub fn processor(&self, guest: &str) -> Result<Processor, String> {
        (self.processor)(self.name, guest)
    }
}

/// All of them. Another way to write a runner is another line.
pub const LANGUAGES: [Language; 8] = [
    Language::component("rust"),
    Language::component("c"),
    Language::component("cpp"),
    Language::component("zig"),
    Language::component("go"),
    Language::component("javascript"),
    Language::component("typescript"),
    Language::component("python"),
];

fn component(language: &str, guest: &str) -> Result<Processor, String> {
    let name = format!("{language}-{guest}");
    let file: PathBuf = guests::built(&name)
        .ok_or_else(|| format!("it is not built: run `cargo xtask guests --language {language}`"))?;
    Ok(Processor::Wasm { file, sha256: None })
}

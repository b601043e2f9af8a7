//! From a case's file to what runs it.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use rbit_case::case::{Answer, Asked, Case, Content, Source};
use rbit_job::{JobRequest, http::CannedAnswer};

use crate::{
    alone::{Base, Setup},
    args::TestArgs,
    failure::Failure,
    message,
};

/// The case of a file, with the nearest suite above it, and the text of the file.
pub(super) fn case(file: &Path) -> anyhow::Result<(Case, String)> {
    let text = text(file)?;
    let suite = file
        .ancestors()
        .skip(1)
        .map(|folder| folder.join(SUITE))
        .find(|suite| suite.is_file());
    let above = suite.as_deref().map(self::text).transpose()?;
    let source = Source {
        path: file,
        text: &text,
    };
    let above = suite
        .as_deref()
        .zip(above.as_deref())
        .map(|(path, text)| Source { path, text });
    let case = Case::read(source, above)?;
    Ok((case, text))
}

/// The runner, with what the case puts over it.
pub(super) fn setup(case: &Case, args: &TestArgs) -> Result<Setup, Failure> {
    let line = match &args.module_dir {
        Some(folder) => from_module_dir(&case.runner, folder, &|file| file.is_file())?,
        None => case.runner.clone(),
    };
    let folder = case.runner_folder.clone();
    let mut setup = Setup::new(Base::Line { line, folder }, None)?;
    for (key, value) in &case.settings {
        setup.set(key, value, "[settings]");
    }
    setup.mount(&case.mounts, "[mounts]")?;
    for (key, value) in &case.sandbox {
        setup.limit(key, value, "[sandbox]");
    }
    if let Some(isolation) = args.isolation {
        setup.general("isolation", isolation.as_str(), "--isolation");
    }
    setup.general("slots", "1", "rbit test");
    Ok(setup)
}

/// The request of the case.
pub(super) fn request(case: &Case) -> anyhow::Result<JobRequest> {
    match &case.request {
        Asked::Here(request) => Ok((**request).clone()),
        Asked::File(file) => {
            let read = || Ok::<_, anyhow::Error>(JobRequest::decode(&message::read(file)?)?);
            read().with_context(|| format!("cannot read the request from `{}`", file.display()))
        }
    }
}

/// The answers of the case, with their bodies.
pub(super) fn answers(case: &Case) -> anyhow::Result<Vec<CannedAnswer>> {
    case.answers.iter().map(answer).collect()
}

fn answer(answer: &Answer) -> anyhow::Result<CannedAnswer> {
    let body = match &answer.body {
        Content::Text(text) => text.clone().into_bytes(),
        Content::File(file) => bytes(file).with_context(|| format!("cannot read the answer `{}`", file.display()))?,
    };
    Ok(CannedAnswer {
        method: answer.method.clone(),
        url: answer.url.clone(),
        request_headers: answer.request_headers.clone(),
        request_body: answer.request_body.clone(),
        times: answer.times,
        status: answer.status,
        headers: answer.headers.clone(),
        body,
    })
}

/// The bytes of a file of a case.
pub(super) fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("it has more than {MAX_BYTES} bytes")));
    }
    Ok(bytes)
}

fn text(file: &Path) -> anyhow::Result<String> {
    let text = bytes(file).and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other));
    text.with_context(|| format!("cannot read `{}`", file.display()))
}

/// The runner with its module from a folder, if that has one of its name.
fn from_module_dir(line: &str, folder: &Path, is_file: &dyn Fn(&Path) -> bool) -> anyhow::Result<String> {
    let Some(file) = line.strip_prefix("wasm!") else {
        return Ok(line.to_owned());
    };
    let (file, pin) = match file.rsplit_once(PIN) {
        Some((file, digest)) => (file, format!("{PIN}{digest}")),
        None => (file, String::new()),
    };
    let Some(name) = Path::new(file).file_name().and_then(|name| name.to_str()) else {
        return Ok(line.to_owned());
    };
    let folder = std::path::absolute(folder)?;
    let mut candidates = [name.to_owned(), name.replace('_', "-"), name.replace('-', "_")]
        .into_iter()
        .map(|name| folder.join(name));
    let found: Option<PathBuf> = candidates.find(|candidate| is_file(candidate));
    Ok(found.map_or_else(|| line.to_owned(), |found| format!("wasm!{}{pin}", found.display())))
}

const SUITE: &str = "suite.toml";
const PIN: &str = "@sha256:";
/// Bytes of a file that belongs to a case.
const MAX_BYTES: u64 = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_taken_from_the_folder_that_has_it_whatever_joins_its_words() {
        let has = |file: &Path| file == Path::new("/built/rust-hello.wasm");
        for (line, taken) in [
            ("wasm!target/release/rust_hello.wasm", "wasm!/built/rust-hello.wasm"),
            (
                "wasm!rust-hello.wasm@sha256:00",
                "wasm!/built/rust-hello.wasm@sha256:00",
            ),
            ("wasm!other.wasm", "wasm!other.wasm"),
            ("python!rust-hello.wasm:x", "python!rust-hello.wasm:x"),
        ] {
            assert_eq!(from_module_dir(line, Path::new("/built"), &has).unwrap(), taken);
        }
    }
}

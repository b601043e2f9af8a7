//! From a case's file to what runs it.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use anyhow::Context as _;
use rbit_case::case::{Answer, Asked, Case, Content, Source};
use rbit_job::{JobRequest, http::CannedAnswer};

use super::module_dir;
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
    let line = module_dir::redirected(&case.runner, &args.module_dir)?;
    let folder = case.runner_folder.clone();
    let mut setup = Setup::new(Base::Line { line, folder }, None)?;
    // Whatever its value: the guest is told its own path of it.
    setup.set("output-dir", "output", "rbit test");
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

const SUITE: &str = "suite.toml";
/// Bytes of a file that belongs to a case.
const MAX_BYTES: u64 = 1 << 30;

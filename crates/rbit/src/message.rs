//! A build request shaped like PyBit's, made of flags or read from a file.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use rbit_job::{JobId, JobRequest};
use serde_json::{Value, json};

/// What a build request says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) package: &'a str,
    pub(crate) version: &'a str,
    pub(crate) arch: &'a str,
    pub(crate) suite: &'a str,
    pub(crate) dist: &'a str,
    pub(crate) format: &'a str,
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) vcs_id: &'a str,
}

/// The body that PyBit would send for them: jsonpickle's tags, null where PyBit has null.
pub(crate) fn build_request(fields: &Fields<'_>, job: &JobId) -> anyhow::Result<Vec<u8>> {
    let id: Value = serde_json::from_str(job.as_str())?;
    let named = |class: &str, name: &str| json!({"py/object": format!("pybit.models.{class}"), "id": 1, "name": name});
    let request = json!({
        "py/object": "pybit.models.BuildRequest",
        "web_host": "",
        "timestamp": null,
        "transport": {
            "py/object": "pybit.models.Transport",
            "id": null,
            "method": fields.method,
            "uri": fields.uri,
            "vcs_id": fields.vcs_id,
        },
        "job": {
            "py/object": "pybit.models.Job",
            "id": id,
            "buildclient": null,
            "packageinstance": {
                "py/object": "pybit.models.PackageInstance",
                "id": 1,
                "master": true,
                "build_env": null,
                "package": {"py/object": "pybit.models.Package", "id": 1, "name": fields.package, "version": fields.version},
                "arch": named("Arch", fields.arch),
                "suite": named("Suite", fields.suite),
                "distribution": named("Dist", fields.dist),
                "format": named("Format", fields.format),
            },
        },
    });
    Ok(serde_json::to_vec(&request)?)
}

/// The body in a file, or in stdin for `-`. Reads one byte more than a message may have, so that a larger one is refused by who sends it and not by who gets it.
pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(file)?)
    };
    let mut body = Vec::new();
    source.take(JobRequest::MAX_BODY as u64 + 1).read_to_end(&mut body)?;
    anyhow::ensure!(
        body.len() <= JobRequest::MAX_BODY,
        "it has more than {} bytes",
        JobRequest::MAX_BODY
    );
    Ok(body)
}

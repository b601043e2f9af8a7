//! A build request shaped like PyBit's, made of flags.

use rbit_job::JobId;
use serde_json::{Value, json};

use crate::args::PushArgs;

/// The body that PyBit would send for these flags: jsonpickle's tags, null where PyBit has null.
pub(crate) fn build_request(args: &PushArgs, job: &JobId) -> anyhow::Result<Vec<u8>> {
    let id: Value = serde_json::from_str(job.as_str())?;
    let named = |class: &str, name: &str| json!({"py/object": format!("pybit.models.{class}"), "id": 1, "name": name});
    let package = args.package.as_deref().unwrap_or_default();
    let request = json!({
        "py/object": "pybit.models.BuildRequest",
        "web_host": "",
        "timestamp": null,
        "transport": {
            "py/object": "pybit.models.Transport",
            "id": null,
            "method": args.method,
            "uri": args.uri,
            "vcs_id": args.vcs_id,
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
                "package": {"py/object": "pybit.models.Package", "id": 1, "name": package, "version": args.version},
                "arch": named("Arch", &args.arch),
                "suite": named("Suite", &args.suite),
                "distribution": named("Dist", &args.dist),
                "format": named("Format", &args.format),
            },
        },
    });
    Ok(serde_json::to_vec(&request)?)
}

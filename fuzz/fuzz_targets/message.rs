//! Any bytes, decoded as a build request: the decoder never panics, keeps its bounds, and gives errors fit to be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rbit_job::JobRequest;

fuzz_target!(|body: &[u8]| {
    match JobRequest::decode(body) {
        Ok(request) => {
            let transport = &request.transport;
            let required = [
                &request.package,
                &request.version,
                &request.arch,
                &request.suite,
                &request.dist,
                &request.format,
            ];
            let optional = [
                &request.web_host,
                &request.build_env,
                &request.commands,
                &transport.uri,
                &transport.vcs_id,
            ];
            let texts = required
                .into_iter()
                .chain(optional.into_iter().flatten())
                .chain([&transport.method]);
            for text in texts {
                assert!(text.len() <= JobRequest::MAX_TEXT);
            }
            assert!(
                request
                    .timestamp
                    .is_none_or(|seconds| seconds <= JobRequest::MAX_TIMESTAMP)
            );
        }
        Err(error) => {
            let shown = error.to_string();
            assert!(shown.len() < 2000 && !shown.chars().any(char::is_control), "{shown:?}");
        }
    }
});

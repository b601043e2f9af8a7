//! The host's side of `wit/`, generated.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "runner",
    exports: { default: async },
});

use rbit::runner::types;

impl From<&rbit_job::BuildRequest> for types::BuildRequest {
    fn from(request: &rbit_job::BuildRequest) -> Self {
        let transport = &request.transport;
        Self {
            job: request.job.clone(),
            package: request.package.clone(),
            version: request.version.clone(),
            arch: request.arch.clone(),
            suite: request.suite.clone(),
            dist: request.dist.clone(),
            format: request.format.clone(),
            build_env: request.build_env.clone(),
            master: request.master,
            transport: types::Transport {
                method: transport.method.clone(),
                uri: transport.uri.clone(),
                vcs_id: transport.vcs_id.clone(),
            },
            commands: request.commands.clone(),
            timestamp: request.timestamp,
            attempt: request.attempt,
        }
    }
}

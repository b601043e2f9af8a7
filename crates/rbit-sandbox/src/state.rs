//! What one guest has: the data of its store.

use std::sync::Arc;

use rbit_job::{Ending, Plan, port::Folders};
use wasmtime::{Engine, Store, component::ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::{
    capability::{files, http::RefuseHttp, network, output::GuestOutput},
    limit::{self, MAX_HTTP_FIELDS, MAX_RANDOM, StoreLimiter},
};

/// Grants and limits of one guest. It is made for one job and shared with none.
pub(crate) struct JobState {
    pub(crate) limiter: StoreLimiter,
    pub(crate) output: Arc<GuestOutput>,
    /// What is open: files, streams, timers.
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    refuse_http: RefuseHttp,
}

impl JobState {
    /// A store in which the guest of `plan` sees `folders` and nothing else of this machine.
    pub(crate) fn store(
        engine: &Engine,
        plan: &Plan,
        folders: &Folders,
        output: Arc<GuestOutput>,
    ) -> Result<Store<Self>, Ending> {
        let mut wasi = WasiCtxBuilder::new();
        wasi.max_random_size(MAX_RANDOM);
        network::refuse(&mut wasi);
        output.attach(&mut wasi);
        files::grant(&mut wasi, folders, &plan.mounts)?;
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(MAX_HTTP_FIELDS);
        let state = Self {
            limiter: StoreLimiter::new(plan.limits.memory),
            output,
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http,
            refuse_http: RefuseHttp,
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limiter);
        limit::limit_host_memory(&mut store);
        Ok(store)
    }

    /// Closes every file and ends every wait of the guest. Its memories stay.
    pub(crate) fn close(&mut self) {
        self.table = ResourceTable::new();
        self.wasi = WasiCtx::default();
    }
}

impl WasiView for JobState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for JobState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.refuse_http,
        }
    }
}

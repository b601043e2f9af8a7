//! What one guest has: the data of its store.

use std::sync::Arc;

use rbit_job::{Ending, GuestClock, Plan, port::Folders};
use wasmtime::{Engine, Store, component::ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView, filesystem::WasiFilesystemCtxView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::{
    capability::{
        chance,
        files::{self, Book, FilesView, Preview1, SourcesOnly},
        http::{Canned, HttpClient, HttpHooks},
        network,
    },
    component::Entrance,
    gate::Gate,
    limit::{self, StoreLimiter, as_size},
    meters::Meters,
};

/// What the guest is made of, and what it is told when it is entered.
pub(crate) struct Code<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) entrance: Entrance,
    pub(crate) arguments: &'a [String],
}

/// Grants and limits of one guest. It is made for one job and shared with none.
pub(crate) struct JobState {
    pub(crate) limiter: StoreLimiter,
    pub(crate) meters: Arc<Meters>,
    /// What is open: files, streams, timers.
    pub(crate) table: ResourceTable,
    /// For commands that are core modules. All else a guest has is in it then.
    pub(crate) preview1: Preview1,
    book: Book,
    /// What time it is, also for files.
    clock: GuestClock,
    gate: Arc<Gate>,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: HttpHooks,
}

impl JobState {
    /// A store in which the guest of `plan` sees `folders` and nothing else of this machine.
    pub(crate) fn store(
        code: &Code<'_>,
        plan: &Plan,
        folders: &Folders,
        meters: Arc<Meters>,
        gate: Arc<Gate>,
        client: Option<HttpClient>,
    ) -> Result<Store<Self>, Ending> {
        let limits = &plan.limits;
        let mut wasi = WasiCtxBuilder::new();
        wasi.max_random_size(limits.random_bytes);
        network::refuse(&mut wasi);
        chance::attach(&mut wasi, plan.chance);
        meters.output.attach(&mut wasi);
        files::grant(&mut wasi, folders, &plan.mounts)?;
        wasi.args(code.arguments);
        let book = || Book::new(meters.ledger.clone(), gate.clone());
        let (wasi, preview1) = match code.entrance {
            Entrance::Component => (wasi.build(), Preview1::unused(book())),
            Entrance::Module => {
                let preview1 = Preview1::new(&mut wasi, book(), limits.handles as usize);
                let preview1 =
                    preview1.map_err(|error| Ending::HostFault(format!("cannot open the folders: {error:#}")))?;
                (WasiCtx::default(), preview1)
            }
        };
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(as_size(limits.header_bytes));
        let hooks = HttpHooks {
            client,
            grant: plan.http.clone().map(Arc::new),
            canned: plan.canned.clone().map(|answers| Arc::new(Canned::new(answers))),
            meter: meters.http.clone(),
            log: meters.output.log(),
            redactor: meters.output.redactor().clone(),
            gate: gate.clone(),
        };
        let state = Self {
            limiter: StoreLimiter::new(meters.clone()),
            preview1,
            book: book().showing_only(SourcesOnly::of(plan)),
            clock: plan.chance.clock,
            meters,
            table: ResourceTable::new(),
            gate,
            wasi,
            http,
            hooks,
        };
        let mut store = Store::new(code.engine, state);
        store.limiter(|state| &mut state.limiter);
        limit::limit_host_memory(&mut store, limits);
        Ok(store)
    }

    /// Closes every file and ends every wait of the guest. Its memories stay.
    pub(crate) fn close(&mut self) {
        self.table = ResourceTable::new();
        self.wasi = WasiCtx::default();
        let book = || Book::new(self.meters.ledger.clone(), self.gate.clone());
        self.preview1 = Preview1::unused(book());
        self.book = book();
    }

    /// Its files, for one call.
    pub(crate) fn files(&mut self) -> FilesView<'_> {
        FilesView {
            inner: WasiFilesystemCtxView {
                ctx: self.wasi.filesystem(),
                table: &mut self.table,
            },
            book: &mut self.book,
            clock: self.clock,
        }
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
            hooks: &mut self.hooks,
        }
    }
}

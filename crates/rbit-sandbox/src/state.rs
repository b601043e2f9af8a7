//! What one guest has: the data of its store.

use std::{mem, sync::Arc};

use rbit_job::{Ending, GuestClock, Plan, http::HttpGrant, port::Folders};
use wasmtime::{Engine, Store, component::ResourceTable};
use wasmtime_wasi::{
    WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView,
    filesystem::{Descriptor, WasiFilesystemCtxView},
    p2::bindings::filesystem::preopens::Host as _,
};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::{
    capability::{
        chance,
        files::{self, Book, FilesView, Preview1, Shown, SourcesOnly},
        http::{Canned, HttpClient, HttpHooks},
        network, output,
        random::RandomView,
    },
    component::Entrance,
    gate::Gate,
    limit::{self, StoreLimiter, as_size},
    meters::Meters,
};

/// What the guest is made of, and what it is told when it is entered.
pub(crate) struct Code<'a> {
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
    /// What the guest of `plan` has, which sees `folders` and nothing else of this machine.
    pub(crate) fn new(
        code: &Code<'_>,
        plan: &Plan,
        folders: &Folders,
        meters: Arc<Meters>,
        gate: Arc<Gate>,
        client: Option<HttpClient>,
    ) -> Result<Self, Ending> {
        let mut wasi = without_grants(&meters);
        chance::attach(&mut wasi, plan.chance);
        files::grant(&mut wasi, folders, &plan.mounts)?;
        wasi.args(code.arguments);
        let book = || Book::new(meters.ledger.clone(), gate.clone());
        let (wasi, preview1) = match code.entrance {
            Entrance::Component => (wasi.build(), Preview1::unused(book())),
            Entrance::Module => {
                let preview1 = Preview1::new(&mut wasi, book(), plan.limits.handles as usize);
                let preview1 =
                    preview1.map_err(|error| Ending::HostFault(format!("cannot open the folders: {error:#}")))?;
                (WasiCtx::default(), preview1)
            }
        };
        let mut state = Self::of(meters, gate, wasi, client, plan.http.clone());
        state.hooks.canned = plan.canned.clone().map(|answers| Arc::new(Canned::new(answers)));
        let book = state.book.showing_only(SourcesOnly::of(plan));
        Ok(Self {
            preview1,
            book,
            clock: plan.chance.clock,
            ..state
        })
    }

    /// What a guest has that has no job: limits, and nothing to use. Its job's folders will be called like these.
    pub(crate) fn idle(meters: Arc<Meters>, folders: Vec<Shown>) -> Self {
        let wasi = without_grants(&meters).build();
        let state = Self::of(meters, Arc::default(), wasi, None, None);
        let book = state.book.standing_in(folders);
        Self { book, ..state }
    }

    /// Whether the guest holds nothing of the host's but its folders.
    pub(crate) fn holds_folders_only(&mut self) -> bool {
        self.book.preopened.are_all_in(&mut self.table)
    }

    fn of(
        meters: Arc<Meters>,
        gate: Arc<Gate>,
        wasi: WasiCtx,
        client: Option<HttpClient>,
        grant: Option<HttpGrant>,
    ) -> Self {
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(as_size(meters.limits.header_bytes));
        let hooks = HttpHooks {
            client,
            grant: grant.map(Arc::new),
            canned: None,
            meter: meters.http.clone(),
            log: meters.output.log(),
            redactor: meters.output.redactor().clone(),
            gate: gate.clone(),
        };
        let book = || Book::new(meters.ledger.clone(), gate.clone());
        Self {
            limiter: StoreLimiter::new(meters.clone()),
            preview1: Preview1::unused(book()),
            book: book(),
            clock: GuestClock::default(),
            meters,
            table: ResourceTable::new(),
            gate,
            wasi,
            http,
            hooks,
        }
    }

    /// A store with it, in which its limits are in force.
    pub(crate) fn into_store(self, engine: &Engine) -> Store<Self> {
        let mut store = Store::new(engine, self);
        store.limiter(|state| &mut state.limiter);
        limit::limit_host_memory(&mut store);
        store
    }

    /// Another's takes its place, in a store whose guest holds nothing but its folders. Its memories and tables stay, and count.
    pub(crate) fn give_way(store: &mut Store<Self>, mut next: Self) -> Result<(), Ending> {
        let fault =
            |error: &dyn std::error::Error| Ending::HostFault(format!("cannot give an instance its job: {error}"));
        let folders = next.take_folders().map_err(|error| fault(&*error))?;
        let idle = store.data_mut();
        let preopened = mem::take(&mut idle.book.preopened);
        let mut table = mem::take(&mut idle.table);
        preopened
            .become_in(&mut table, folders)
            .map_err(|error| fault(&error))?;
        next.limiter.go_on_from(&idle.limiter);
        next.table = table;
        *idle = next;
        limit::limit_host_memory(store);
        Ok(())
    }

    /// Takes its folders out of it.
    fn take_folders(&mut self) -> wasmtime::Result<Vec<(Descriptor, String)>> {
        let folders = self.files().get_directories()?;
        let mut taken = Vec::with_capacity(folders.len());
        for (folder, name) in folders {
            taken.push((self.table.delete(folder)?, name));
        }
        Ok(taken)
    }

    /// Closes every file and ends every wait of the guest. Its memories stay.
    pub(crate) fn close(&mut self) {
        let handles = [&mut self.table, self.preview1.ctx.ctx().table].map(limit::most_handles);
        self.meters.note_handles(handles.iter().sum());
        self.table = ResourceTable::new();
        self.wasi = WasiCtx::default();
        let book = || Book::new(self.meters.ledger.clone(), self.gate.clone());
        self.preview1 = Preview1::unused(book());
        self.book = book();
    }

    /// Its random numbers, for one call.
    pub(crate) fn random(&mut self) -> RandomView<'_> {
        RandomView {
            inner: self.wasi.random(),
            meters: &self.meters,
        }
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

/// Output, and no more.
fn without_grants(meters: &Meters) -> WasiCtxBuilder {
    let mut wasi = WasiCtxBuilder::new();
    wasi.max_random_size(meters.limits.random_bytes);
    network::refuse(&mut wasi);
    output::attach(&meters.output, &mut wasi);
    wasi
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

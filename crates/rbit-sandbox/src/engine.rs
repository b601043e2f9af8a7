//! The engine: what guests may be made of, and where their memories and stacks come from.

use std::num::NonZeroUsize;

use tracing::warn;
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy, WasmBacktraceDetails,
};

use crate::{
    SandboxSettings, TrustError,
    limit::{MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES, as_size},
};

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The compiler and runtime cannot work on this machine.
    #[error("cannot start the WebAssembly engine")]
    Create(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An interface that guests import could not be offered to them.
    #[error("cannot offer `{interface}` to guests")]
    Link {
        /// The WASI package.
        interface: &'static str,
        /// What the linker says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The authorities that guests' requests are to believe cannot be read.
    #[error("cannot prepare HTTP requests of guests")]
    Trust(#[source] TrustError),
    /// No thread for the clock that interrupts guests.
    #[error("cannot start the thread that interrupts guests")]
    Ticker(#[source] std::io::Error),
    /// Guests could not wait for answers.
    #[error("cannot start what waits for the answers to guests' requests")]
    Runtime(#[source] std::io::Error),
}

/// The engine of a sandbox that compiles.
pub(crate) fn start(settings: &SandboxSettings) -> Result<Engine, EngineError> {
    pooled_or_not(settings, &config(settings))
}

/// The engine of a sandbox that runs what was compiled elsewhere: there is no compiler in it.
pub(crate) fn without_compiler(settings: &SandboxSettings) -> Result<Engine, EngineError> {
    pooled_or_not(settings, config(settings).enable_compiler(false))
}

/// An engine that compiles, and never runs anything.
pub(crate) fn for_compiling() -> Result<Engine, EngineError> {
    let config = config(&SandboxSettings::default());
    Engine::new(&config).map_err(|error| EngineError::Create(error.into_boxed_dyn_error()))
}

/// Makes the one engine of a sandbox.
///
/// A pool makes limits structural and starting a job cheap, but it reserves gigabytes of address space for each memory it could
/// hand out. Where that is refused (a limit on the process, a small address space) each instance is allocated by itself.
fn pooled_or_not(settings: &SandboxSettings, config: &Config) -> Result<Engine, EngineError> {
    let mut pooled = config.clone();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings)));
    Engine::new(&pooled)
        .or_else(|error| {
            warn!(
                "no room for a pool of {} jobs, allocating each by itself: {error:#}",
                settings.max_jobs
            );
            Engine::new(config)
        })
        .map_err(|error| EngineError::Create(error.into_boxed_dyn_error()))
}

/// Every setting a guest could profit from is made here, whatever the defaults of the release are.
fn config(settings: &SandboxSettings) -> Config {
    let stack = as_size(settings.stack);
    let mut config = Config::new();
    // What a module may be made of. More is refused when it is compiled.
    config
        .wasm_component_model(true)
        .wasm_memory64(false)
        // What passes texts between the parts of a component that consists of components sees the memories of both. A module that
        // brings two memories of its own is refused all the same: the pool has room for one.
        .wasm_multi_memory(true)
        .wasm_relaxed_simd(false)
        .shared_memory(false)
        .concurrency_support(false);
    // How it is stopped.
    config.epoch_interruption(true).consume_fuel(false);
    // What it runs on. The difference of the two stacks is what host functions have.
    config
        .max_wasm_stack(stack)
        .async_stack_size(stack.saturating_add(HOST_STACK))
        .async_stack_zeroing(true);
    // How it is compiled: never by the fast compiler, which had its own share of escapes.
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .memory_init_cow(true);
    // What a trap tells. Files and lines are in the guest's own debug information, which is read when it has trapped, on its thread and
    // within its time; in a process without rights, unless guests run in that of the box.
    config
        .wasm_backtrace_max_frames(Some(BACKTRACE_FRAMES))
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        .generate_address_map(true)
        .native_unwind_info(false);
    config
}

fn pool(settings: &SandboxSettings) -> PoolingAllocationConfig {
    let jobs = u32::try_from(settings.max_jobs.max(1)).unwrap_or(u32::MAX);
    // A job that has been reported may still be giving its memory back while its successor starts.
    let ready = u32::try_from(settings.ready).unwrap_or(u32::MAX);
    let slots = jobs.saturating_mul(2).saturating_add(ready);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_stacks(slots)
        .total_core_instances(slots.saturating_mul(16))
        .total_memories(slots.saturating_mul(2))
        .total_tables(slots.saturating_mul(4))
        .max_core_instances_per_component(MAX_CORE_INSTANCES)
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .max_component_instance_size(INSTANCE_SIZE)
        .max_core_instance_size(INSTANCE_SIZE)
        .max_memory_size(memory_slot(settings.max_memory))
        .table_elements(MAX_TABLE_ELEMENTS)
        .max_unused_warm_slots(jobs)
        .decommit_batch_size(1)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .async_stack_keep_resident(KEEP_RESIDENT);
    pool
}

/// Whole pages, and no more than 32 bits can address.
fn memory_slot(max_memory: u64) -> usize {
    let bytes = max_memory.clamp(WASM_PAGE, MAX_MEMORY).next_multiple_of(WASM_PAGE);
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

const WASM_PAGE: u64 = 64 << 10;
const MAX_MEMORY: u64 = 4 << 30;
/// What host functions have beyond the guest's own stack.
const HOST_STACK: usize = 1 << 20;
/// What of a slot is cleared by writing zeros instead of by a system call.
const KEEP_RESIDENT: usize = 64 << 10;
/// Bytes of bookkeeping per instance; the default of 1 MiB is too small for guests made by language runtimes.
const INSTANCE_SIZE: usize = 10 << 20;
const BACKTRACE_FRAMES: NonZeroUsize = NonZeroUsize::new(32).unwrap();

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::component::Component;

    fn settings() -> SandboxSettings {
        SandboxSettings {
            max_jobs: 2,
            ..SandboxSettings::default()
        }
    }

    fn compile(wat: &str) -> Result<Component, String> {
        Component::new(&start(&settings()).unwrap(), wat::parse_str(wat).unwrap()).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn what_is_not_offered_does_not_compile() {
        for module in [
            "(memory i64 1)",
            "(memory 1) (memory 1)",
            "(memory 1 1 shared)",
            "(tag)",
            "(type (struct))",
            "(func (drop (i32x4.relaxed_trunc_f32x4_s (v128.const i32x4 0 0 0 0))))",
        ] {
            assert!(
                compile(&format!("(component (core module {module}))")).is_err(),
                "{module}"
            );
        }
        assert!(compile("(component (core module (memory 1)))").is_ok());
    }

    #[test]
    fn ghsa_hgjw_h833_99q9_code_of_an_engine_that_is_set_up_otherwise_is_refused() {
        let other = Engine::new(&Config::new()).unwrap();
        let code = other
            .precompile_component(&wat::parse_str("(component)").unwrap())
            .unwrap();
        #[expect(unsafe_code, reason = "there is no other way to try it")]
        // SAFETY: an engine wrote these bytes, and nobody has changed them.
        let loaded = unsafe { Component::deserialize(&start(&settings()).unwrap(), &code) };
        assert!(loaded.is_err());
    }

    #[test]
    fn components_of_the_asynchronous_kind_do_not_compile() {
        let wat = "(component (core func (canon task.cancel)))";
        assert!(compile(wat).is_err());
    }

    #[test]
    fn a_pool_that_does_not_fit_into_the_address_space_is_done_without() {
        let huge = SandboxSettings {
            max_jobs: 1 << 20,
            max_memory: 4 << 30,
            ..SandboxSettings::default()
        };
        let engine = start(&huge).unwrap();
        assert!(engine.pooling_allocator_metrics().is_none());
        assert!(start(&settings()).unwrap().pooling_allocator_metrics().is_some());
    }

    #[test]
    fn a_memory_slot_is_whole_pages_of_at_most_four_gibibytes() {
        assert_eq!(memory_slot(0), 64 << 10);
        assert_eq!(memory_slot(100_000), 128 << 10);
        assert_eq!(memory_slot(u64::MAX), 4 << 30);
    }
}

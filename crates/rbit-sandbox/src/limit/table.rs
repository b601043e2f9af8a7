//! How many tables, memories and instances a job may have, and how large one table is at most.

use rbit_job::Limits;

use super::host_memory::number_after;

/// The limit, as a sentence for people, if a component was refused because it consists of too much.
pub(crate) fn instances_exceeded(error: &wasmtime::Error, limits: &Limits) -> Option<String> {
    let wanted = number_after(error, INSTANCES_EXCEEDED)?;
    let limit = limits.instances;
    let more = wanted.saturating_sub(limit.into());
    Some(format!("instances: limit {limit}, peak {limit}, {more} more refused"))
}

const INSTANCES_EXCEEDED: &str = "instance count too high at";
/// Elements of one table, eight bytes each. Guests made by language runtimes have tens of thousands.
pub(crate) const MAX_TABLE_ELEMENTS: usize = 100_000;
/// Tables of a job.
pub(crate) const MAX_TABLES: u32 = 64;
/// Linear memories of a job, however small.
pub(crate) const MAX_MEMORIES: u32 = 8;
/// The most that the limit `instances` can be. A component adapted from a core module has a handful, one made by a language
/// runtime some twenty.
pub(crate) const MAX_CORE_INSTANCES: u32 = 200;

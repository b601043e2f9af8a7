//! The engine's questions about growth, passed to the limit each belongs to.

use wasmtime::{ResourceLimiter, Result};

use super::{MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_TABLES, MemoryLimit, table::TableLimit};

/// Answers for one store.
#[derive(Debug)]
pub(crate) struct StoreLimiter {
    pub(crate) memory: MemoryLimit,
    tables: TableLimit,
}

impl StoreLimiter {
    pub(crate) fn new(memory: u64) -> Self {
        Self {
            memory: MemoryLimit::new(memory),
            tables: TableLimit::default(),
        }
    }
}

impl ResourceLimiter for StoreLimiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        Ok(self.memory.grow(current, desired, maximum))
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        Ok(self.tables.grow(current, desired, maximum))
    }

    fn instances(&self) -> usize {
        // The component itself is one more.
        MAX_CORE_INSTANCES as usize + 1
    }

    fn tables(&self) -> usize {
        MAX_TABLES as usize
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES as usize
    }
}

//! The engine's questions about growth, passed to the limit each belongs to.

use std::sync::{Arc, atomic::Ordering};

use wasmtime::{ResourceLimiter, Result};

use super::{GrowthLimit, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES};
use crate::meters::Meters;

/// Answers for one store.
pub(crate) struct StoreLimiter {
    /// Bytes of all memories.
    pub(crate) memory: GrowthLimit,
    /// Elements of all tables.
    pub(crate) tables: GrowthLimit,
    meters: Arc<Meters>,
}

impl StoreLimiter {
    pub(crate) fn new(meters: Arc<Meters>) -> Self {
        Self {
            memory: GrowthLimit::new(meters.limits.memory),
            tables: GrowthLimit::new(meters.limits.table_elements.into()).with_each(MAX_TABLE_ELEMENTS),
            meters,
        }
    }

    /// Counts on from what another limiter has granted in the same store.
    pub(crate) fn go_on_from(&mut self, other: &Self) {
        self.memory.go_on_from(&other.memory);
        self.tables.go_on_from(&other.tables);
        self.meters.memory_peak.store(self.memory.peak(), Ordering::Relaxed);
        self.meters.table_peak.store(self.tables.peak(), Ordering::Relaxed);
    }
}

impl ResourceLimiter for StoreLimiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let may_grow = self.memory.grow(current, desired, maximum);
        self.meters.memory_peak.store(self.memory.peak(), Ordering::Relaxed);
        Ok(may_grow)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let may_grow = self.tables.grow(current, desired, maximum);
        self.meters.table_peak.store(self.tables.peak(), Ordering::Relaxed);
        Ok(may_grow)
    }

    fn instances(&self) -> usize {
        self.meters.limits.instances as usize
    }

    fn tables(&self) -> usize {
        MAX_TABLES as usize
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES as usize
    }
}

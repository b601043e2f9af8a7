//! Tables: their number and elements; and the numbers of memories and instances.

use rbit_job::Limits;

use super::host_memory::number_after;

/// Counts the elements of a job's tables together, and refuses what would be too many.
#[derive(Debug)]
pub(crate) struct TableLimit {
    limit: u64,
    total: u64,
    refused: Option<u64>,
}

impl TableLimit {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            total: 0,
            refused: None,
        }
    }

    /// Whether a table may grow from `current` to `desired` elements, of the `maximum` that it declares. What is granted stays
    /// counted, as for memory.
    pub(crate) fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return false;
        }
        let growth = (desired as u64).saturating_sub(current as u64);
        let total = self.total.saturating_add(growth);
        if total > self.limit || desired > MAX_TABLE_ELEMENTS {
            self.refused = Some(growth);
            return false;
        }
        self.total = total;
        true
    }

    /// The most elements that all tables may have.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// The most elements that they had.
    pub(crate) fn peak(&self) -> u64 {
        self.total
    }

    /// How many more the guest asked for when it was last refused.
    pub(crate) fn refused(&self) -> Option<u64> {
        self.refused
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elements_of_all_tables_are_counted_together() {
        let mut tables = TableLimit::new(500_000);
        for _ in 0..5 {
            assert!(tables.grow(0, MAX_TABLE_ELEMENTS, None));
        }
        assert!(!tables.grow(0, 1, None));
        assert_eq!((tables.peak(), tables.refused()), (500_000, Some(1)));
    }

    #[test]
    fn a_growth_that_a_table_itself_forbids_is_no_matter_of_the_limit() {
        let mut tables = TableLimit::new(100);
        assert!(!tables.grow(0, 11, Some(10)));
        assert_eq!((tables.peak(), tables.refused()), (0, None));
    }
}

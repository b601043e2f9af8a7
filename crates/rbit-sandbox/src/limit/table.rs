//! Tables: their number and elements; and the numbers of memories and instances.

/// Counts the elements of a job's tables together, and refuses what would be too many.
#[derive(Debug, Default)]
pub(crate) struct TableLimit {
    total: usize,
}

impl TableLimit {
    /// Whether a table may grow from `current` to `desired` elements. What is granted stays counted, as for memory.
    pub(crate) fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        let total = self.total.saturating_add(desired.saturating_sub(current));
        let fits = maximum.is_none_or(|maximum| desired <= maximum) && total <= MAX_ELEMENTS_TOGETHER;
        if fits {
            self.total = total;
        }
        fits
    }
}

/// Elements of one table, eight bytes each. Guests made by language runtimes have tens of thousands.
pub(crate) const MAX_TABLE_ELEMENTS: usize = 100_000;
/// Elements of all tables of a job: 4 MiB.
const MAX_ELEMENTS_TOGETHER: usize = 500_000;
/// Tables of a job.
pub(crate) const MAX_TABLES: u32 = 64;
/// Linear memories of a job, however small.
pub(crate) const MAX_MEMORIES: u32 = 8;
/// Core instances of a job. A component adapted from a core module has a handful, one made by a language runtime some twenty.
pub(crate) const MAX_CORE_INSTANCES: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elements_of_all_tables_are_counted_together() {
        let mut tables = TableLimit::default();
        for _ in 0..5 {
            assert!(tables.grow(0, MAX_TABLE_ELEMENTS, None));
        }
        assert!(!tables.grow(0, 1, None));
    }

    #[test]
    fn a_refused_growth_is_not_counted() {
        let mut tables = TableLimit::default();
        assert!(!tables.grow(0, 11, Some(10)));
        assert_eq!(tables.total, 0);
    }
}

//! Bytes of linear memory, summed over every memory of a job.

/// Counts what a job's memories have, and refuses what would be too much.
///
/// Each memory by itself proves nothing: a component may have several. The guest sees a refusal as an allocation that failed;
/// that it was refused is kept, so that the abort which often follows is called by its cause.
#[derive(Debug)]
pub(crate) struct MemoryLimit {
    limit: u64,
    total: u64,
    refused: Option<u64>,
}

impl MemoryLimit {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            total: 0,
            refused: None,
        }
    }

    /// Counts what another one has granted.
    pub(crate) fn go_on_from(&mut self, other: &Self) {
        self.total = other.total;
    }

    /// Whether a memory may grow from `current` to `desired` bytes, of the `maximum` that it declares. A new memory grows from
    /// nothing.
    ///
    /// What is granted stays counted, even if the machine then has no memory for it: the engine also reports growths as failed
    /// that it never asked for, so a guest could earn refunds.
    pub(crate) fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return false;
        }
        let growth = (desired as u64).saturating_sub(current as u64);
        let total = self.total.saturating_add(growth);
        if total > self.limit {
            self.refused = Some(growth);
            return false;
        }
        self.total = total;
        true
    }

    /// The limit in bytes.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// The most bytes that the memories had together. A memory never shrinks, and none is freed before the job ends.
    pub(crate) fn peak(&self) -> u64 {
        self.total
    }

    /// How much more the guest asked for when it was last refused.
    pub(crate) fn refused(&self) -> Option<u64> {
        self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_counted_together() {
        let mut memory = MemoryLimit::new(100);
        assert!(memory.grow(0, 60, None));
        assert!(memory.grow(0, 30, None));
        assert!(!memory.grow(30, 41, None));
        assert!(memory.grow(30, 40, None));
        assert_eq!((memory.peak(), memory.refused()), (100, Some(11)));
    }

    #[test]
    fn a_memory_at_its_own_maximum_is_no_matter_of_the_limit() {
        let mut memory = MemoryLimit::new(100);
        assert!(!memory.grow(10, 30, Some(20)));
        assert_eq!((memory.peak(), memory.refused()), (0, None));
    }

    #[test]
    fn a_size_that_overflows_is_refused() {
        let mut memory = MemoryLimit::new(u64::MAX - 1);
        assert!(memory.grow(0, 1, None));
        assert!(!memory.grow(0, usize::MAX, None));
    }
}

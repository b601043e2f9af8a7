//! What grows in steps and is counted together: bytes of all memories of a job, elements of all its tables.

/// Counts what a job's memories, or its tables, have, and refuses what would be too much.
///
/// Each by itself proves nothing: a component may have several. The guest sees a refusal as an allocation that failed; that it was
/// refused is kept, so that the abort which often follows is called by its cause.
#[derive(Debug)]
pub(crate) struct GrowthLimit {
    limit: u64,
    /// The most that a single one may have.
    each: usize,
    total: u64,
    refused: Option<u64>,
}

impl GrowthLimit {
    /// So much for all of them together.
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            each: usize::MAX,
            total: 0,
            refused: None,
        }
    }

    /// The same, and no more than so much for each.
    pub(crate) fn with_each(self, each: usize) -> Self {
        Self { each, ..self }
    }

    /// Counts what another one has granted.
    pub(crate) fn go_on_from(&mut self, other: &Self) {
        self.total = other.total;
    }

    /// Whether one may grow from `current` to `desired`, of the `maximum` that it declares. A new one grows from nothing.
    ///
    /// What is granted stays counted, even if the machine then has no memory for it: the engine also reports growths as failed
    /// that it never asked for, so a guest could earn refunds.
    pub(crate) fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return false;
        }
        let growth = (desired as u64).saturating_sub(current as u64);
        let total = self.total.saturating_add(growth);
        if total > self.limit || desired > self.each {
            self.refused = Some(growth);
            return false;
        }
        self.total = total;
        true
    }

    /// The most that all of them may have.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// The most that they had together. None of them ever shrinks, and none is freed before the job ends.
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
    fn what_grows_is_counted_together() {
        let mut growth = GrowthLimit::new(100);
        assert!(growth.grow(0, 60, None));
        assert!(growth.grow(0, 30, None));
        assert!(!growth.grow(30, 41, None));
        assert!(growth.grow(30, 40, None));
        assert_eq!((growth.peak(), growth.refused()), (100, Some(11)));
    }

    #[test]
    fn one_that_is_at_its_own_maximum_is_no_matter_of_the_limit() {
        let mut growth = GrowthLimit::new(100);
        assert!(!growth.grow(10, 30, Some(20)));
        assert_eq!((growth.peak(), growth.refused()), (0, None));
    }

    #[test]
    fn one_that_would_be_too_large_by_itself_is_refused_where_all_together_would_not_be() {
        let mut growth = GrowthLimit::new(100).with_each(20);
        assert!(growth.grow(0, 20, None));
        assert!(!growth.grow(20, 21, None));
        assert!(growth.grow(0, 20, None));
        assert_eq!((growth.peak(), growth.refused()), (40, Some(1)));
    }

    #[test]
    fn a_size_that_overflows_is_refused() {
        let mut growth = GrowthLimit::new(u64::MAX - 1);
        assert!(growth.grow(0, 1, None));
        assert!(!growth.grow(0, usize::MAX, None));
    }
}

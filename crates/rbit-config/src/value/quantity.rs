//! A number with a unit behind it.

use crate::problem::{Wrong, shown};

/// A kind of quantity.
pub(super) struct Scale {
    /// Names and factors; the first is the smallest.
    pub(super) units: &'static [(&'static str, u64)],
    /// What would be accepted.
    pub(super) expected: &'static str,
}

impl Scale {
    /// The quantity in the smallest unit.
    pub(super) fn parse(&self, text: &str) -> Result<u64, Wrong> {
        let wrong = |what: &str| Wrong::new(format!("{} {what}", shown(text)), self.expected);
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        if number.is_empty() {
            return Err(wrong("does not begin with a whole number"));
        }
        if unit.is_empty() {
            return Err(wrong("has no unit"));
        }
        let Some((_, factor)) = self.units.iter().find(|(name, _)| *name == unit) else {
            return Err(wrong("has an unknown unit"));
        };
        number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*factor))
            .ok_or_else(|| wrong("is too large"))
    }

    /// Like [`Self::parse`], refusing what is out of bounds.
    pub(super) fn parse_between(&self, text: &str, min: u64, max: u64) -> Result<u64, Wrong> {
        let quantity = self.parse(text)?;
        if quantity < min || quantity > max {
            let expected = format!("{} to {}", self.in_words(min), self.in_words(max));
            return Err(Wrong::new(format!("{} is out of range", shown(text)), expected));
        }
        Ok(quantity)
    }

    /// The quantity in the largest unit that leaves no fraction.
    pub(super) fn in_words(&self, quantity: u64) -> String {
        let fitting = self
            .units
            .iter()
            .filter(|(_, factor)| quantity.is_multiple_of(*factor) && quantity >= *factor);
        let unit = fitting.max_by_key(|(_, factor)| *factor).or(self.units.first());
        unit.map(|(name, factor)| format!("{}{name}", quantity / factor))
            .unwrap_or_default()
    }
}

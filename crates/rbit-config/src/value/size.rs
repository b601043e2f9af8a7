//! `64KiB`, `64MiB`, `1GiB`, and the decimal `kB`, `MB`, `GB`.

use super::quantity::Scale;
use crate::problem::Wrong;

/// A size of so many to so many bytes.
pub(crate) fn between<const MIN: u64, const MAX: u64>(text: &str) -> Result<u64, Wrong> {
    SCALE.parse_between(text, MIN, MAX)
}

/// Bytes of the units, for bounds.
pub(crate) const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
pub(crate) const GIB: u64 = 1 << 30;

const SCALE: Scale = Scale {
    units: &[
        ("B", 1),
        ("kB", 1_000),
        ("KiB", KIB),
        ("MB", 1_000_000),
        ("MiB", MIB),
        ("GB", 1_000_000_000),
        ("GiB", GIB),
    ],
    expected: "a number with one of the units B, KiB, MiB, GiB, kB, MB, GB, such as `64MiB`",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_and_decimal_units_differ() {
        let any = between::<0, { u64::MAX }>;
        for (text, bytes) in [
            ("7B", 7),
            ("64KiB", 65_536),
            ("64kB", 64_000),
            ("1MiB", 1 << 20),
            ("1MB", 1_000_000),
            ("2GiB", 2 << 30),
            ("2GB", 2_000_000_000),
        ] {
            assert_eq!(any(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn a_size_without_a_known_unit_is_refused() {
        for text in ["0", "64", "64M", "64mb", "64 MiB", "1TiB", "99999999999GiB"] {
            assert!(between::<0, { u64::MAX }>(text).is_err(), "{text}");
        }
    }
}

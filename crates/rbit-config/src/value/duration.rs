//! `250ms`, `30s`, `10m`, `2h`, `1d`.

use std::time::Duration;

use super::quantity::Scale;
use crate::problem::{Wrong, shown};

/// A duration of so many to so many milliseconds.
pub(crate) fn between<const MIN: u64, const MAX: u64>(text: &str) -> Result<Duration, Wrong> {
    SCALE.parse_between(text, MIN, MAX).map(Duration::from_millis)
}

/// Like [`between`], for what is counted in seconds on the wire.
pub(crate) fn whole_seconds<const MIN: u64, const MAX: u64>(text: &str) -> Result<Duration, Wrong> {
    let duration = between::<MIN, MAX>(text)?;
    if duration.subsec_nanos() != 0 {
        return Err(Wrong::new(
            format!("{} is no whole number of seconds", shown(text)),
            "whole seconds such as `20s`",
        ));
    }
    Ok(duration)
}

/// Milliseconds of each unit, for bounds.
pub(crate) const MILLISECOND: u64 = 1;
pub(crate) const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

const SCALE: Scale = Scale {
    units: &[
        ("ms", MILLISECOND),
        ("s", SECOND),
        ("m", MINUTE),
        ("h", HOUR),
        ("d", DAY),
    ],
    expected: "a number with one of the units ms, s, m, h, d, such as `30s`",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Origin, Problem};

    fn error(text: &str) -> String {
        Problem::of_line(Origin::Default, between::<SECOND, HOUR>(text).unwrap_err()).to_string()
    }

    #[test]
    fn each_unit_has_its_length() {
        let any = between::<0, { u64::MAX }>;
        for (text, ms) in [
            ("250ms", 250),
            ("30s", 30_000),
            ("10m", 600_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
            ("0s", 0),
        ] {
            assert_eq!(any(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn a_duration_without_a_known_unit_is_refused() {
        for text in [
            "30",
            "0",
            "",
            "s",
            "1.5h",
            "-1s",
            "30S",
            "30 s",
            "1h30m",
            "٣s",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert!(between::<0, { u64::MAX }>(text).is_err(), "{text}");
        }
        assert_eq!(
            error("30"),
            "default: `30` has no unit; expected a number with one of the units ms, s, m, h, d, such as `30s`"
        );
    }

    #[test]
    fn bounds_are_told_in_words() {
        assert_eq!(error("250ms"), "default: `250ms` is out of range; expected 1s to 1h");
    }

    #[test]
    fn half_a_second_is_no_heartbeat() {
        assert!(whole_seconds::<0, HOUR>("1500ms").is_err());
        assert_eq!(whole_seconds::<0, HOUR>("2000ms"), Ok(Duration::from_secs(2)));
    }

    proptest::proptest! {
        #[test]
        fn a_length_in_words_is_read_back(ms: u64) {
            assert_eq!(SCALE.parse(&SCALE.in_words(ms)), Ok(ms));
        }
    }
}

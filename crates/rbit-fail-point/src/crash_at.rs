//! What `RBIT_CRASH_AT` says.

use std::{num::NonZeroU32, str::FromStr};

use crate::FailPoint;

/// The variable's name.
pub const VARIABLE: &str = "RBIT_CRASH_AT";

/// A point, and which pass of it is the last.
///
/// ```
/// use rbit_fail_point::{CrashAt, FailPoint};
/// let at: CrashAt = "claimed:3".parse().unwrap();
/// assert_eq!((at.point, at.pass.get()), (FailPoint::Claimed, 3));
/// assert!("clamed".parse::<CrashAt>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrashAt {
    /// Where.
    pub point: FailPoint,
    /// At which pass, from 1.
    pub pass: NonZeroU32,
}

impl FromStr for CrashAt {
    type Err = InvalidCrashAt;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, pass) = text.split_once(':').unwrap_or((text, "1"));
        let known = FailPoint::ALL.into_iter().find(|point| point.name() == name);
        let point = known.ok_or_else(|| InvalidCrashAt::UnknownPoint { given: name.to_owned() })?;
        let pass = pass
            .parse()
            .map_err(|_| InvalidCrashAt::InvalidPass { given: pass.to_owned() })?;
        Ok(Self { point, pass })
    }
}

/// The text names no pass of a point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCrashAt {
    /// There is no such point.
    #[error("there is no fail point `{given}`, but {}", FailPoint::ALL.map(FailPoint::name).join(", "))]
    UnknownPoint {
        /// What was given.
        given: String,
    },
    /// The count is no number.
    #[error("`{given}` is no number of a pass: the first one is 1")]
    InvalidPass {
        /// What was given.
        given: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_has_a_name_of_its_own() {
        for point in FailPoint::ALL {
            let at = CrashAt {
                point,
                pass: NonZeroU32::MIN,
            };
            assert_eq!(point.name().parse(), Ok(at));
        }
    }

    #[test]
    fn an_unknown_point_is_answered_with_all_that_there_are() {
        let text = "clamed".parse::<CrashAt>().unwrap_err().to_string();
        assert!(
            text.starts_with("there is no fail point `clamed`, but received, claimed, "),
            "{text}"
        );
        for count in ["0", "", "-1", "x"] {
            assert!(format!("claimed:{count}").parse::<CrashAt>().is_err(), "{count}");
        }
    }
}

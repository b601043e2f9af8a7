//! Whole numbers.

use crate::problem::{Wrong, shown};

/// A number of the range.
pub(crate) fn between<const MIN: u32, const MAX: u32>(text: &str) -> Result<u32, Wrong> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| (MIN..=MAX).contains(number));
    number.filter(|_| is_number).ok_or_else(|| {
        let what = if is_number {
            "is out of range"
        } else {
            "is no whole number"
        };
        Wrong::new(format!("{} {what}", shown(text)), format!("{MIN} to {MAX}"))
    })
}

/// A TCP port.
pub(crate) fn port(text: &str) -> Result<u16, Wrong> {
    let number = between::<1, 65535>(text)?;
    u16::try_from(number).map_err(|_| Wrong::new(format!("{} is out of range", shown(text)), "1 to 65535"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_whole_number_from_1_to_65535() {
        assert_eq!((port("1"), port("65535")), (Ok(1), Ok(65535)));
        for text in ["0", "65536", "", "-1", "+80", "8 0", "0x50", "99999999999"] {
            assert!(port(text).is_err(), "{text}");
        }
    }
}

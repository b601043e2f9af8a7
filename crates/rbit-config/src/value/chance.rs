//! `host`, a moment or a seed: what a guest's run depends on besides its input.

use rbit_job::{GuestClock, GuestRandom};

use crate::problem::{Wrong, shown};

/// `host`, or a moment such as `2026-01-31T12:00:00Z`.
pub(crate) fn clock(text: &str) -> Result<GuestClock, Wrong> {
    if text == HOST {
        return Ok(GuestClock::Host);
    }
    let moment = text.parse().map_err(|_| {
        let expected = "`host`, or a moment such as `2026-01-31T12:00:00Z`";
        Wrong::new(format!("{} is no time", shown(text)), expected)
    })?;
    Ok(GuestClock::Fixed(moment))
}

/// `host`, or `seed:` with a number.
pub(crate) fn random(text: &str) -> Result<GuestRandom, Wrong> {
    if text == HOST {
        return Ok(GuestRandom::Host);
    }
    let seed = text.strip_prefix("seed:").and_then(|number| number.trim().parse().ok());
    seed.map(GuestRandom::Seeded).ok_or_else(|| {
        let expected = "`host`, or `seed:` with a whole number, such as `seed:7`";
        Wrong::new(format!("{} is no source of random numbers", shown(text)), expected)
    })
}

const HOST: &str = "host";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_the_hosts_or_a_moment() {
        assert_eq!(clock("host").unwrap(), GuestClock::Host);
        let moment = "2026-01-31T12:00:00+01:00".parse().unwrap();
        assert_eq!(clock("2026-01-31T11:00:00Z").unwrap(), GuestClock::Fixed(moment));
        for text in ["", "Host", "now", "2026-01-31", "2026-01-31T12:00:00", "1769860800"] {
            assert!(clock(text).is_err(), "{text}");
        }
    }

    #[test]
    fn random_numbers_are_the_hosts_or_follow_from_a_seed() {
        assert_eq!(random("host").unwrap(), GuestRandom::Host);
        assert_eq!(random("seed:7").unwrap(), GuestRandom::Seeded(7));
        for text in ["", "7", "seed:", "seed:-1", "seed:x", "seed"] {
            assert!(random(text).is_err(), "{text}");
        }
    }
}

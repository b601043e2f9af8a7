//! Names.

use rbit_job::BoxName;

use crate::problem::{Wrong, shown};

/// The name of a box.
pub(crate) fn of_box(text: &str) -> Result<BoxName, Wrong> {
    let expected = "1 to 200 letters, digits, `-`, `_` or `.`";
    BoxName::new(text).map_err(|_| Wrong::new(format!("{} is no name of a box", shown(text)), expected))
}

/// The name of an exchange of our own: PyBit's is of another type.
pub(crate) fn of_exchange(text: &str) -> Result<String, Wrong> {
    let is_name =
        !text.is_empty() && text.len() <= 255 && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    if !is_name || text == "pybit" {
        let expected = "1 to 255 bytes without blanks, and not `pybit`, such as `rbit.events`";
        return Err(Wrong::new(
            format!("{} cannot be the exchange of events", shown(text)),
            expected,
        ));
    }
    Ok(text.to_owned())
}

/// The name of a setting that can be a secret.
pub(crate) fn of_secret(text: &str) -> Result<String, Wrong> {
    let name = text.to_ascii_lowercase();
    match name.as_str() {
        "runner" | "output-dir" => Err(Wrong::new(
            format!("{} cannot be a secret", shown(text)),
            "a setting of the guest's",
        )),
        _ => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_of_events_has_a_name_that_is_not_pybits() {
        for name in ["rbit.events", "amq.topic", "x"] {
            assert_eq!(of_exchange(name).ok().as_deref(), Some(name));
        }
        for name in ["", "pybit", "a b", "a\nb", &"x".repeat(256)] {
            assert!(of_exchange(name).is_err(), "{name}");
        }
    }
}

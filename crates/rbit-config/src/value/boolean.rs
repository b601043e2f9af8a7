//! `yes` and `no`.

use crate::problem::{Wrong, shown};

/// The words that the old parser took, in any case.
pub(crate) fn parse(text: &str) -> Result<bool, Wrong> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "1" => Ok(true),
        "no" | "false" | "off" | "0" => Ok(false),
        _ => Err(Wrong::new(
            format!("{} is neither yes nor no", shown(text)),
            "yes or no",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_old_parser_are_known_and_no_others() {
        assert!(
            ["yes", "True", "ON", "1"]
                .into_iter()
                .all(|word| parse(word) == Ok(true))
        );
        assert!(
            ["no", "False", "OFF", "0"]
                .into_iter()
                .all(|word| parse(word) == Ok(false))
        );
        assert!(["", "y", "2", "maybe"].into_iter().all(|word| parse(word).is_err()));
    }
}

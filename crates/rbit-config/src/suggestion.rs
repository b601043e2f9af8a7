//! The word that was probably meant.

/// The known word nearest to the given one, if it is near enough to be sure: about one typing mistake in three letters.
pub(crate) fn suggest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = given.chars().count();
    if length > MAX_LENGTH {
        return None;
    }
    known
        .into_iter()
        .map(|word| (distance(given, word), word))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= length / 3)
        .map(|(_, word)| word)
}

/// How unlike two words are.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(&plain(one), &plain(other))
}

/// Case and the kind of hyphen are not what makes names different.
fn plain(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

/// Longer texts are no misspelt names, and comparing takes time that grows with the square of the length.
const MAX_LENGTH: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        for (given, meant) in [
            ("hsot", "host"),
            ("Output_Dir", "output-dir"),
            ("queue-maping", "queue-mappings"),
        ] {
            assert_eq!(
                suggest(given, ["host", "port", "output-dir", "queue-mappings"]),
                Some(meant),
                "{given}"
            );
        }
    }

    #[test]
    fn words_that_are_only_somewhat_alike_are_not_suggested() {
        assert_eq!(suggest("cost", ["ports", "trusted-hosts"]), None);
        assert_eq!(suggest("", ["a"]), None);
        assert_eq!(suggest(&"x".repeat(5000), ["x"]), None);
    }
}

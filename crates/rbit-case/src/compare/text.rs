//! Texts: whole, in parts, by expression.

use super::{Mismatch, difference::difference};
use crate::case::TextRule;

/// Where a text is not what it must be. `what` names it.
pub(super) fn compare(what: &str, rule: &TextRule, found: &str) -> Vec<Mismatch> {
    let mut all = Vec::new();
    if let Some(whole) = rule.whole.as_deref().filter(|whole| *whole != found) {
        all.push(Mismatch::new(what, difference(whole, found)));
    }
    for part in rule.contains.iter().filter(|part| !found.contains(part.as_str())) {
        all.push(Mismatch::new(
            what,
            format!("does not contain `{}`: {}", part.escape_debug(), cut(found)),
        ));
    }
    if let Some(regex) = rule.matches.as_ref().filter(|regex| !regex.is_match(found)) {
        all.push(Mismatch::new(what, format!("does not match `{regex}`: {}", cut(found))));
    }
    all
}

/// The beginning of a text, in one line.
pub(super) fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX).flat_map(char::escape_debug).collect();
    if text.chars().nth(MAX).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

const MAX: usize = 200;

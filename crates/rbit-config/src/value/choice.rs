//! One word of a few.

use crate::{
    problem::{Wrong, shown},
    suggestion::suggest,
};

/// The choice of this name, in any case.
pub(crate) fn parse<T: Copy>(text: &str, choices: &[(&'static str, T)]) -> Result<T, Wrong> {
    let chosen = choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    chosen.map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        let wrong = Wrong::new(format!("{} is not known", shown(text)), names.join(" or "));
        wrong.did_you_mean(suggest(text, names))
    })
}

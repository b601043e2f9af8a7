//! The contract, as guests in every language keep it: the same cases, with the same expectations, over each of them.
//!
//! What the guests do is said in `tests/contract/guests/README.md`. They run in the sandbox of production. The table is made by tests, one
//! a language, and shown by `cargo xtask contract`.

mod case;
mod cases;
mod language;
mod lines;
mod pace;
mod stage;

pub use case::{Case, Expected};
pub use cases::cases;
pub use language::{LANGUAGES, Language};
pub use pace::Pace;
pub use stage::Stage;

/// What became of a case in a language: nothing, if all was as it must be, or what was not.
pub type Cell = Result<(), String>;

/// Runs every case in a language, in their order.
pub fn column(language: &Language) -> anyhow::Result<Vec<(Case, Cell)>> {
    let stage = Stage::new(Some(stage::kept()))?;
    let cell = |case: Case| {
        let cell = stage.play(language, &case);
        (case, cell)
    };
    Ok(cases().into_iter().map(cell).collect())
}

/// The table, language by case, and below it what was wrong.
pub fn table(columns: &[(&Language, Vec<(Case, Cell)>)]) -> String {
    let mut text = format!("{:22}", "");
    for (language, _) in columns {
        text.push_str(&format!(" {:>5}", language.name));
    }
    for (row, case) in cases().iter().enumerate() {
        text.push_str(&format!("\n{:22}", case.name));
        for (language, cells) in columns {
            let is_right = cells.get(row).is_some_and(|(_, cell)| cell.is_ok());
            let width = language.name.len().max(5);
            text.push_str(&format!(" {:>width$}", if is_right { "ok" } else { "WRONG" }));
        }
    }
    for (language, cells) in columns {
        for complaint in complaints(cells) {
            text.push_str(&format!("\n{}: {complaint}", language.name));
        }
    }
    text
}

/// What was wrong in a language, a line for each case.
pub fn complaints(cells: &[(Case, Cell)]) -> Vec<String> {
    let wrong = |(case, cell): &(Case, Cell)| Some(format!("{}: {}", case.name, cell.as_ref().err()?));
    cells.iter().filter_map(wrong).collect()
}

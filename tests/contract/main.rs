//! Each language keeps the contract: one test a language, each with all cases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use rbit_e2e::contract::{self, LANGUAGES};

/// A test for each column of the table, so that they run side by side and one that is wrong is named.
macro_rules! languages {
    ($($name:ident = $language:literal)+) => {
        $(
            #[test]
            fn $name() {
                keeps_the_contract($language);
            }
        )+

        const TESTED: &[&str] = &[$($language),+];
    };
}

languages! {
    rust = "rust"
    c = "c"
    cpp = "cpp"
    zig = "zig"
    go = "go"
    javascript = "javascript"
    typescript = "typescript"
    python = "python"
    python_component = "python-component"
}

fn keeps_the_contract(name: &str) {
    let language = LANGUAGES.iter().find(|language| language.name == name).unwrap();
    let cells = contract::column(language).unwrap();
    let wrong = contract::complaints(&cells);
    let table = contract::table(&[(language, cells)]);
    assert!(wrong.is_empty(), "{table}");
}

#[test]
fn every_language_of_the_table_has_its_test() {
    let names: Vec<_> = LANGUAGES.iter().map(|language| language.name).collect();
    assert_eq!(names, TESTED);
}

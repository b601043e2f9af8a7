//! Each language keeps the contract: one test a language, each with all cases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use rbit_e2e::contract::{self, LANGUAGES};

/// A test for each column of the table, so that they run side by side and one that is wrong is named.
macro_rules! languages {
    ($($name:ident)+) => {
        $(
            #[test]
            fn $name() {
                keeps_the_contract(stringify!($name));
            }
        )+

        const TESTED: &[&str] = &[$(stringify!($name)),+];
    };
}

languages! { rust c cpp zig go javascript typescript python }

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

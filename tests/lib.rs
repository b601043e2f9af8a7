//! Tests of the whole program; see README.md beside this file. The library has what a test shares with `cargo xtask chaos` and
//! `cargo xtask hostile`.

pub mod chaos;
pub mod contract;
pub mod driver;
pub mod hostile;

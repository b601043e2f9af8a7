//! Tests of the whole program; see README.md beside this file. The library is empty: cargo wants one.

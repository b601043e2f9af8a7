//! Messages as producers send them, decoded through the crate's public face.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod captured;
mod documented;
mod jsonpickle;
mod lenient;
mod properties;
mod references;
mod refused;
mod sample;

//! From a component's file to an artifact that a child can load.
//!
//! The file is looked at when a job starts, as in `rbit-sandbox`. What it holds is compiled once per content and engine, in a child
//! that sees no file, and kept. The artifact is machine code and believed: nobody but this user can write where it lies, and its
//! digest, which the parent made of what the child sent, is compared whenever it is taken up.

mod compile;
mod load;

pub(crate) use load::ArtifactLoader;

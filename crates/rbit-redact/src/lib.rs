//! Finds secrets in texts and takes them out.
//!
//! A [`Redactor`] knows some values and the forms in which they turn up by accident: as they are, line by line, as part of a URL, in
//! JSON, in base64 at any place of what was encoded. It is no border against somebody who has a secret and wants it to be seen:
//! every other way of writing it down passes.
//!
//! No form has a line end in it. So a text can be looked at line by line, in the order in which it comes; and where a line has to be cut,
//! [`Redactor::cut`] says where.

mod forms;
mod redactor;

pub use forms::{MAX_SECRET, MIN_SECRET};
pub use redactor::{REDACTED, Redactor};

//! What the Connexions runners share: from a build request to a collection in memory.
//!
//! A repository offers a collection as a *complete zip*: one folder `<id>_<version>_complete` with `collection.xml` and a folder for each
//! module, in which are its text (`index.cnxml`) and its pictures. [`Book::fetch`] gets one and reads it. Nothing of it is believed: not
//! the zip ([`archive`]), not the XML ([`xml`]), not a name ([`address`], [`archive`]).
//!
//! The model ([`document`]) is what the generations of CNXML have in common, in the order of reading. What a runner makes of it is its own
//! business.

pub mod address;
pub mod archive;
pub mod book;
pub mod cnxml;
pub mod collection;
pub mod document;
#[cfg(feature = "fixture")]
pub mod fixture;
pub mod kind;
pub mod picture;
pub mod xml;

pub use address::Address;
pub use archive::Archive;
pub use book::Book;
pub use collection::Collection;

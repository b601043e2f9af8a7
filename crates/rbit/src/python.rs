//! What `python!` runners need on this machine: the component that runs Python, and the author's module.

mod component;
mod module;

pub(crate) use component::{find, looks_like_one};
pub(crate) use module::check;

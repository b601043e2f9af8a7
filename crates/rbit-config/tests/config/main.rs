//! The public face of the crate: INI files in, settings and problems out.

#![cfg(test)]

mod document;
mod example;
mod grants;
mod mistakes;
mod old_files;
mod overrides;
mod properties;
mod settings;
mod surroundings;

//! The public face of the store, on real files.

#![cfg(test)]

mod commands;
mod folder;
mod journal;
mod local_queue;
mod opening;
mod parked;

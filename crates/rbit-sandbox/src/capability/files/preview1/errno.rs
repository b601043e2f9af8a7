//! Error numbers, the same in preview 1 and 0.

use wasmtime_wasi::{p1::types, p2::FsError};
use wiggle::GuestError;

use super::super::{ledger::OverLimit, view::Refused};
use crate::gate::Closed;

pub(super) const SUCCESS: i32 = 0;
pub(super) const BAD_DESCRIPTOR: i32 = 8;
pub(super) const QUOTA: i32 = 19;
pub(super) const IO: i32 = 29;
pub(super) const NO_ENTRY: i32 = 44;
pub(super) const NO_SOCKET: i32 = 57;

/// Why a function does not do what it was called for.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The guest is told so.
    Errno(i32),
    /// The guest ends.
    Trap(wasmtime::Error),
}

impl Refusal {
    /// What the function returns.
    pub(super) fn returned(self) -> wasmtime::Result<i32> {
        match self {
            Self::Errno(errno) => Ok(errno),
            Self::Trap(error) => Err(error),
        }
    }
}

impl From<OverLimit> for Refusal {
    fn from(_: OverLimit) -> Self {
        Self::Errno(QUOTA)
    }
}

impl From<Closed> for Refusal {
    fn from(closed: Closed) -> Self {
        Self::Trap(closed.into())
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::OverLimit(over) => over.into(),
            Refused::Closed(closed) => closed.into(),
        }
    }
}

/// What is not in the guest's memory ends it, as it does everywhere in WASI.
impl From<GuestError> for Refusal {
    fn from(error: GuestError) -> Self {
        Self::Trap(error.into())
    }
}

/// In the number that wasmtime-wasi has for it.
impl From<FsError> for Refusal {
    fn from(error: FsError) -> Self {
        types::Error::from(error).into()
    }
}

impl From<types::Error> for Refusal {
    fn from(error: types::Error) -> Self {
        match error.downcast() {
            Ok(errno) => Self::Errno(errno as i32),
            Err(error) => Self::Trap(error),
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(_: std::io::Error) -> Self {
        Self::Errno(IO)
    }
}

//! What parent and child say to each other over one stream socket.
//!
//! Frames with a header of 16 bytes: version, kind, two zeros, length of the body (u32), number of the job (u64), little endian; then
//! the body, which is JSON but for log lines and the pieces of files, which are bytes. Each kind has a cap, looked at before the body
//! is waited for. The version is that of the protocol; since the child is the same program, another one means a stranger.
//!
//! The parent takes the child for hostile: whatever is not as said here is a [`Violation`], the child is killed, and what ran in it
//! is a fault of this box. The child believes its parent, and reads with the same code.

mod decoder;
mod frame;
mod message;
mod setup;
mod violation;

pub use decoder::{Decoder, MAX_BUFFERED};
pub(crate) use frame::PIECE;
pub use frame::{Frame, Kind, Side};
pub use message::{Dial, Dialled, Done, Expect, FromChild, Run, ToChild};
pub use setup::{ChildLimits, Hello, Init, Landlock, Rlimits, Seccomp, Step, Task};
pub use violation::Violation;

//! What the other side must not say.

/// Why a peer is not listened to any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// It speaks another protocol, or none.
    #[error("its frame is of version {0}, not {version}", version = super::frame::VERSION)]
    Version(u8),
    /// There is no such kind, or the other side alone may send it.
    #[error("its frame is of kind {0}, which it may not send")]
    Kind(u8),
    /// Bytes of the header that have no meaning are not zero.
    #[error("its frame's header has bytes that must be zero")]
    Reserved,
    /// A body that is not waited for.
    #[error("its frame has {length} bytes, more than the {cap} that its kind may have")]
    Length {
        /// Announced.
        length: u32,
        /// Allowed.
        cap: u32,
    },
    /// The body is not what its kind has.
    #[error("its frame cannot be read: {0}")]
    Body(String),
    /// Nobody asked for this.
    #[error("it speaks of job {0}, which it does not have")]
    UnknownJob(u64),
    /// It may be said once, at another time, or never by this child.
    #[error("it says `{0}` out of turn")]
    OutOfTurn(&'static str),
    /// An ending that is not a guest's to have.
    #[error("it reports an ending of its own making: {0}")]
    Ending(String),
    /// More output than a sandbox lets through.
    #[error("it passes on more output than the job's limit allows")]
    Output,
    /// More connections than the job's requests can need.
    #[error("it asks for more connections than the job's limit allows")]
    Connections,
    /// A connection to where no request of the job can be meant to go.
    #[error("it asks for a connection to {0}, where its job may not go")]
    Place(String),
    /// A request that went where nobody connected it to.
    #[error("it notes a request on a connection that it was not given")]
    Unconnected,
    /// The end of the stream inside a frame.
    #[error("its last frame is cut off")]
    CutOff,
}

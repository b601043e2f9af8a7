//! One frame: its header, and what may stand in it.

use super::Violation;

/// A kind, a job's number, and a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub kind: Kind,
    /// The job it is about; 0 where it is about none.
    pub id: u64,
    /// Bytes, as the kind has them.
    pub body: Vec<u8>,
}

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The process with the credentials.
    Parent,
    /// The process with the guests.
    Child,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal from $side:ident up to $cap:expr,)*) => {
        /// What a frame is, who sends it, and how long its body may be.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Kind {
            $($(#[$doc])* $name = $number,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Who sends it.
            pub fn side(self) -> Side {
                match self {
                    $(Self::$name => Side::$side,)*
                }
            }

            /// Bytes that its body may have.
            pub fn cap(self) -> u32 {
                match self {
                    $(Self::$name => $cap,)*
                }
            }
        }
    };
}

kinds! {
    /// What the child is for; the first frame. JSON.
    Init = 1 from Parent up to MIB,
    /// What the child has given up; its first frame. JSON.
    Hello = 2 from Child up to 64 * KIB,
    /// The child cannot become what it was to be. Text.
    Unfit = 3 from Child up to 64 * KIB,
    /// A job. JSON.
    Run = 4 from Parent up to 4 * MIB,
    /// The job must stop. JSON.
    Stop = 5 from Parent up to KIB,
    /// A line that the guest printed: a byte for the stream, then text.
    Log = 6 from Child up to 64 * KIB,
    /// How the job ended. JSON.
    Done = 7 from Child up to 4 * MIB,
    /// A piece of a component's file; an empty one is the end. Bytes.
    Source = 8 from Parent up to PIECE,
    /// A piece of what was compiled from it. Bytes.
    Artifact = 9 from Child up to PIECE,
    /// What the component is. JSON.
    Compiled = 10 from Child up to MIB,
    /// Why it is none. Text.
    Refused = 11 from Child up to 64 * KIB,
    /// Something to be tried that must not succeed. Text. In debug builds alone.
    Probe = 12 from Parent up to KIB,
    /// What came of it. Text. In debug builds alone.
    Probed = 13 from Child up to KIB,
    /// A request of the guest that is over. JSON.
    Exchange = 14 from Child up to 64 * KIB,
    /// A connection that a request of a job's guest needs. JSON.
    Dial = 15 from Child up to KIB,
    /// What came of it; with its first byte comes the connection, if there is one. JSON.
    Dialled = 16 from Parent up to KIB,
    /// The certificate of an authority that guests' requests believe; an empty one is the end. Bytes.
    Authority = 17 from Parent up to 64 * KIB,
    /// What the first job will be like, so that an instance can begin before it. JSON.
    Expect = 18 from Parent up to MIB,
}

impl Kind {
    /// The kind of this number that `side` may send.
    fn of(number: u8, side: Side) -> Option<Self> {
        let known = Self::ALL.iter().copied().find(|kind| *kind as u8 == number);
        known.filter(|kind| kind.side() == side)
    }
}

/// A header that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) length: u32,
    pub(super) id: u64,
}

impl Header {
    /// Bytes of a header.
    pub(super) const SIZE: usize = 16;

    /// Reads a header that came from `side`.
    pub(super) fn read(bytes: [u8; Self::SIZE], side: Side) -> Result<Self, Violation> {
        let [version, kind, zero, zero_too, l0, l1, l2, l3, id @ ..] = bytes;
        if version != VERSION {
            return Err(Violation::Version(version));
        }
        if (zero, zero_too) != (0, 0) {
            return Err(Violation::Reserved);
        }
        let kind = Kind::of(kind, side).ok_or(Violation::Kind(kind))?;
        let (length, cap) = (u32::from_le_bytes([l0, l1, l2, l3]), kind.cap());
        if length > cap {
            return Err(Violation::Length { length, cap });
        }
        let id = u64::from_le_bytes(id);
        Ok(Self { kind, length, id })
    }
}

impl Frame {
    /// The frame as it is sent; none if its body is longer than its kind may have.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let length = u32::try_from(self.body.len()).ok()?;
        if length > self.kind.cap() {
            return None;
        }
        let mut bytes = Vec::with_capacity(Header::SIZE + self.body.len());
        bytes.extend([VERSION, self.kind as u8, 0, 0]);
        bytes.extend(length.to_le_bytes());
        bytes.extend(self.id.to_le_bytes());
        bytes.extend(&self.body);
        Some(bytes)
    }
}

/// The version of this protocol.
pub(super) const VERSION: u8 = 1;
const KIB: u32 = 1 << 10;
const MIB: u32 = 1 << 20;
/// Bytes of a piece of a file.
pub(crate) const PIECE: u32 = 256 * KIB;

#[cfg(test)]
mod tests {
    use super::*;

    fn header(version: u8, kind: u8, zeros: [u8; 2], length: u32) -> [u8; Header::SIZE] {
        let mut bytes = [0; Header::SIZE];
        bytes[..4].copy_from_slice(&[version, kind, zeros[0], zeros[1]]);
        bytes[4..8].copy_from_slice(&length.to_le_bytes());
        bytes[8..].copy_from_slice(&7u64.to_le_bytes());
        bytes
    }

    #[test]
    fn a_header_is_read_or_refused_before_its_body_is_there() {
        let read = |bytes| Header::read(bytes, Side::Child);
        let done = Kind::Done as u8;
        assert_eq!(
            read(header(1, done, [0, 0], 5)),
            Ok(Header {
                kind: Kind::Done,
                length: 5,
                id: 7
            })
        );
        for (bytes, violation) in [
            (header(2, done, [0, 0], 5), Violation::Version(2)),
            (header(0xff, 0xff, [0xff, 0xff], u32::MAX), Violation::Version(0xff)),
            (header(1, 0, [0, 0], 0), Violation::Kind(0)),
            (header(1, 200, [0, 0], 0), Violation::Kind(200)),
            (header(1, Kind::Run as u8, [0, 0], 0), Violation::Kind(Kind::Run as u8)),
            (header(1, done, [0, 1], 5), Violation::Reserved),
            (header(1, done, [1, 0], 5), Violation::Reserved),
            (
                header(1, done, [0, 0], (4 << 20) + 1),
                Violation::Length {
                    length: (4 << 20) + 1,
                    cap: 4 << 20,
                },
            ),
            (
                header(1, Kind::Log as u8, [0, 0], u32::MAX),
                Violation::Length {
                    length: u32::MAX,
                    cap: 64 << 10,
                },
            ),
        ] {
            assert_eq!(read(bytes), Err(violation));
        }
    }

    #[test]
    fn a_body_over_the_cap_is_not_sent() {
        let frame = |length| Frame {
            kind: Kind::Stop,
            id: 1,
            body: vec![0; length],
        };
        assert!(frame(1 << 10).encode().is_some());
        assert!(frame((1 << 10) + 1).encode().is_none());
    }
}

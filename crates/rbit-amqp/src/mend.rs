//! What the broker sends, made fit for lapin.
//!
//! AMQP calls the names and ids of a message texts and says UTF-8; the broker takes any bytes for them and hands them on. lapin gives
//! a connection up that brings such a message, the broker keeps the message at the head of its queue, and so one message of one
//! producer would stop a box for good. Tables in tables are as bad: lapin descends into them as deep as they go, and the stack ends
//! before the frame does.

mod cursor;
mod method;
mod properties;
mod table;

use tracing::warn;

/// Reads the stream of frames from a broker and gives the same stream, with the frames mended that lapin could not read.
#[derive(Debug, Default)]
pub(crate) struct Mender {
    /// The beginning of a frame whose end has not come yet.
    held: Vec<u8>,
    /// So many bytes are handed on unseen.
    passing: usize,
    is_deaf: bool,
}

impl Mender {
    /// Takes what came, and adds to `ready` what can go on.
    pub(crate) fn feed(&mut self, came: &[u8], ready: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        let joined;
        let mut rest = if held.is_empty() {
            came
        } else {
            joined = [&held, came].concat();
            &joined
        };
        while let Some((part, after)) = self.part(rest) {
            match part {
                Part::Unseen(bytes) => ready.extend_from_slice(bytes),
                Part::Frame(frame) => mend(frame, ready),
            }
            rest = after;
        }
        self.held = rest.to_vec();
    }

    /// The first part of these bytes that can go on, and what comes after it.
    fn part<'a>(&mut self, bytes: &'a [u8]) -> Option<(Part<'a>, &'a [u8])> {
        if bytes.is_empty() {
            return None;
        }
        if self.is_deaf {
            return Some((Part::Unseen(bytes), &[]));
        }
        if self.passing > 0 {
            let (passed, after) = bytes.split_at(self.passing.min(bytes.len()));
            self.passing -= passed.len();
            return Some((Part::Unseen(passed), after));
        }
        let [kind, _, _, size @ ..] = bytes.first_chunk::<HEAD>()?;
        let size = u32::from_be_bytes(*size) as usize;
        match *kind {
            METHOD | HEADER if size <= MAX_HELD => {
                let (frame, after) = bytes.split_at_checked(HEAD + size + END)?;
                Some((Part::Frame(frame), after))
            }
            METHOD | HEADER | BODY | HEARTBEAT => {
                self.passing = HEAD.saturating_add(size).saturating_add(END);
                self.part(bytes)
            }
            // Whatever this is, lapin will say that it is no AMQP.
            _ => {
                self.is_deaf = true;
                self.part(bytes)
            }
        }
    }
}

enum Part<'a> {
    Unseen(&'a [u8]),
    Frame(&'a [u8]),
}

/// Adds a whole frame, mended where it has to be.
fn mend(frame: &[u8], ready: &mut Vec<u8>) {
    let Some(mended) = mended(frame) else {
        ready.extend_from_slice(frame);
        return;
    };
    warn!("a message has names or ids that are not UTF-8, or tables that are too deep: they are taken without that");
    ready.extend_from_slice(&mended);
}

/// The frame as it should be; `None` if it is in order, or of no kind that is known.
fn mended(frame: &[u8]) -> Option<Vec<u8>> {
    let (head, rest) = frame.split_at_checked(HEAD)?;
    let (end, payload) = rest.split_last()?;
    let payload = match *head.first()? {
        METHOD => method::mended(payload)?,
        HEADER => properties::mended(payload)?,
        _ => return None,
    };
    let size = u32::try_from(payload.len()).ok()?.to_be_bytes();
    Some([head.get(..HEAD - size.len())?, &size, &payload, &[*end]].concat())
}

const METHOD: u8 = 1;
const HEADER: u8 = 2;
const BODY: u8 = 3;
const HEARTBEAT: u8 = 8;

/// Type, channel and size.
const HEAD: usize = 7;
/// The octet that ends a frame.
const END: usize = 1;

/// Larger than any frame that is not a body: they are 128 KiB unless a broker is told otherwise.
const MAX_HELD: usize = 1 << 20;

#[cfg(test)]
mod tests;

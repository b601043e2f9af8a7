//! Connections that are handed from one process to the other, with the bytes that tell of them.

use std::{
    collections::VecDeque,
    io::{self, IoSlice, IoSliceMut, Write as _},
    mem::MaybeUninit,
    net::TcpStream,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::UnixStream,
    },
};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

/// Writes a frame, and the connection with its first bytes. The kernel gives the other side one of its own.
pub(crate) fn hand_over(stream: &mut UnixStream, frame: &[u8], connection: &TcpStream) -> io::Result<()> {
    let connections = [connection.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&connections));
    let written = sendmsg(&*stream, &[IoSlice::new(frame)], &mut ancillary, SendFlags::NOSIGNAL)?;
    stream.write_all(frame.get(written..).unwrap_or_default())
}

/// Reads as a stream does, and keeps what is handed over, in order.
pub(crate) fn receive(stream: &UnixStream, piece: &mut [u8], connections: &mut VecDeque<OwnedFd>) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut pieces = [IoSliceMut::new(piece)];
    let received = recvmsg(stream, &mut pieces, &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(handed) = message {
            connections.extend(handed);
        }
    }
    Ok(received.bytes)
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read as _,
        net::{Shutdown, TcpListener},
    };

    use super::*;

    #[test]
    fn a_connection_comes_with_the_bytes_that_tell_of_it_and_in_order() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        for word in ["first", "second"] {
            let connection = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut far, _) = listener.accept().unwrap();
            far.write_all(word.as_bytes()).unwrap();
            far.shutdown(Shutdown::Write).unwrap();
            hand_over(&mut ours, word.as_bytes(), &connection).unwrap();
        }
        let (mut connections, mut heard) = (VecDeque::new(), Vec::new());
        let mut piece = [0; 64];
        while heard.len() < "firstsecond".len() {
            let length = receive(&theirs, &mut piece, &mut connections).unwrap();
            heard.extend_from_slice(&piece[..length]);
        }
        assert_eq!(heard, b"firstsecond");
        let words = connections.into_iter().map(|connection| {
            let mut word = String::new();
            TcpStream::from(connection).read_to_string(&mut word).unwrap();
            word
        });
        assert_eq!(words.collect::<Vec<_>>(), ["first", "second"]);
    }
}

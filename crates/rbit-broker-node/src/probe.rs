//! Is there an AMQP broker?

use std::{
    io::{Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

/// Whether an AMQP 0-9-1 broker answers at this address.
pub fn speaks_amqp(host: &str, port: u16) -> bool {
    let Ok(mut addresses) = (host, port).to_socket_addrs() else {
        return false;
    };
    addresses.any(|address| {
        TcpStream::connect_timeout(&address, PATIENCE)
            .and_then(greet)
            .unwrap_or(false)
    })
}

/// Says the protocol's header, upon which a broker answers `connection.start`.
fn greet(mut stream: TcpStream) -> std::io::Result<bool> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(HEADER)?;
    let mut answer = [0; 11];
    stream.read_exact(&mut answer)?;
    let [kind, channel_high, channel_low, _, _, _, _, method @ ..] = answer;
    Ok([kind, channel_high, channel_low] == METHOD_ON_CHANNEL_0 && method == CONNECTION_START)
}

const HEADER: &[u8] = b"AMQP\x00\x00\x09\x01";
const METHOD_ON_CHANNEL_0: [u8; 3] = [1, 0, 0];
const CONNECTION_START: [u8; 4] = [0, 10, 0, 10];

/// On the same machine an answer takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_broker_is_known_by_its_greeting() {
        let start = b"\x01\x00\x00\x00\x00\x01\xd4\x00\x0a\x00\x0a\x00\x09";
        assert!(speaks_amqp("127.0.0.1", server_that_says(start)));
    }

    #[test]
    fn a_server_of_another_protocol_is_no_broker() {
        assert!(!speaks_amqp(
            "127.0.0.1",
            server_that_says(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        ));
        assert!(!speaks_amqp("127.0.0.1", server_that_says(b"AMQP\x00\x00\x09\x01")));
    }

    #[test]
    fn a_closed_port_is_no_broker() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert!(!speaks_amqp("127.0.0.1", port));
    }

    /// Takes one connection, reads the header, and answers.
    fn server_that_says(answer: &'static [u8]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut [0; 8]).unwrap();
            stream.write_all(answer).unwrap();
        });
        port
    }
}

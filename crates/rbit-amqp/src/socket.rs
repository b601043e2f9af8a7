//! The socket under a connection: how it is opened, and how it is taken away from a handshake that never ends.

use std::{
    io,
    net::Shutdown,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use socket2::{SockRef, Socket, TcpKeepalive};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use crate::{tls::Tls, wire::Wire};

/// Opens a connection to a host, trying each of its addresses, and encrypts it if it has to be.
pub(crate) async fn dial(host: &str, port: u16, tls: Option<&Tls>, tether: &Tether) -> io::Result<Wire> {
    let reach = async {
        let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in lookup_host((host, port)).await? {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    };
    let stream = timeout(DIAL_TIMEOUT, reach).await??;
    stream.set_nodelay(true)?;
    let socket = SockRef::from(&stream);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 3);
    socket.set_tcp_keepalive(&keepalive)?;
    // Heartbeats begin after the handshake; until then, this notices a peer that is gone.
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
    tether.attach(socket.try_clone()?)?;
    match tls {
        None => Ok(Wire::new(stream)),
        Some(tls) => Ok(Wire::new(tls.wrap(host, stream).await?)),
    }
}

/// A second handle on the socket of a handshake; dropping it cuts the socket, unless it was released.
///
/// lapin runs a handshake on a thread of its own. When we stop waiting for a peer that accepts and then says nothing, that thread
/// and its socket would stay for ever; cutting the socket ends both.
#[derive(Debug, Default)]
pub(crate) struct Cutter(Tether);

impl Cutter {
    /// What [`dial`] ties the socket to.
    pub(crate) fn tether(&self) -> Tether {
        self.0.clone()
    }

    /// The handshake is through: the socket is lapin's, and the cord's.
    pub(crate) fn release(self) -> Cord {
        match std::mem::replace(&mut *self.0.lock(), State::Released) {
            State::Handshake(socket) => Cord(Some(socket)),
            State::NotConnected | State::Released | State::Cut => Cord(None),
        }
    }
}

impl Drop for Cutter {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        match &*state {
            State::Released => return,
            // An error says that the connection has already ended.
            State::Handshake(socket) => drop(socket.shutdown(Shutdown::Both)),
            State::NotConnected | State::Cut => {}
        }
        *state = State::Cut;
    }
}

/// A second handle on the socket of a connection, to cut it when nothing else ends it. The socket stays open as long as this does.
#[derive(Debug)]
pub(crate) struct Cord(Option<Socket>);

impl Cord {
    /// Ends the connection without a word, at once.
    pub(crate) fn cut(&self) {
        if let Some(socket) = &self.0 {
            // An error says that the connection has already ended.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

/// The connecting thread's end of a [`Cutter`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Tether(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    #[default]
    NotConnected,
    Handshake(Socket),
    Released,
    Cut,
}

impl Tether {
    fn attach(&self, socket: Socket) -> io::Result<()> {
        let mut state = self.lock();
        if matches!(*state, State::Cut) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        *state = State::Handshake(socket);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const DIAL_TIMEOUT: Duration = Duration::from_secs(5);
const KEEPALIVE: Duration = Duration::from_secs(30);
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(30);

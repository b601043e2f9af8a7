//! One connection through the proxy.

use std::{convert::Infallible, io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
};

use super::weather::{Direction, Weather};

/// The way of one connection.
pub(super) struct Path {
    /// The first one has number 1.
    pub(super) number: u32,
    /// The weather when it was made.
    pub(super) at_first: Weather,
    pub(super) weather: watch::Receiver<Weather>,
}

impl Path {
    /// Joins client and target. A target that cannot be reached is seen by the client as a connection that ends at once.
    pub(super) async fn meet(self, client: TcpStream, target: SocketAddr) {
        if let Ok(server) = TcpStream::connect(target).await {
            self.forward(client, server).await;
        }
    }

    /// Forwards in both directions, until both ends have said that they are done, or the connection is cut.
    async fn forward(self, mut client: TcpStream, mut server: TcpStream) {
        let (mut to_target, mut from_target) = (self.pump(Direction::ToTarget), self.pump(Direction::FromTarget));
        let is_over = {
            let ((client_reads, client_writes), (server_reads, server_writes)) = (client.split(), server.split());
            let cuts = self.at_first.cuts;
            tokio::select! {
                biased;
                () = until(self.weather.clone(), |weather| weather.cuts != cuts) => false,
                done = async {
                    tokio::try_join!(to_target.run(client_reads, server_writes), from_target.run(server_reads, client_writes))
                } => done.is_ok(),
            }
        };
        if !is_over {
            for stream in [&client, &server] {
                // With it, closing sends a reset. It fails only for a socket that is gone already.
                let _ = stream.set_zero_linger();
            }
        }
    }

    fn pump(&self, direction: Direction) -> Pump {
        Pump {
            direction,
            half_closes: self.at_first.half_closes,
            left: self.at_first.limit(self.number, direction),
            weather: self.weather.clone(),
        }
    }
}

/// Waits for a state. Never ends when the proxy is gone: its connections end with it.
async fn until(mut weather: watch::Receiver<Weather>, is_so: impl FnMut(&Weather) -> bool) {
    if weather.wait_for(is_so).await.is_err() {
        std::future::pending::<Infallible>().await;
    }
}

/// One direction.
struct Pump {
    direction: Direction,
    /// How often the target's side had been ended when the connection was made.
    half_closes: u32,
    /// Bytes that may still arrive, if they are counted.
    left: Option<u64>,
    weather: watch::Receiver<Weather>,
}

/// A direction ended in a way that ends the connection.
enum Broken {
    /// It was to be cut here.
    Cut,
    /// One of the two ends is gone.
    Gone,
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl Pump {
    async fn run(&mut self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> Result<(), Broken> {
        let (direction, half_closes) = (self.direction, self.half_closes);
        let is_closed = until(self.weather.clone(), move |weather| {
            direction == Direction::FromTarget && weather.half_closes != half_closes
        });
        tokio::pin!(is_closed);
        let mut buffer = vec![0; BUFFER];
        loop {
            let room = self.room()?;
            let read = tokio::select! {
                biased;
                () = &mut is_closed => 0,
                read = from.read(buffer.get_mut(..room).unwrap_or_default()) => read?,
            };
            let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else {
                to.shutdown().await?;
                return Ok(());
            };
            self.carry(chunk, &mut to).await?;
        }
    }

    /// How many bytes may be read at once.
    fn room(&self) -> Result<usize, Broken> {
        match self.left {
            None => Ok(BUFFER),
            Some(0) => Err(Broken::Cut),
            Some(left) => Ok(usize::try_from(left).unwrap_or(BUFFER).min(BUFFER)),
        }
    }

    async fn carry(&mut self, chunk: &[u8], to: &mut WriteHalf<'_>) -> Result<(), Broken> {
        until(self.weather.clone(), |weather| !weather.is_frozen).await;
        let (swallows, delay) = {
            let weather = self.weather.borrow();
            (weather.swallows, weather.delay)
        };
        if swallows {
            return Ok(());
        }
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        to.write_all(chunk).await?;
        if let Some(left) = &mut self.left {
            *left -= chunk.len() as u64;
        }
        Ok(())
    }
}

const BUFFER: usize = 16 * 1024;

//! Connections: all are taken at once, and served one after the other.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::JoinSet,
};

use super::{Request, answer::Answered, state::State};

pub(super) struct Server {
    tasks: JoinSet<()>,
}

impl Server {
    pub(super) fn start(listener: TcpListener, state: Arc<watch::Sender<State>>) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&state), sender));
        tasks.spawn(serve(receiver, state));
        Self { tasks }
    }

    /// When it returns, the port is closed.
    pub(super) async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// A connection whose client still waits for an answer.
struct Connection {
    stream: TcpStream,
    unanswered: Unanswered,
}

/// Counts its connection among the unanswered ones for as long as it lives.
struct Unanswered(Arc<watch::Sender<State>>);

impl Unanswered {
    fn count(state: Arc<watch::Sender<State>>) -> Self {
        state.send_modify(State::opened);
        Self(state)
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        self.0.send_modify(State::answered);
    }
}

/// wsgiref leaves connections it does not serve yet to the kernel; taking them here lets them be counted, and a client cannot
/// tell the difference.
async fn accept(listener: TcpListener, state: Arc<watch::Sender<State>>, line: mpsc::UnboundedSender<Connection>) {
    while let Ok((stream, _)) = listener.accept().await {
        let connection = Connection {
            stream,
            unanswered: Unanswered::count(Arc::clone(&state)),
        };
        if line.send(connection).is_err() {
            return;
        }
    }
}

async fn serve(mut line: mpsc::UnboundedReceiver<Connection>, state: Arc<watch::Sender<State>>) {
    while let Some(connection) = line.recv().await {
        // A client that goes away in the middle is no fault of the front-end.
        let _ = converse(connection, &state).await;
    }
}

async fn converse(connection: Connection, state: &watch::Sender<State>) -> io::Result<()> {
    let mut stream = BufReader::new(connection.stream);
    let Some(request) = Request::read(&mut stream).await? else {
        return Ok(());
    };
    state.send_modify(|state| state.requests.push(request.clone()));
    let _ = state.subscribe().wait_for(|state| state.gates == 0).await;

    let mut answer = Answered::Never;
    state.send_modify(|state| answer = state.answer(&request));
    // Before the first byte: the client may open its next connection as soon as it has the last one.
    drop(connection.unanswered);
    match answer {
        Answered::Bytes(bytes) => stream.write_all(&bytes).await?,
        // Whatever else the client sends: at its end, it has closed.
        Answered::Never => drop(tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?),
    }
    stream.shutdown().await
}

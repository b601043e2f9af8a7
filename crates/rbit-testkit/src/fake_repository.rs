//! A repository of Connexions in memory: what it serves, and every way in which one goes wrong.

pub mod zips;

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::fake_pybit::Request;

/// A repository on a port of its own. It ends when it is dropped.
pub struct FakeRepository {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _connections: JoinSet<()>,
}

/// What a repository answers.
#[derive(Clone, Debug)]
pub enum Serves {
    /// A file.
    File(Vec<u8>),
    /// A status that is no success.
    Status(u16),
    /// That it is at another address now.
    Moved(String),
    /// Nothing, and the connection stays open.
    Silence,
    /// The beginning of a file, and then the end of the connection.
    Half(Vec<u8>),
}

#[derive(Default)]
struct State {
    answers: BTreeMap<String, VecDeque<Serves>>,
    reader: Option<(String, String)>,
    requests: Vec<Request>,
}

impl FakeRepository {
    /// Starts one that has nothing: it answers 404 to everything.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("cannot listen on the loopback address")?;
        let address = listener.local_addr().context("cannot find out the port")?;
        let state = Arc::new(Mutex::new(State::default()));
        let mut connections = JoinSet::new();
        connections.spawn(accept(listener, Arc::clone(&state)));
        Ok(Self {
            address,
            state,
            _connections: connections,
        })
    }

    /// Answers requests for something of a package, such as its `complete` zip. What was already said about it comes first, once each.
    #[must_use]
    pub fn with(self, package: &str, version: &str, what: &str, serves: Serves) -> Self {
        let path = format!("/content/{package}/{version}/{what}");
        self.change(|state| state.answers.entry(path).or_default().push_back(serves));
        self
    }

    /// Lets nobody read but this user.
    #[must_use]
    pub fn with_reader(self, user: &str, password: &str) -> Self {
        self.change(|state| state.reader = Some((user.to_owned(), password.to_owned())));
        self
    }

    /// Its address, which is what a request's `uri` says.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked for so far.
    pub fn requests(&self) -> Vec<Request> {
        self.change(|state| state.requests.clone())
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut conversations = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        conversations.spawn(async move {
            // A client that goes away in the middle is no fault of the repository.
            let _ = converse(stream, &state).await;
        });
    }
}

async fn converse(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some(request) = Request::read(&mut stream).await? else {
        return Ok(());
    };
    let answer = state.lock().unwrap_or_else(PoisonError::into_inner).answer(request);
    match answer {
        Serves::File(bytes) => {
            stream.write_all(&head(200, bytes.len(), "")).await?;
            stream.write_all(&bytes).await?;
        }
        Serves::Half(bytes) => {
            stream.write_all(&head(200, bytes.len(), "")).await?;
            stream
                .write_all(bytes.get(..bytes.len() / 2).unwrap_or_default())
                .await?;
        }
        Serves::Status(401) => stream.write_all(&head(401, 0, CHALLENGE)).await?,
        Serves::Status(status) => stream.write_all(&head(status, 0, "")).await?,
        Serves::Moved(url) => {
            let location = format!("Location: {url}\r\n");
            stream.write_all(&head(302, 0, &location)).await?;
        }
        // Whatever else the client sends: at its end, it has gone.
        Serves::Silence => drop(tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?),
    }
    stream.shutdown().await
}

impl State {
    fn answer(&mut self, request: Request) -> Serves {
        let is_reader = self.reader.is_none() || request.credentials() == self.reader;
        let answer = self
            .answers
            .get_mut(&request.path)
            .and_then(|answers| match answers.len() {
                0 | 1 => answers.front().cloned(),
                _ => answers.pop_front(),
            });
        self.requests.push(request);
        match answer {
            _ if !is_reader => Serves::Status(401),
            Some(answer) => answer,
            None => Serves::Status(404),
        }
    }
}

fn head(status: u16, length: usize, line: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Whatever\r\nContent-Length: {length}\r\n{line}Connection: close\r\n\r\n").into_bytes()
}

const CHALLENGE: &str = "WWW-Authenticate: Basic realm=\"Zope\"\r\n";

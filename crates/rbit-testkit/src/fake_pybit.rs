//! A PyBit front-end in memory, as far as a build box talks to one.
//!
//! It answers as the recorded transcripts of PyBit 1.0.0 under wsgiref do (`tests/fixtures/pybit`), down to the texts of its
//! status lines, and it has their manners: HTTP/1.0, one connection at a time, 500 for whatever goes wrong inside. It knows
//! `GET /job/<id>/status`, `PUT` or `POST /job/<id>` and `/job/vcshook`; any other path is one that this PyBit does not have. What it leaves out:
//! multipart forms, and everything that needs a broker.
//!
//! Its clock stands still, so that two runs give the same bytes.

mod answer;
mod front_end;
mod hook;
mod page;
mod reply;
mod request;
mod server;
mod state;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Mutex, watch},
    time::timeout,
};

pub use answer::Answer;
pub use request::Request;

use server::Server;
use state::{Scripted, State};

/// A front-end on a port of its own. It ends when it is dropped.
pub struct FakePybit {
    address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    server: Mutex<Option<Server>>,
}

impl FakePybit {
    /// Starts one without jobs, that takes writes from `admin` with the password `pass`.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("cannot listen on the loopback address")?;
        let address = listener.local_addr().context("cannot find out the port")?;
        let state = Arc::new(watch::Sender::new(State::default()));
        let server = Server::start(listener, Arc::clone(&state));
        Ok(Self {
            address,
            state,
            server: Mutex::new(Some(server)),
        })
    }

    /// Adds a job whose history is these statuses, the oldest first.
    #[must_use]
    pub fn with_job<'a>(self, job: &str, statuses: impl IntoIterator<Item = &'a str>) -> Self {
        self.state.send_modify(|state| state.front_end.add_job(job, statuses));
        self
    }

    /// Adds a job whose history somebody deleted: PyBit shows one row of nulls.
    #[must_use]
    pub fn with_forgotten_job(self, job: &str) -> Self {
        self.state.send_modify(|state| state.front_end.add_forgotten_job(job));
        self
    }

    /// Lets nobody but this user write.
    #[must_use]
    pub fn with_credentials(self, user: &str, password: &str) -> Self {
        self.state
            .send_modify(|state| state.front_end.set_credentials(user, password));
        self
    }

    /// Removes a status name, as people can in the front-end: reports of it then get 500.
    #[must_use]
    pub fn without_status(self, name: &str) -> Self {
        self.state.send_modify(|state| state.front_end.remove_status(name));
        self
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a message would give as `web_host`: `host:port`.
    pub fn web_host(&self) -> String {
        self.address.to_string()
    }

    /// Its root as a URL, without a final slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds a row to a job's history, as somebody else would.
    pub fn add_status(&self, job: &str, status: &str) {
        self.state.send_modify(|state| state.front_end.add_status(job, status));
    }

    /// The statuses of a job, the oldest first; empty for one that it does not know.
    pub fn history(&self, job: &str) -> Vec<String> {
        self.state.borrow().front_end.statuses_of(job)
    }

    /// The name of the box that runs a job, as the job's last report gave it.
    pub fn client(&self, job: &str) -> Option<String> {
        self.state.borrow().front_end.client_of(job)
    }

    /// Gives this answer to the next request instead of the right one; the front-end itself does not see that request. Several
    /// are given in their order.
    pub fn answer_next(&self, answer: impl Into<Answer>) {
        self.answer_when(|_| true, answer);
    }

    /// The same for the next request that is of a kind.
    pub fn answer_when(&self, is_for: impl Fn(&Request) -> bool + Send + Sync + 'static, answer: impl Into<Answer>) {
        let scripted = Scripted {
            is_for: Box::new(is_for),
            answer: answer.into(),
        };
        self.state.send_modify(|state| state.script.push(scripted));
    }

    /// Takes requests in, but answers none until the gate is dropped.
    pub fn hold(&self) -> Gate {
        self.state.send_modify(|state| state.gates += 1);
        Gate {
            state: Arc::clone(&self.state),
        }
    }

    /// Stops listening, and cuts every connection: whoever comes is refused.
    pub async fn down(&self) {
        if let Some(server) = self.server.lock().await.take() {
            server.stop().await;
        }
    }

    /// Listens again, on the port it had.
    pub async fn up(&self) -> anyhow::Result<()> {
        let mut server = self.server.lock().await;
        if server.is_none() {
            let listener = TcpListener::bind(self.address)
                .await
                .context("the port is no longer free")?;
            *server = Some(Server::start(listener, Arc::clone(&self.state)));
        }
        Ok(())
    }

    /// Every request so far, in the order in which they were served.
    pub fn requests(&self) -> Vec<Request> {
        self.state.borrow().requests.clone()
    }

    /// How many requests it has seen.
    pub fn seen(&self) -> usize {
        self.state.borrow().requests.len()
    }

    /// Every request so far in a line each, such as `PUT /job/4 status=Building&client=build_client_a`.
    pub fn dialogue(&self) -> Vec<String> {
        self.state.borrow().requests.iter().map(ToString::to_string).collect()
    }

    /// The largest number of connections that were open and unanswered at one moment.
    pub fn most_connections(&self) -> usize {
        self.state.borrow().most_connections
    }

    /// Waits until the requests so far are as wanted, and returns them.
    pub async fn wait_for(&self, wanted: impl Fn(&[Request]) -> bool) -> anyhow::Result<Vec<Request>> {
        let requests = self.wait(|state| wanted(&state.requests)).await;
        requests.with_context(|| format!("the front-end saw only {:#?}", self.dialogue()))
    }

    /// Waits until this many connections are open and unanswered.
    pub async fn wait_for_connections(&self, count: usize) -> anyhow::Result<()> {
        self.wait(|state| state.connections == count).await.map(drop)
    }

    /// Waits until it has dealt with whatever was sent to it up to now, by whom that is gone as well: it serves one connection after
    /// the other, so the end of one that is made now says so.
    pub async fn catch_up(&self) -> anyhow::Result<()> {
        let caught_up = timeout(PATIENCE, async {
            let mut stream = TcpStream::connect(self.address).await?;
            stream.shutdown().await?;
            stream.read_to_end(&mut Vec::new()).await
        });
        caught_up.await.context("the front-end does not catch up")??;
        Ok(())
    }

    async fn wait(&self, wanted: impl Fn(&State) -> bool) -> anyhow::Result<Vec<Request>> {
        let mut watcher = self.state.subscribe();
        let state = timeout(PATIENCE, watcher.wait_for(|state| wanted(state))).await;
        let state = state
            .context("what was waited for did not happen")?
            .context("the front-end is gone")?;
        Ok(state.requests.clone())
    }
}

/// While it lives, the front-end answers nothing.
#[must_use = "the front-end answers again as soon as the gate is dropped"]
pub struct Gate {
    state: Arc<watch::Sender<State>>,
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.state.send_modify(|state| state.gates -= 1);
    }
}

/// How long a test waits for something that must happen. It is never waited for in a test that passes.
const PATIENCE: Duration = Duration::from_secs(120);

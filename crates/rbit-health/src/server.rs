//! Connections: few at once, each for one request and a short time.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, header, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rbit_job::health::Health;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use crate::page;

/// Answers questions about a box's health. It ends when it is dropped.
#[derive(Debug)]
pub struct HealthServer {
    address: SocketAddr,
    _task: JoinSet<()>,
}

impl HealthServer {
    /// Listens there. An error means that the address cannot be had.
    pub async fn start(address: SocketAddr, health: Health) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let mut task = JoinSet::new();
        task.spawn(serve(listener, health));
        Ok(Self { address, _task: task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn serve(listener: TcpListener, health: Health) {
    let (mut conversations, places) = (JoinSet::new(), Arc::new(Semaphore::new(MOST_CONNECTIONS)));
    loop {
        // The others wait in the kernel.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let health = health.clone();
                conversations.spawn(async move {
                    converse(stream, health).await;
                    drop(place);
                });
            }
            Err(error) => {
                warn!(%error, "cannot take a connection that asks for the box's health");
                sleep(PAUSE).await;
            }
        }
        while conversations.try_join_next().is_some() {}
    }
}

/// One request, and its answer.
async fn converse(stream: TcpStream, health: Health) {
    let answer = service_fn(async |request: Request<Incoming>| Ok::<_, Infallible>(response(&request, &health)));
    let conversation = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), answer);
    match timeout(PATIENCE, conversation).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "a question about the box's health was none"),
        Err(_) => debug!("a question about the box's health took too long"),
    }
}

fn response(request: &Request<Incoming>, health: &Health) -> Response<Full<Bytes>> {
    let page = page::answer(request.method(), request.uri().path(), &health.report());
    let mut response = Response::new(Full::from(format!("{}\n", page.body)));
    *response.status_mut() = page.code;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

const MOST_CONNECTIONS: usize = 16;
/// For a whole connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a request's head; hyper takes no fewer.
const MAX_HEAD: usize = 8 * 1024;
const PAUSE: Duration = Duration::from_secs(1);

//! A web server on loopback that behaves in one way and remembers what it saw.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, pem::PemObject as _},
    },
};

/// What every request gets.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    Text(&'static str),
    Redirect(&'static str),
    /// Bytes for as long as somebody reads them.
    Endless,
    /// A head, and a byte from time to time.
    Drip,
    Never,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) line: String,
    pub(super) hosts: Vec<String>,
}

pub(super) struct Server {
    port: u16,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    heard: Mutex<Vec<Heard>>,
    names: Mutex<Vec<String>>,
    /// Heard, and open, to wait for.
    count: watch::Sender<(usize, usize)>,
    /// Requests that have no answer yet, now and at most. A connection that was answered is seen to close some time later.
    unanswered: AtomicUsize,
    most: AtomicUsize,
}

impl Server {
    pub(super) async fn start(answer: Answer) -> Self {
        Self::serve(answer, None).await
    }

    /// One that shows a certificate for this name; with that of the authority that signed it.
    pub(super) async fn start_encrypted(name: &str, answer: Answer) -> (Self, String) {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()])
            .unwrap()
            .signed_by(&key, &authority)
            .unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let server = Self::serve(answer, Some(TlsAcceptor::from(Arc::new(config)))).await;
        (server, authority.pem())
    }

    async fn serve(answer: Answer, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Seen::default());
        let of_server = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, tls.clone(), answer, of_server.clone()));
            }
        });
        Self { port, seen }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.seen.heard.lock().unwrap().clone()
    }

    /// The names that were asked for before encryption.
    pub(super) fn server_names(&self) -> Vec<String> {
        self.seen.names.lock().unwrap().clone()
    }

    /// The most requests that waited for their answers at the same moment.
    pub(super) fn most_at_once(&self) -> usize {
        self.seen.most.load(Ordering::SeqCst)
    }

    /// Resolves when a request has come.
    pub(super) async fn any_heard(&self) {
        self.seen
            .count
            .subscribe()
            .wait_for(|(heard, _)| *heard > 0)
            .await
            .unwrap();
    }

    /// Resolves when no connection is open any more.
    pub(super) async fn all_closed(&self) {
        self.seen
            .count
            .subscribe()
            .wait_for(|(_, open)| *open == 0)
            .await
            .unwrap();
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, answer: Answer, seen: Arc<Seen>) {
    seen.count.send_modify(|(_, open)| *open += 1);
    match tls {
        None => serve(stream, answer, &seen).await,
        Some(tls) => {
            let start = tokio_rustls::LazyConfigAcceptor::new(Default::default(), stream).await;
            if let Ok(start) = start {
                let name = start.client_hello().server_name().unwrap_or_default().to_owned();
                seen.names.lock().unwrap().push(name);
                if let Ok(stream) = start.into_stream(tls.config().clone()).await {
                    serve(stream, answer, &seen).await;
                }
            }
        }
    }
    seen.count.send_modify(|(_, open)| *open -= 1);
}

/// One request a connection; it ends when the other side is gone.
async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, answer: Answer, seen: &Seen) {
    let mut stream = BufReader::new(stream);
    let Some(heard) = head(&mut stream).await else { return };
    seen.heard.lock().unwrap().push(heard);
    let unanswered = seen.unanswered.fetch_add(1, Ordering::SeqCst) + 1;
    seen.most.fetch_max(unanswered, Ordering::SeqCst);
    seen.count.send_modify(|(heard, _)| *heard += 1);
    // Others that are on their way may come meanwhile.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    seen.unanswered.fetch_sub(1, Ordering::SeqCst);
    let _ = answer_with(&mut stream, answer).await;
    let mut rest = [0; 4096];
    while matches!(stream.read(&mut rest).await, Ok(count) if count > 0) {}
}

async fn head(stream: &mut (impl AsyncBufRead + Unpin)) -> Option<Heard> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let host = |line: &String| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("host").then(|| value.to_owned())
    };
    Some(Heard {
        line: lines.first()?.clone(),
        hosts: lines.iter().filter_map(host).collect(),
    })
}

async fn answer_with(stream: &mut (impl AsyncWrite + Unpin), answer: Answer) -> std::io::Result<()> {
    match answer {
        Answer::Text(text) => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len());
            stream.write_all(head.as_bytes()).await?;
        }
        Answer::Redirect(to) => {
            let head = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
        }
        Answer::Endless | Answer::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            let piece = if matches!(answer, Answer::Drip) { 1 } else { 16 << 10 };
            loop {
                stream.write_all(&vec![b'x'; piece]).await?;
                stream.flush().await?;
                if piece == 1 {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
            }
        }
        Answer::Never => {}
    }
    stream.flush().await
}

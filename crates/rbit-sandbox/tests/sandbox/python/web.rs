//! A web server on loopback with a page for each way to answer.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

pub(super) struct Web {
    port: u16,
    requests: Arc<AtomicUsize>,
}

impl Web {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = requests.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::Relaxed);
                thread::spawn(move || answer(stream));
            }
        });
        Self { port, requests }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

/// One request on each connection. A client that has gone away is no error.
fn answer(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let head = head(&mut reader);
    let first = head.first().map(String::as_str).unwrap_or_default();
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let length = body(&mut reader, &head);
    if path == "/silent" {
        // Until the client has enough of it.
        let _ = reader.read(&mut [0]);
        return;
    }
    let bytes = page(path, &head, length);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let length = if method == "HEAD" { end } else { bytes.len() };
    let _ = stream.write_all(bytes.get(..length).unwrap());
}

fn page(path: &str, head: &[String], length: usize) -> Vec<u8> {
    let is_known = head.iter().any(|line| line == "authorization: Basic YW5uOnNlc2FtZQ==");
    match path {
        "/hello" => whole(
            "200 OK",
            "Content-Type: text/plain; charset=utf-8",
            "hello é".as_bytes(),
        ),
        "/json" => whole("200 OK", "Content-Type: application/json", b"{\"a\": [1]}"),
        "/length" => whole("200 OK", "X-A: b", length.to_string().as_bytes()),
        "/big" => whole("200 OK", "X-A: b", &vec![b'x'; 5_000_000]),
        "/redirect" => whole("302 Found", "Location: /hello", b"elsewhere"),
        "/private" if is_known => whole("200 OK", "X-A: b", b"welcome"),
        "/private" => whole("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"", b"who?"),
        "/chunked" => {
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n".to_vec()
        }
        "/cut" => b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".to_vec(),
        _ => whole("404 Not Found", "X-A: b", b"no such page"),
    }
}

fn whole(status: &str, field: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{field}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// The lines, with names of fields in lower case.
fn head(reader: &mut impl std::io::BufRead) -> Vec<String> {
    let lines = reader.lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    lines
        .map(|line| match line.split_once(": ") {
            Some((name, value)) => format!("{}: {value}", name.to_ascii_lowercase()),
            None => line,
        })
        .collect()
}

/// How long the body is.
fn body(reader: &mut impl std::io::BufRead, head: &[String]) -> usize {
    let field = |name: &str| head.iter().find_map(|line| line.strip_prefix(name));
    if let Some(length) = field("content-length: ") {
        let length = length.parse().unwrap();
        return std::io::copy(&mut reader.take(length), &mut std::io::sink()).unwrap_or_default() as usize;
    }
    if field("transfer-encoding: ").is_none() {
        return 0;
    }
    let mut total = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let length = usize::from_str_radix(line.trim(), 16).unwrap_or_default();
        std::io::copy(&mut reader.take(length as u64 + 2), &mut std::io::sink()).unwrap();
        if length == 0 {
            return total;
        }
        total += length;
    }
}

//! What frames mean.

use rbit_job::{
    Ending, Limits, Mount, Plan, Usage,
    http::HttpExchange,
    port::{GuestStream, StopCause},
};
use rbit_sandbox::{ComponentInfo, NotDialled};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Frame, Hello, Init, Kind, Violation};

/// What a parent says.
#[derive(Debug)]
pub enum ToChild {
    /// What the child is to be.
    Init(Box<Init>),
    /// A job, under a number that the parent chose.
    Run(u64, Box<Run>),
    /// The job must stop.
    Stop(u64, StopCause),
    /// A piece of a component; an empty one is the end.
    Source(Vec<u8>),
    /// Something that must not succeed.
    Probe(String),
    /// What came of a job's wish for a connection.
    Dialled(u64, Dialled),
    /// A certificate of an authority; an empty one is the end.
    Authority(Vec<u8>),
    /// What jobs will be like.
    Expect(Box<Expect>),
}

/// What a child says.
#[derive(Debug)]
pub enum FromChild {
    /// What it has become.
    Hello(Box<Hello>),
    /// Why it cannot become what it was to be.
    Unfit(String),
    /// A line that a job's guest printed.
    Log(u64, GuestStream, String),
    /// A request of a job's guest that is over.
    Exchange(u64, Box<HttpExchange>),
    /// How a job ended.
    Done(u64, Box<Done>),
    /// A piece of an artifact.
    Artifact(Vec<u8>),
    /// The artifact is whole, and this is what it was made of.
    Compiled(Box<ComponentInfo>),
    /// Why there is no artifact.
    Refused(String),
    /// What came of a probe.
    Probed(String),
    /// A connection that a job's guest needs.
    Dial(u64, Dial),
}

/// A wish for a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dial {
    /// What the child calls it.
    pub number: u64,
    /// `http` or `https`.
    pub scheme: String,
    /// Host and port.
    pub authority: String,
    /// How long one address may take.
    pub patience: std::time::Duration,
}

/// What came of a wish for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialled {
    /// What the child calls it.
    pub number: u64,
    /// The address that it goes to, or why there is none.
    pub result: Result<std::net::IpAddr, NotDialled>,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// What is to be done.
    pub plan: Plan,
    /// Becomes `/work`.
    pub work: std::path::PathBuf,
    /// Becomes `/output`.
    pub output: std::path::PathBuf,
}

/// What is known of a runner's jobs before there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expect {
    /// What a job may use.
    pub limits: Limits,
    /// Folders that it sees.
    pub mounts: Vec<Mount>,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The names that the guest returned, or why there are none.
    pub result: Result<Vec<String>, Ending>,
    /// What it used.
    pub usage: Usage,
}

impl ToChild {
    /// The frame as it is sent; none if it is longer than its kind may be, or not to be written as text.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let (kind, id, body) = match self {
            Self::Init(init) => (Kind::Init, 0, serde_json::to_vec(init).ok()?),
            Self::Run(id, run) => (Kind::Run, *id, serde_json::to_vec(run).ok()?),
            Self::Stop(id, cause) => (Kind::Stop, *id, vec![cause_byte(*cause)]),
            Self::Source(piece) => (Kind::Source, 0, piece.clone()),
            Self::Probe(what) => (Kind::Probe, 0, what.clone().into_bytes()),
            Self::Dialled(id, dialled) => (Kind::Dialled, *id, serde_json::to_vec(dialled).ok()?),
            Self::Authority(certificate) => (Kind::Authority, 0, certificate.clone()),
            Self::Expect(expect) => (Kind::Expect, 0, serde_json::to_vec(expect).ok()?),
        };
        Frame { kind, id, body }.encode()
    }

    /// What a frame means.
    pub fn read(frame: Frame) -> Result<Self, Violation> {
        let Frame { kind, id, body } = frame;
        match kind {
            Kind::Init => json(&body).map(Self::Init),
            Kind::Run => json(&body).map(|run| Self::Run(id, run)),
            Kind::Stop => Ok(Self::Stop(id, cause(&body)?)),
            Kind::Source => Ok(Self::Source(body)),
            Kind::Probe => text(body).map(Self::Probe),
            Kind::Dialled => json(&body).map(|dialled| Self::Dialled(id, dialled)),
            Kind::Authority => Ok(Self::Authority(body)),
            Kind::Expect => json(&body).map(Self::Expect),
            other => Err(Violation::Kind(other as u8)),
        }
    }
}

impl FromChild {
    /// The frame as it is sent; none if it is longer than its kind may be.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let (kind, id, body) = match self {
            Self::Hello(hello) => (Kind::Hello, 0, serde_json::to_vec(hello).ok()?),
            Self::Unfit(why) => (Kind::Unfit, 0, why.clone().into_bytes()),
            Self::Log(id, stream, line) => {
                let body = [&[stream_byte(*stream)], line.as_bytes()].concat();
                (Kind::Log, *id, body)
            }
            Self::Exchange(id, exchange) => (Kind::Exchange, *id, serde_json::to_vec(exchange).ok()?),
            Self::Done(id, done) => (Kind::Done, *id, serde_json::to_vec(done).ok()?),
            Self::Artifact(piece) => (Kind::Artifact, 0, piece.clone()),
            Self::Compiled(info) => (Kind::Compiled, 0, serde_json::to_vec(info).ok()?),
            Self::Refused(why) => (Kind::Refused, 0, why.clone().into_bytes()),
            Self::Probed(what) => (Kind::Probed, 0, what.clone().into_bytes()),
            Self::Dial(id, dial) => (Kind::Dial, *id, serde_json::to_vec(dial).ok()?),
        };
        Frame { kind, id, body }.encode()
    }

    /// What a frame means.
    pub fn read(frame: Frame) -> Result<Self, Violation> {
        let Frame { kind, id, body } = frame;
        match kind {
            Kind::Hello => json(&body).map(Self::Hello),
            Kind::Unfit => text(body).map(Self::Unfit),
            Kind::Log => line(body).map(|(stream, line)| Self::Log(id, stream, line)),
            Kind::Exchange => json(&body).map(|exchange| Self::Exchange(id, exchange)),
            Kind::Done => json(&body).map(|done| Self::Done(id, done)),
            Kind::Artifact => Ok(Self::Artifact(body)),
            Kind::Compiled => json(&body).map(Self::Compiled),
            Kind::Refused => text(body).map(Self::Refused),
            Kind::Probed => text(body).map(Self::Probed),
            Kind::Dial => json(&body).map(|dial| Self::Dial(id, dial)),
            other => Err(Violation::Kind(other as u8)),
        }
    }

    /// The word for it, for an error.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Unfit(_) => "unfit",
            Self::Log(..) => "log",
            Self::Exchange(..) => "exchange",
            Self::Done(..) => "done",
            Self::Artifact(_) => "artifact",
            Self::Compiled(_) => "compiled",
            Self::Refused(_) => "refused",
            Self::Probed(_) => "probed",
            Self::Dial(..) => "dial",
        }
    }
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Violation> {
    // The words of an error may be the peer's.
    serde_json::from_slice(body).map_err(|error| Violation::Body(rbit_sandbox::printable(&error.to_string(), 200)))
}

fn text(body: Vec<u8>) -> Result<String, Violation> {
    String::from_utf8(body).map_err(|_| Violation::Body("it is no UTF-8".into()))
}

fn line(mut body: Vec<u8>) -> Result<(GuestStream, String), Violation> {
    if body.is_empty() {
        return Err(Violation::Body("a line without its stream".into()));
    }
    let stream = match body.remove(0) {
        1 => GuestStream::Stdout,
        2 => GuestStream::Stderr,
        other => return Err(Violation::Body(format!("there is no stream {other}"))),
    };
    Ok((stream, text(body)?))
}

fn cause(body: &[u8]) -> Result<StopCause, Violation> {
    match body {
        [1] => Ok(StopCause::Cancel),
        [2] => Ok(StopCause::Drain),
        _ => Err(Violation::Body("there is no such cause of a stop".into())),
    }
}

fn stream_byte(stream: GuestStream) -> u8 {
    match stream {
        GuestStream::Stdout => 1,
        GuestStream::Stderr => 2,
    }
}

fn cause_byte(cause: StopCause) -> u8 {
    match cause {
        StopCause::Cancel => 1,
        StopCause::Drain => 2,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{Decoder, Side};

    fn through_the_wire(message: &FromChild) -> FromChild {
        let mut decoder = Decoder::new(Side::Child);
        decoder.feed(&message.encode().unwrap());
        FromChild::read(decoder.frame().unwrap().unwrap()).unwrap()
    }

    #[test]
    fn what_a_child_says_is_understood() {
        let done = Done {
            result: Err(Ending::Blocked("größer ☃".into())),
            usage: Usage::default(),
        };
        let said = through_the_wire(&FromChild::Done(u64::MAX, Box::new(done.clone())));
        assert!(matches!(said, FromChild::Done(u64::MAX, heard) if *heard == done));
        let said = through_the_wire(&FromChild::Log(3, GuestStream::Stderr, "a line".into()));
        assert!(matches!(said, FromChild::Log(3, GuestStream::Stderr, line) if line == "a line"));
    }

    #[test]
    fn a_body_that_is_not_what_its_kind_has_is_a_violation() {
        for (kind, body) in [
            (Kind::Hello, &b"{}"[..]),
            (Kind::Done, b""),
            (Kind::Done, b"{\"result\":{\"Ok\":[1]},\"usage\":{}}"),
            (
                Kind::Done,
                b"{\"result\":{\"Err\":{\"Failed\":{\"reason\":\"none-such\",\"text\":\"\"}}}}",
            ),
            (Kind::Done, b"\xff\xff\xff\xff"),
            (Kind::Log, b""),
            (Kind::Log, b"\x03line"),
            (Kind::Log, b"\x01\xff"),
            (Kind::Refused, b"\xff"),
            (Kind::Compiled, b"[]"),
            (Kind::Run, b"{}"),
        ] {
            let body = body.to_vec();
            let read = FromChild::read(Frame { kind, id: 1, body });
            assert!(matches!(read, Err(Violation::Body(_) | Violation::Kind(_))), "{kind:?}");
        }
    }

    #[test]
    fn an_error_about_a_body_is_short_and_has_nothing_a_terminal_obeys() {
        let body = format!("{{\"\u{1b}[2J{}\": 1}}", "x".repeat(10_000)).into_bytes();
        let violation = FromChild::read(Frame {
            kind: Kind::Done,
            id: 1,
            body,
        })
        .unwrap_err();
        let text = violation.to_string();
        assert!(text.len() < 300 && !text.chars().any(char::is_control), "{text}");
    }

    proptest! {
        #[test]
        fn no_body_brings_a_reader_down(number in 0..Kind::ALL.len(), body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let frame = Frame { kind: Kind::ALL[number], id: 1, body };
            let _ = FromChild::read(frame.clone()).map(|message| message.name());
            let _ = ToChild::read(frame).map(|message| message.encode());
        }
    }
}

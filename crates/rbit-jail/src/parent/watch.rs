//! What the thread that a child has does: it listens to the child, and sees to its end.

use std::{
    io::{self, Write as _},
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use tracing::{debug, warn};

use super::{
    ear::Ear,
    health::Health,
    link::{Link, Order},
    spawn::Newborn,
};
use crate::{
    handed::hand_over,
    wire::{FromChild, Violation},
};

/// Makes a link of the parent's end of a child that has just been started.
pub(super) fn link(mouth: &UnixStream) -> io::Result<Arc<Link>> {
    let (orders, received) = mpsc::channel();
    let speaking = mouth.try_clone()?;
    thread::Builder::new()
        .name("jail-orders".into())
        .spawn(move || speak(speaking, &received))?;
    Ok(Arc::new(Link::new(mouth.try_clone()?, orders)))
}

/// Says what there is to say. A child that does not listen is as good as gone.
fn speak(mut mouth: UnixStream, orders: &mpsc::Receiver<Order>) {
    for Order { frame, connection } in orders {
        let said = match connection {
            None => mouth.write_all(&frame),
            Some(connection) => hand_over(&mut mouth, &frame, &connection.stream),
        };
        if said.is_err() {
            let _ = mouth.shutdown(Shutdown::Both);
            break;
        }
    }
}

/// Listens to the child until it ends, and ends the jobs that are left.
pub(super) fn watch(mut child: Newborn, link: &Link, health: &Health) {
    let (pid, runner) = (child.process.id(), health.runner());
    let end = listen(&mut child.ear, link);
    let death = match end {
        End::Gone => child.process.end(),
        End::Broken(_) | End::Stuck => child.process.kill(),
    };
    if matches!(end, End::Gone) && link.is_retired() {
        // A job may have been given to it the moment it left.
        link.close("the process it was to run in has left");
        debug!(%runner, pid, "process for guests left");
        return;
    }
    let why = match end {
        End::Gone => format!("{death}"),
        End::Broken(violation) => format!("killed: {violation}"),
        End::Stuck => "killed: a job in it did not stop".to_owned(),
    };
    let fault = health.died(&why, link.has_succeeded());
    let jobs_lost = link.close(&fault);
    warn!(%runner, pid, jobs_lost, "{fault}");
}

/// Why nobody listens to a child any more.
enum End {
    /// Its end of the socket is closed.
    Gone,
    /// It said what it must not.
    Broken(Violation),
    /// It does not end a job that it was told to end.
    Stuck,
}

fn listen(ear: &mut Ear, link: &Link) -> End {
    let mut next_look = Instant::now() + TICK;
    loop {
        match ear.hear(next_look) {
            Ok(Some(said)) => {
                if let Err(violation) = heed(said, link) {
                    return End::Broken(violation);
                }
            }
            // Closed by us where a job is overdue.
            Ok(None) if ear.is_closed() && link.is_overdue() => return End::Stuck,
            Ok(None) if ear.is_closed() => return End::Gone,
            Ok(None) => {}
            Err(violation) => return End::Broken(violation),
        }
        // Also while it talks without end.
        if Instant::now() >= next_look {
            if link.is_overdue() {
                return End::Stuck;
            }
            next_look = Instant::now() + TICK;
        }
    }
}

fn heed(said: FromChild, link: &Link) -> Result<(), Violation> {
    match said {
        FromChild::Log(id, stream, line) => link.line(id, stream, &line),
        FromChild::Exchange(id, exchange) => link.exchange(id, *exchange),
        FromChild::Done(id, done) => link.done(id, *done),
        FromChild::Dial(id, dial) => link.dial(id, dial),
        other => Err(Violation::OutOfTurn(other.name())),
    }
}

/// How often is looked whether a job is overdue that nobody waits for any more.
const TICK: Duration = Duration::from_millis(250);

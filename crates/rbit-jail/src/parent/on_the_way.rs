//! Connections on their way to a child.
//!
//! Each is open in this process until the child has it. One that asks, and does not take what it asked for, would have us keep as many
//! files open as its job may make requests.

use std::{net::TcpStream, sync::Arc};

/// Those of one job.
pub(super) struct OnTheWay {
    /// There are as many more of it as connections.
    mark: Arc<()>,
    most: usize,
}

/// One of them.
pub(super) struct Handed {
    pub(super) stream: TcpStream,
    _mark: Arc<()>,
}

impl OnTheWay {
    /// For a job that makes so many requests at once. A child may be slow, and its guest impatient: some more are no matter.
    pub(super) fn for_requests(at_once: u32) -> Self {
        Self {
            mark: Arc::default(),
            most: (at_once as usize).saturating_add(SOME_MORE),
        }
    }

    /// Sends one on its way; none if there are too many.
    pub(super) fn send(&self, stream: TcpStream) -> Option<Handed> {
        (Arc::strong_count(&self.mark) <= self.most).then(|| Handed {
            stream,
            _mark: self.mark.clone(),
        })
    }
}

const SOME_MORE: usize = 64;

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_child_that_takes_nothing_has_us_keep_no_more_than_its_requests_and_some_open() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connect = || TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let on_the_way = OnTheWay::for_requests(8);
        let mut handed: Vec<_> = (0..72).map(|_| on_the_way.send(connect()).unwrap()).collect();
        assert!(on_the_way.send(connect()).is_none());
        handed.pop();
        assert!(on_the_way.send(connect()).is_some());
    }
}

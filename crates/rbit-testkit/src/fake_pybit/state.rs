//! What the front-end knows and saw. Kept in a watch channel, so that everything in it can be waited for.

use std::collections::VecDeque;

use super::{Answer, Request, front_end::FrontEnd};

#[derive(Default)]
pub(super) struct State {
    pub(super) front_end: FrontEnd,
    /// In the order in which they were served.
    pub(super) requests: Vec<Request>,
    /// What to answer instead of the truth, the next one first.
    pub(super) script: VecDeque<Answer>,
    /// While it is not 0, nothing is answered.
    pub(super) gates: usize,
    /// Open connections that were not answered yet.
    pub(super) connections: usize,
    pub(super) most_connections: usize,
}

impl State {
    pub(super) fn opened(&mut self) {
        self.connections += 1;
        self.most_connections = self.most_connections.max(self.connections);
    }

    pub(super) fn answered(&mut self) {
        self.connections -= 1;
    }

    /// The bytes that go back; none to hang up.
    pub(super) fn answer(&mut self, request: &Request) -> Option<Vec<u8>> {
        match self.script.pop_front() {
            Some(answer) => answer.to_bytes(request),
            None => Some(self.front_end.answer(request).to_bytes()),
        }
    }
}

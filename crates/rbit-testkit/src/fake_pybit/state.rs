//! What the front-end knows and saw. Kept in a watch channel, so that everything in it can be waited for.

use super::{Answer, Request, answer::Answered, front_end::FrontEnd};

/// An answer for the next request that is of a kind.
pub(super) struct Scripted {
    pub(super) is_for: Box<dyn Fn(&Request) -> bool + Send + Sync>,
    pub(super) answer: Answer,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) front_end: FrontEnd,
    /// In the order in which they were served.
    pub(super) requests: Vec<Request>,
    /// What to answer instead of the truth, the next one first.
    pub(super) script: Vec<Scripted>,
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

    pub(super) fn answer(&mut self, request: &Request) -> Answered {
        let scripted = self.script.iter().position(|scripted| (scripted.is_for)(request));
        match scripted.map(|index| self.script.remove(index).answer) {
            Some(answer) => answer.to(request),
            None => Answered::Bytes(self.front_end.answer(request).to_bytes()),
        }
    }
}

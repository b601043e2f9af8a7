//! Whether the broker waits as long for an acknowledgement as jobs may take, and what follows if not.

use std::time::Duration;

use rbit_amqp::Holding;

use super::{
    super::{
        finding::Finding,
        need::LaneNeed,
        policy::{self, longest_hold, quoted},
    },
    Judge,
    lane::object,
    permissions::words,
};

impl Judge<'_> {
    /// What is said of all queues together whose jobs may take long; of those of each type, for a policy is for one of them.
    pub(super) fn patience(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut rest: Vec<_> = self.needs.lanes.iter().collect();
        while let Some(first) = rest.first() {
            let is_alike = |lane: &&LaneNeed| {
                let is_short = |lane| policy::is_patience_short(self.needs, lane);
                lane.queue_type == first.queue_type && is_short(lane) == is_short(first)
            };
            let (alike, others) = rest.iter().copied().partition::<Vec<_>, _>(is_alike);
            findings.extend(self.patience_with(&alike));
            rest = others;
        }
        findings
    }

    /// The slowest of them speaks for those of which there is something to be said.
    fn patience_with(&self, lanes: &[&LaneNeed]) -> Option<Finding> {
        let slow = lanes.iter().filter(|lane| self.patience_of(lane).is_some());
        let slowest = slow.clone().max_by_key(|lane| longest_hold(lane))?;
        let names: Vec<_> = slow.map(|lane| format!("`{}`", lane.queue)).collect();
        let object = match names.as_slice() {
            [_] => object(slowest),
            _ => format!("queues {}", names.join(", ")),
        };
        Some(Finding {
            object,
            ..self.patience_of(slowest)?
        })
    }

    /// A broker that waits too short a time is no problem as long as messages can be held elsewhere meanwhile.
    fn patience_of(&self, lane: &LaneNeed) -> Option<Finding> {
        if !policy::is_patience_short(self.needs, lane) {
            return self.unsure(lane);
        }
        let (hold, patience) = (longest_hold(lane), self.needs.ack_timeout);
        let found = format!(
            "its jobs may take {hold:?} (`timeout` {:?} of runner `{}`, `drain-timeout` {:?}), and `ack-timeout` is {patience:?}",
            lane.timeout, lane.runner, lane.drain_timeout
        );
        let finding = if self.survey.lacks.for_holding.is_empty() {
            let why = self.what_happens();
            Finding::note(object(lane), found, why)
                .remedy("nothing has to be done; a broker that waits longer makes less traffic:")
        } else {
            Finding::problem(object(lane), found, self.what_goes_wrong())
                .remedy(self.allow())
                .remedy("or have the broker wait longer:")
        };
        Some(self.longer(lane, finding))
    }

    fn what_happens(&self) -> String {
        let Holding { after, lease } = Holding::under(self.needs.ack_timeout);
        format!(
            "the broker takes a message back that is not acknowledged in time: so after {after:?} this box moves the message of such a \
             job to a queue `rbit.held.*` of its own, and keeps it there until the job has ended; when the box is lost, the message \
             is back in its queue after {lease:?}"
        )
    }

    fn what_goes_wrong(&self) -> String {
        format!(
            "the broker takes a message back that is not acknowledged in time, and another box runs the job too: the message would be \
             held in a queue `rbit.held.*`, but the user may not {} such queues",
            words(&self.survey.lacks.for_holding)
        )
    }

    /// How a broker is made to wait longer.
    fn longer(&self, lane: &LaneNeed, finding: Finding) -> Finding {
        let seconds = policy::patience_needed(self.needs).div_ceil(1000);
        let ways = policy::command(self.needs, lane.queue_type);
        let ways = ways.into_iter().chain(policy::line_for_old_brokers(self.needs));
        ways.fold(finding, Finding::remedy)
            .remedy(format!("then set in [amqp]: ack-timeout = {seconds}s"))
    }

    /// `ack-timeout` says that the broker waits long enough, and most brokers do not wait so long.
    fn unsure(&self, lane: &LaneNeed) -> Option<Finding> {
        let (hold, patience) = (longest_hold(lane), self.needs.ack_timeout);
        if hold <= USUAL_PATIENCE {
            return None;
        }
        let found = format!("its jobs may take {hold:?}, and `ack-timeout` says that the broker waits {patience:?}");
        let why = format!(
            "AMQP does not tell whether it does; brokers wait {USUAL_PATIENCE:?} unless somebody set another time. If this one waits \
             less, the first such job loses its message, and another box may run it too"
        );
        let note = Finding::note(object(lane), found, why);
        Some(
            note.remedy("rabbitmqctl eval 'application:get_env(rabbit, consumer_timeout).'")
                .remedy(format!(
                    "rabbitmqctl list_policies -p {}",
                    quoted(&self.needs.virtual_host)
                )),
        )
    }
}

/// RabbitMQ's, unless it is configured.
const USUAL_PATIENCE: Duration = Duration::from_secs(30 * 60);

//! What is to be known about one queue of jobs.

use rbit_amqp::{Comparison, Difference, QueueFound, QueueType, Setting};

use super::{
    super::{argument, finding::Finding, need::LaneNeed, policy},
    Judge,
};

impl Judge<'_> {
    pub(super) fn lane(&self, lane: &LaneNeed) -> Vec<Finding> {
        let mut findings = self.work(lane);
        findings.extend(self.permissions(lane));
        for retry in &lane.retries {
            findings.extend(self.own_queue(retry, "jobs wait here for their next try"));
        }
        findings
    }

    fn work(&self, lane: &LaneNeed) -> Vec<Finding> {
        let object = object(lane);
        match self.survey.queue(&lane.work) {
            QueueFound::Missing => vec![self.missing(lane)],
            QueueFound::Locked => vec![self.locked(object)],
            QueueFound::There {
                messages,
                consumers,
                comparison,
            } => {
                let mut findings = match comparison {
                    Comparison::NotAllowed => vec![self.not_allowed(object)],
                    Comparison::Made(differences) => self.differences(lane, differences),
                };
                findings.extend(unheard(lane, *messages, *consumers));
                findings
            }
        }
    }

    fn missing(&self, lane: &LaneNeed) -> Finding {
        let why = if self.needs.declare {
            "jobs wait in it; this box makes it when it starts"
        } else {
            "jobs wait in it; `declare = no` keeps this box from making it, so it waits for somebody who does"
        };
        Finding::problem(object(lane), "does not exist", why).remedy(self.setup())
    }

    fn differences(&self, lane: &LaneNeed, differences: &[Difference]) -> Vec<Finding> {
        let mut findings: Vec<_> = differences
            .iter()
            .map(|difference| self.difference(lane, difference))
            .collect();
        let is_quorum = lane.queue_type == Some(QueueType::Quorum);
        if lane.key.is_some() && (is_quorum || !differences.is_empty()) {
            findings.push(closed_to_pybit(lane));
        }
        if is_quorum && !differences.iter().any(|difference| difference.name == DELIVERY_LIMIT) {
            findings.push(self.unknown_limit(lane));
        }
        findings
    }

    fn difference(&self, lane: &LaneNeed, difference: &Difference) -> Finding {
        let mut why = argument::why(difference);
        if let Setting::Is(value) = &difference.found {
            why.push_str(&self.dead_letters(&difference.name, value));
            why.push_str(&too_few_returns(lane, &difference.name, value));
        }
        let finding = Finding::problem(object(lane), argument::found(difference), why);
        let finding = match other_type(difference) {
            Some(other) => finding.remedy(format!("say `type = {other}` in [queue:{}]; or,", lane.queue)),
            None => finding,
        };
        self.made_anew(finding, &lane.work)
    }

    fn dead_letters(&self, argument: &str, exchange: &str) -> String {
        match self.survey.dead_letters.get(exchange) {
            Some(false) if argument == "x-dead-letter-exchange" => {
                format!(
                    "; exchange `{}` does not exist, so they are lost",
                    exchange.escape_debug()
                )
            }
            _ => String::new(),
        }
    }

    /// A quorum queue has a limit that may come from a policy or from the broker.
    fn unknown_limit(&self, lane: &LaneNeed) -> Finding {
        let why = format!(
            "the broker gives a message up that came back too often (20 times from RabbitMQ 4.0 on), and drops it unless a \
             policy says where to: each box that is lost with it counts, and this configuration allows {} attempts",
            lane.max_attempts
        );
        let note = Finding::note(object(lane), "the delivery limit is not seen", why);
        policy::command(self.needs, lane.queue_type)
            .into_iter()
            .fold(note, Finding::remedy)
    }
}

pub(super) fn object(lane: &LaneNeed) -> String {
    format!("queue `{}`", lane.queue)
}

/// The type that the configuration could name instead.
fn other_type(difference: &Difference) -> Option<&'static str> {
    if difference.name != "x-queue-type" {
        return None;
    }
    match &difference.found {
        Setting::Is(found) if found == "quorum" => Some("quorum"),
        Setting::Is(found) if found == "classic" => Some("classic"),
        Setting::Unset => Some("classic"),
        Setting::Is(_) | Setting::Untold => None,
    }
}

fn too_few_returns(lane: &LaneNeed, argument: &str, limit: &str) -> String {
    match limit.parse::<u32>() {
        Ok(limit) if argument == DELIVERY_LIMIT && limit < lane.max_attempts => {
            format!(", before this box does: `max-attempts` is {}", lane.max_attempts)
        }
        _ => String::new(),
    }
}

/// PyBit's front-end declares a queue before each job it publishes, as classic and without arguments.
fn closed_to_pybit(lane: &LaneNeed) -> Finding {
    let why = "PyBit's front-end declares the queue before each job, as durable, classic and without arguments; the broker \
               refuses that for this one, and the job is not published";
    Finding::note(object(lane), "is not as PyBit declares it", why)
        .remedy("harmless if another program than PyBit's front-end submits the jobs")
}

fn unheard(lane: &LaneNeed, messages: u32, consumers: u32) -> Option<Finding> {
    let waits = messages > 0 && consumers == 0;
    waits.then(|| {
        Finding::note(
            object(lane),
            format!("{messages} messages wait"),
            "nobody listens to the queue",
        )
    })
}

const DELIVERY_LIMIT: &str = "x-delivery-limit";

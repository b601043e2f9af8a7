//! From what the broker has to what a person should know: a table, without I/O.

mod lane;
mod patience;
mod permissions;

use rbit_amqp::{Comparison, Difference, EXCHANGE, ExchangeFound, QueueFound, QueueNeed, QueueType};

use super::{
    argument,
    finding::Finding,
    need::{LaneNeed, Needs},
    policy::quoted,
    survey::Survey,
};

/// What the findings are judged by, and what their remedies name.
pub(super) struct Judge<'a> {
    pub(super) needs: &'a Needs,
    pub(super) survey: &'a Survey,
    /// The INI file, as it stands in commands.
    pub(super) file: String,
    /// Whether a box works in the state folder of this configuration at this moment.
    pub(super) is_running: bool,
}

impl Judge<'_> {
    /// Everything that is to be known, in the order in which a job meets it.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        findings.extend(self.exchange());
        for lane in &self.needs.lanes {
            findings.extend(self.lane(lane));
        }
        findings.extend(self.patience());
        findings.extend(self.own_queue(&self.needs.parked, "messages that were put aside could be lost"));
        findings.extend(self.name());
        findings.extend(self.events());
        findings.push(self.unseen());
        findings.extend(self.unseen_on_its_way());
        findings
    }

    fn exchange(&self) -> Option<Finding> {
        let object = format!("exchange `{EXCHANGE}`");
        match &self.survey.exchange {
            ExchangeFound::Missing => {
                let why = "build requests come through it";
                Some(Finding::problem(object, "does not exist", why).remedy(self.setup()))
            }
            ExchangeFound::There(Comparison::NotAllowed) => Some(self.not_allowed(object)),
            ExchangeFound::There(Comparison::Made(differences)) => differences.first().map(|difference| {
                let why = "PyBit's front-end declares it as durable and direct before it publishes, and the broker refuses that: no \
                           build request comes";
                Finding::problem(object, argument::found(difference), why)
                    .remedy("stop PyBit's front-end and the boxes, and delete the exchange:")
                    .remedy(self.delete_exchange())
                    .remedy(self.setup())
            }),
        }
    }

    /// The exchange of events. Missing it is no problem: it is made with the first event.
    fn events(&self) -> Option<Finding> {
        let object = format!("exchange `{}`", self.needs.events.as_deref()?);
        match self.survey.events.as_ref()? {
            ExchangeFound::Missing if self.needs.declare => None,
            ExchangeFound::Missing => {
                let why = "`events` names it, and `declare = no` keeps this box from making it: events wait, and are given up after a day";
                Some(Finding::problem(object, "does not exist", why).remedy(self.setup()))
            }
            ExchangeFound::There(Comparison::NotAllowed) => Some(self.not_allowed(object)),
            ExchangeFound::There(Comparison::Made(differences)) => differences.first().map(|difference| {
                let why = "listeners choose events by patterns such as `failed.*`, which a topic exchange alone knows";
                Finding::problem(object, argument::found(difference), why)
                    .remedy("name another exchange in [amqp] events")
            }),
        }
    }

    /// A queue that only rbit uses. Missing it is no problem: it is made when it is first needed.
    fn own_queue(&self, need: &QueueNeed, why: &str) -> Vec<Finding> {
        let object = format!("queue `{}`", need.name());
        match self.survey.queue(need) {
            QueueFound::Missing => vec![],
            QueueFound::Locked => vec![self.locked(object)],
            QueueFound::There {
                comparison: Comparison::NotAllowed,
                ..
            } => vec![self.not_allowed(object)],
            QueueFound::There {
                comparison: Comparison::Made(differences),
                ..
            } => {
                let finding = |difference: &Difference| {
                    let why = format!("{why}: {}", argument::why(difference));
                    self.made_anew(Finding::problem(&object, argument::found(difference), why), need)
                };
                differences.iter().map(finding).collect()
            }
        }
    }

    /// The queue that makes the box known to PyBit, and keeps its name.
    fn name(&self) -> Option<Finding> {
        let need = &self.needs.command;
        let object = format!("command queue `{}`", need.name());
        match self.survey.queue(need) {
            QueueFound::Missing => None,
            QueueFound::Locked if self.is_running => None,
            QueueFound::Locked => {
                let why = "another box runs under this name: PyBit cannot tell the two apart, and this one would refuse to start";
                let finding = Finding::problem(
                    object,
                    "another connection has it, and no box works in this `state-dir`",
                    why,
                );
                Some(
                    finding
                        .remedy("set another `name` in [rbit]; or find the other box:")
                        .remedy(format!(
                            "rabbitmqctl list_queues -p {} --local name owner_pid",
                            quoted(&self.needs.virtual_host)
                        )),
                )
            }
            QueueFound::There { .. } => {
                let why = "somebody made it for everybody: this box cannot have it alone, and PyBit shows the box as not active";
                let finding = Finding::problem(object, "exists, and is not exclusive", why);
                Some(finding.remedy(self.delete_queue(need.name())))
            }
        }
    }

    /// What no report over AMQP can have in it.
    fn unseen(&self) -> Finding {
        let vhost = quoted(&self.needs.virtual_host);
        let why = "AMQP does not tell them; a queue without its binding gets no build requests, and a policy can limit a queue";
        Finding::note("bindings and policies", "not seen", why)
            .remedy(format!(
                "rabbitmqctl list_bindings -p {vhost} source_name routing_key destination_name"
            ))
            .remedy(format!("rabbitmqctl list_queues -p {vhost} name policy"))
            .remedy(format!("rabbitmqctl list_policies -p {vhost}"))
    }

    /// A message that has expired in a quorum queue counts as none while it is sent back, and RabbitMQ may forget to do that.
    fn unseen_on_its_way(&self) -> Option<Finding> {
        let is_quorum = |lane: &LaneNeed| lane.queue_type == Some(QueueType::Quorum);
        if !self.needs.lanes.iter().any(is_quorum) {
            return None;
        }
        let why = "AMQP counts no messages that wait to be sent back to their queue. After elections in quick succession RabbitMQ may \
                   send none back any more (rabbitmq-server issue 16652): then `messages` of a retry queue stays above the other two";
        let note = Finding::note("quorum retry queues", "messages on their way back are not seen", why)
            .remedy(format!(
                "rabbitmqctl list_queues -p {} name messages messages_ready messages_unacknowledged",
                quoted(&self.needs.virtual_host)
            ))
            .remedy("rabbitmq-queues rebalance quorum --queue-pattern 'rbit\\.retry\\..*'");
        Some(note)
    }

    fn locked(&self, object: String) -> Finding {
        let why = "it is exclusive to one connection: nobody else can use it, and it goes with that connection";
        Finding::problem(object, "belongs to another connection", why).remedy(format!(
            "rabbitmqctl list_queues -p {} --local name owner_pid",
            quoted(&self.needs.virtual_host)
        ))
    }

    fn not_allowed(&self, object: String) -> Finding {
        let why = "the user may not declare it, so how it was made cannot be compared";
        Finding::note(object, "exists", why).remedy(self.allow())
    }

    /// The way to a queue as it is needed: nothing but a new queue has other arguments.
    fn made_anew(&self, finding: Finding, need: &QueueNeed) -> Finding {
        finding
            .remedy("once it is empty, delete it and have it made anew:")
            .remedy(self.delete_queue(need.name()))
            .remedy(self.setup())
    }

    fn setup(&self) -> String {
        format!("rbit broker setup {} --apply", quoted(&self.file))
    }

    fn delete_queue(&self, name: &str) -> String {
        let vhost = quoted(&self.needs.virtual_host);
        format!("rabbitmqctl delete_queue -p {vhost} {} --if-empty", quoted(name))
    }

    /// rabbitmqctl has no command for it.
    fn delete_exchange(&self) -> String {
        let text = |name: &str| format!("<<{}>>", serde_json::Value::from(name));
        let (vhost, exchange) = (text(&self.needs.virtual_host), text(EXCHANGE));
        let call =
            format!("rabbit_exchange:delete(rabbit_misc:r({vhost}, exchange, {exchange}), false, <<\"rbit\">>).");
        format!("rabbitmqctl eval {}", quoted(&call))
    }
}

#[cfg(test)]
mod tests;

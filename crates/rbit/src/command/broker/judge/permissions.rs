//! What the user may not do, and what goes wrong because of it.

use rbit_amqp::Permission;

use super::{
    super::{finding::Finding, need::LaneNeed, policy::quoted},
    Judge,
    lane::object,
};

impl Judge<'_> {
    pub(super) fn permissions(&self, lane: &LaneNeed) -> Vec<Finding> {
        let lacks = &self.survey.lacks;
        let mut findings = Vec::new();
        if lacks.reading.contains(lane.queue.as_str()) {
            let finding = Finding::problem(
                object(lane),
                "the user may not read it",
                "this box gets none of its jobs",
            );
            findings.push(finding.remedy(self.allow()));
        }
        let for_retries = lacks.for_retries.get(lane.queue.as_str());
        if let Some(lacking) = for_retries.filter(|lacking| !lacking.is_empty()) {
            let (object, found) = (
                format!("queues `rbit.retry.{}.*`", lane.queue),
                format!("the user may not {} them", words(lacking)),
            );
            let why = "a job that is blocked cannot be put off: its message goes back to its queue, and the job runs again every \
                       half minute";
            findings.push(Finding::problem(object, found, why).remedy(self.allow()));
        }
        findings
    }

    pub(super) fn allow(&self) -> String {
        let (vhost, user) = (quoted(&self.needs.virtual_host), quoted(&self.needs.user));
        format!("rabbitmqctl set_permissions -p {vhost} {user} '.*' '.*' '.*'")
    }
}

/// What may not be done.
pub(super) fn words(lacking: &[Permission]) -> String {
    let words: Vec<_> = lacking.iter().map(ToString::to_string).collect();
    words.join(", nor ")
}

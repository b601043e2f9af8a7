//! `[queue:NAME]`.

use std::time::Duration;

use rbit_job::QueuePolicy;

use super::general::{General, Mapping};
use crate::{
    Origin, Problem, QueueKind, QueueSettings,
    keys::queue::{MAX_ATTEMPTS, ON_FAILED, RETRY_STEPS, SLOTS, TYPE},
    problem::{Wrong, shown},
    reader::{Derived, Reader, SectionReader},
    suggestion::suggest,
};

/// The queues, in the order of the mappings.
pub(super) fn resolve(reader: &mut Reader<'_>, mappings: &[Mapping], general: Option<&General>) -> Vec<QueueSettings> {
    report_unmapped(reader, mappings);
    // A section that lacks its name was reported as such.
    if reader.raw.section(NAMELESS).is_some() {
        values(&mut reader.section(NAMELESS), 1);
    }
    let slots = general.and_then(|general| general.slots).unwrap_or(1);
    mappings
        .iter()
        .filter_map(|mapping| queue(reader, mapping, slots))
        .collect()
}

fn queue(reader: &mut Reader<'_>, mapping: &Mapping, all_slots: u32) -> Option<QueueSettings> {
    let values = values(&mut reader.section(&format!("queue:{}", mapping.queue)), all_slots)?;
    Some(QueueSettings {
        name: mapping.queue.clone(),
        runner: mapping.runner.clone(),
        slots: values.slots,
        policy: values.policy,
        kind: values.kind,
    })
}

/// What a section says of a queue.
struct Values {
    slots: u32,
    policy: QueuePolicy,
    kind: QueueKind,
}

fn values(section: &mut SectionReader<'_, '_>, all_slots: u32) -> Option<Values> {
    let slots = section.read_or(&SLOTS, || Derived {
        value: all_slots,
        shown: all_slots.to_string(),
        origin: Origin::Default,
    });
    let retry_steps = retry_steps(section);
    let max_attempts = section.read(&MAX_ATTEMPTS);
    let on_failed = section.read(&ON_FAILED);
    let kind = section.read(&TYPE);
    let policy = QueuePolicy {
        retry_steps,
        max_attempts: max_attempts?,
        on_failed: on_failed?,
    };
    Some(Values {
        slots: slots?,
        policy,
        kind: kind?,
    })
}

fn retry_steps(section: &mut SectionReader<'_, '_>) -> Vec<Duration> {
    let steps = section.list(&RETRY_STEPS).into_iter().map(|(step, _)| step).collect();
    let count = section.count(&RETRY_STEPS).unwrap_or(1);
    if let Some(origin) = section.origin_of(&RETRY_STEPS)
        && (count == 0 || count > MAX_STEPS)
    {
        let wrong = Wrong::new(
            format!("there are {count} steps"),
            format!("1 to {MAX_STEPS} durations"),
        );
        section.problem(RETRY_STEPS.name, &origin, wrong);
    }
    steps
}

fn report_unmapped(reader: &mut Reader<'_>, mappings: &[Mapping]) {
    for name in reader.raw.names_of("queue") {
        if mappings.iter().any(|mapping| mapping.queue.as_str() == name) {
            continue;
        }
        let origin = reader.section(&format!("queue:{name}")).origin;
        let wrong = Wrong::new(
            format!("no mapping names queue {}", shown(&name)),
            "a queue of `queue-mappings`",
        );
        let wrong = wrong.did_you_mean(suggest(&name, mappings.iter().map(|mapping| mapping.queue.as_str())));
        let section = format!("queue:{name}");
        reader
            .findings
            .problems
            .push(Problem::of_section(origin, &section, wrong));
        // Once its name is right, the values count.
        values(&mut reader.section(&section), 1);
    }
}

const NAMELESS: &str = "queue";

/// Each step is a queue of the broker's.
const MAX_STEPS: usize = 16;

//! The straight line of a job.

use std::time::Instant;

use rbit_fail_point::{FailPoint, passed};
use rbit_job::{port::Delivery, verdict::judge};
use tracing::{Instrument, Span, field::Empty, info_span};

use crate::{
    caught::caught,
    close,
    in_flight::Hold,
    parts::Parts,
    perform, report, settle,
    shutdown::ShutdownWatch,
    take_up::{self, Taken},
};

/// Takes one delivery through all its steps. Receiving it (1) and waiting for a slot (2) are the caller's.
///
/// Every path ends in a settlement, and settling comes last: when the process is lost at any earlier point, the message comes
/// again, and each step bears being repeated.
pub(crate) async fn process(parts: &Parts, delivery: Delivery, shutdown: ShutdownWatch) {
    let span = job_span(&delivery);
    straight_line(parts, delivery, shutdown).instrument(span).await;
}

async fn straight_line(parts: &Parts, mut delivery: Delivery, shutdown: ShutdownWatch) {
    let started = Instant::now();
    passed(FailPoint::Received);
    let arrival = take_up::Arrival::of(&mut delivery);
    let held = match parts.in_flight.hold(&arrival.key, delivery) {
        Hold::Started(held) => held,
        Hold::Adopted => return close::adopted(&arrival),
        Hold::Twin(delivery) => return settle::later(delivery, &arrival, parts.twin_delay(&arrival.queue)).await,
    };

    let taken = caught(take_up::take_up(parts, &arrival)).await;
    let job = match taken.unwrap_or_else(Taken::from) {
        Taken::Job(job) => job,
        Taken::Repeated(disposition) => return settle::settle(held.into_delivery(), &disposition).await,
        Taken::Refused(outcome) => {
            let verdict = judge(&outcome, arrival.attempt, parts.policy(&arrival.queue));
            report::tell_unwritten(parts, &arrival, verdict.status).await;
            settle::settle(held.into_delivery(), &verdict.disposition).await;
            return close::refused(&outcome, arrival.attempt, started);
        }
    };

    passed(FailPoint::Claimed);
    let performed = perform::perform(parts, &job, &shutdown).await;
    let verdict = judge(&performed.outcome, job.attempt, &job.lane.policy);
    if report::report(parts, &job, &performed, &verdict).await.is_ok() {
        passed(FailPoint::Finished);
        settle::settle(held.into_delivery(), &verdict.disposition).await;
    }
    close::close(&job, &performed, &verdict, started);
}

/// The span of a job; what is learnt later is recorded later.
fn job_span(delivery: &Delivery) -> Span {
    info_span!(
        "job",
        queue.name = %delivery.queue,
        attempt = Empty,
        job.id = Empty,
        runner.name = Empty,
    )
}

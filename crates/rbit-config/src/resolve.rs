//! From what was said to what it means.

mod amqp;
mod general;
mod http;
mod log;
mod mounts;
mod pybit;
mod python;
mod queues;
mod runners;
mod sandbox;
mod secrets;

use crate::{Settings, Source, keys::web::LISTEN, reader::Reader};

/// Resolves everything. Problems are reported to the reader; without a result, there is at least one.
pub(crate) fn resolve(reader: &mut Reader<'_>) -> Option<Settings> {
    let general = general::resolve(reader);
    let mappings = general::mappings(reader);
    let source = amqp::source(reader);
    let pybit = pybit::resolve(reader, general.as_ref());
    let queues = queues::resolve(reader, &mappings, general.as_ref());
    let runners = runners::resolve(reader, &mappings, general.as_ref());
    let health = reader.section("http").find(&LISTEN);
    let log = log::resolve(reader);
    if let (Some(Source::Amqp(amqp)), Some(general)) = (&source, &general) {
        amqp::note_long_jobs(reader, amqp, &queues, &runners, general.drain_timeout);
    }
    let general = general?;
    Some(Settings {
        name: general.name?,
        slots: general.slots?,
        state_dir: general.state_dir,
        scratch_dir: general.scratch_dir,
        drain_timeout: general.drain_timeout?,
        guests: general.guests?,
        http_ca: general.http_ca,
        source: source?,
        queues,
        runners,
        pybit,
        health,
        log: log?,
        effective: std::mem::take(&mut reader.effective),
    })
}

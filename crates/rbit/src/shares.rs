//! How much of each limit a job used, for people and for machines.

use rbit_job::{Amount, Artifact, Share, Usage};
use serde_json::{Map, Value, json};

/// One entry for each limit: `used`, `limit`, `unit`, `percent`.
pub(crate) fn as_json(usage: &Usage, artifacts: &[Artifact]) -> Map<String, Value> {
    let share = |share: Share| {
        let value = json!({
            "used": number(share.used),
            "limit": number(share.of),
            "unit": share.of.unit(),
            "percent": share.percent(),
        });
        (share.limit.to_owned(), value)
    };
    usage.shares(artifacts).into_iter().map(share).collect()
}

/// One row for each limit: its name, used, allowed, share.
pub(crate) fn rows(usage: &Usage, artifacts: &[Artifact]) -> Vec<Vec<String>> {
    let row = |share: Share| {
        vec![
            share.limit.to_owned(),
            amount(share.used),
            amount(share.of),
            format!("{} %", share.percent()),
        ]
    };
    usage.shares(artifacts).into_iter().map(row).collect()
}

fn amount(amount: Amount) -> String {
    match amount {
        Amount::Time(time) => duration(u64::try_from(time.as_millis()).ok()),
        Amount::Bytes(bytes) => kib(bytes),
        Amount::Count(count) => count.to_string(),
    }
}

/// Milliseconds as people read them.
pub(crate) fn duration(ms: Option<u64>) -> String {
    ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms"))
}

/// Bytes as people read them.
pub(crate) fn kib(bytes: u64) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}

/// JSON's numbers end before those of milliseconds do.
fn number(amount: Amount) -> u64 {
    u64::try_from(amount.number()).unwrap_or(u64::MAX)
}

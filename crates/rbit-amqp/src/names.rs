//! Names on the broker: PyBit's, and those of our own queues.

use std::time::Duration;

use rbit_job::QueueName;

/// PyBit's exchange: direct and durable. Build requests come through it.
pub const EXCHANGE: &str = "pybit";

/// Where messages are put aside for people.
pub const PARKED: &str = "rbit.parked";

/// PyBit's routing key of a build queue: `<dist>_<arch>_<suite>_<format>` is bound with `<dist>.<arch>.<suite>.<format>`.
///
/// `None` if the name has not exactly four parts. PyBit joins without escaping, so that `a_b_any_latex_pdf` may be a dist `a_b` or an
/// arch `b_any`: only a person knows.
///
/// ```
/// use rbit_amqp::routing_key;
/// use rbit_job::QueueName;
/// let queue = QueueName::new("cnx_any_latex_pdf").unwrap();
/// assert_eq!(routing_key(&queue).as_deref(), Some("cnx.any.latex.pdf"));
/// ```
pub fn routing_key(queue: &QueueName) -> Option<String> {
    let parts: Vec<_> = queue.as_str().split('_').collect();
    let is_pybits = parts.len() == 4 && parts.iter().all(|part| !part.is_empty());
    is_pybits.then(|| parts.join("."))
}

/// Where the messages of a queue wait for their next try after this delay.
pub(crate) fn retry_queue(queue: &QueueName, delay: Duration) -> String {
    format!("{RETRY_PREFIX}{queue}.{}", delay_ms(delay))
}

/// A name for a queue in which one message is held while its job runs. No two are the same.
pub(crate) fn held_queue() -> String {
    format!("rbit.held.{:032x}", fastrand::u128(..))
}

/// A name like those of the retry queues of a queue, which none of them has.
pub(crate) fn no_retry_queue(queue: &QueueName) -> String {
    // No delay is written with a zero in front.
    format!("{RETRY_PREFIX}{queue}.0{:09}", fastrand::u32(..1_000_000_000))
}

/// A delay as the broker's milliseconds: at least one, and at most what it takes.
pub(crate) fn delay_ms(delay: Duration) -> u32 {
    u32::try_from(delay.as_millis()).unwrap_or(u32::MAX).max(1)
}

/// The longest name that AMQP can carry.
pub(crate) const MAX_BYTES: usize = 255;

/// The longest name of a queue whose retry queues can have names.
pub(crate) const MAX_RETRIED_QUEUE: usize = MAX_BYTES - RETRY_PREFIX.len() - MAX_DELAY_SUFFIX;

const RETRY_PREFIX: &str = "rbit.retry.";

/// A dot, and the digits of the largest number of milliseconds.
const MAX_DELAY_SUFFIX: usize = 11;

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str) -> QueueName {
        QueueName::new(name).unwrap()
    }

    #[test]
    fn a_name_that_could_be_split_in_two_ways_has_no_routing_key() {
        for name in [
            "cnx_any_latex",
            "a_b_any_latex_pdf",
            "cnx__latex_pdf",
            "cnx.any.latex.pdf",
            "_any_latex_pdf",
            "x",
        ] {
            assert_eq!(routing_key(&queue(name)), None, "{name}");
        }
    }

    #[test]
    fn the_retry_queue_of_a_step_is_named_after_queue_and_milliseconds() {
        assert_eq!(
            retry_queue(&queue("cnx_any_latex_pdf"), Duration::from_secs(10)),
            "rbit.retry.cnx_any_latex_pdf.10000"
        );
    }

    #[test]
    fn no_delay_is_shorter_or_longer_than_a_broker_takes() {
        assert_eq!(delay_ms(Duration::ZERO), 1);
        assert_eq!(delay_ms(Duration::MAX), u32::MAX);
    }

    #[test]
    fn the_retry_queue_of_the_longest_name_still_has_one() {
        let longest = queue(&"q".repeat(MAX_RETRIED_QUEUE));
        assert_eq!(retry_queue(&longest, Duration::MAX).len(), MAX_BYTES);
        assert_eq!(no_retry_queue(&longest).len(), MAX_BYTES);
    }
}

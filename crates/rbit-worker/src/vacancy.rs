//! Whether there is nothing left to do.

use rbit_job::port::SourceError;
use tracing::warn;

/// What a worker that leaves when the queues are empty has seen of them.
#[derive(Debug, Default)]
pub(crate) struct Vacancy {
    empty_looks: u32,
    unheard_looks: u32,
}

impl Vacancy {
    /// Takes one look into account, and says whether to leave. An error when the source has not answered for too long: nobody who
    /// waits for the end of the work is served by a worker that waits for a broker.
    pub(crate) fn look(&mut self, is_idle: bool, waiting: Result<u64, SourceError>) -> Result<bool, SourceError> {
        match waiting {
            Ok(count) => {
                self.unheard_looks = 0;
                self.empty_looks = if is_idle && count == 0 { self.empty_looks + 1 } else { 0 };
                Ok(self.empty_looks == EMPTY_LOOKS)
            }
            Err(error) => {
                self.empty_looks = 0;
                self.unheard_looks += 1;
                if self.unheard_looks == UNHEARD_LOOKS {
                    return Err(error);
                }
                warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot tell whether messages wait"
                );
                Ok(false)
            }
        }
    }
}

/// How often in a row the queues must look empty: a message on its way between two queues is in neither.
const EMPTY_LOOKS: u32 = 2;
/// How often in a row a source may fail to answer, each time after it has waited itself.
const UNHEARD_LOOKS: u32 = 3;

#[cfg(test)]
mod tests {
    use rbit_job::QueueName;

    use super::*;

    fn unheard() -> Result<u64, SourceError> {
        let queue = QueueName::new("q").unwrap();
        Err(SourceError {
            queue,
            source: "no answer".into(),
        })
    }

    #[test]
    fn only_two_empty_looks_in_a_row_with_no_job_running_end_the_work() {
        let mut vacancy = Vacancy::default();
        let looks = [
            (true, 0, false),
            (true, 1, false),
            (true, 0, false),
            (false, 0, false),
            (true, 0, false),
            (true, 0, true),
        ];
        for (is_idle, waiting, leaves) in looks {
            assert_eq!(vacancy.look(is_idle, Ok(waiting)).unwrap(), leaves);
        }
    }

    #[test]
    fn a_source_that_does_not_answer_again_and_again_ends_the_work_with_its_error() {
        let mut vacancy = Vacancy::default();
        assert!(!vacancy.look(true, unheard()).unwrap());
        assert!(!vacancy.look(true, unheard()).unwrap());
        assert!(!vacancy.look(true, Ok(1)).unwrap());
        assert!(!vacancy.look(true, unheard()).unwrap());
        assert!(!vacancy.look(true, unheard()).unwrap());
        assert!(vacancy.look(true, unheard()).is_err());
    }
}

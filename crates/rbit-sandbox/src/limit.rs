//! What a guest may use, one file per kind.
//!
//! | file | bounds | does not bound |
//! |---|---|---|
//! | `growth` | bytes of a job's linear memories, elements of its tables, each together | what the host holds on its behalf |
//! | `table` | the number of tables, memories, instances | |
//! | `host_memory` | what the host holds on its behalf | files on disk: `capability/files/ledger` |
//! | `handles` | nothing: it says how many there were | |
//! | `time` | time on the wall and on a processor | a single operation of the processor or the host |
//! | `room` | memory of all jobs together, and their number | what the host holds on their behalf |

mod growth;
mod handles;
mod host_memory;
mod limiter;
mod room;
mod table;
mod time;

pub(crate) use growth::GrowthLimit;
pub(crate) use handles::most as most_handles;
pub(crate) use host_memory::{apply as limit_host_memory, as_size, exceeded as host_memory_exceeded};
pub(crate) use limiter::StoreLimiter;
pub use room::{Place, Room};
pub(crate) use table::{MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES, instances_exceeded};
pub(crate) use time::{Deadline, OutOfTime, interrupt};

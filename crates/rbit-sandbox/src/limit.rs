//! What a guest may use, one file per kind.
//!
//! | file | bounds | does not bound |
//! |---|---|---|
//! | `memory` | linear memories of a job, together | what the host holds on its behalf |
//! | `table` | elements and number of tables, memories, instances | |
//! | `host_memory` | what the host holds on its behalf | files on disk: `capability/files/ledger` |
//! | `time` | time on the wall and on a processor | a single operation of the processor or the host |
//! | `room` | memory of all jobs together, and their number | what the host holds on their behalf |

mod host_memory;
mod limiter;
mod memory;
mod room;
mod table;
mod time;

pub(crate) use host_memory::{apply as limit_host_memory, as_size, exceeded as host_memory_exceeded};
pub(crate) use limiter::StoreLimiter;
pub(crate) use memory::MemoryLimit;
pub use room::{Place, Room};
pub(crate) use table::{MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES, instances_exceeded};
pub(crate) use time::{Deadline, OutOfTime, interrupt};

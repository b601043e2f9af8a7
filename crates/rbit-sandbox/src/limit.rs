//! What a guest may use, one file per kind.
//!
//! | file | bounds | does not bound |
//! |---|---|---|
//! | `memory` | linear memories of a job, together | what the host holds on its behalf |
//! | `table` | elements and number of tables, memories, instances | |
//! | `host_memory` | what the host holds on its behalf | files on disk |
//! | `time` | time on the wall | a single blocking call of the host |

mod host_memory;
mod limiter;
mod memory;
mod table;
mod time;

pub(crate) use host_memory::{
    MAX_HTTP_FIELDS, MAX_RANDOM, apply as limit_host_memory, exceeded as host_memory_exceeded,
};
pub(crate) use limiter::StoreLimiter;
pub(crate) use memory::MemoryLimit;
pub(crate) use table::{MAX_CORE_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES};
pub(crate) use time::{Deadline, OutOfTime, interrupt};

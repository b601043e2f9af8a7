//! Places where a test may end the process, to see what the next one makes of what is left.
//!
//! Between every two steps of a job whose order matters stands a call of [`passed`]. It does nothing, unless the program was told
//! by `RBIT_CRASH_AT=point[:n]` to end at that point's n-th pass: then it aborts, without a destructor, a flush or a word to the
//! broker, as a SIGKILL at exactly that moment would.
//!
//! In a build without debug assertions, as a release is, [`passed`] is empty, and neither the variable nor the names of the points
//! exist: what mentions them does not compile there.
//!
//! The armed point is the one global of the project. Handing it down to the places that ask for it would put a parameter into every
//! step, adapter and fake, for the sake of builds that no user has. The program reads the variable and calls `arm`, once.

#[cfg(debug_assertions)]
mod armed;
#[cfg(debug_assertions)]
mod crash_at;
mod point;

#[cfg(debug_assertions)]
pub use armed::arm;
#[cfg(debug_assertions)]
pub use crash_at::{CrashAt, InvalidCrashAt, VARIABLE};
pub use point::{FailPoint, passed};

//! Says over HTTP whether a box lives and is ready: for service managers, load balancers and people with `curl`.
//!
//! It knows nothing but what the parts of the box have said of themselves in a [`Health`](rbit_job::health::Health), and changes nothing.
//! Who asks is a stranger: connections are few, short, and have one request each.

mod page;
mod server;

pub use server::HealthServer;

//! Private RabbitMQ nodes, alone or as a cluster.
//!
//! A node has ports, folders and a cookie of its own, listens on the loopback address alone, and ends with the process that started it,
//! whatever ends that one. It needs an installed RabbitMQ, and no rights.
//!
//! This knows nothing of rbit, so that the tasks of its developers may use it as its tests do.

mod cluster;
mod control;
mod keeper;
mod node;
mod port;
mod probe;
mod realm;
mod server;

pub use cluster::Cluster;
pub use node::{Node, NodeSettings};
pub use port::free_port;
pub use probe::speaks_amqp;
pub use server::installed;

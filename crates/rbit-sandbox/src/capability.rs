//! What a guest is given, one file per capability. The default is nothing.
//!
//! | file | grants | refuses |
//! |---|---|---|
//! | `files` | `/work` and `/output` to write, mounts to read | everything else of the host's files |
//! | `output` | stdout and stderr as log lines, up to a cap | standard input is closed |
//! | `network` | | sockets and name lookup |
//! | `chance` | the host's clocks and sources of random numbers, or those that the runner's `clock` and `random` say | |
//! | `random` | random numbers, so many at once | more |
//! | `http` | requests to where the runner's `allow-http` says | every other request |
//!
//! There are no arguments and no environment variables.

pub(crate) mod chance;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod network;
pub(crate) mod output;
pub(crate) mod random;

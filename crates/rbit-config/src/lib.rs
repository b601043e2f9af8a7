//! The INI file: text to typed, checked settings.
//!
//! A configuration passes through two types. `Raw` is what the file, the environment and the flags say, each line with its place;
//! [`Settings`] is what they mean, in the words of `rbit-job`. Between them every mistake is found, and all are reported together
//! as [`Problem`]s that name file, line and key and say what would be accepted.
//!
//! The crate owns the grammar of the file, the list of its sections and keys, and their defaults. It reads the INI file and
//! nothing else: the environment, flags and facts about the machine are handed over in [`Surroundings`], and questions about
//! folders and runners are put to a [`World`]. `docs/configuration.md` describes the file for the people who write it.
//!
//! ```
//! use std::path::Path;
//! use rbit_config::{PermissiveWorld, Source, Surroundings, read};
//!
//! let text = "
//! [rbit]
//! name = tim-taylor
//! queue-mappings = cnx_any_latex_pdf:pdf
//! slots = two
//! [runner:pdf]
//! runner = wasm!pdf.wasm
//! ";
//! let surroundings = Surroundings {
//!     world: &PermissiveWorld,
//!     environment: vec![("RBIT_SANDBOX_TIMEOUT".into(), "30m".into())],
//!     flags: vec![],
//!     cpus: 4,
//!     memory: None,
//!     host_name: None,
//!     scratch_dir: Some("/dev/shm/rbit".into()),
//! };
//!
//! let checked = read(text, Path::new("/etc/rbit.ini"), &surroundings);
//! let [problem] = checked.problems.as_slice() else { panic!() };
//! assert_eq!(problem.to_string(), "/etc/rbit.ini:5: [rbit] slots: `two` is no whole number; expected 1 to 1024");
//!
//! let checked = read(&text.replace("two", "2"), Path::new("/etc/rbit.ini"), &surroundings);
//! let settings = checked.settings.unwrap();
//! assert!(matches!(settings.source, Source::Local));
//! assert_eq!(settings.runners[0].processor.to_string(), "wasm!/etc/pdf.wasm");
//! assert_eq!(settings.runners[0].limits.timeout.as_secs(), 1800);
//! let slots = settings.effective().iter().find(|value| value.key == "slots").unwrap();
//! assert_eq!(slots.to_string(), "[rbit] slots = 2  (/etc/rbit.ini:5)");
//! ```

mod check;
mod clean;
mod effective;
mod ini;
mod key;
mod keys;
mod names;
mod old_log;
mod origin;
mod overrides;
mod problem;
mod raw;
mod reader;
mod resolve;
mod settings;
mod suggestion;
mod surroundings;
mod value;
mod world;

pub use check::{Checked, LoadError, MAX_FILE, load, read};
pub use effective::EffectiveValue;
pub use origin::Origin;
pub use problem::Problem;
pub use settings::{
    AmqpSettings, Credentials, Endpoint, GuestSettings, Isolation, LogFormat, LogSettings, PybitSettings, QueueKind,
    QueueSettings, ScratchTmpfs, Settings, Source, TlsSettings,
};
pub use surroundings::{FlagOverride, Surroundings};
pub use value::{host::HostPort, log_filter::LogFilter};
pub use world::{MAX_VALUE_FILE, PermissiveWorld, TlsFile, TlsWrong, World};

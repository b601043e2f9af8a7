//! Submissions by the hook for version control systems.

use std::collections::BTreeSet;

use super::{Request, page::escaped, reply::Reply};

/// The names that a submission may use, and the packages there were. Suite `latex` builds for the architecture `any`, `envy` for
/// `desktop` and `mobile`, and `bare` for none.
#[derive(Default)]
pub(super) struct Hook {
    /// Name and version, as PyBit stores them: escaped.
    packages: BTreeSet<(String, String)>,
}

impl Hook {
    /// What becomes of a submission; that of a stranger was refused before.
    pub(super) fn submit(&mut self, request: &Request) -> Reply {
        let fields = FIELDS.map(|name| request.field(name).filter(|value| !value.is_empty()));
        if fields.iter().all(Option::is_none) {
            return Reply::empty("400 - Required fields missing.");
        }
        let broke = || Reply::error(request, "500 Internal Server Error", "Internal Server Error");
        let [
            Some(distribution),
            Some(architectures),
            Some(version),
            Some(package),
            Some(suite),
            Some(format),
            _,
            _,
        ] = fields
        else {
            return broke();
        };
        let Some(supported) = supported(&suite) else {
            return broke();
        };
        if !DISTRIBUTIONS.contains(&distribution.as_str()) || !FORMATS.contains(&format.as_str()) {
            return broke();
        }
        if !self.add(&package, &version) {
            return broke();
        }
        let means = |name: &&str| {
            architectures.contains("any") || architectures.contains("all") || architectures.contains(*name)
        };
        if !supported.iter().any(means) {
            return Reply::empty("500 - Error submitting job");
        }
        if request.field("vcs_id").is_none() {
            return broke();
        }
        Reply::empty("200 - Version control poke received")
    }

    /// Looks a package up by its name as it is, and stores an escaped one: the second time such a one cannot be stored.
    fn add(&mut self, package: &str, version: &str) -> bool {
        let is_known = self.packages.contains(&(package.to_owned(), version.to_owned()));
        is_known || self.packages.insert((escaped(package), escaped(version)))
    }
}

fn supported(suite: &str) -> Option<&'static [&'static str]> {
    match suite {
        "latex" => Some(&["any"]),
        "envy" => Some(&["desktop", "mobile"]),
        "bare" => Some(&[]),
        _ => None,
    }
}

/// Those that are looked at, in the order in which they are taken apart above.
const FIELDS: [&str; 8] = [
    "distribution",
    "architecture_list",
    "package_version",
    "package",
    "suite",
    "format",
    "uri",
    "method",
];
const DISTRIBUTIONS: [&str; 1] = ["cnx"];
const FORMATS: [&str; 2] = ["pdf", "epub"];

//! Tokens such as `%ID` in configured values, replaced by values of a request.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{JobRequest, RunnerName};

/// The tokens, longest first where one begins like another.
pub const TOKENS: [&str; 7] = ["%VERSION", "%FORMAT", "%SUITE", "%ARCH", "%DIST", "%JOB", "%ID"];

/// A path of the host with tokens in it: `output-dir = /srv/books/%SUITE/%ID`.
///
/// The values come from a message, which is hostile. Each must therefore be one ordinary part of a path: a value with `/`, a
/// leading `.`, or a control character is refused instead of being escaped, so that a path on disk always shows the true name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PathTemplate(String);

impl PathTemplate {
    /// A template from its text; whatever is no token stands for itself.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as configured.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The longest leading folder that holds no token: the part that must exist before any job runs.
    ///
    /// ```
    /// use rbit_job::template::PathTemplate;
    /// assert_eq!(PathTemplate::new("/srv/books/%SUITE/x").fixed_part().to_str(), Some("/srv/books"));
    /// assert_eq!(PathTemplate::new("/srv/pdf").fixed_part().to_str(), Some("/srv/pdf"));
    /// ```
    pub fn fixed_part(&self) -> &Path {
        let first_token = TOKENS.iter().filter_map(|token| self.0.find(token)).min();
        let fixed = first_token.and_then(|at| self.0.get(..at)).unwrap_or(&self.0);
        match (first_token, fixed.rfind('/')) {
            (None, _) => Path::new(fixed),
            (Some(_), Some(0)) => Path::new("/"),
            (Some(_), Some(slash)) => Path::new(fixed.get(..slash).unwrap_or(fixed)),
            (Some(_), None) => Path::new("."),
        }
    }

    /// The path for one request.
    pub fn resolve(&self, request: &JobRequest) -> Result<PathBuf, UnsafeValue> {
        replaced(&self.0, request, path_part).map(PathBuf::from)
    }
}

/// The text with each token replaced by its value, once that was found fit. Values are not looked through for tokens again.
pub(crate) fn replaced(
    text: &str,
    request: &JobRequest,
    fit: impl for<'a> Fn(&'static str, &'a str) -> Result<&'a str, UnsafeValue>,
) -> Result<String, UnsafeValue> {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at(at);
        replaced.push_str(before);
        match TOKENS
            .iter()
            .find_map(|token| Some((*token, from.strip_prefix(token)?)))
        {
            Some((token, after)) => {
                replaced.push_str(fit(token, value_of(token, request))?);
                rest = after;
            }
            None => {
                replaced.push('%');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    replaced.push_str(rest);
    Ok(replaced)
}

/// The template of a runner that configures no `output-dir`.
pub fn default_output_dir(state_dir: &Path, runner: &RunnerName) -> PathTemplate {
    PathTemplate::new(format!("{}/output/{runner}", state_dir.display()))
}

/// A value of a request that cannot be used in a configured text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{token}` would be `{}`, which cannot be {use_}", value.escape_debug())]
pub struct UnsafeValue {
    token: &'static str,
    value: String,
    use_: &'static str,
}

impl UnsafeValue {
    /// Says what the value of a token cannot be.
    pub(crate) fn new(token: &'static str, value: &str, use_: &'static str) -> Self {
        let value = value.chars().take(80).collect();
        Self { token, value, use_ }
    }
}

fn value_of<'a>(token: &str, request: &'a JobRequest) -> &'a str {
    match token {
        "%VERSION" => &request.version,
        "%FORMAT" => &request.format,
        "%SUITE" => &request.suite,
        "%ARCH" => &request.arch,
        "%DIST" => &request.dist,
        "%JOB" => request.job.as_str(),
        _ => &request.package,
    }
}

fn path_part<'a>(token: &'static str, value: &'a str) -> Result<&'a str, UnsafeValue> {
    let is_plain = !value.is_empty()
        && value.len() <= 200
        && !value.starts_with('.')
        && !value.contains(|c: char| c == '/' || c == '\\' || c.is_control());
    if is_plain {
        Ok(value)
    } else {
        Err(UnsafeValue::new(token, value, "a part of a path"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::sample;

    #[test]
    fn every_token_is_replaced_by_its_value() {
        let template = PathTemplate::new("/o/%ID-%VERSION/%ARCH_%SUITE/%DIST.%FORMAT/%JOB/100%/%id");
        let path = template.resolve(&sample()).unwrap();
        assert_eq!(path.to_str(), Some("/o/m9003-1.2/any_latex/cnx.pdf/4/100%/%id"));
    }

    #[test]
    fn a_value_that_would_leave_the_folder_is_refused() {
        for value in ["..", "../../etc", "a/b", "", ".hidden", "a\nb", "a\\b"] {
            let request = JobRequest {
                package: value.into(),
                ..sample()
            };
            assert!(PathTemplate::new("/o/%ID").resolve(&request).is_err(), "{value:?}");
        }
    }

    #[test]
    fn a_value_that_looks_like_a_token_is_not_replaced_again() {
        let request = JobRequest {
            package: "%VERSION".into(),
            ..sample()
        };
        let path = PathTemplate::new("/o/%ID").resolve(&request).unwrap();
        assert_eq!(path.to_str(), Some("/o/%VERSION"));
    }

    proptest::proptest! {
        #[test]
        fn no_value_of_a_request_ever_leads_out_of_the_configured_folder(package: String, version: String) {
            let request = JobRequest { package, version, ..sample() };
            if let Ok(path) = PathTemplate::new("/o/%ID/x-%VERSION").resolve(&request) {
                assert!(path.starts_with("/o"));
                assert_eq!(path.components().count(), 4);
            }
        }
    }
}

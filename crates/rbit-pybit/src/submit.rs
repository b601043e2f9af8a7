//! Submitting a package: PyBit makes the jobs and the messages.

use reqwest::{Client, RequestBuilder, StatusCode};
use secrecy::ExposeSecret;

use crate::{PybitReporter, connection::Reply, settings::Credentials};

/// A package that is to be built, in the words of PyBit's hook for version control systems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Name of the package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The distribution, which PyBit must know.
    pub distribution: String,
    /// The suite, which PyBit must know.
    pub suite: String,
    /// The format, which PyBit must know. Of one package, only one format at a time can be submitted: each submission cancels the
    /// unfinished jobs of the others.
    pub format: String,
    /// Architectures, as one text. `any` means all that the suite has, `all` the first of each build environment; otherwise those
    /// whose name occurs in it.
    pub architectures: String,
    /// How the sources are fetched.
    pub method: String,
    /// Where they are.
    pub uri: String,
    /// Which version of them; may be empty.
    pub vcs_id: String,
}

impl Submission {
    /// All fields, always: PyBit leaves a job behind that nobody runs when `vcs_id` is missing.
    fn form(&self) -> [(&'static str, &str); 9] {
        [
            ("package", &self.package),
            ("package_version", &self.version),
            ("distribution", &self.distribution),
            ("suite", &self.suite),
            ("format", &self.format),
            ("architecture_list", &self.architectures),
            ("method", &self.method),
            ("uri", &self.uri),
            ("vcs_id", &self.vcs_id),
        ]
    }
}

impl PybitReporter {
    /// Submits a package to the one front-end that is configured, and gives that front-end's address.
    ///
    /// PyBit says neither how many jobs it made nor their numbers; it also says yes to a package on its blacklist.
    pub async fn submit(&self, submission: &Submission) -> Result<String, SubmitError> {
        let front_end = self.front_ends.only().ok_or(SubmitError::Nowhere)?;
        let url = front_end.hook_url();
        let post = |client: &Client| with_credentials(client.post(&url), self.credentials.as_ref());
        let reply = self
            .connector
            .ask(front_end, |client| post(client).form(&submission.form()))
            .await
            .map_err(|error| SubmitError::Exchange(error.into()))?;
        taken(&reply)?;
        Ok(url)
    }
}

fn with_credentials(request: RequestBuilder, credentials: Option<&Credentials>) -> RequestBuilder {
    match credentials {
        Some(Credentials { user, password }) => request.basic_auth(user, Some(password.expose_secret())),
        None => request,
    }
}

/// What a reply to `POST /job/vcshook` means. PyBit's own 500 for a submission without a target has no body; whatever breaks inside
/// it is answered with the framework's page.
fn taken(reply: &Reply) -> Result<(), SubmitError> {
    match reply.head.code {
        code if code.is_success() => Ok(()),
        code if code.is_redirection() => Err(SubmitError::Redirect {
            code: code.as_u16(),
            location: reply.head.location.clone(),
        }),
        code @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Err(SubmitError::Credentials(code.as_u16())),
        StatusCode::BAD_REQUEST => Err(SubmitError::NoFields),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Err(SubmitError::NotPybit(reply.head.code.as_u16())),
        StatusCode::INTERNAL_SERVER_ERROR if reply.body.is_empty() => Err(SubmitError::NoTarget),
        StatusCode::INTERNAL_SERVER_ERROR => Err(SubmitError::Broke),
        code => Err(SubmitError::Other(code.as_u16())),
    }
}

/// PyBit did not take a submission, as far as we know.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// It is not clear to which front-end.
    #[error("`[pybit]` names no single front-end to submit to")]
    Nowhere,
    /// It did not answer. It may have the submission all the same.
    #[error("PyBit cannot be asked")]
    Exchange(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// 401 or 403.
    #[error("PyBit answered {0}: it does not let this user submit")]
    Credentials(u16),
    /// 400: its answer when it finds no field at all.
    #[error("PyBit answered 400: it found no field of the submission")]
    NoFields,
    /// 500 without a page: nothing would be built.
    #[error("PyBit answered 500 without a page: the suite has no build target of these architectures")]
    NoTarget,
    /// 500 with the framework's page: something that it must have is not there, or it is at fault.
    #[error("PyBit answered 500: it does not know something that the submission names, or is at fault")]
    Broke,
    /// 404 or 405: PyBit has this address.
    #[error("what answers {0} is no PyBit, or `url` is not its root")]
    NotPybit(u16),
    /// It wants the submission elsewhere; credentials do not follow redirects.
    #[error("PyBit answered {code}, to go to `{location}`; redirects are not followed")]
    Redirect {
        /// The code.
        code: u16,
        /// Where it leads.
        location: String,
    },
    /// Any other code.
    #[error("PyBit answered {0}")]
    Other(u16),
}

impl SubmitError {
    /// Whether PyBit could not be reached, so that the same may be taken later.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Exchange(_))
    }

    /// What a person can do about it, where that is known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Nowhere => Some("set `url` in [pybit]"),
            Self::Exchange(_) => {
                Some("look whether the job is there before you submit it again: PyBit may have taken it")
            }
            Self::Credentials(_) => Some("check `user` and `password` in [pybit]"),
            Self::NoFields => Some("does a proxy in between take the body away?"),
            Self::NoTarget => Some("map an architecture to the suite in PyBit, or name one that is mapped with --arch"),
            Self::Broke => Some(
                "check in PyBit that distribution, suite and format exist and that the status `Waiting` does; a name with \
                 `&`, `<`, `>` or `\"` can be submitted only once; PyBit's log says more",
            ),
            Self::NotPybit(_) => Some("`url` in [pybit] is the address of PyBit's start page"),
            Self::Redirect { .. } => Some("set `url` in [pybit] to where it leads, if that is yours"),
            Self::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Head;

    #[test]
    fn each_answer_has_its_meaning() {
        let table = [
            (200, "", None),
            (302, "", Some("redirects are not followed")),
            (400, "", Some("found no field")),
            (401, "401 - Unauthorized", Some("does not let this user")),
            (404, "HTTP Error 404 - Not Found.", Some("no PyBit")),
            (500, "", Some("no build target")),
            (500, "<html>", Some("does not know something")),
            (503, "", Some("answered 503")),
        ];
        for (code, body, expected) in table {
            let reply = Reply {
                head: Head {
                    code: StatusCode::from_u16(code).unwrap(),
                    content_type: String::new(),
                    location: String::new(),
                    is_page: false,
                },
                body: body.as_bytes().to_vec(),
            };
            match (taken(&reply), expected) {
                (Ok(()), None) => {}
                (Err(error), Some(words)) => assert!(error.to_string().contains(words), "{error}"),
                (result, _) => panic!("{code}: {result:?}"),
            }
        }
    }
}

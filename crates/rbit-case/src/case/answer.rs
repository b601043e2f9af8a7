//! `[[http]]`.

use rbit_job::http::UrlPattern;

use super::{Answer, CaseError, Content, error::wrong};
use crate::file::AnswerFile;

impl AnswerFile {
    pub(super) fn resolved(self) -> Result<Answer, CaseError> {
        let body = match (self.body, self.body_file) {
            (Some(_), Some(_)) => return Err(wrong("http.body", "there is a `body-file`, too")),
            (None, Some(file)) => Content::File(file.into()),
            (body, None) => Content::Text(body.unwrap_or_default()),
        };
        let status = self.status.unwrap_or(200);
        if !(100..=599).contains(&status) {
            return Err(wrong("http.status", &format!("`{status}` is no status")));
        }
        Ok(Answer {
            method: self.method,
            url: UrlPattern::new(self.url),
            request_headers: self.request_headers.0,
            request_body: self.request_body,
            times: self.times,
            status,
            headers: self.headers.0,
            body,
        })
    }
}

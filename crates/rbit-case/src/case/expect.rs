//! `[expect]`.

use std::path::PathBuf;

use rbit_job::{Digest, OutcomeKind, Reason, http::UrlPattern};
use regex::Regex;

use super::{CaseError, Expect, ExpectedFile, ExpectedRequest, TextRule, error::wrong};
use crate::file::{ArtifactFile, ExpectFile, LogFile, MadeFile};

impl ExpectFile {
    pub(super) fn resolved(self) -> Result<Expect, CaseError> {
        let reason = self.reason.map(|word| {
            let known = Reason::ALL.into_iter().find(|reason| reason.as_str() == word);
            known.ok_or_else(|| wrong("expect.reason", &format!("`{word}` is no reason code")))
        });
        let LogFile {
            stdout,
            stderr,
            contains,
            matches,
            lacks,
        } = self.log;
        let matches = matches.0.iter().map(|text| regex("expect.log.matches", text));
        Ok(Expect {
            outcome: self.outcome.unwrap_or(OutcomeKind::Done),
            reason: reason.transpose()?,
            text: TextRule::new(
                "expect.text-matches",
                self.text,
                self.text_contains.0,
                self.text_matches,
            )?,
            artifacts: self
                .artifacts
                .into_iter()
                .map(ArtifactFile::resolved)
                .collect::<Result<_, _>>()?,
            requests: self
                .requests
                .map(|requests| requests.into_iter().map(MadeFile::resolved).collect()),
            streams: [stdout, stderr],
            log_contains: contains.0,
            log_matches: matches.collect::<Result<_, _>>()?,
            log_lacks: lacks.0,
        })
    }
}

impl ArtifactFile {
    fn resolved(self) -> Result<ExpectedFile, CaseError> {
        let sha256 = self.sha256.map(|text| {
            let why = "it is no SHA-256 digest: 64 lower-case hexadecimal digits";
            Digest::parse(&text).ok_or_else(|| wrong("expect.artifacts.sha256", why))
        });
        if let Some((pointer, _)) = self
            .json
            .iter()
            .find(|(pointer, _)| !pointer.is_empty() && !pointer.starts_with('/'))
        {
            return Err(wrong(
                "expect.artifacts.json",
                &format!("`{pointer}` does not begin with `/`"),
            ));
        }
        Ok(ExpectedFile {
            name: self.name,
            text: TextRule::new("expect.artifacts.matches", self.text, self.contains.0, self.matches)?,
            file: self.file.map(PathBuf::from),
            sha256: sha256.transpose()?,
            size: self.size,
            json: self.json.into_iter().collect(),
        })
    }
}

impl MadeFile {
    fn resolved(self) -> ExpectedRequest {
        ExpectedRequest {
            method: self.method,
            url: UrlPattern::new(self.url),
            is_refused: self.refused,
            times: self.times.unwrap_or(1),
        }
    }
}

impl TextRule {
    fn new(
        key: &str,
        whole: Option<String>,
        contains: Vec<String>,
        matches: Option<String>,
    ) -> Result<Self, CaseError> {
        Ok(Self {
            whole,
            contains,
            matches: matches.map(|text| regex(key, &text)).transpose()?,
        })
    }
}

fn regex(key: &str, text: &str) -> Result<Regex, CaseError> {
    Regex::new(text).map_err(|error| wrong(key, &error.to_string()))
}

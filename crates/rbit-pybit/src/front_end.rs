//! The front-ends of the configuration, and which of them a message means.

use rbit_job::JobId;
use tokio::sync::Mutex;
use url::Url;

use crate::{
    host::{HostPort, InvalidHost, shown},
    settings::{PybitSettings, SettingsError},
};

/// A place that is talked to. Its address comes from the configuration alone.
#[derive(Debug)]
pub(crate) struct FrontEnd {
    /// The root, with a final slash.
    base: String,
    /// Held during an exchange: PyBit's usual server has one connection at a time.
    pub(crate) turn: Mutex<()>,
}

impl FrontEnd {
    pub(crate) fn new(root: Url) -> Self {
        let mut base = String::from(root);
        if !base.ends_with('/') {
            base.push('/');
        }
        Self {
            base,
            turn: Mutex::new(()),
        }
    }

    /// Its address, which no other one has.
    pub(crate) fn root(&self) -> &str {
        &self.base
    }

    /// The address where packages are submitted.
    pub(crate) fn hook_url(&self) -> String {
        format!("{}job/vcshook", self.base)
    }

    /// The address where a job is told a status.
    pub(crate) fn job_url(&self, job: &JobId) -> String {
        format!("{}job/{job}", self.base)
    }
}

/// Every place that may be talked to.
#[derive(Debug)]
pub(crate) enum FrontEnds {
    /// One, whatever the messages say.
    Fixed(FrontEnd),
    /// The one of these that a message names.
    Named(Vec<(HostPort, FrontEnd)>),
}

/// Why nobody is talked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoFrontEnd {
    #[error("its message gives no `web_host`, and `[pybit] url` is not set")]
    Unnamed,
    #[error("`web_host` of its message, `{0}`, is not in `trusted-hosts`")]
    Untrusted(String),
}

impl FrontEnds {
    pub(crate) fn from_settings(settings: &PybitSettings) -> Result<Self, SettingsError> {
        if let Some(url) = &settings.url {
            return Ok(Self::Fixed(FrontEnd::new(checked_url(url)?)));
        }
        if settings.trusted_hosts.is_empty() {
            return Err(SettingsError::NoFrontEnd);
        }
        let trusted = settings.trusted_hosts.iter().map(|text| {
            let host = HostPort::parse(text)?;
            let root = Url::parse(&format!("http://{host}/")).map_err(|_| InvalidHost::new(text))?;
            Ok((host, FrontEnd::new(root)))
        });
        trusted
            .collect::<Result<_, _>>()
            .map(Self::Named)
            .map_err(SettingsError::TrustedHost)
    }

    /// Whether certificates will have to be checked.
    pub(crate) fn speak_tls(&self) -> bool {
        matches!(self, Self::Fixed(front_end) if front_end.base.starts_with("https:"))
    }

    /// The one that is meant where no message says which.
    pub(crate) fn only(&self) -> Option<&FrontEnd> {
        match self {
            Self::Fixed(front_end) => Some(front_end),
            Self::Named(trusted) => match &trusted[..] {
                [(_, front_end)] => Some(front_end),
                _ => None,
            },
        }
    }

    /// The front-end of a job whose message gave this `web_host`.
    pub(crate) fn find(&self, web_host: Option<&str>) -> Result<&FrontEnd, NoFrontEnd> {
        let trusted = match self {
            Self::Fixed(front_end) => return Ok(front_end),
            Self::Named(trusted) => trusted,
        };
        let named = web_host.ok_or(NoFrontEnd::Unnamed)?;
        let untrusted = || NoFrontEnd::Untrusted(shown(named));
        let host = HostPort::parse(named).map_err(|_| untrusted())?;
        let found = trusted.iter().find(|(trusted, _)| *trusted == host);
        found.map(|(_, front_end)| front_end).ok_or_else(untrusted)
    }
}

fn checked_url(text: &str) -> Result<Url, SettingsError> {
    let url = Url::parse(text).map_err(SettingsError::Url)?;
    let found = if !matches!(url.scheme(), "http" | "https") {
        "another scheme"
    } else if !url.username().is_empty() || url.password().is_some() {
        "a user or a password, which belong in `user` and `password`"
    } else if url.query().is_some() || url.fragment().is_some() {
        "a query or a fragment"
    } else {
        return Ok(url);
    };
    Err(SettingsError::UrlParts { found })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn front_ends(url: Option<&str>, trusted: &[&str]) -> Result<FrontEnds, SettingsError> {
        FrontEnds::from_settings(&PybitSettings {
            url: url.map(Into::into),
            trusted_hosts: trusted.iter().map(|host| (*host).to_owned()).collect(),
            credentials: None,
            client: "build_client_a".into(),
            connect_timeout: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
        })
    }

    fn job_url(front_ends: &FrontEnds, web_host: Option<&str>) -> Result<String, NoFrontEnd> {
        Ok(front_ends.find(web_host)?.job_url(&JobId::new("4").unwrap()))
    }

    #[test]
    fn a_url_wins_over_whatever_a_message_says() {
        let table = [
            ("https://pybit.example/build", "https://pybit.example/build/job/4"),
            ("https://pybit.example/build/", "https://pybit.example/build/job/4"),
            ("http://PyBit:8080", "http://pybit:8080/job/4"),
            ("http://[::1]:80/", "http://[::1]/job/4"),
        ];
        for (url, expected) in table {
            let front_ends = front_ends(Some(url), &["trusted"]).unwrap();
            for web_host in [None, Some("trusted"), Some("evil:80")] {
                assert_eq!(job_url(&front_ends, web_host).unwrap(), expected);
            }
        }
    }

    #[test]
    fn a_message_selects_among_the_trusted_hosts() {
        let front_ends = front_ends(None, &["trusted:8080", "Other", "[::1]:8080"]).unwrap();
        let table = [
            ("trusted:8080", "http://trusted:8080/job/4"),
            ("TRUSTED:8080", "http://trusted:8080/job/4"),
            ("other", "http://other/job/4"),
            ("other:80", "http://other/job/4"),
            ("[0::1]:8080", "http://[::1]:8080/job/4"),
        ];
        for (web_host, expected) in table {
            assert_eq!(job_url(&front_ends, Some(web_host)).unwrap(), expected);
        }
    }

    #[test]
    fn a_message_that_selects_none_of_them_selects_nobody() {
        let front_ends = front_ends(None, &["trusted:8080", "[::1]:8080"]).unwrap();
        assert_eq!(job_url(&front_ends, None), Err(NoFrontEnd::Unnamed));
        let elsewhere = [
            "trusted",
            "trusted:80",
            "trusted:80800",
            "trusted.:8080",
            "sub.trusted:8080",
            "trusted.evil:8080",
            "evil@trusted:8080",
            "trusted:8080@evil",
            "trusted:8080/..",
            "trusted:8080#",
            "trusted:8080\r\n",
            "ｔrusted:8080",
            "[::2]:8080",
            "::1:8080",
            "localhost:8080",
        ];
        for web_host in elsewhere {
            let error = job_url(&front_ends, Some(web_host)).unwrap_err();
            assert_eq!(error, NoFrontEnd::Untrusted(web_host.escape_default().to_string()));
        }
    }

    #[test]
    fn settings_that_lead_nowhere_or_hold_a_password_are_refused() {
        let table = [
            (None, "neither `url` nor"),
            (Some("pybit.example"), "`url` is no URL"),
            (Some("localhost:8080"), "another scheme"),
            (Some("file:///etc/passwd"), "another scheme"),
            (Some("http://admin:hunter2@pybit/"), "a user or a password"),
            (Some("http://admin@pybit/"), "a user or a password"),
            (Some("http://pybit/?x"), "a query"),
            (Some("http://pybit/#x"), "a query"),
        ];
        for (url, expected) in table {
            let error = front_ends(url, &[]).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("hunter2"), "{error}");
        }
        assert!(matches!(
            front_ends(None, &["a", "http://b"]),
            Err(SettingsError::TrustedHost(_))
        ));
    }
}

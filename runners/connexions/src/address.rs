//! Where a repository has a package, and what its file is called here.

use std::time::Duration;

use rbit_guest::{BuildRequest, Error, Settings, http::Get};

/// A package of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The repository, without a `/` at its end.
    base: String,
    /// The id of the collection.
    pub package: String,
    /// Its version, or `latest`.
    pub version: String,
}

impl Address {
    /// What a request asks for. Its texts become parts of an address and of a file name, so only such are taken as ids have.
    pub fn of(request: &BuildRequest) -> Result<Self, Error> {
        let base = request.transport.uri.as_deref().unwrap_or_default().trim();
        if base.is_empty() {
            return Err(Error::failed(
                "the request does not say where the sources are: its `uri` is empty",
            ));
        }
        if !is_plain(base) {
            return Err(Error::failed(
                "the request's `uri` is no plain http or https address; a user and a password belong into the settings",
            ));
        }
        Ok(Self {
            base: root(base).to_owned(),
            package: checked("package", &request.package)?,
            version: checked("version", &request.version)?,
        })
    }

    /// Where something of the package is, such as its `complete` zip.
    pub fn url(&self, what: &str) -> String {
        let Self { base, package, version } = self;
        format!("{base}/content/{package}/{version}/{what}")
    }

    /// Asks for something of the package, as the user whom the settings name, if they do.
    pub fn get(&self, what: &str, settings: &Settings) -> Result<Vec<u8>, Error> {
        let mut get = Get::new(self.url(what)).timeout(timeout(settings)?).at_most(AT_MOST);
        if let Some(user) = settings.get("username") {
            get = get.basic_auth(user, settings.get("password").unwrap_or_default());
        }
        Ok(get.send()?.success()?)
    }
}

/// The repository itself: producers write it with its folder `content`, or without.
fn root(uri: &str) -> &str {
    let uri = uri.trim_end_matches('/');
    uri.strip_suffix("/content").unwrap_or(uri).trim_end_matches('/')
}

/// A server, and perhaps folders: no user, no query, no fragment. An address is told to people, so credentials have no place in it.
fn is_plain(uri: &str) -> bool {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| uri.strip_prefix(scheme))
        .unwrap_or_default();
    let server = rest.split('/').next().unwrap_or_default();
    !server.is_empty()
        && !server.contains(['@', '\\'])
        && rest
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"?#".contains(&byte))
}

/// Whether a text is an id or a version: letters, digits, and `.`, `-`, `_` between them.
pub(crate) fn is_id(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let begins_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    begins_well && text.len() <= LONGEST && text.bytes().all(is_inner)
}

fn checked(what: &str, text: &str) -> Result<String, Error> {
    if is_id(text) {
        Ok(text.to_owned())
    } else {
        Err(Error::failed(format!(
            "`{}` is no {what} of a repository",
            text.chars().take(LONGEST).collect::<String>().escape_debug()
        )))
    }
}

fn timeout(settings: &Settings) -> Result<Duration, Error> {
    let seconds = settings.get("repository-timeout").unwrap_or("60");
    let seconds: u64 = seconds
        .parse()
        .map_err(|_| Error::failed(format!("`repository-timeout` is a number of seconds, not `{seconds}`")))?;
    Ok(Duration::from_secs(seconds))
}

/// Longer than any id that was ever given.
const LONGEST: usize = 100;
/// Bytes of a zip.
const AT_MOST: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use rbit_guest::Transport;

    use super::*;

    fn request(uri: Option<&str>, package: &str, version: &str) -> BuildRequest {
        BuildRequest {
            package: package.into(),
            version: version.into(),
            transport: Transport {
                uri: uri.map(str::to_owned),
                ..Transport::default()
            },
            ..BuildRequest::default()
        }
    }

    #[test]
    fn the_address_is_made_of_what_the_request_says() {
        for uri in [
            "http://cnx.org",
            "http://cnx.org/",
            " http://cnx.org// ",
            "http://cnx.org/content/",
            "http://cnx.org/content",
        ] {
            let address = Address::of(&request(Some(uri), "col10642", "1.2")).unwrap();
            assert_eq!(address.url("complete"), "http://cnx.org/content/col10642/1.2/complete");
        }
    }

    #[test]
    fn what_would_lead_elsewhere_is_refused() {
        for package in [
            "",
            "..",
            ".x",
            "a/b",
            "a b",
            "a?b",
            "a%2fb",
            "ä",
            "a\n",
            &"x".repeat(101),
        ] {
            let error = Address::of(&request(Some("http://cnx.org"), package, "1.2")).unwrap_err();
            assert!(matches!(&error, Error::Failed(text) if text.contains("is no package of a repository")));
            let error = Address::of(&request(Some("http://cnx.org"), "col1", package)).unwrap_err();
            assert!(matches!(&error, Error::Failed(text) if text.contains("is no version of a repository")));
        }
    }

    #[test]
    fn a_request_without_sources_fails_and_says_so() {
        for uri in [None, Some(""), Some(" ")] {
            let error = Address::of(&request(uri, "col1", "1.2")).unwrap_err();
            assert!(error.to_string().contains("`uri` is empty"));
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused_and_one_with_a_password_is_not_told() {
        for uri in [
            "cnx.org",
            "ftp://cnx.org",
            "http://",
            "http:///x",
            "http://reader:sesame@cnx.org",
            "http://cnx.org/?a",
            "http://ü.org",
        ] {
            let error = Address::of(&request(Some(uri), "col1", "1.2")).unwrap_err().to_string();
            assert!(
                error.contains("is no plain http or https address") && !error.contains("sesame"),
                "{error}"
            );
        }
    }

    #[test]
    fn patience_is_configured_in_seconds() {
        let settings = |value: &str| [("repository-timeout", value)].into_iter().collect::<Settings>();
        assert_eq!(timeout(&settings("3")), Ok(Duration::from_secs(3)));
        assert_eq!(timeout(&Settings::default()), Ok(Duration::from_secs(60)));
        assert!(timeout(&settings("3s")).is_err());
    }
}

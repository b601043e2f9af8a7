//! Addresses of web services.

use url::Url;

use crate::problem::{Wrong, shown};

/// An `http` or `https` address without credentials, query or fragment.
pub(crate) fn parse(text: &str) -> Result<Url, Wrong> {
    if text.contains('@') {
        return Err(Wrong::new("the address holds credentials", EXPECTED).help("they belong in `user` and `password`"));
    }
    let wrong = |what: String| Wrong::new(format!("{} {what}", shown(text)), EXPECTED);
    let url = Url::parse(text).map_err(|error| wrong(format!("is no web address ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("is no web address".to_owned()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("goes on after the path".to_owned()));
    }
    Ok(url)
}

const EXPECTED: &str = "an address such as `http://pybit.example.org:8080/`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_taken() {
        assert!(
            ["http://pybit:8080", "https://pybit.example.org/pybit/"]
                .into_iter()
                .all(|text| parse(text).is_ok())
        );
        for text in [
            "",
            "pybit",
            "pybit:8080",
            "ftp://pybit/",
            "file:///etc/passwd",
            "http://",
            "http://x/?y",
            "http://x/#y",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn credentials_in_an_address_are_refused_and_not_repeated() {
        assert!(!format!("{:?}", parse("http://joe:hunter2@pybit/").unwrap_err()).contains("hunter2"));
    }
}

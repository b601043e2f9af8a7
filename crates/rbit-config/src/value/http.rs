//! What guests may reach by HTTP.

use rbit_job::http::{HostPattern, InternalHost, InternalHostError, NoNetwork, PatternError};

use crate::problem::{Wrong, shown};

/// A pattern of scheme, host and port.
pub(crate) fn pattern(text: &str) -> Result<HostPattern, Wrong> {
    text.parse().map_err(|error| wrong_pattern(text, error))
}

/// `HOST=NETWORK`.
pub(crate) fn internal(text: &str) -> Result<InternalHost, Wrong> {
    text.parse().map_err(|error| {
        let wrong = Wrong::new(format!("{} cannot be used: {error}", told(text)), EXPECTED_PAIR);
        match error {
            InternalHostError::NoNetwork => {
                wrong.help("name the network as well, so that the host cannot be moved into another one")
            }
            InternalHostError::Host(_) if text.contains("://") => {
                wrong.help("the host stands here without scheme and port")
            }
            InternalHostError::Network(NoNetwork::HostBits) => {
                wrong.help("write the first address of the network, such as `10.1.0.0/16`, or one address without `/`")
            }
            _ => wrong,
        }
    })
}

fn wrong_pattern(text: &str, error: PatternError) -> Wrong {
    let wrong = Wrong::new(format!("{} is no pattern: {error}", told(text)), EXPECTED_PATTERN);
    match error {
        PatternError::NoScheme if text == "*" => wrong.help("`https://*` allows every host that has a public address"),
        PatternError::NoScheme => wrong.help(format!("did you mean `https://{text}`?")),
        PatternError::UnknownScheme => wrong.help("nothing but HTTP can be allowed"),
        PatternError::Userinfo => wrong.help("credentials are the guest's matter: hand them to it as a setting"),
        PatternError::Path => wrong.help("leave out everything behind host and port: a pattern allows all paths"),
        PatternError::Port => wrong.help("a port is a number from 1 to 65535; without one it is that of the scheme"),
        PatternError::Wildcard => wrong.help("`*.cnx.org` stands for every name below `cnx.org`, at any depth"),
        PatternError::NotAscii => wrong.help("write the name as it is looked up, such as `xn--bcher-kva.example`"),
        PatternError::Host => wrong,
    }
}

/// What stands before an `@` is often a password.
fn told(text: &str) -> String {
    match text.contains('@') {
        true => "the text with an `@`".to_owned(),
        false => shown(text),
    }
}

const EXPECTED_PATTERN: &str = "patterns such as `https://*.cnx.org` or `http://cnx.org:8080`";
const EXPECTED_PAIR: &str = "pairs of a host and a network such as `repo.lan=10.1.0.0/16`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_pattern_is_not_repeated() {
        for wrong in [
            pattern("https://joe:hunter2@cnx.org").err(),
            internal("joe:hunter2@cnx.org=10.0.0.0/8").err(),
        ] {
            assert!(!format!("{:?}", wrong.unwrap()).contains("hunter2"));
        }
    }
}

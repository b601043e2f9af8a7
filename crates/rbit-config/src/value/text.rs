//! Free text.

use secrecy::SecretString;

use crate::problem::Wrong;

/// What fits an AMQP short string: 1 to 255 bytes.
pub(crate) fn short(text: &str) -> Result<String, Wrong> {
    if text.is_empty() || text.len() > 255 {
        let what = if text.is_empty() {
            "no text is given"
        } else {
            "the text is too long"
        };
        return Err(Wrong::new(what, "1 to 255 bytes"));
    }
    Ok(text.to_owned())
}

/// A secret, which may be empty.
pub(crate) fn secret(text: &str) -> Result<SecretString, Wrong> {
    Ok(SecretString::from(text))
}

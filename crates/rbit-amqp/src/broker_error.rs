//! What lapin says when something went wrong.

use lapin::{ErrorKind, types::ShortStringError};

/// An error of the broker or of lapin. Its text has that of its sources in it, which are therefore not told again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BrokerError(lapin::Error);

impl BrokerError {
    /// Whether the broker says that there is no such queue or exchange.
    pub(crate) fn is_not_found(&self) -> bool {
        self.reply_code() == Some(NOT_FOUND)
    }

    /// Whether it does not let us: a wrong password, or no permission.
    pub(crate) fn is_access_refused(&self) -> bool {
        self.reply_code() == Some(ACCESS_REFUSED)
    }

    /// Whether the queue belongs to another connection alone.
    pub(crate) fn is_locked(&self) -> bool {
        self.reply_code() == Some(RESOURCE_LOCKED)
    }

    /// Whether it allows that to nobody, such as opening a virtual host that is not there.
    pub(crate) fn is_not_allowed(&self) -> bool {
        self.reply_code() == Some(NOT_ALLOWED)
    }

    /// Whether what came is not AMQP, or not as lapin reads it.
    pub(crate) fn is_unreadable(&self) -> bool {
        matches!(
            self.0.kind(),
            ErrorKind::ParsingError(_) | ErrorKind::InvalidProtocolVersion(_)
        )
    }

    /// Whether the broker's certificate was not believed.
    pub(crate) fn is_untrusted(&self) -> bool {
        matches!(self.tls_error(), Some(rustls::Error::InvalidCertificate(_)))
    }

    /// Whether encryption failed in whatever way.
    pub(crate) fn is_not_tls(&self) -> bool {
        self.tls_error().is_some()
    }

    fn tls_error(&self) -> Option<&rustls::Error> {
        match self.0.kind() {
            ErrorKind::IOError(error) => error.get_ref()?.downcast_ref(),
            _ => None,
        }
    }

    /// Whether the same may succeed when it is tried again, without a person changing something.
    pub(crate) fn is_transient(&self) -> bool {
        let is_lasting = self.reply_code().is_some_and(|code| LASTING.contains(&code));
        !is_lasting && !self.is_unreadable()
    }

    fn reply_code(&self) -> Option<u16> {
        match self.0.kind() {
            ErrorKind::ProtocolError(error) => Some(error.get_id()),
            _ => None,
        }
    }
}

impl From<lapin::Error> for BrokerError {
    fn from(error: lapin::Error) -> Self {
        Self(error)
    }
}

impl From<ShortStringError> for BrokerError {
    fn from(error: ShortStringError) -> Self {
        Self(std::io::Error::new(std::io::ErrorKind::InvalidInput, error).into())
    }
}

const ACCESS_REFUSED: u16 = 403;
const NOT_FOUND: u16 = 404;
const RESOURCE_LOCKED: u16 = 405;
const PRECONDITION_FAILED: u16 = 406;
const NOT_ALLOWED: u16 = 530;

const LASTING: [u16; 5] = [
    ACCESS_REFUSED,
    NOT_FOUND,
    RESOURCE_LOCKED,
    PRECONDITION_FAILED,
    NOT_ALLOWED,
];

#[cfg(test)]
mod tests {
    use std::io;

    use lapin::protocol::{AMQPError, AMQPErrorKind};

    use super::*;

    fn reply(code: u16) -> BrokerError {
        let kind = AMQPErrorKind::from_id(code).unwrap();
        BrokerError(ErrorKind::ProtocolError(AMQPError::new(kind, "".into())).into())
    }

    #[test]
    fn what_only_a_person_can_mend_is_not_tried_in_haste() {
        assert!(
            [403, 404, 405, 406, 530]
                .into_iter()
                .all(|code| !reply(code).is_transient())
        );
    }

    #[test]
    fn an_overloaded_or_broken_connection_is_worth_another_try() {
        assert!([320, 501, 504, 541].into_iter().all(|code| reply(code).is_transient()));
        assert!(BrokerError(io::Error::from(io::ErrorKind::ConnectionReset).into()).is_transient());
    }

    #[test]
    fn the_text_of_a_cause_is_told_once() {
        let error = BrokerError(io::Error::other("the cable is cut").into());
        assert!(error.to_string().contains("the cable is cut"));
        assert!(std::error::Error::source(&error).is_none());
    }
}

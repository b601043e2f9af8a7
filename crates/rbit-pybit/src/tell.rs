//! What the answer to a report means, and whether saying it again can help.

use reqwest::StatusCode;

use crate::{
    connection::{ExchangeError, Head},
    front_end::NoFrontEnd,
};

/// The front-end did not take a status.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TellError {
    #[error("nobody can be told")]
    NobodyToTell(#[from] NoFrontEnd),
    #[error("the front-end cannot be told")]
    Exchange(#[from] ExchangeError),
    #[error("the front-end answered {0}: `user` or `password` of `[pybit]` is missing or wrong")]
    Credentials(StatusCode),
    #[error("the front-end answered {code}, to go to `{location}`; redirects are not followed")]
    Redirect { code: StatusCode, location: String },
    #[error("the front-end refused the report with {0}")]
    Refused(StatusCode),
    #[error("the front-end is at fault: it answered {0}")]
    Fault(StatusCode),
    #[error("{0} came with a page: PyBit sends none when it takes a report, so somebody else answered")]
    NotPybit(StatusCode),
}

impl TellError {
    /// Whether the same report may be taken later.
    ///
    /// Wrong credentials are a person's to set right, after which the report is still wanted. PyBit answers 500 when it is down
    /// in part, but also for a status name that was removed and for a job it does not know; nobody can tell these apart.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Exchange(_) | Self::Credentials(_) | Self::Fault(_) | Self::NotPybit(_) => true,
            Self::NobodyToTell(_) | Self::Redirect { .. } | Self::Refused(_) => false,
        }
    }
}

/// What a reply to `PUT /job/<id>` means. Any code that means success is one, whatever text follows it in the head; but a page
/// of HTML instead of PyBit's empty body is what a network shows to those who have not signed in to it.
pub(crate) fn taken(head: Head) -> Result<(), TellError> {
    let Head {
        code,
        location,
        is_page,
        ..
    } = head;
    match code {
        _ if code.is_success() && is_page => Err(TellError::NotPybit(code)),
        _ if code.is_success() => Ok(()),
        _ if code.is_redirection() => Err(TellError::Redirect { code, location }),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(TellError::Credentials(code)),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Err(TellError::Fault(code)),
        _ if code.is_client_error() => Err(TellError::Refused(code)),
        _ => Err(TellError::Fault(code)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_decides_whether_a_report_was_taken_or_may_be_later() {
        let table = [
            (200, None),
            (202, None),
            (204, None),
            (299, None),
            (300, Some(false)),
            (301, Some(false)),
            (302, Some(false)),
            (307, Some(false)),
            (400, Some(false)),
            (401, Some(true)),
            (403, Some(true)),
            (404, Some(false)),
            (405, Some(false)),
            (408, Some(true)),
            (409, Some(false)),
            (429, Some(true)),
            (500, Some(true)),
            (502, Some(true)),
            (503, Some(true)),
            (999, Some(true)),
        ];
        for (code, may_be_taken_later) in table {
            let code = StatusCode::from_u16(code).unwrap();
            let head = Head {
                code,
                content_type: String::new(),
                location: String::new(),
                is_page: false,
            };
            assert_eq!(
                taken(head).err().map(|error| error.is_transient()),
                may_be_taken_later,
                "{code}"
            );
        }
    }
    #[test]
    fn a_page_is_not_how_pybit_takes_a_report() {
        let head = Head {
            code: StatusCode::OK,
            content_type: "text/html".to_owned(),
            location: String::new(),
            is_page: true,
        };
        assert!(taken(head).unwrap_err().is_transient());
    }
}

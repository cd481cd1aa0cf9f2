//! Why a server function did not do it.

use domain::Refusal;
use leptos::server_fn::{
    Bytes,
    codec::PostcardEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

/// Why a server function did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// The server refused it; nothing was changed.
    Refused(Refusal),
    /// The server was not reached, or its answer not understood.
    Unreachable,
}

impl FromServerFnError for Failure {
    type Encoder = PostcardEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Self::Refused(Refusal::Malformed)
            }
            // On the server: a request that is none. In the browser: an answer from elsewhere.
            ServerFnErrorErr::Deserialization(_) if cfg!(feature = "ssr") => {
                Self::Refused(Refusal::Malformed)
            }
            _ => Self::Unreachable,
        }
    }

    fn de(answer: Bytes) -> Self {
        postcard::from_bytes(&answer).unwrap_or_else(|_| {
            // Refused before any function ran: the server words that as a problem document.
            let answer = String::from_utf8_lossy(&answer);
            if answer.contains("\"status\":429") {
                Self::Refused(Refusal::TooMany)
            } else {
                Self::Unreachable
            }
        })
    }

    fn status_code(&self) -> http::StatusCode {
        use http::StatusCode;
        match self {
            Self::Refused(refusal) => match refusal {
                Refusal::SignedOut => StatusCode::UNAUTHORIZED,
                Refusal::Forbidden | Refusal::Blocked | Refusal::EmailNotTaken => {
                    StatusCode::FORBIDDEN
                }
                Refusal::NotFound => StatusCode::NOT_FOUND,
                Refusal::TooLarge | Refusal::FileTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                Refusal::TooMany | Refusal::WaitForAnswer | Refusal::TooManyFiles => {
                    StatusCode::TOO_MANY_REQUESTS
                }
                Refusal::Empty | Refusal::Malformed | Refusal::Required => StatusCode::BAD_REQUEST,
                Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                Refusal::NoLongerWaiting
                | Refusal::Ended
                | Refusal::AlreadyOpen
                | Refusal::NotNow
                | Refusal::ShortcutTaken
                | Refusal::Taken
                | Refusal::NoCalendar
                | Refusal::Full => StatusCode::CONFLICT,
            },
            Self::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

#[cfg(feature = "ssr")]
impl From<backend::Error> for Failure {
    fn from(error: backend::Error) -> Self {
        Self::Refused(error.refusal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_failure_a_problem_document_or_nothing_known() {
        let refused = Failure::Refused(Refusal::Forbidden);
        let bytes = postcard::to_allocvec(&refused).unwrap();
        assert_eq!(Failure::de(bytes.into()), refused);
        let problem = r#"{"type":"about:blank","status":429,"code":"too_many_requests"}"#;
        assert_eq!(
            Failure::de(problem.into()),
            Failure::Refused(Refusal::TooMany)
        );
        assert_eq!(Failure::de("<html>".into()), Failure::Unreachable);
    }
}

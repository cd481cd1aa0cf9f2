//! Why a server function did not do it.

use domain::Refusal;
use leptos::server_fn::{
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

    fn status_code(&self) -> http::StatusCode {
        use http::StatusCode;
        match self {
            Self::Refused(refusal) => match refusal {
                Refusal::SignedOut => StatusCode::UNAUTHORIZED,
                Refusal::Forbidden => StatusCode::FORBIDDEN,
                Refusal::NotFound => StatusCode::NOT_FOUND,
                Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                Refusal::TooMany => StatusCode::TOO_MANY_REQUESTS,
                Refusal::Empty | Refusal::Malformed | Refusal::Required => StatusCode::BAD_REQUEST,
                Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                Refusal::NoLongerWaiting
                | Refusal::Ended
                | Refusal::AlreadyOpen
                | Refusal::NotNow => StatusCode::CONFLICT,
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

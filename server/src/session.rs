//! The cookie of a signed-in agent.

use std::sync::Arc;

use app::{
    api::Failure,
    context::{RequestContext, cookie},
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use backend::{SessionToken, SignedIn};
use domain::Refusal;
use http::HeaderMap;
use leptos::server_fn::error::FromServerFnError;

use crate::{node::Node, problem::Problem, request::Client};

/// The secret in the cookie of these headers.
fn token(headers: &HeaderMap, secure: bool) -> Option<SessionToken> {
    let name = RequestContext::cookie_name(secure);
    SessionToken::from_hex(cookie(headers, name)?)
}

/// Layer: lets signed-in agents pass; everyone else gets 401.
pub async fn required(state: State<Arc<Node>>, request: Request, next: Next) -> Response {
    let refused = || Problem::from(Refusal::SignedOut).into_response();
    required_or(state, request, next, refused).await
}

/// Layer of functions: the same, in the form that their callers read.
pub async fn required_for_function(
    state: State<Arc<Node>>,
    request: Request,
    next: Next,
) -> Response {
    let failure = Failure::Refused(Refusal::SignedOut);
    let refused = || (failure.status_code(), failure.ser().body).into_response();
    required_or(state, request, next, refused).await
}

async fn required_or(
    State(node): State<Arc<Node>>,
    mut request: Request,
    next: Next,
    refused: impl FnOnce() -> Response,
) -> Response {
    match find(&node, &request).await {
        Ok(Some(who)) => {
            request.extensions_mut().insert(who.clone());
            request.extensions_mut().insert(Some(who));
            next.run(request).await
        }
        Ok(None) => refused(),
        Err(problem) => problem.into_response(),
    }
}

/// Layer: looks up who it is, and lets everyone pass.
pub async fn optional(State(node): State<Arc<Node>>, mut request: Request, next: Next) -> Response {
    match find(&node, &request).await {
        Ok(who) => {
            request.extensions_mut().insert(who);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Who sends this request, if anybody is signed in.
fn find<'a>(
    node: &'a Node,
    request: &Request,
) -> impl Future<Output = Result<Option<SignedIn>, Problem>> + use<'a> {
    let client = request.extensions().get::<Client>();
    let secure = client.is_some_and(|client| client.secure);
    // Not kept by the future: a request's body cannot be shared between threads.
    let token = token(request.headers(), secure);
    async move {
        match token {
            Some(token) => Ok(node.casella.session(&token).await?),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_a_plain_one_does_not_count_on_https() {
        let hex = "0a".repeat(32);
        let mut headers = HeaderMap::new();
        let cookies = format!("a=b; casella={hex}");
        headers.insert(header::COOKIE, cookies.parse().unwrap());
        assert!(token(&headers, false).is_some_and(|token| token.0 == [10; 32]));
        assert!(token(&headers, true).is_none());
    }

    #[test]
    fn what_is_no_token_is_none() {
        for wrong in ["", "0a", &"zz".repeat(32), &"é".repeat(32)] {
            let cookie = format!("casella={wrong}").parse().unwrap();
            let headers = HeaderMap::from_iter([(header::COOKIE, cookie)]);
            assert!(token(&headers, false).is_none(), "{wrong}");
        }
    }
}

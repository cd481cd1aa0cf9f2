//! The table of routes: everything that can be asked of Casella over HTTP. The router is built
//! from it, and with it the checks that stand before each handler.

use std::sync::Arc;

use app::api;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use http::{Method, StatusCode};
use leptos::server_fn::ServerFn;

use crate::{
    asset, chat_page, health, loader, node::Node, origin, page, poll, problem::Problem,
    request::Client, session, socket, transcript, visit,
};

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone; the session cookie is not read.
    Anyone,
    /// Signed-in agents; everyone else gets 401.
    Agent,
    /// A page for signed-in agents; everyone else is sent to the page where one signs in.
    AgentPage,
    /// A page or function that also serves who is not signed in.
    Guest,
    /// A function for signed-in agents; everyone else gets 401, in the function's own form.
    AgentFunction,
}

/// From which pages a browser may send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// Any: it changes nothing.
    Any,
    /// Casella's own.
    Own,
    /// Those of the site that it names; the handler, which knows the site, checks.
    Sites,
}

/// One route.
pub struct Route {
    pub method: Method,
    /// In axum's form, `/w/{key}/frame`.
    pub path: &'static str,
    pub who: Who,
    pub from: Pages,
    handler: MethodRouter<Arc<Node>>,
}

/// The largest body of a function's call: a password, a message's worth of text.
const FUNCTION_BODY_BYTES: usize = 32 * 1024;

/// All routes.
pub fn table() -> Vec<Route> {
    use Pages::{Any, Own, Sites};
    use Who::{Agent, AgentFunction, AgentPage, Anyone, Guest};

    let read = |path, who, handler| route(Method::GET, path, who, Any, handler);
    vec![
        read("/healthz", Anyone, get(health::alive)),
        read("/readyz", Anyone, get(health::ready)),
        read("/metrics", Anyone, get(health::measures)),
        read("/assets/{file}", Anyone, get(asset::serve)),
        read("/w/{key}", Anyone, get(loader::serve)),
        read("/w/{key}/frame", Anyone, get(chat_page::serve)),
        route(
            Method::POST,
            "/w/{key}/visit",
            Anyone,
            Sites,
            post(visit::tell).layer(DefaultBodyLimit::max(visit::BODY_BYTES)),
        ),
        route(
            Method::GET,
            "/ws/visitor",
            Anyone,
            Own,
            get(socket::visitor),
        ),
        route(
            Method::POST,
            "/poll/visitor",
            Anyone,
            Own,
            post(poll::visitor).layer(DefaultBodyLimit::max(poll::BODY_BYTES)),
        ),
        route(Method::GET, "/ws/agent", Agent, Own, get(socket::agent)),
        read("/transcripts/{file}", Agent, get(transcript::serve)),
        read(page::SIGN_IN, Guest, get(page::serve)),
        read(page::SETUP, Guest, get(page::serve)),
        read("/", AgentPage, get(page::serve)),
        read("/{*page}", AgentPage, get(page::serve)),
        function::<api::CheckSession>(AgentFunction),
        password_function::<api::SignIn>(Guest),
        password_function::<api::CreateFirstAdmin>(Guest),
        function::<api::SignOut>(Guest),
        function::<api::ReadInbox>(AgentFunction),
        function::<api::ReadList>(AgentFunction),
        function::<api::ReadConversation>(AgentFunction),
        function::<api::ReadEarlier>(AgentFunction),
    ]
}

/// A function of the inbox.
fn function<F: ServerFn>(who: Who) -> Route {
    called::<F>(who, post(page::function))
}

/// One whose every call costs a password hash.
fn password_function<F: ServerFn>(who: Who) -> Route {
    called::<F>(who, post(page::sign_in))
}

fn called<F: ServerFn>(who: Who, handler: MethodRouter<Arc<Node>>) -> Route {
    let handler = handler.layer(DefaultBodyLimit::max(FUNCTION_BODY_BYTES));
    route(Method::POST, F::PATH, who, Pages::Own, handler)
}

fn route(
    method: Method,
    path: &'static str,
    who: Who,
    from: Pages,
    handler: MethodRouter<Arc<Node>>,
) -> Route {
    Route {
        method,
        path,
        who,
        from,
        handler,
    }
}

/// The router of all routes, each behind the checks that its row asks for.
pub fn router(node: &Arc<Node>) -> Router<Arc<Node>> {
    let state = || Arc::clone(node);
    let mut router = Router::new();
    for route in table() {
        let mut handler = route.handler;
        match route.who {
            Who::Anyone => {}
            Who::Agent => {
                let check = middleware::from_fn_with_state(state(), session::required);
                handler = handler.layer(check);
            }
            Who::AgentFunction => {
                let check = middleware::from_fn_with_state(state(), session::required_for_function);
                handler = handler.layer(check);
            }
            Who::AgentPage | Who::Guest => {
                let look = middleware::from_fn_with_state(state(), session::optional);
                handler = handler.layer(look);
            }
        }
        if route.from == Pages::Own {
            handler = handler.layer(middleware::from_fn_with_state(state(), own_pages));
        }
        router = router.route(route.path, handler);
    }
    router
        .method_not_allowed_fallback(async || {
            let detail = "This address does not take this method";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
        })
        .fallback(async || Problem::from(domain::Refusal::NotFound))
}

/// Layer: lets requests from Casella's own pages pass.
async fn own_pages(State(node): State<Arc<Node>>, request: Request, next: Next) -> Response {
    let Some(client) = request.extensions().get::<Client>() else {
        return Problem::from(domain::Refusal::Forbidden).into_response();
    };
    match origin::own(request.headers(), client, node.config.public_url.as_ref()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

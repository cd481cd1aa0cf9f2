//! The table of routes: everything that can be asked of Casella over HTTP. The router is built
//! from it, and with it the checks that stand before each handler.

use std::sync::Arc;

use app::{api, shell::SETUP};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use domain::permission::Action;
use http::{Method, StatusCode};
use leptos::server_fn::ServerFn;

use crate::{
    asset, chat_page, feed, file, health, loader, meeting_file, meeting_page, node::Node, origin,
    page, photo, poll, preview, problem::Problem, request::Client, session, socket, transcript,
    visit, worker,
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
    /// What asking is, in the table of permissions; which is the least where it depends on what is
    /// asked for (a list, a page, the frames of a socket).
    pub action: Action,
    pub from: Pages,
    handler: MethodRouter<Arc<Node>>,
}

/// The largest body of a function's call: a password, a message's worth of text.
const FUNCTION_BODY_BYTES: usize = 32 * 1024;

/// The largest body of a call with a picture; the bytes before it take a few.
const PHOTO_BODY_BYTES: usize = domain::settings::PHOTO_BYTES + 64;

/// What machines of the house ask, by whatever name they reach this one.
pub const SIGNALS: [&str; 3] = ["/healthz", "/readyz", health::MEASURES];

/// All routes.
pub fn table() -> Vec<Route> {
    use Action as A;
    use Pages::{Any, Own, Sites};
    use Who::{Agent, AgentFunction, AgentPage, Anyone, Guest};

    let read = |path, who, action, handler| route(Method::GET, path, who, action, Any, handler);
    vec![
        read("/healthz", Anyone, A::Load, get(health::alive)),
        read("/readyz", Anyone, A::Load, get(health::ready)),
        read(
            health::MEASURES,
            Anyone,
            A::Load,
            get(health::measures_by_token),
        ),
        read("/assets/{file}", Anyone, A::Load, get(asset::serve)),
        read("/files/{address}", Anyone, A::Load, get(file::serve)),
        read("/feeds/{file}", Anyone, A::Load, get(feed::serve)),
        read("/photos/{name}", Anyone, A::Load, get(photo::serve)),
        read("/worker.js", Anyone, A::Load, get(worker::serve)),
        read("/w/{key}", Anyone, A::Load, get(loader::serve)),
        read("/w/{key}/frame", Anyone, A::Load, get(chat_page::serve)),
        read(
            "/m/{address}",
            Anyone,
            A::FollowMeetingLink,
            get(meeting_page::serve),
        ),
        route(
            Method::POST,
            "/m/{address}",
            Anyone,
            A::FollowMeetingLink,
            Own,
            post(meeting_page::change).layer(DefaultBodyLimit::max(meeting_page::BODY_BYTES)),
        ),
        route(
            Method::POST,
            visit::PATH,
            Anyone,
            A::Visit,
            Sites,
            post(visit::tell).layer(DefaultBodyLimit::max(visit::BODY_BYTES)),
        ),
        route(
            Method::GET,
            "/ws/visitor",
            Anyone,
            A::Visit,
            Own,
            get(socket::visitor),
        ),
        route(
            Method::POST,
            "/poll/visitor",
            Anyone,
            A::Visit,
            Own,
            post(poll::visitor).layer(DefaultBodyLimit::max(poll::BODY_BYTES)),
        ),
        route(
            Method::POST,
            "/upload/visitor",
            Anyone,
            A::Visit,
            Own,
            post(file::upload_by_visitor),
        ),
        route(
            Method::POST,
            "/api/upload",
            Agent,
            A::Talk,
            Own,
            post(file::upload_by_agent),
        ),
        route(
            Method::GET,
            "/ws/agent",
            Agent,
            A::UseInbox,
            Own,
            get(socket::agent),
        ),
        read(
            "/transcripts/{file}",
            Agent,
            A::ReadTranscript,
            get(transcript::serve),
        ),
        read(
            "/m/{address}/meeting.ics",
            Anyone,
            A::FollowMeetingLink,
            get(meeting_file::serve),
        ),
        read(
            "/invitations/{file}",
            Agent,
            A::ManageMeetings,
            get(meeting_file::serve_agent),
        ),
        read(
            "/preview/{key}",
            AgentPage,
            A::UseInbox,
            get(preview::serve),
        ),
        read(
            "/preview/{key}/page",
            AgentPage,
            A::UseInbox,
            get(preview::sample),
        ),
        read(page::SIGN_IN, Guest, A::SignIn, get(page::serve)),
        read(SETUP, Guest, A::SignIn, get(page::serve)),
        read("/", AgentPage, A::UseInbox, get(page::serve)),
        read("/{*page}", AgentPage, A::UseInbox, get(page::serve)),
        function::<api::CheckSession>(AgentFunction, A::UseInbox),
        password_function::<api::SignIn>(Guest, A::SignIn),
        password_function::<api::CreateFirstAdmin>(Guest, A::SignIn),
        function::<api::SignOut>(Guest, A::SignOut),
        function::<api::ReadInbox>(AgentFunction, A::UseInbox),
        function::<api::ReadList>(AgentFunction, A::UseInbox),
        function::<api::Search>(AgentFunction, A::UseInbox),
        function::<api::ReadConversation>(AgentFunction, A::ReadConversation),
        function::<api::ReadEarlier>(AgentFunction, A::ReadConversation),
        function::<api::ReadHistory>(AgentFunction, A::ReadConversation),
        function::<api::ReadTranscript>(AgentFunction, A::ReadTranscript),
        function::<api::ReadColleagues>(AgentFunction, A::ReadColleagues),
        function::<api::ReadCalendars>(AgentFunction, A::ReadCalendars),
        function::<api::ReadMeetings>(AgentFunction, A::ManageMeetings),
        function::<api::CancelMeeting>(AgentFunction, A::ManageMeetings),
        function::<api::WithdrawCard>(AgentFunction, A::ManageMeetings),
        function::<api::ReassignMeeting>(AgentFunction, A::ManageMeetings),
        function::<api::ReadMeetingHours>(AgentFunction, A::ChangeOwnSettings),
        function::<api::SetMeetingHours>(AgentFunction, A::ChangeOwnSettings),
        function::<api::ReadLetters>(AgentFunction, A::ChangeOwnSettings),
        function::<api::SetLetters>(AgentFunction, A::ChangeOwnSettings),
        function::<api::ReadReplies>(AgentFunction, A::UseInbox),
        function::<api::SaveReply>(AgentFunction, A::UseInbox),
        function::<api::DeleteReply>(AgentFunction, A::UseInbox),
        function::<api::ReadAgents>(AgentFunction, A::ReadAgents),
        function::<api::ReadSettings>(AgentFunction, A::ChangeOwnSettings),
        function::<api::SetProfile>(AgentFunction, A::ChangeOwnSettings),
        photo_function::<api::SetPhoto>(AgentFunction, A::ChangeOwnSettings),
        function::<api::SetSchedule>(AgentFunction, A::ChangeOwnSettings),
        function::<api::SetNotifications>(AgentFunction, A::ChangeOwnSettings),
        password_function::<api::ChangePassword>(AgentFunction, A::ChangeOwnSettings),
        function::<api::EndDevice>(AgentFunction, A::ChangeOwnSettings),
        function::<api::SubscribePush>(AgentFunction, A::ChangeOwnSettings),
        function::<api::UnsubscribePush>(AgentFunction, A::ChangeOwnSettings),
        function::<api::ReadCalendar>(AgentFunction, A::ChangeOwnSettings),
        function::<api::ConnectCaldav>(AgentFunction, A::ChangeOwnSettings),
        function::<api::ChooseCalendars>(AgentFunction, A::ChangeOwnSettings),
        function::<api::DisconnectCalendar>(AgentFunction, A::ChangeOwnSettings),
        function::<api::BeginConsent>(AgentFunction, A::ChangeOwnSettings),
        function::<api::FinishConsent>(AgentFunction, A::ChangeOwnSettings),
        function::<api::RenewFeed>(AgentFunction, A::ChangeOwnSettings),
        function::<api::EndFeed>(AgentFunction, A::ChangeOwnSettings),
    ]
}

/// A function of the inbox.
fn function<F: ServerFn>(who: Who, action: Action) -> Route {
    called::<F>(who, action, post(page::function))
}

/// One whose every call costs a password hash.
fn password_function<F: ServerFn>(who: Who, action: Action) -> Route {
    called::<F>(who, action, post(page::sign_in))
}

/// One that takes a picture.
fn photo_function<F: ServerFn>(who: Who, action: Action) -> Route {
    called_with::<F>(who, action, post(page::function), PHOTO_BODY_BYTES)
}

fn called<F: ServerFn>(who: Who, action: Action, handler: MethodRouter<Arc<Node>>) -> Route {
    called_with::<F>(who, action, handler, FUNCTION_BODY_BYTES)
}

fn called_with<F: ServerFn>(
    who: Who,
    action: Action,
    handler: MethodRouter<Arc<Node>>,
    most: usize,
) -> Route {
    let handler = handler.layer(DefaultBodyLimit::max(most));
    route(Method::POST, F::PATH, who, action, Pages::Own, handler)
}

fn route(
    method: Method,
    path: &'static str,
    who: Who,
    action: Action,
    from: Pages,
    handler: MethodRouter<Arc<Node>>,
) -> Route {
    Route {
        method,
        path,
        who,
        action,
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

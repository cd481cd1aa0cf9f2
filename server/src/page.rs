//! The inbox's pages and the functions that they call, both run by Leptos.

use std::sync::Arc;

use app::{
    context::RequestContext,
    shell::{PageAssets, Program, SETUP, shell},
};
use axum::{
    Extension,
    extract::{Request, State},
    response::{IntoResponse, Redirect, Response},
};
use backend::SignedIn;
use domain::Language;
use http::{HeaderMap, HeaderValue, header};
use leptos::{
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::ResponseOptions;

use crate::{node::Node, problem::Problem, request::Client};

/// The page for who is not signed in, once there is an admin.
pub const SIGN_IN: &str = "/sign-in";

/// Any page of the inbox, rendered whole: `SsrMode::Async`, so that it needs no inline script.
pub async fn serve(
    State(node): State<Arc<Node>>,
    Extension(client): Extension<Client>,
    Extension(who): Extension<Option<SignedIn>>,
    request: Request,
) -> Result<Response, Problem> {
    if let Some(elsewhere) = elsewhere(&node, &who, request.uri().path()).await? {
        return Ok(Redirect::to(elsewhere).into_response());
    }
    let manifest = node.assets.manifest().await?;
    let program = Program::of(request.uri().path());
    let address = |kind| manifest.address(&format!("{}.{kind}", program.name()));
    let assets = PageAssets {
        js: address("js")?,
        wasm: address("wasm")?,
        css: address("css")?,
    };
    let language = language(who.as_ref(), request.headers());
    let context = context(&node, &client, who);
    let page = move || {
        protect();
        shell(program, assets.clone(), language)
    };
    let render =
        leptos_axum::render_app_async_with_context(move || provide_context(context.clone()), page);
    Ok(render(request).await)
}

/// `POST /api/{fn}`.
pub async fn function(
    State(node): State<Arc<Node>>,
    Extension(client): Extension<Client>,
    Extension(who): Extension<Option<SignedIn>>,
    request: Request,
) -> Response {
    let context = context(&node, &client, who);
    leptos_axum::handle_server_fns_with_context(move || provide_context(context.clone()), request)
        .await
        .into_response()
}

/// `POST /api/sign-in` and the first admin's: each attempt costs a password hash, so few are taken.
pub async fn sign_in(
    state: State<Arc<Node>>,
    client: Extension<Client>,
    who: Extension<Option<SignedIn>>,
    request: Request,
) -> Response {
    match state.limits.sign_in(client.address) {
        Ok(()) => function(state, client, who, request).await,
        Err(refusal) => Problem::from(refusal).into_response(),
    }
}

fn context(node: &Node, client: &Client, who: Option<SignedIn>) -> RequestContext {
    RequestContext {
        casella: Arc::clone(&node.casella),
        who,
        secure: client.secure,
    }
}

/// Where to go instead: who is signed in has nothing to do on the sign-in page; who is not has
/// nothing to do elsewhere; the first admin is created only while there are no agents.
async fn elsewhere(
    node: &Node,
    who: &Option<SignedIn>,
    path: &str,
) -> Result<Option<&'static str>, Problem> {
    let outside = [SIGN_IN, SETUP].contains(&path);
    if who.is_some() {
        return Ok(outside.then_some("/"));
    }
    let wanted = if node.casella.has_agents().await? {
        SIGN_IN
    } else {
        SETUP
    };
    Ok((path != wanted).then_some(wanted))
}

/// The agent's setting, else the browser's, else English.
pub fn language(who: Option<&SignedIn>, headers: &HeaderMap) -> Language {
    let browsers = headers.get(header::ACCEPT_LANGUAGE);
    let browsers = browsers.and_then(|value| value.to_str().ok());
    who.and_then(|who| who.agent.language)
        .or_else(|| browsers.and_then(Language::preferred))
        .unwrap_or_default()
}

/// Adds the policy of the page that is being rendered: scripts need this response's nonce.
fn protect() {
    let Some((nonce, response)) = use_nonce().zip(use_context::<ResponseOptions>()) else {
        return;
    };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'self' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; connect-src 'self'; img-src 'self' data:; \
         worker-src 'self'; frame-ancestors 'none'; object-src 'none'; base-uri 'none'; \
         form-action 'self'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

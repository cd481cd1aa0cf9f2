//! How the browser asks: one request for all functions. Leptos' own client is made anew for each
//! function, which the wasm would hold a dozen times.

use std::pin::Pin;

use js_sys::{Object, Reflect, Uint8Array};
use leptos::server_fn::error::FromServerFnError;
use send_wrapper::SendWrapper;
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

use super::Failure;
use crate::browser;

type Answer = Pin<Box<dyn Future<Output = Result<Vec<u8>, Failure>>>>;

/// Asks the function at this address under `/api`; `args` are its arguments as a tuple.
///
/// # Errors
/// What the function says; [`Failure::Unreachable`] without an answer that can be understood.
pub async fn call<A: Serialize, T: DeserializeOwned>(
    endpoint: &'static str,
    args: &A,
) -> Result<T, Failure> {
    let body = postcard::to_allocvec(args).unwrap_or_default();
    let answer: Answer = Box::pin(post(endpoint, body));
    // The browser has one thread; Leptos asks for what could go to another.
    let answer = SendWrapper::new(answer).await?;
    postcard::from_bytes(&answer).map_err(|_| Failure::Unreachable)
}

async fn post(endpoint: &'static str, body: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let failed = |_: JsValue| Failure::Unreachable;
    let headers = Object::new();
    let kind = JsValue::from_str("application/x-postcard");
    for name in ["accept", "content-type"] {
        let _ = Reflect::set(&headers, &JsValue::from_str(name), &kind);
    }
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&Uint8Array::from(body.as_slice()));
    let address = format!("/api/{endpoint}");
    let sent = browser::window().fetch_with_str_and_init(&address, &request);
    let response = JsFuture::from(sent).await.map_err(failed)?;
    let response: Response = response.dyn_into().map_err(failed)?;
    let read = response.array_buffer().map_err(failed)?;
    let bytes = Uint8Array::new(&JsFuture::from(read).await.map_err(failed)?).to_vec();
    if response.ok() {
        Ok(bytes)
    } else {
        Err(Failure::de(bytes.into()))
    }
}

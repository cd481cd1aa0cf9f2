//! One request to the server, with frames both ways.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{XmlHttpRequest, XmlHttpRequestResponseType};

use crate::{dom::hear, message::Msg};

/// Begins a request that may take `millis`; none where the browser refuses even to try. Its end
/// is told with the answer, empty if there is none.
pub fn request(address: &str, millis: u32) -> Option<XmlHttpRequest> {
    let request = XmlHttpRequest::new().ok()?;
    request.open("POST", address).ok()?;
    request.set_response_type(XmlHttpRequestResponseType::Arraybuffer);
    request.set_timeout(millis);
    Some(request)
}

/// Sends it; `over` makes of the answer what happens then.
pub fn send(request: &XmlHttpRequest, body: &[u8], over: Box<dyn Fn(Vec<u8>) -> Msg>) -> bool {
    let answered = request.clone();
    let ends = Box::new(move |_| {
        let buffer = answered.response().unwrap_or_default();
        let answer = match buffer.dyn_into::<ArrayBuffer>() {
            Ok(buffer) => Uint8Array::new(&buffer).to_vec(),
            Err(_) => Vec::new(),
        };
        crate::dispatch(over(answer));
    });
    hear(request, "loadend", ends);
    request.send_with_opt_u8_array(Some(body)).is_ok()
}

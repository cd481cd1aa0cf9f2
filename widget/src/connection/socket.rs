//! The WebSocket.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

use super::Attempt;
use crate::{
    dom::{hear, on, window},
    message::Msg,
};

/// A socket that tells what happens to it. Dropping it closes it; what it still tells then is
/// of an attempt that is no longer heard.
pub struct Socket(WebSocket);

impl Socket {
    /// None where the browser refuses even to try.
    pub fn open(attempt: Attempt) -> Option<Self> {
        // `http` becomes `ws`, `https` becomes `wss`.
        let origin = window().location().origin().ok()?;
        let mut address = String::from("ws");
        address.push_str(origin.strip_prefix("http")?);
        address.push_str("/ws/visitor");
        let socket = WebSocket::new(&address).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        on(&socket, "open", Msg::Carries(attempt));
        let message = Box::new(move |event: Event| {
            let event: MessageEvent = event.unchecked_into();
            if let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() {
                let bytes = Uint8Array::new(&buffer).to_vec();
                crate::dispatch(Msg::Frame(attempt, bytes));
            }
        });
        hear(&socket, "message", message);
        let close = Box::new(move |event: Event| {
            let event: CloseEvent = event.unchecked_into();
            crate::dispatch(Msg::Gone(attempt, event.code()));
        });
        hear(&socket, "close", close);
        Some(Self(socket))
    }

    pub fn send(&self, bytes: &[u8]) {
        // One that is closing says so by its close event; what counts is sent again then.
        if self.0.ready_state() == WebSocket::OPEN {
            let _ = self.0.send_with_u8_array(bytes);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = self.0.close();
    }
}

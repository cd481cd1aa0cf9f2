//! The WebSocket.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::Attempt;
use crate::{dom::window, message::Msg};

/// A socket that tells what happens to it until it is dropped, which closes it.
pub struct Socket {
    socket: WebSocket,
    _open: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _close: Closure<dyn FnMut(CloseEvent)>,
}

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
        let open = Closure::<dyn FnMut()>::new(move || crate::dispatch(Msg::Carries(attempt)));
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() {
                let bytes = Uint8Array::new(&buffer).to_vec();
                crate::dispatch(Msg::Frame(attempt, bytes));
            }
        });
        let close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            crate::dispatch(Msg::Gone(attempt, event.code()));
        });
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        Some(Self {
            socket,
            _open: open,
            _message: message,
            _close: close,
        })
    }

    pub fn send(&self, bytes: &[u8]) {
        // A socket that is not open says so by its close event.
        let _ = self.socket.send_with_u8_array(bytes);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

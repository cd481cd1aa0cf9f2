//! The connection to the server: frames both ways over one WebSocket, made anew when it is lost.

use std::{cell::RefCell, time::Duration};

use domain::frame::{
    self, CLOSE_OUTDATED, CLOSE_SIGNED_OUT,
    agent::{AgentEvent, AgentRequest},
};
use js_sys::{ArrayBuffer, Uint8Array};
use leptos::{
    leptos_dom::helpers::TimeoutHandle,
    prelude::{set_timeout, window_event_listener},
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

use super::{Inbox, wait::wait};
use crate::browser;

/// The server pings every 20 s; after two missed pings nobody is there any more.
const SILENCE: Duration = Duration::from_secs(45);

/// Connecting has failed if it takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

struct Connection {
    inbox: Inbox,
    socket: Option<Socket>,
    /// Tells the events of an earlier socket from those of the present one.
    number: u32,
    /// Failures in a row.
    failures: u32,
    /// The next attempt, or the end of patience with this socket.
    timer: Option<TimeoutHandle>,
}

struct Socket {
    socket: WebSocket,
    /// Whether the server has answered; frames other than `Hello` wait for that.
    open: bool,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _open: Closure<dyn FnMut(Event)>,
    _close: Closure<dyn FnMut(CloseEvent)>,
}

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

fn with<T>(act: impl FnOnce(&mut Connection) -> T) -> Option<T> {
    CONNECTION.with_borrow_mut(|connection| connection.as_mut().map(act))
}

/// Connects, and stays connected for the life of the page.
pub fn start(inbox: Inbox) {
    CONNECTION.with_borrow_mut(|connection| {
        *connection = Some(Connection {
            inbox,
            socket: None,
            number: 0,
            failures: 0,
            timer: None,
        });
    });
    // For the life of the page.
    core::mem::forget(window_event_listener(leptos::ev::online, |_| hurry()));
    core::mem::forget(window_event_listener(leptos::ev::offline, |_| lost(None)));
    core::mem::forget(window_event_listener(leptos::ev::visibilitychange, |_| {
        if browser::is_visible() {
            hurry();
        }
    }));
    connect();
}

/// Sends a frame; without a connection it is dropped, since the state sends again what counts.
pub fn send(frame: &AgentRequest) {
    with(|connection| {
        // A socket that the server is closing still counts as open here until its `close` event.
        let open = |socket: &&Socket| socket.open && socket.socket.ready_state() == WebSocket::OPEN;
        if let Some(socket) = connection.socket.as_ref().filter(open) {
            let _ = socket.socket.send_with_u8_array(&frame::encode(frame));
        }
    });
}

/// Drops the connection and makes a new one after a wait.
pub fn restart() {
    lost(None);
}

/// Tries again at once if an attempt is awaited.
fn hurry() {
    let waits = with(|connection| connection.socket.is_none()).unwrap_or(false);
    if waits {
        connect();
    }
}

fn address() -> Option<String> {
    let location = browser::window().location();
    let scheme = if location.protocol().ok()? == "https:" {
        "wss"
    } else {
        "ws"
    };
    Some(format!("{scheme}://{}/ws/agent", location.host().ok()?))
}

fn connect() {
    let number = with(|connection| {
        connection.number = connection.number.wrapping_add(1);
        connection.number
    })
    .unwrap_or_default();
    let made = address().and_then(|address| WebSocket::new(&address).ok());
    let Some(socket) = made else {
        lost(None);
        return;
    };
    socket.set_binary_type(BinaryType::Arraybuffer);
    let is_current = move || with(|connection| connection.number == number).unwrap_or(false);

    let opened = Closure::new(move |_: Event| {
        if is_current() {
            say_hello();
        }
    });
    let message = Closure::new(move |event: MessageEvent| {
        if is_current() {
            take(&event);
        }
    });
    let close = Closure::new(move |event: CloseEvent| {
        if is_current() {
            lost(Some(event.code()));
        }
    });
    socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
    socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
    socket.set_onclose(Some(close.as_ref().unchecked_ref()));
    with(|connection| {
        connection.socket = Some(Socket {
            socket,
            open: false,
            _message: message,
            _open: opened,
            _close: close,
        });
    });
    patience(PATIENCE);
}

/// The connection counts as lost unless something comes within this time.
fn patience(time: Duration) {
    let timer = set_timeout(|| lost(None), time).ok();
    with(|connection| {
        if let Some(old) = core::mem::replace(&mut connection.timer, timer) {
            old.clear();
        }
    });
}

fn say_hello() {
    let Some(inbox) = with(|connection| {
        if let Some(socket) = &mut connection.socket {
            socket.open = true;
        }
        connection.inbox
    }) else {
        return;
    };
    send(&inbox.hello());
}

fn take(event: &MessageEvent) {
    let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() else {
        return;
    };
    let bytes = Uint8Array::new(&buffer).to_vec();
    let inbox = with(|connection| connection.inbox);
    match (frame::decode::<AgentEvent>(&bytes), inbox) {
        (Ok(event), Some(inbox)) => {
            if matches!(
                event,
                AgentEvent::Welcome { .. } | AgentEvent::Resynchronise { .. }
            ) {
                with(|connection| connection.failures = 0);
            }
            patience(SILENCE);
            inbox.receive(event);
        }
        // A newer server: only a reload brings what understands it.
        (Err(_), _) => lost(Some(CLOSE_OUTDATED)),
        (_, None) => {}
    }
}

/// The connection is over, with a close code if the server said one.
fn lost(code: Option<u16>) {
    let Some((inbox, failures)) = with(|connection| {
        if let Some(old) = connection.timer.take() {
            old.clear();
        }
        // Events that this socket still sends are nobody's.
        connection.number = connection.number.wrapping_add(1);
        if let Some(socket) = connection.socket.take() {
            detach(&socket.socket);
            // Dropped later, since this may run inside one of its closures.
            set_later(socket);
        }
        let failures = connection.failures;
        connection.failures = failures.saturating_add(1);
        (connection.inbox, failures)
    }) else {
        return;
    };
    match code {
        Some(CLOSE_OUTDATED) => {
            inbox.disconnected(true);
            return;
        }
        Some(CLOSE_SIGNED_OUT) => {
            browser::go("/sign-in");
            return;
        }
        _ => inbox.disconnected(false),
    }
    // A refused upgrade looks to a page like a dead network; ask why, now and then.
    if failures % 4 == 1 {
        inbox.check_session();
    }
    let timer = set_timeout(connect, wait(failures, browser::random())).ok();
    with(|connection| connection.timer = timer);
}

fn detach(socket: &WebSocket) {
    socket.set_onopen(None);
    socket.set_onmessage(None);
    socket.set_onclose(None);
    let _ = socket.close();
}

fn set_later(socket: Socket) {
    browser::spawn(async move {
        leptos::task::tick().await;
        drop(socket);
    });
}

//! A client's end of a connection: frames over a WebSocket.

use std::{
    collections::VecDeque,
    marker::PhantomData,
    net::{IpAddr, Ipv4Addr},
};

use backend::bound::Source;
use domain::{
    CommandId,
    frame::{decode, encode, protocol_of},
};
use futures::{SinkExt, StreamExt};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::Request},
};

use crate::app::{SOON, TestApp};

/// What came, or why it is over.
#[derive(Debug, PartialEq)]
pub enum Came<E> {
    Event(E),
    Closed(u16),
}

/// Sends `R`, receives `E`.
pub struct Line<R, E> {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Came while something else was waited for.
    passed: VecDeque<E>,
    sends: PhantomData<R>,
    /// In which protocol the last event came.
    pub protocol: u8,
}

/// A request for a socket, as a page of `origin` sends it.
pub fn upgrade(app: &TestApp, path: &str, origin: &str, cookie: Option<&str>) -> Request<()> {
    let url = format!("ws://{}{path}", app.host());
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("origin", origin.parse().unwrap());
    if let Some(cookie) = cookie {
        headers.insert("cookie", cookie.parse().unwrap());
    }
    request
}

/// The status that refuses a socket; none if it was opened.
pub async fn refused(request: Request<()>) -> Option<u16> {
    match connect_async(request).await {
        Ok(_) => None,
        Err(Error::Http(response)) => Some(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// Where the tests are, for calls that no request brings.
pub fn here() -> Source {
    IpAddr::from(Ipv4Addr::LOCALHOST).into()
}

pub fn new_id() -> CommandId {
    CommandId::new(backend::Clock::default().now(), backend::random())
}

impl<R: Serialize, E: DeserializeOwned + Clone> Line<R, E> {
    pub async fn open(request: Request<()>) -> Self {
        let (socket, _) = connect_async(request).await.unwrap();
        Self {
            socket,
            passed: VecDeque::new(),
            sends: PhantomData,
            protocol: 0,
        }
    }

    pub async fn send(&mut self, request: &R) {
        self.send_bytes(encode(request)).await;
    }

    pub async fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.send_raw(Message::Binary(bytes.into())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    async fn read(&mut self) -> Came<E> {
        match self.socket.next().await {
            Some(Ok(Message::Binary(bytes))) => {
                self.protocol = protocol_of(&bytes);
                Came::Event(decode(&bytes).unwrap())
            }
            Some(Ok(Message::Close(Some(frame)))) => Came::Closed(frame.code.into()),
            Some(Ok(other)) => panic!("unexpected {other:?}"),
            None | Some(Err(_)) => Came::Closed(1006),
        }
    }

    /// Waits for the event of which `wanted` makes something, and takes it away; looks first at
    /// what came before.
    pub async fn until<T>(&mut self, wanted: impl FnMut(&E) -> Option<T>) -> T {
        let (at, value) = self.find(wanted).await;
        self.passed.remove(at);
        value
    }

    /// The same, but leaves the event: it may hold several things to wait for.
    pub async fn look<T>(&mut self, wanted: impl FnMut(&E) -> Option<T>) -> T {
        self.find(wanted).await.1
    }

    /// Whether such an event came while something else was waited for.
    pub fn has(&self, wanted: impl FnMut(&E) -> bool) -> bool {
        self.passed.iter().any(wanted)
    }

    async fn find<T>(&mut self, mut wanted: impl FnMut(&E) -> Option<T>) -> (usize, T) {
        let search = async {
            let mut at = 0;
            loop {
                while let Some(event) = self.passed.get(at) {
                    if let Some(value) = wanted(event) {
                        return (at, value);
                    }
                    at += 1;
                }
                match self.read().await {
                    Came::Event(event) => self.passed.push_back(event),
                    Came::Closed(code) => panic!("closed with {code}"),
                }
            }
        };
        let found = timeout(SOON, search).await;
        found.expect("what is waited for comes soon")
    }

    /// The code with which the server closes; what comes before it is passed over.
    pub async fn closed(&mut self) -> u16 {
        let closed = async {
            loop {
                match self.read().await {
                    Came::Event(event) => self.passed.push_back(event),
                    Came::Closed(code) => return code,
                }
            }
        };
        timeout(SOON, closed).await.expect("it is closed soon")
    }
}

//! One WebSocket that carries frames, as a browser would open it.

use std::{
    marker::PhantomData,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use domain::frame;
use futures::{SinkExt, StreamExt};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        client::IntoClientRequest,
        http::{HeaderValue, header},
        protocol::{Message, WebSocketConfig},
    },
};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(3);

/// As whom a client appears at the server.
#[derive(Clone, Copy, Debug, Default)]
pub struct Whence {
    /// Its own address, one of this machine; none: the one that the system chooses.
    pub from: Option<IpAddr>,
    /// The client that a proxy in front says it is; the server believes it from its proxies only.
    pub forwarded: Option<IpAddr>,
}

impl Whence {
    /// A client that connects from an address of this machine.
    pub fn at(from: impl Into<IpAddr>) -> Self {
        Self {
            from: Some(from.into()),
            forwarded: None,
        }
    }

    /// A client behind a proxy on this machine.
    pub fn behind_proxy(client: impl Into<IpAddr>) -> Self {
        Self {
            from: None,
            forwarded: Some(client.into()),
        }
    }

    /// Opens a TCP connection.
    ///
    /// # Errors
    /// If nobody listens there, or this machine has no such address.
    pub async fn connect(self, address: &str) -> Result<TcpStream> {
        let stream = match self.from {
            None => TcpStream::connect(address).await?,
            Some(from) => {
                let socket = match from {
                    IpAddr::V4(_) => TcpSocket::new_v4()?,
                    IpAddr::V6(_) => TcpSocket::new_v6()?,
                };
                socket.bind(SocketAddr::new(from, 0))?;
                socket.connect(address.parse()?).await?
            }
        };
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// Where a socket leads to.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Host and port of the socket: the server's, or a proxy's before it.
    pub address: String,
    /// Host and port of the server itself.
    pub server: String,
    /// `/ws/visitor` or `/ws/agent`.
    pub path: &'static str,
    /// The `Cookie` header of an agent.
    pub cookie: Option<String>,
    pub whence: Whence,
}

/// A connection that sends `R` and receives `E`.
pub struct Socket<R, E> {
    stream: WebSocketStream<TcpStream>,
    frames: PhantomData<fn(R) -> E>,
}

/// Small buffers: the load generator holds thousands of sockets beside the server it measures.
pub fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(1024)
        .write_buffer_size(0)
}

impl<R, E> From<WebSocketStream<TcpStream>> for Socket<R, E> {
    fn from(stream: WebSocketStream<TcpStream>) -> Self {
        Self {
            stream,
            frames: PhantomData,
        }
    }
}

impl<R, E> Socket<R, E>
where
    R: serde::Serialize,
    E: serde::de::DeserializeOwned,
{
    /// Opens the connection.
    ///
    /// # Errors
    /// If nobody listens, the upgrade is refused, or it takes longer than three seconds.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self> {
        timeout(CONNECT, Self::open(endpoint))
            .await
            .context("the connection took too long")?
    }

    async fn open(endpoint: &Endpoint) -> Result<Self> {
        let Endpoint { address, path, .. } = endpoint;
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        let headers = request.headers_mut();
        let origin = HeaderValue::from_str(&format!("http://{address}"))?;
        headers.insert(header::ORIGIN, origin);
        if let Some(cookie) = &endpoint.cookie {
            headers.insert(header::COOKIE, HeaderValue::from_str(cookie)?);
        }
        if let Some(client) = endpoint.whence.forwarded {
            headers.insert(
                "x-forwarded-for",
                HeaderValue::from_str(&client.to_string())?,
            );
        }
        let stream = endpoint.whence.connect(address).await?;
        let (stream, _) = client_async_with_config(request, stream, Some(config())).await?;
        Ok(stream.into())
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn send(&mut self, frame: &R) -> Result<()> {
        let bytes = frame::encode(frame);
        Ok(self.stream.send(Message::binary(bytes)).await?)
    }

    /// Sends bytes that are no frame.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn send_bytes(&mut self, bytes: Vec<u8>) -> Result<()> {
        Ok(self.stream.send(Message::binary(bytes)).await?)
    }

    /// The next frame. May be dropped while it waits.
    ///
    /// # Errors
    /// If the connection is gone, or what came is no frame.
    pub async fn next(&mut self) -> Result<E> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Binary(bytes))) => match frame::decode(&bytes) {
                    Ok(frame) => return Ok(frame),
                    Err(error) => bail!("the server sent no frame: {error:?}"),
                },
                Some(Ok(Message::Close(why))) => bail!("the server closed: {why:?}"),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => bail!("the connection is gone"),
            }
        }
    }
}

//! One WebSocket that carries frames, as a browser would open it.

use std::{marker::PhantomData, time::Duration};

use anyhow::{Context, Result, bail};
use domain::frame;
use futures::{SinkExt, StreamExt};
use tokio::{net::TcpStream, time::timeout};
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
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
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

//! The way to the mail server: to whichever of its addresses answers.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{client::TlsStream, rustls::pki_types::ServerName};

use super::{Encryption, MailServer};
use crate::outgoing::{dial, tls};

/// Connects; encrypted, if the way is from the first byte.
///
/// # Errors
/// If no address answers, or the certificate is not the host's.
pub async fn to(server: &MailServer) -> io::Result<Box<dyn AsyncTokioStream>> {
    let addresses = dial::addresses(&server.host, server.port).await?;
    let stream = dial::dial(addresses).await?;
    stream.set_nodelay(true)?;
    match server.encryption {
        Encryption::StartTls | Encryption::None => Ok(Box::new(stream)),
        Encryption::Tls => {
            let name = server.host.trim_matches(['[', ']']).to_owned();
            let name = ServerName::try_from(name)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
            Ok(Box::new(Encrypted(tls().connect(name, stream).await?)))
        }
    }
}

/// A connection that is encrypted from its first byte.
#[derive(Debug)]
struct Encrypted(TlsStream<TcpStream>);

impl AsyncTokioStream for Encrypted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

//! HTTP by hand: requests that no browser sends, and answers that nobody reads.

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::socket::Whence;

/// The largest head of an answer that is read.
const HEAD: usize = 4 * 1024;

/// Sends a head without a body on a new connection and reads the status of the answer.
///
/// # Errors
/// If the connection is refused or ends before.
pub async fn get(address: &str, whence: Whence, path: &str) -> Result<u16> {
    let mut stream = whence.connect(address).await?;
    request(&mut stream, address, "GET", path, "connection: close\r\n").await?;
    let status = status(&mut stream).await?;
    // Read to its end, as a browser does.
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(status)
}

/// The body of an answer.
///
/// # Errors
/// If it is no success.
pub async fn body(address: &str, path: &str) -> Result<String> {
    let mut stream = Whence::default().connect(address).await?;
    request(&mut stream, address, "GET", path, "connection: close\r\n").await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    anyhow::ensure!(head.contains(" 200 "), "{path}: {head}");
    Ok(body.to_owned())
}

/// Sends the head of a request.
///
/// # Errors
/// If the connection is gone.
pub async fn request(
    stream: &mut TcpStream,
    address: &str,
    method: &str,
    path: &str,
    headers: &str,
) -> Result<()> {
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n");
    Ok(stream.write_all(head.as_bytes()).await?)
}

/// Reads the head of an answer, and perhaps some of its body; gives its status.
///
/// # Errors
/// If the connection ends before.
pub async fn status(stream: &mut TcpStream) -> Result<u16> {
    let mut head = Vec::with_capacity(HEAD);
    while head.len() < HEAD && !head.windows(4).any(|four| four == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    let head = String::from_utf8_lossy(&head);
    let status = head.split(' ').nth(1).context("the connection ended")?;
    Ok(status.parse()?)
}

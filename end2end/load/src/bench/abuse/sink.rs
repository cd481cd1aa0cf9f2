//! A mail server that takes everything and counts what came for whom.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The server; it ends when this is dropped.
pub struct MailSink {
    pub port: u16,
    taken: Taken,
    task: JoinHandle<()>,
}

/// How many letters came for each recipient.
type Taken = Arc<Mutex<HashMap<String, u32>>>;

impl Drop for MailSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl MailSink {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// If there is none.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let taken = Taken::default();
        let counts = Arc::clone(&taken);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(speak(stream, Arc::clone(&counts)));
            }
        });
        Ok(Self { port, taken, task })
    }

    /// How many letters came in all, and how many for whoever got most of these addresses.
    pub fn counts(&self, of: impl Fn(&str) -> bool) -> (u32, u32) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = || taken.iter().filter(|(whom, _)| of(whom));
        let most = ours().map(|(_, count)| *count).max();
        (ours().map(|(_, count)| *count).sum(), most.unwrap_or(0))
    }
}

async fn speak(stream: TcpStream, taken: Taken) -> Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 sink\r\n").await?;
    let mut recipients: Vec<String> = Vec::new();
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim().to_ascii_lowercase();
        let answer: &[u8] = if let Some(whom) = command.strip_prefix("rcpt to:") {
            let whom = whom.split(' ').next().unwrap_or(whom);
            recipients.push(whom.trim_matches(['<', '>']).to_owned());
            b"250 ok\r\n"
        } else if command == "data" {
            stream.write_all(b"354 go on\r\n").await?;
            loop {
                line.clear();
                if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
                    break;
                }
            }
            let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
            for whom in recipients.drain(..) {
                *taken.entry(whom).or_default() += 1;
            }
            b"250 taken\r\n"
        } else if command.starts_with("quit") {
            stream.write_all(b"221 bye\r\n").await?;
            return Ok(());
        } else {
            b"250 ok\r\n"
        };
        stream.write_all(answer).await?;
    }
}

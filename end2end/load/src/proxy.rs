//! A proxy between clients and a real server that understands frames and tells one lie.
//!
//! It makes, on purpose, the faults that a broken server would make, so that the checker can be
//! seen to find them: everything else of such a run is real.

mod side;

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use domain::ConversationId;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_tungstenite::{
    accept_hdr_async_with_config,
    tungstenite::{
        handshake::server::{Request, Response},
        http::header,
    },
};

use crate::socket::{self, Endpoint, Socket, Whence};
use side::{AgentSide, Side, VisitorSide};

/// The fault that the proxy makes, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// None: the run must be found sound.
    None,
    /// Keeps a message from the server, but acknowledges it.
    Drop,
    /// Sends an event twice.
    Repeat,
    /// Sends two events in the wrong order.
    Swap,
    /// Breaks the connection, and keeps back a message that the server then brings after.
    Forget,
}

/// Whose connections are lied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    Visitor,
    Agent,
}

/// How many message-bearing frames of its victims pass before the proxy lies.
const HONEST: usize = 15;

/// A running proxy; gone when dropped.
pub struct Proxy {
    /// Host and port for the clients' sockets.
    pub address: String,
    liar: Arc<Liar>,
    task: JoinHandle<io::Result<()>>,
}

struct Liar {
    server: String,
    lie: Lie,
    victim: Victim,
    /// Shared by all connections, since the lie is told once in a run.
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    honest: usize,
    /// Whose connection was broken to keep something back from the next one.
    broken: Option<Vec<u8>>,
    told: bool,
}

/// What one connection knows.
struct Memory<E> {
    /// Whose it is: the visitor's token, the agent's cookie.
    whose: Vec<u8>,
    highest: HashMap<ConversationId, u32>,
    held: Option<(ConversationId, E)>,
}

impl Proxy {
    /// Starts a proxy before the server at `server`.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(server: String, lie: Lie, victim: Victim) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let liar = Arc::new(Liar {
            server,
            lie,
            victim,
            progress: Mutex::default(),
        });
        let task = tokio::spawn(listen(listener, liar.clone()));
        Ok(Self {
            address,
            liar,
            task,
        })
    }

    /// Whether the lie has been told.
    pub fn told(&self) -> bool {
        self.liar.with(|progress| progress.told)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, liar: Arc<Liar>) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let liar = liar.clone();
        tokio::spawn(async move {
            // A broken connection is the clients' everyday business.
            let _ = accept(stream, &liar).await;
        });
    }
}

#[expect(
    clippy::result_large_err,
    reason = "the handshake's callback returns what its library asks for"
)]
async fn accept(stream: TcpStream, liar: &Liar) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut path = String::new();
    let mut cookie = None;
    let note = |request: &Request, response: Response| {
        request.uri().path().clone_into(&mut path);
        cookie = request
            .headers()
            .get(header::COOKIE)
            .and_then(|cookie| Some(cookie.to_str().ok()?.to_owned()));
        Ok(response)
    };
    let stream = accept_hdr_async_with_config(stream, note, Some(socket::config())).await?;
    let endpoint = |path| Endpoint {
        address: liar.server.clone(),
        server: liar.server.clone(),
        path,
        cookie: cookie.clone(),
        whence: Whence::default(),
    };
    let whose = cookie.clone().unwrap_or_default().into_bytes();
    if path == "/ws/agent" {
        let server = Socket::connect(&endpoint("/ws/agent")).await?;
        carry::<AgentSide>(Socket::from(stream), server, liar, whose).await
    } else {
        let server = Socket::connect(&endpoint("/ws/visitor")).await?;
        carry::<VisitorSide>(Socket::from(stream), server, liar, whose).await
    }
}

/// Carries frames both ways until either side is gone.
async fn carry<S: Side>(
    mut client: Socket<S::Event, S::Request>,
    mut server: Socket<S::Request, S::Event>,
    liar: &Liar,
    whose: Vec<u8>,
) -> Result<()> {
    let mut memory = Memory {
        whose,
        highest: HashMap::new(),
        held: None,
    };
    loop {
        tokio::select! {
            request = client.next() => {
                let request = request?;
                if let Some(whose) = S::whose(&request) {
                    memory.whose = whose;
                }
                match liar.instead_of::<S>(&request, &memory) {
                    Some(answer) => client.send(&answer).await?,
                    None => server.send(&request).await?,
                }
            }
            event = server.next() => {
                let Some(events) = liar.tell::<S>(event?, &mut memory) else {
                    return Ok(());
                };
                for event in events {
                    client.send(&event).await?;
                }
            }
        }
    }
}

impl Liar {
    fn with<T>(&self, act: impl FnOnce(&mut Progress) -> T) -> T {
        act(&mut self.progress.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it is time to lie on this frame, which carries messages to or from a victim.
    fn is_time<S: Side>(&self) -> bool {
        if self.victim != S::VICTIM {
            return false;
        }
        self.with(|progress| {
            progress.honest += 1;
            progress.honest > HONEST && progress.broken.is_none() && !progress.told
        })
    }

    fn told(&self) {
        self.with(|progress| progress.told = true);
    }

    /// The acknowledgement of a message that the server never gets.
    fn instead_of<S: Side>(
        &self,
        request: &S::Request,
        memory: &Memory<S::Event>,
    ) -> Option<S::Event> {
        let (id, conversation) = S::message(request)?;
        if self.lie != Lie::Drop || !self.is_time::<S>() {
            return None;
        }
        let last = memory.highest.get(&conversation)?;
        self.told();
        Some(S::acknowledgement(id, conversation, last + 1))
    }

    /// What the client is sent for an event; `None`: its connection breaks.
    fn tell<S: Side>(
        &self,
        mut event: S::Event,
        memory: &mut Memory<S::Event>,
    ) -> Option<Vec<S::Event>> {
        let mut about = None;
        for (conversation, messages) in S::messages(&mut event) {
            let Some(last) = messages.last() else {
                continue;
            };
            memory.highest.insert(conversation, last.seq);
            about.get_or_insert(conversation);
        }
        let Some(conversation) = about else {
            return Some(vec![event]);
        };
        if let Some((_, held)) = memory.held.take_if(|(held, _)| *held == conversation) {
            self.told();
            return Some(vec![event, held]);
        }
        if self.keeps_back::<S>(memory) {
            let first = S::messages(&mut event)
                .into_iter()
                .find(|(_, messages)| !messages.is_empty());
            if let Some((_, messages)) = first {
                messages.remove(0);
                self.told();
            }
            return Some(vec![event]);
        }
        match self.lie {
            Lie::Repeat if self.is_time::<S>() => {
                self.told();
                Some(vec![event.clone(), event])
            }
            Lie::Swap if memory.held.is_none() && self.is_time::<S>() => {
                memory.held = Some((conversation, event));
                Some(Vec::new())
            }
            Lie::Forget if self.is_time::<S>() => {
                self.with(|progress| progress.broken = Some(memory.whose.clone()));
                None
            }
            _ => Some(vec![event]),
        }
    }

    /// Whether this is the connection after the broken one, from which something is kept back.
    fn keeps_back<S: Side>(&self, memory: &Memory<S::Event>) -> bool {
        self.victim == S::VICTIM
            && self
                .with(|progress| !progress.told && progress.broken.as_ref() == Some(&memory.whose))
    }
}

//! Active chats to measure with: agents who accept everything, visitors whose chat is active.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context, Result, bail};
use domain::{
    CommandId, ConversationId, Language,
    frame::{
        agent::{AgentCommand, AgentEvent, AgentRequest, Change, Cursor},
        visitor::{
            ChatState, VisitorCommand, VisitorEvent, VisitorHello, VisitorRequest, VisitorToken,
        },
    },
    meeting::CalendarChoice,
    site::SiteKey,
    visitor::Page,
};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::{
    identity,
    inbox::Inbox,
    socket::{Endpoint, Socket, Whence},
    stage::Stage,
};

pub type VisitorSocket = Socket<VisitorRequest, VisitorEvent>;
type AgentSocket = Socket<AgentRequest, AgentEvent>;

/// How many chats an agent has at most.
pub const CHATS_AN_AGENT: usize = 10;

/// How many visitors ask for a chat at one time.
const ASK_AT_ONCE: usize = 16;

/// The first words of a visitor to whom agents give a card to book a meeting.
pub const ASKS_TO_MEET: &str = "Could we meet?";

/// How long it may take until a chat is active.
const ACTIVE: Duration = Duration::from_secs(20);

/// A visitor's connection whose chat an agent has accepted.
pub struct ActiveChat {
    pub socket: VisitorSocket,
    pub token: VisitorToken,
    pub conversation: ConversationId,
}

/// When an agent's socket brought the message of a command.
pub type Arrival = (CommandId, Instant);

/// Agents who are connected, available and accept every offer. They leave when this is dropped.
pub struct Agents {
    tasks: Vec<JoinHandle<Result<()>>>,
    pub arrivals: mpsc::UnboundedReceiver<Arrival>,
}

impl Drop for Agents {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Agents {
    /// Signs agents in, connects them, and waits until all are available. With `watched`, tells
    /// when each message arrives.
    pub async fn gather(stage: &Stage, count: usize, watched: bool) -> Result<Self> {
        let inboxes = stage.sign_in(count).await?;
        Self::connect(&address(stage)?, inboxes, watched).await
    }

    /// Connects agents who have signed in, and waits until all are available. `watched` as above.
    pub async fn connect(address: &str, inboxes: Vec<Inbox>, watched: bool) -> Result<Self> {
        Self::connect_from(address, inboxes, watched, Whence::default()).await
    }

    /// The same for agents who appear as `whence`.
    pub async fn connect_from(
        address: &str,
        inboxes: Vec<Inbox>,
        watched: bool,
        whence: Whence,
    ) -> Result<Self> {
        let count = inboxes.len();
        let (tell, arrivals) = mpsc::unbounded_channel();
        let (ready, mut available) = watch::channel(0_usize);
        let mut tasks = Vec::new();
        for inbox in inboxes {
            let tell = watched.then(|| tell.clone());
            tasks.push(tokio::spawn(serve(
                address.to_owned(),
                inbox,
                whence,
                ready.clone(),
                tell,
            )));
        }
        timeout(ACTIVE, available.wait_for(|ready| *ready == count))
            .await
            .context("the agents did not become available")??;
        Ok(Self { tasks, arrivals })
    }
}

/// The address of the one server of a stage.
pub fn address(stage: &Stage) -> Result<String> {
    Ok(stage.nodes.first().context("there is no node")?.address())
}

async fn serve(
    address: String,
    inbox: Inbox,
    whence: Whence,
    ready: watch::Sender<usize>,
    tell: Option<mpsc::UnboundedSender<Arrival>>,
) -> Result<()> {
    let mut random = fastrand::Rng::new();
    // Accepted for those who asked for a meeting: they are given a card.
    let mut to_share = HashMap::new();
    let mut socket = AgentSocket::connect(&Endpoint {
        address: address.clone(),
        server: address.clone(),
        path: "/ws/agent",
        cookie: Some(inbox.cookie.clone()),
        whence,
    })
    .await?;
    let cursor = Cursor::default();
    socket.send(&AgentRequest::Hello { cursor }).await?;
    let switch = identity::command(&mut random);
    socket
        .send(&AgentRequest::Command {
            id: switch,
            command: AgentCommand::SetAvailable { available: true },
        })
        .await?;
    loop {
        match socket.next().await? {
            AgentEvent::Changes { changes, .. } => {
                let now = Instant::now();
                for change in changes {
                    match change {
                        Change::Offered(offer) => {
                            let id = identity::command(&mut random);
                            let conversation = offer.conversation;
                            if offer.first_words == ASKS_TO_MEET {
                                to_share.insert(id, conversation);
                            }
                            let command = AgentCommand::Accept { conversation };
                            socket.send(&AgentRequest::Command { id, command }).await?;
                        }
                        Change::Messages { messages, .. } => {
                            let Some(tell) = &tell else { continue };
                            for id in messages.iter().filter_map(|message| message.command) {
                                // Nobody measures any more: the end of the run.
                                let _ = tell.send((id, now));
                            }
                        }
                        _ => {}
                    }
                }
            }
            AgentEvent::Answer { id, result } if id == switch => {
                result?;
                ready.send_modify(|ready| *ready += 1);
            }
            AgentEvent::Answer { id, result: Ok(_) } => {
                if let Some(conversation) = to_share.remove(&id) {
                    let own: Vec<CalendarChoice> = inbox.ask(&address, "calendars", &()).await?;
                    let own = own.into_iter().next().context("no calendar of one's own")?;
                    let id = identity::command(&mut random);
                    let agent = own.agent.id;
                    let command = AgentCommand::ShareCalendar {
                        conversation,
                        agent,
                    };
                    socket.send(&AgentRequest::Command { id, command }).await?;
                }
            }
            AgentEvent::Ping => socket.send(&AgentRequest::Pong).await?,
            _ => {}
        }
    }
}

/// Lets visitors ask for chats until each has an active one.
pub async fn open(stage: &Stage, count: usize) -> Result<Vec<ActiveChat>> {
    open_at(&address(stage)?, &stage.site, count).await
}

/// The same at the server of this address.
pub async fn open_at(address: &str, site: &SiteKey, count: usize) -> Result<Vec<ActiveChat>> {
    stream::iter(0..count)
        .map(|_| open_one(address, site, Whence::default()))
        .buffer_unordered(ASK_AT_ONCE)
        .try_collect()
        .await
}

/// The same for one visitor, who appears as `whence`.
pub async fn open_one(address: &str, site: &SiteKey, whence: Whence) -> Result<ActiveChat> {
    let mut random = fastrand::Rng::new();
    let token = identity::token(&mut random);
    let mut socket = connect_as(address, site, token, whence).await?;
    let id = identity::command(&mut random);
    let command = VisitorCommand::Start {
        form: identity::form("Ada"),
        first_message: None,
        views: Vec::new(),
    };
    socket
        .send(&VisitorRequest::Command { id, command })
        .await?;
    let active = async {
        loop {
            match socket.next().await? {
                VisitorEvent::Chat { chat, .. } => match chat.state {
                    ChatState::Active => return Ok(chat.id),
                    ChatState::Waiting => {}
                    state => bail!("a chat was {state:?} before it was active"),
                },
                VisitorEvent::Answer { result, .. } => {
                    result?;
                }
                _ => {}
            }
        }
    };
    let conversation = timeout(ACTIVE, active)
        .await
        .context("a chat did not become active")??;
    Ok(ActiveChat {
        socket,
        token,
        conversation,
    })
}

/// Connects a visitor who has never been here.
pub async fn connect(
    address: &str,
    site: &SiteKey,
    random: &mut fastrand::Rng,
) -> Result<VisitorSocket> {
    let token = identity::token(random);
    connect_as(address, site, token, Whence::default()).await
}

/// Connects a visitor by their secret, who appears as `whence`.
pub async fn connect_as(
    address: &str,
    site: &SiteKey,
    token: VisitorToken,
    whence: Whence,
) -> Result<VisitorSocket> {
    let mut socket = VisitorSocket::connect(&Endpoint {
        address: address.to_owned(),
        server: address.to_owned(),
        path: "/ws/visitor",
        cookie: None,
        whence,
    })
    .await?;
    let hello = VisitorHello {
        site: site.clone(),
        token,
        language: Language::English,
        known: Vec::new(),
        page: Page::default(),
        zone: String::new(),
        identity: None,
    };
    socket.send(&VisitorRequest::Hello(hello)).await?;
    match timeout(ACTIVE, socket.next()).await?? {
        VisitorEvent::Welcome { .. } => Ok(socket),
        other => bail!("expected a welcome, not {other:?}"),
    }
}

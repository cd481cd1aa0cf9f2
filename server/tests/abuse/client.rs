//! A client that sends without waiting, and takes whatever comes.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{
    CommandId, Refusal,
    frame::{
        CLIENT_FRAME_BYTES,
        agent::{AgentEvent, Answer as AgentAnswer, Change},
        decode,
        visitor::{Answer, VisitorEvent},
    },
    meeting::MeetingCard,
    message::{Body, Message},
};
use futures::{SinkExt as _, StreamExt as _, stream::SplitSink};
use serde::de::DeserializeOwned;
use tokio::{net::TcpStream, sync::Notify, task::JoinHandle, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message as Frame, http::Request},
};
use uuid::Uuid;

use crate::watch;

/// An answer that has not come by then never comes.
const LONG: Duration = Duration::from_secs(60);

/// What is known of the server from what it told; each once, in order, so that the same can be
/// chosen again.
#[derive(Default)]
pub struct Learnt {
    pub conversations: BTreeSet<Uuid>,
    pub cards: BTreeSet<Uuid>,
    pub meetings: BTreeSet<Uuid>,
    pub slots: BTreeSet<i64>,
    /// What stands in links of cards and meetings.
    pub links: BTreeSet<String>,
    /// What stands in links of files.
    pub files: BTreeSet<String>,
}

impl Learnt {
    pub fn add(&mut self, other: &Self) {
        self.conversations.extend(&other.conversations);
        self.cards.extend(&other.cards);
        self.meetings.extend(&other.meetings);
        self.slots.extend(&other.slots);
        self.links.extend(other.links.iter().cloned());
        self.files.extend(other.files.iter().cloned());
    }

    fn message(&mut self, message: &Message) {
        match &message.body {
            Body::Calendar(card) => {
                self.cards.insert(card.card.0);
                self.links.insert(card.address.clone());
            }
            Body::File(card) => {
                self.files.insert(card.address.clone());
            }
            Body::Text(_) | Body::System(_) => {}
        }
    }

    fn meeting(&mut self, meeting: &MeetingCard) {
        self.meetings.insert(meeting.meeting.0);
        self.links.insert(meeting.address.clone());
    }
}

/// What a frame from the server tells.
pub trait Told: DeserializeOwned + Send + 'static {
    fn learn(&self, learnt: &mut Learnt);
    /// Which command it answers.
    fn answered(&self) -> Option<(CommandId, Option<Refusal>)>;
    fn refused(&self) -> Option<Refusal>;
}

impl Told for VisitorEvent {
    fn learn(&self, learnt: &mut Learnt) {
        match self {
            Self::Welcome { chats, .. } => learnt
                .conversations
                .extend(chats.iter().map(|chat| chat.id.0)),
            Self::Chat { chat, messages } => {
                learnt.conversations.insert(chat.id.0);
                messages.iter().for_each(|message| learnt.message(message));
            }
            Self::Answer {
                result: Ok(answer), ..
            } => match answer {
                Answer::Started { conversation } | Answer::Message { conversation, .. } => {
                    learnt.conversations.insert(conversation.0);
                }
                Answer::Booked(meeting) => learnt.meeting(meeting),
                _ => {}
            },
            Self::Slots { slots, .. } => learnt.slots.extend(slots.iter().map(|slot| slot.0.0)),
            Self::Meetings { meetings } => {
                meetings.iter().for_each(|meeting| learnt.meeting(meeting))
            }
            _ => {}
        }
    }

    fn answered(&self) -> Option<(CommandId, Option<Refusal>)> {
        match self {
            Self::Answer { id, result } => Some((*id, result.as_ref().err().copied())),
            _ => None,
        }
    }

    fn refused(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) => Some(*refusal),
            _ => None,
        }
    }
}

impl Told for AgentEvent {
    fn learn(&self, learnt: &mut Learnt) {
        let changes = match self {
            Self::Welcome {
                changes, offers, ..
            } => {
                learnt
                    .conversations
                    .extend(offers.iter().map(|offer| offer.conversation.0));
                changes
            }
            Self::Changes { changes, .. } => changes,
            Self::Answer {
                result: Ok(AgentAnswer::Message { conversation, .. }),
                ..
            } => {
                learnt.conversations.insert(conversation.0);
                return;
            }
            _ => return,
        };
        for change in changes {
            match change {
                Change::Row(row) => drop(learnt.conversations.insert(row.id.0)),
                Change::Offered(offer) => drop(learnt.conversations.insert(offer.conversation.0)),
                Change::Messages { messages, .. } => {
                    messages.iter().for_each(|message| learnt.message(message))
                }
                _ => {}
            }
        }
    }

    fn answered(&self) -> Option<(CommandId, Option<Refusal>)> {
        match self {
            Self::Answer { id, result } => Some((*id, result.as_ref().err().copied())),
            _ => None,
        }
    }

    fn refused(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) => Some(*refusal),
            _ => None,
        }
    }
}

/// What the reading half has taken.
#[derive(Default)]
struct Taken {
    /// Commands that wait for an answer.
    waiting: Vec<CommandId>,
    over: bool,
}

/// One connection.
pub struct Client {
    sink: SplitSink<WebSocketStream<MaybeTlsStream<TcpStream>>, Frame>,
    taken: Arc<Mutex<Taken>>,
    news: Arc<Notify>,
    reader: JoinHandle<()>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Client {
    /// None where the server refuses the connection, which it may.
    pub async fn open<E: Told>(request: Request<()>, learnt: &Arc<Mutex<Learnt>>) -> Option<Self> {
        let socket = match connect_async(request).await {
            Ok((socket, _)) => socket,
            Err(Error::Http(answer)) => {
                if answer.status().is_server_error() {
                    watch::note(format!("a socket is answered with {}", answer.status()));
                }
                return None;
            }
            Err(error) => {
                watch::note(format!("no socket: {error}"));
                return None;
            }
        };
        let (sink, mut stream) = socket.split();
        let taken = Arc::new(Mutex::new(Taken::default()));
        let news = Arc::new(Notify::new());
        let reader = tokio::spawn({
            let (taken, news, learnt) = (Arc::clone(&taken), Arc::clone(&news), Arc::clone(learnt));
            async move {
                while let Some(Ok(frame)) = stream.next().await {
                    if let Frame::Binary(bytes) = frame {
                        take::<E>(&bytes, &taken, &learnt);
                        news.notify_one();
                    }
                }
                taken.lock().unwrap().over = true;
                news.notify_one();
            }
        });
        Some(Self {
            sink,
            taken,
            news,
            reader,
        })
    }

    pub fn is_over(&self) -> bool {
        self.taken.lock().unwrap().over
    }

    /// Sends bytes; `id`: of the command that they are, which is to be answered.
    pub async fn send(&mut self, bytes: Vec<u8>, id: Option<CommandId>) {
        // What is larger is refused unread.
        if let Some(id) = id.filter(|_| bytes.len() <= CLIENT_FRAME_BYTES) {
            self.taken.lock().unwrap().waiting.push(id);
        }
        // The server may have closed it.
        let _ = self.sink.send(Frame::Binary(bytes.into())).await;
    }

    /// Waits until all commands are answered, or the connection is over.
    pub async fn settle(&mut self) {
        let settled = async {
            loop {
                let news = self.news.notified();
                {
                    let taken = self.taken.lock().unwrap();
                    if taken.over || taken.waiting.is_empty() {
                        return;
                    }
                }
                news.await;
            }
        };
        if timeout(LONG, settled).await.is_err() {
            let waiting = std::mem::take(&mut self.taken.lock().unwrap().waiting);
            watch::note(format!("no answer to {waiting:?}"));
        }
    }
}

fn take<E: Told>(bytes: &[u8], taken: &Mutex<Taken>, learnt: &Mutex<Learnt>) {
    let Ok(event) = decode::<E>(bytes) else {
        watch::note(format!("the server sends what cannot be read: {bytes:?}"));
        return;
    };
    event.learn(&mut learnt.lock().unwrap());
    if event.refused() == Some(Refusal::Unavailable) {
        watch::note("a frame is refused as unavailable".to_owned());
    }
    if let Some((id, refusal)) = event.answered() {
        taken
            .lock()
            .unwrap()
            .waiting
            .retain(|waiting| *waiting != id);
        if refusal == Some(Refusal::Unavailable) {
            watch::note(format!("{id} is answered as unavailable"));
        }
    }
}

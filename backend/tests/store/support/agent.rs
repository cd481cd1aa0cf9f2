//! An agent's client.

use std::sync::Arc;

use backend::{AgentConnection, Casella, Closed, Outgoing, SignedIn};
use domain::{
    CommandId, ConversationId, Refusal,
    frame::agent::{AgentCommand, AgentEvent, AgentRequest, Answer, Change, Cursor, Offer, Row},
    message::Message,
};

use super::{new_id, soon};

/// An agent's client.
pub struct Agent {
    node: Arc<Casella>,
    pub who: SignedIn,
    pub connection: AgentConnection,
    outgoing: Outgoing<AgentEvent>,
    pub cursor: Cursor,
    /// Everything seen, in order.
    pub changes: Vec<Change>,
    /// What was read when conversations were opened.
    opened: Vec<(ConversationId, Message)>,
    pub offers: Vec<Offer>,
    /// Whether the last connection began with being told to resynchronise.
    pub resynchronised: bool,
}

impl Agent {
    pub async fn connect(node: &Arc<Casella>, who: SignedIn, cursor: Cursor) -> Self {
        let (connection, outgoing) = node.connect_agent(&who, cursor).await.unwrap();
        let mut agent = Self {
            node: Arc::clone(node),
            who,
            connection,
            outgoing,
            cursor: Cursor::default(),
            changes: Vec::new(),
            opened: Vec::new(),
            offers: Vec::new(),
            resynchronised: false,
        };
        agent
            .until(|event| {
                matches!(
                    event,
                    AgentEvent::Welcome { .. } | AgentEvent::Resynchronise { .. }
                )
                .then_some(())
            })
            .await;
        agent
    }

    pub async fn until<T>(&mut self, mut wanted: impl FnMut(&AgentEvent) -> Option<T>) -> T {
        loop {
            let event = soon(&mut self.outgoing)
                .await
                .expect("the connection stays open");
            match &event {
                AgentEvent::Welcome {
                    cursor,
                    offers,
                    changes,
                    ..
                } => {
                    self.cursor = cursor.clone();
                    self.offers.clone_from(offers);
                    self.take(changes);
                }
                AgentEvent::Resynchronise { cursor, offers, .. } => {
                    self.cursor = cursor.clone();
                    self.offers.clone_from(offers);
                    self.resynchronised = true;
                }
                AgentEvent::Changes { position, changes } => {
                    self.cursor.advance(*position);
                    self.take(changes);
                }
                _ => {}
            }
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    }

    fn take(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Offered(offer) => {
                    self.offers
                        .retain(|known| known.conversation != offer.conversation);
                    self.offers.push(offer.clone());
                }
                Change::OfferGone(id) => self.offers.retain(|known| known.conversation != *id),
                _ => {}
            }
        }
        self.changes.extend_from_slice(changes);
    }

    pub async fn send(&mut self, id: CommandId, command: AgentCommand) -> Result<Answer, Refusal> {
        let opens = match &command {
            AgentCommand::Accept { conversation }
            | AgentCommand::PickUp { conversation }
            | AgentCommand::TakeOver { conversation } => Some(*conversation),
            _ => None,
        };
        self.connection
            .request(AgentRequest::Command { id, command });
        let result = self
            .until(|event| match event {
                AgentEvent::Answer {
                    id: answered,
                    result,
                } if *answered == id => Some(result.clone()),
                _ => None,
            })
            .await;
        if let Some(conversation) = opens.filter(|_| result.is_ok()) {
            self.open(conversation).await;
        }
        result
    }

    /// Opens a conversation, as the inbox does with one that it has just got: its text is read
    /// then.
    pub async fn open(&mut self, conversation: ConversationId) {
        let opened = self.node.open_conversation(&self.who, conversation).await;
        let opened = opened.unwrap();
        let messages = opened.messages.into_iter();
        self.opened
            .extend(messages.map(|message| (conversation, message)));
        if !opened.notes.is_empty() {
            let notes = opened.notes;
            self.changes.push(Change::Notes {
                conversation,
                notes,
            });
        }
    }

    pub async fn command(&mut self, command: AgentCommand) -> Result<Answer, Refusal> {
        self.send(new_id(), command).await
    }

    /// Waits for a change, among those seen as well.
    pub async fn change<T>(&mut self, wanted: impl Fn(&Change) -> Option<T>) -> T {
        if let Some(found) = self.changes.iter().rev().find_map(&wanted) {
            return found;
        }
        self.until(|event| match event {
            AgentEvent::Changes { changes, .. } => changes.iter().find_map(&wanted),
            _ => None,
        })
        .await
    }

    /// Waits until the row of a conversation is as it should be.
    pub async fn row(&mut self, id: ConversationId, right: impl Fn(&Row) -> bool) -> Row {
        self.change(|change| match change {
            Change::Row(row) if row.id == id && right(row) => Some(row.clone()),
            _ => None,
        })
        .await
    }

    /// Turns the switch, and waits for the news of it: everything that was told before is seen
    /// by then.
    pub async fn switch(&mut self, available: bool) {
        let is_switch = |change: &&Change| matches!(change, Change::Availability(_));
        let before = self.changes.iter().filter(is_switch).count();
        self.command(AgentCommand::SetAvailable { available })
            .await
            .unwrap();
        while self.changes.iter().filter(is_switch).count() == before {
            self.until(|event| matches!(event, AgentEvent::Changes { .. }).then_some(()))
                .await;
        }
    }

    /// Turns the switch to where it stands, so that everything that was told is seen.
    pub async fn settle(&mut self) {
        let shown = self.changes.iter().rev().find_map(|change| match change {
            Change::Availability(availability) => Some(availability.available),
            _ => None,
        });
        self.switch(shown.unwrap_or(false)).await;
    }

    /// Whether anything was told of a conversation, however little.
    pub fn heard_of(&self, id: ConversationId) -> bool {
        self.changes.iter().any(|change| match change {
            Change::Row(row) => row.id == id,
            Change::Offered(offer) => offer.conversation == id,
            Change::Lost(conversation)
            | Change::OfferGone(conversation)
            | Change::Messages { conversation, .. }
            | Change::Notes { conversation, .. }
            | Change::Visitor { conversation, .. }
            | Change::Moved { conversation, .. }
            | Change::NotTransferred { conversation, .. } => *conversation == id,
            Change::Meeting { meeting, .. } => meeting.conversation == id,
            Change::Availability(_) | Change::Agents | Change::CalendarTrouble(_) => false,
        })
    }

    /// Waits for the end of the connection.
    pub async fn closed(&mut self) -> Closed {
        loop {
            if let Err(why) = soon(&mut self.outgoing).await {
                return why;
            }
        }
    }

    /// Waits until a change was seen.
    pub async fn changed(&mut self, is: impl Fn(&Change) -> bool) {
        while !self.changes.iter().any(&is) {
            self.until(|event| matches!(event, AgentEvent::Changes { .. }).then_some(()))
                .await;
        }
    }

    /// Waits for an offer.
    pub async fn offer(&mut self) -> Offer {
        while self.offers.is_empty() {
            self.until(|event| matches!(event, AgentEvent::Changes { .. }).then_some(()))
                .await;
        }
        self.offers[0].clone()
    }

    /// Waits until nothing is held out any more.
    pub async fn no_offer(&mut self) {
        while !self.offers.is_empty() {
            self.until(|event| matches!(event, AgentEvent::Changes { .. }).then_some(()))
                .await;
        }
    }

    /// Accepts what is held out.
    pub async fn accept(&mut self) -> ConversationId {
        let conversation = self.offer().await.conversation;
        self.command(AgentCommand::Accept { conversation })
            .await
            .unwrap();
        while self
            .offers
            .iter()
            .any(|offer| offer.conversation == conversation)
        {
            self.until(|event| matches!(event, AgentEvent::Changes { .. }).then_some(()))
                .await;
        }
        conversation
    }

    pub async fn write(
        &mut self,
        conversation: ConversationId,
        text: &str,
    ) -> Result<Answer, Refusal> {
        self.command(AgentCommand::Message {
            conversation,
            text: text.into(),
        })
        .await
    }

    /// The messages seen of a conversation, by number, once each.
    pub fn messages(&self, id: ConversationId) -> Vec<Message> {
        let mut messages: Vec<Message> = self
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::Messages {
                    conversation,
                    messages,
                } if *conversation == id => Some(messages.clone()),
                _ => None,
            })
            .flatten()
            .collect();
        let opened = self.opened.iter().filter(|(of, _)| *of == id);
        messages.extend(opened.map(|(_, message)| message.clone()));
        messages.sort_by_key(|message| message.seq);
        messages.dedup_by_key(|message| message.seq);
        messages
    }

    /// Waits until this many messages of a conversation were seen.
    pub async fn seen(&mut self, id: ConversationId, count: usize) {
        while self.messages(id).len() < count {
            self.until(|event| matches!(event, AgentEvent::Changes { .. }).then_some(()))
                .await;
        }
    }
}

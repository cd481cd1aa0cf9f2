//! An agent who accepts every offer, writes into their chats and ends some of them.
//!
//! Behaves like the inbox: keeps its cursor, resumes from it, sends everything unanswered again
//! after a reconnect, and reads its conversations anew when told to resynchronise.

use std::collections::BTreeSet;

use crate::{
    client::{self, Client, Common, Handle, SocketOf},
    course::Course,
    identity,
    inbox::Inbox,
    journal::{Entry, Who},
};
use anyhow::Result;
use domain::{
    CommandId, ConversationId, Refusal,
    frame::agent::{
        AgentCommand, AgentEvent, AgentRequest, Answer, Change, Cursor, Offer, RowState,
    },
    message::Message,
};

type AgentSocket = SocketOf<Agent>;

/// An agent's client.
pub struct Agent {
    common: Common<AgentCommand>,
    inbox: Inbox,
    cursor: Cursor,
    /// The own active conversations.
    active: Vec<ConversationId>,
    /// What is still to be read: since it was told to resynchronise, or has got it.
    unread: BTreeSet<ConversationId>,
    available: bool,
}

impl Client for Agent {
    type Command = AgentCommand;
    type Request = AgentRequest;
    type Event = AgentEvent;

    const PATH: &'static str = "/ws/agent";

    fn common(&mut self) -> &mut Common<AgentCommand> {
        &mut self.common
    }

    fn cookie(&self) -> Option<String> {
        Some(self.inbox.cookie.clone())
    }

    fn hello(&mut self) -> AgentRequest {
        AgentRequest::Hello {
            cursor: self.cursor.clone(),
        }
    }

    fn frame(id: CommandId, command: AgentCommand) -> AgentRequest {
        AgentRequest::Command { id, command }
    }

    /// Writes into one of the own chats, or ends it.
    async fn write(&mut self, socket: &mut AgentSocket) -> Result<()> {
        let at = self.common.random.usize(..self.active.len().max(1));
        let Some(conversation) = self.active.get(at).copied() else {
            return Ok(());
        };
        if self
            .common
            .random
            .usize(..self.common.course.pace.agent_ends.max(1))
            == 0
        {
            let command = AgentCommand::End { conversation };
            return self.command(command, socket).await;
        }
        self.common.written += 1;
        let text = format!(
            "{} writes {}",
            self.common.journal.who(),
            self.common.written
        );
        let id = identity::command(&mut self.common.random);
        self.common.journal.note(Entry::Sent {
            command: id,
            text: text.clone(),
        });
        let command = AgentCommand::Message { conversation, text };
        client::send(self, id, command, socket).await
    }

    async fn take(
        &mut self,
        event: AgentEvent,
        socket: &mut AgentSocket,
        server: &str,
    ) -> Result<()> {
        match event {
            AgentEvent::Welcome {
                cursor,
                availability,
                offers,
                changes,
                ..
            } => {
                self.common.journal.note(Entry::Connected);
                self.cursor = cursor;
                self.send_again(availability.available, socket).await?;
                self.apply(changes, socket).await?;
                self.offered(offers, socket).await?;
            }
            AgentEvent::Resynchronise {
                cursor,
                availability,
                offers,
                ..
            } => {
                // Only the welcome of a connection may tell it, or a reader who is too slow.
                self.common.journal.note(Entry::Resynchronised);
                self.read_anew(server).await?;
                self.cursor = cursor;
                self.send_again(availability.available, socket).await?;
                self.offered(offers, socket).await?;
            }
            AgentEvent::Changes { position, changes } => {
                self.common.journal.note(Entry::Moved(position));
                self.apply(changes, socket).await?;
                self.cursor.advance(position);
            }
            AgentEvent::Answer { id, result } => self.answer(id, result, socket).await?,
            AgentEvent::Ping => socket.send(&AgentRequest::Pong).await?,
            // What is refused without an answer are read marks, which may be lost here.
            AgentEvent::Refused(_)
            | AgentEvent::Typing { .. }
            | AgentEvent::VisitorConnected { .. } => {}
        }
        self.open(server).await
    }
}

impl Agent {
    /// Starts the n-th agent of a run.
    pub fn spawn(n: usize, course: Course, inbox: Inbox, random: fastrand::Rng) -> Handle {
        client::spawn(Self {
            common: Common::new(Who::Agent(n), course, random),
            inbox,
            cursor: Cursor::default(),
            active: Vec::new(),
            unread: BTreeSet::new(),
            available: false,
        })
    }

    async fn command(&mut self, command: AgentCommand, socket: &mut AgentSocket) -> Result<()> {
        let id = identity::command(&mut self.common.random);
        client::send(self, id, command, socket).await
    }

    /// Sends again what has no answer, and switches `Available` on once.
    async fn send_again(&mut self, available: bool, socket: &mut AgentSocket) -> Result<()> {
        self.available = available;
        client::send_again(self, socket).await?;
        let asked = self
            .common
            .outbox
            .iter()
            .any(|(_, command)| matches!(command, AgentCommand::SetAvailable { .. }));
        if !available && !asked {
            let command = AgentCommand::SetAvailable { available: true };
            self.command(command, socket).await?;
        }
        Ok(())
    }

    async fn offered(&mut self, offers: Vec<Offer>, socket: &mut AgentSocket) -> Result<()> {
        for offer in offers {
            self.accept(offer.conversation, socket).await?;
        }
        Ok(())
    }

    async fn accept(
        &mut self,
        conversation: ConversationId,
        socket: &mut AgentSocket,
    ) -> Result<()> {
        let command = AgentCommand::Accept { conversation };
        if self.common.outbox.iter().any(|(_, kept)| *kept == command) {
            return Ok(());
        }
        self.command(command, socket).await
    }

    async fn apply(&mut self, changes: Vec<Change>, socket: &mut AgentSocket) -> Result<()> {
        for change in changes {
            match change {
                Change::Row(row) => {
                    let writes = row.own && row.state == RowState::Active;
                    let at = self.active.iter().position(|id| *id == row.id);
                    match (writes, at) {
                        (true, None) => self.active.push(row.id),
                        (false, Some(at)) => {
                            self.active.swap_remove(at);
                        }
                        _ => {}
                    }
                }
                Change::Lost(id) => self.active.retain(|own| *own != id),
                Change::Messages {
                    conversation,
                    messages,
                } => self.messages(conversation, messages, socket).await?,
                Change::Offered(offer) => self.accept(offer.conversation, socket).await?,
                Change::Availability(availability) => self.available = availability.available,
                Change::Moved { conversation, .. } => {
                    self.active.retain(|own| *own != conversation);
                }
                Change::OfferGone(_)
                | Change::Visitor { .. }
                | Change::Notes { .. }
                | Change::NotTransferred { .. }
                | Change::Meeting { .. }
                | Change::Agents
                | Change::CalendarTrouble(_) => {}
            }
        }
        Ok(())
    }

    async fn messages(
        &mut self,
        conversation: ConversationId,
        messages: Vec<Message>,
        socket: &mut AgentSocket,
    ) -> Result<()> {
        let up_to = messages.last().map_or(0, |message| message.seq);
        for message in messages {
            self.common.journal.note(Entry::Saw {
                conversation,
                message,
            });
        }
        if self.common.random.u8(..) < 25 {
            let read = AgentRequest::Read {
                conversation,
                up_to,
            };
            socket.send(&read).await?;
        }
        Ok(())
    }

    /// Reads its list and every conversation that may have gone on meanwhile, as the inbox does
    /// with the one that is open.
    async fn read_anew(&mut self, address: &str) -> Result<()> {
        // What is not read before this connection breaks must be read on the next.
        self.unread.extend(self.active.iter().copied());
        self.active = self.inbox.active(address).await?;
        self.unread.extend(self.active.iter().copied());
        self.open(address).await
    }

    /// Reads conversations that were opened: those that it may have missed something of, and those
    /// that it has just got, of which it is told the head alone.
    async fn open(&mut self, address: &str) -> Result<()> {
        while let Some(conversation) = self.unread.first().copied() {
            let messages = self.inbox.read(address, conversation).await?;
            self.common.journal.note(Entry::Opened {
                conversation,
                messages,
            });
            self.unread.remove(&conversation);
        }
        Ok(())
    }

    async fn answer(
        &mut self,
        id: CommandId,
        result: Result<Answer, Refusal>,
        socket: &mut AgentSocket,
    ) -> Result<()> {
        let Some(command) = client::answered(self, id, &result, socket).await? else {
            return Ok(());
        };
        match (result, command) {
            (
                Ok(Answer::Message {
                    conversation,
                    seq,
                    at,
                }),
                _,
            ) => self.common.journal.note(Entry::Acknowledged {
                command: id,
                conversation,
                seq,
                at: Some(at),
            }),
            (Ok(Answer::Done), AgentCommand::Accept { conversation }) => {
                self.common.journal.note(Entry::Accepted { conversation });
                self.unread.insert(conversation);
            }
            (Ok(Answer::Done), AgentCommand::End { conversation }) => {
                self.common.journal.note(Entry::Ended { conversation });
            }
            (Ok(Answer::Done | Answer::Note(_)), _) => {}
            (Err(refusal), command) => {
                if let AgentCommand::Message { conversation, .. } = command {
                    self.active.retain(|own| *own != conversation);
                }
                self.common.journal.note(Entry::Refused {
                    command: id,
                    refusal,
                });
            }
        }
        Ok(())
    }
}

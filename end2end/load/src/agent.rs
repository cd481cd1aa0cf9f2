//! An agent who accepts every offer, writes into their chats and ends some of them.
//!
//! Behaves like the inbox: keeps its cursor, resumes from it, sends everything unanswered again
//! after a reconnect, and reads its conversations anew when told to resynchronise.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Result;
use domain::{
    CommandId, ConversationId, Refusal,
    frame::agent::{
        AgentCommand, AgentEvent, AgentRequest, Answer, Change, Cursor, Offer, RowState,
    },
    message::Message,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    client::{Handle, back_off, pause},
    course::{Course, Phase},
    identity,
    inbox::Inbox,
    journal::{Entry, SharedJournal, Who},
    outbox::Outbox,
    socket::{Endpoint, Socket},
};

type AgentSocket = Socket<AgentRequest, AgentEvent>;

/// An agent's client.
pub struct Agent {
    course: Course,
    journal: SharedJournal,
    inbox: Inbox,
    random: fastrand::Rng,
    outbox: Outbox<AgentCommand>,
    cursor: Cursor,
    /// The own active conversations.
    active: Vec<ConversationId>,
    /// What is still to be read since it was told to resynchronise.
    unread: BTreeSet<ConversationId>,
    available: bool,
    written: usize,
    /// The connection is welcomed, and what had no answer has been sent again: only then may
    /// anything new follow.
    welcomed: bool,
    unanswered: watch::Sender<usize>,
}

impl Agent {
    /// Starts the n-th agent of a run; it ends with the course's phase `Stop`.
    pub fn spawn(n: usize, course: Course, inbox: Inbox, random: fastrand::Rng) -> Handle {
        let journal = SharedJournal::new(Who::Agent(n));
        let (unanswered, watching) = watch::channel(0);
        let agent = Self {
            journal: journal.clone(),
            course,
            inbox,
            random,
            outbox: Outbox::default(),
            cursor: Cursor::default(),
            active: Vec::new(),
            unread: BTreeSet::new(),
            available: false,
            written: 0,
            welcomed: false,
            unanswered,
        };
        Handle {
            journal,
            unanswered: watching,
            task: tokio::spawn(agent.run()),
        }
    }

    async fn run(mut self) {
        let mut attempt: usize = 0;
        let mut failures = 0;
        while self.course.phase() != Phase::Stop {
            let cookie = Some(self.inbox.cookie.clone());
            let endpoint = self.course.endpoint(attempt, "/ws/agent", cookie);
            let before = self.journal.len();
            // However a connection ends, the answer is the next one.
            let _ = self.connection(&endpoint).await;
            failures = if self.journal.len() > before {
                0
            } else {
                failures + 1
            };
            attempt += 1;
            back_off(failures, &mut self.random, &mut self.course).await;
        }
    }

    async fn connection(&mut self, endpoint: &Endpoint) -> Result<()> {
        let mut socket = AgentSocket::connect(endpoint).await?;
        let cursor = self.cursor.clone();
        socket.send(&AgentRequest::Hello { cursor }).await?;
        self.welcomed = false;
        let mut write_at = Instant::now() + pause(&self.course.pace, &mut self.random);
        loop {
            let writes = self.welcomed && self.course.phase() == Phase::Write;
            tokio::select! {
                event = socket.next() => self.take(event?, &mut socket, &endpoint.server).await?,
                () = sleep_until(write_at), if writes => {
                    write_at = Instant::now() + pause(&self.course.pace, &mut self.random);
                    self.write(&mut socket).await?;
                }
                changed = self.course.phase.changed() => {
                    if changed.is_err() || self.course.phase() == Phase::Stop {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Writes into one of the own chats, or ends it.
    async fn write(&mut self, socket: &mut AgentSocket) -> Result<()> {
        if self.outbox.len() >= self.course.pace.window {
            return Ok(());
        }
        let at = self.random.usize(..self.active.len().max(1));
        let Some(conversation) = self.active.get(at).copied() else {
            return Ok(());
        };
        if self.random.usize(..self.course.pace.agent_ends.max(1)) == 0 {
            let command = AgentCommand::End { conversation };
            return self.command(command, socket).await;
        }
        self.written += 1;
        let text = format!("{} writes {}", self.journal.who(), self.written);
        let id = identity::command(&mut self.random);
        self.journal.note(Entry::Sent {
            command: id,
            text: text.clone(),
        });
        let command = AgentCommand::Message { conversation, text };
        self.send(id, command, socket).await
    }

    async fn command(&mut self, command: AgentCommand, socket: &mut AgentSocket) -> Result<()> {
        let id = identity::command(&mut self.random);
        self.send(id, command, socket).await
    }

    async fn send(
        &mut self,
        id: CommandId,
        command: AgentCommand,
        socket: &mut AgentSocket,
    ) -> Result<()> {
        self.outbox.keep(id, command.clone());
        self.unanswered.send_replace(self.outbox.len());
        socket.send(&AgentRequest::Command { id, command }).await
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
                available,
                offers,
                changes,
                ..
            } => {
                self.journal.note(Entry::Connected);
                self.cursor = cursor;
                self.send_again(available, socket).await?;
                self.apply(changes, socket).await?;
                self.offered(offers, socket).await?;
            }
            AgentEvent::Resynchronise {
                cursor,
                available,
                offers,
                ..
            } => {
                // Only the welcome of a connection may tell it, or a reader who is too slow.
                self.journal.note(Entry::Resynchronised);
                self.read_anew(server).await?;
                self.cursor = cursor;
                self.send_again(available, socket).await?;
                self.offered(offers, socket).await?;
            }
            AgentEvent::Changes { position, changes } => {
                self.journal.note(Entry::Moved(position));
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
        Ok(())
    }

    /// Sends again what has no answer, and switches `Available` on once.
    async fn send_again(&mut self, available: bool, socket: &mut AgentSocket) -> Result<()> {
        self.available = available;
        for (id, command) in self.outbox.iter() {
            let (id, command) = (*id, command.clone());
            socket.send(&AgentRequest::Command { id, command }).await?;
        }
        self.welcomed = true;
        let asked = self
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
        if self.outbox.iter().any(|(_, kept)| *kept == command) {
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
                Change::Available(available) => self.available = available,
                Change::OfferGone(_) | Change::Visitor { .. } => {}
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
            self.journal.note(Entry::Saw {
                conversation,
                message,
            });
        }
        if self.random.u8(..) < 25 {
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
        while let Some(conversation) = self.unread.first().copied() {
            let messages = self.inbox.read(address, conversation).await?;
            self.journal.note(Entry::Opened {
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
        if let Err(Refusal::Unavailable | Refusal::TooMany) = result {
            // Not done, and asked to try again.
            let again = self.outbox.iter().find(|(kept, _)| *kept == id);
            if let Some((_, command)) = again.cloned() {
                self.journal.note(Entry::Postponed { command: id });
                sleep(Duration::from_millis(self.random.u64(50..150))).await;
                socket.send(&AgentRequest::Command { id, command }).await?;
            }
            return Ok(());
        }
        let Some(command) = self.outbox.answered(id) else {
            return Ok(());
        };
        self.unanswered.send_replace(self.outbox.len());
        match (result, command) {
            (
                Ok(Answer::Message {
                    conversation,
                    seq,
                    at,
                }),
                _,
            ) => self.journal.note(Entry::Acknowledged {
                command: id,
                conversation,
                seq,
                at: Some(at),
            }),
            (Ok(Answer::Done), AgentCommand::Accept { conversation }) => {
                self.journal.note(Entry::Accepted { conversation });
            }
            (Ok(Answer::Done), AgentCommand::End { conversation }) => {
                self.journal.note(Entry::Ended { conversation });
            }
            (Ok(Answer::Done), _) => {}
            (Err(refusal), command) => {
                if let AgentCommand::Message { conversation, .. } = command {
                    self.active.retain(|own| *own != conversation);
                }
                self.journal.note(Entry::Refused {
                    command: id,
                    refusal,
                });
            }
        }
        Ok(())
    }
}

//! A visitor who writes without end: starts a chat, writes, ends it, starts the next.
//!
//! Behaves like the chat in the browser: one connection, commands with stable ids, everything
//! unanswered sent again after a reconnect, and a `Hello` that names what it has.

use std::collections::BTreeMap;

use crate::{
    client::{self, Client, Common, Handle, SocketOf},
    course::Course,
    identity,
    journal::{Entry, Who},
};
use anyhow::Result;
use domain::{
    CommandId, ConversationId, Language, Refusal,
    frame::visitor::{
        Answer, Chat, ChatState, Known, VisitorCommand, VisitorEvent, VisitorHello, VisitorRequest,
        VisitorToken,
    },
    message::Seq,
    visitor::Page,
};

type VisitorSocket = SocketOf<Visitor>;

/// A visitor's client.
pub struct Visitor {
    common: Common<VisitorCommand>,
    token: VisitorToken,
    /// What it has of each conversation.
    known: BTreeMap<ConversationId, Seq>,
    /// The newest of its conversations.
    chat: Option<Chat>,
    /// How many more messages it writes in this conversation.
    left: usize,
}

/// A visitor and the secret by which everything of theirs can be read anew.
pub struct VisitorHandle {
    pub client: Handle,
    pub token: VisitorToken,
}

impl Client for Visitor {
    type Command = VisitorCommand;
    type Request = VisitorRequest;
    type Event = VisitorEvent;

    const PATH: &'static str = "/ws/visitor";

    fn common(&mut self) -> &mut Common<VisitorCommand> {
        &mut self.common
    }

    fn hello(&mut self) -> VisitorRequest {
        let known = self.known.iter().map(|(conversation, last)| Known {
            conversation: *conversation,
            last: *last,
        });
        VisitorRequest::Hello(VisitorHello {
            site: self.common.course.site.clone(),
            token: self.token,
            language: Language::English,
            known: known.collect(),
            page: Page::new("http://127.0.0.1/", "Load", ""),
            zone: String::new(),
            identity: None,
        })
    }

    fn frame(id: CommandId, command: VisitorCommand) -> VisitorRequest {
        VisitorRequest::Command { id, command }
    }

    /// Starts, writes or ends, whichever comes next.
    async fn write(&mut self, socket: &mut VisitorSocket) -> Result<()> {
        let text = format!(
            "{} writes {}",
            self.common.journal.who(),
            self.common.written + 1
        );
        let command = match &self.chat {
            Some(chat) if matches!(chat.state, ChatState::Waiting | ChatState::Active) => {
                if self.left > 0 {
                    self.left -= 1;
                    VisitorCommand::Message {
                        conversation: chat.id,
                        text: text.clone(),
                    }
                } else if self.common.outbox.is_empty() {
                    VisitorCommand::End {
                        conversation: chat.id,
                    }
                } else {
                    return Ok(());
                }
            }
            _ if self.common.outbox.is_empty() => {
                self.left = self
                    .common
                    .random
                    .usize(self.common.course.pace.chat_length.clone());
                VisitorCommand::Start {
                    form: identity::form(&self.common.journal.who().to_string()),
                    first_message: Some(text.clone()),
                    views: Vec::new(),
                }
            }
            _ => return Ok(()),
        };
        let id = identity::command(&mut self.common.random);
        if !matches!(command, VisitorCommand::End { .. }) {
            self.common.written += 1;
            self.common.journal.note(Entry::Sent { command: id, text });
        }
        client::send(self, id, command, socket).await
    }

    async fn take(
        &mut self,
        event: VisitorEvent,
        socket: &mut VisitorSocket,
        _server: &str,
    ) -> Result<()> {
        match event {
            VisitorEvent::Welcome { chats, .. } => {
                self.common.journal.note(Entry::Connected);
                for chat in chats {
                    self.chat_is(chat);
                }
                client::send_again(self, socket).await?;
            }
            VisitorEvent::Chat { chat, messages } => {
                let conversation = chat.id;
                for message in messages {
                    let last = self.known.entry(conversation).or_default();
                    *last = (*last).max(message.seq);
                    self.common.journal.note(Entry::Saw {
                        conversation,
                        message,
                    });
                }
                let up_to = self.known.get(&conversation).copied().unwrap_or(0);
                self.chat_is(chat);
                if self.common.random.u8(..) < 25 {
                    let read = VisitorRequest::Read {
                        conversation,
                        up_to,
                    };
                    socket.send(&read).await?;
                }
            }
            VisitorEvent::Answer { id, result } => self.answer(id, result, socket).await?,
            VisitorEvent::Ping => socket.send(&VisitorRequest::Pong).await?,
            // What is refused without an answer are read marks, which may be lost here.
            VisitorEvent::Refused(_)
            | VisitorEvent::Typing { .. }
            | VisitorEvent::AgentConnected { .. }
            | VisitorEvent::Slots { .. }
            | VisitorEvent::Meetings { .. } => {}
        }
        Ok(())
    }
}

impl Visitor {
    /// Starts the n-th visitor of a run.
    pub fn spawn(n: usize, course: Course, mut random: fastrand::Rng) -> VisitorHandle {
        let token = identity::token(&mut random);
        let visitor = Self {
            common: Common::new(Who::Visitor(n), course, random),
            token,
            known: BTreeMap::new(),
            chat: None,
            left: 0,
        };
        VisitorHandle {
            token,
            client: client::spawn(visitor),
        }
    }

    /// Takes over the state of a conversation, if it is the newest one and newer than known.
    fn chat_is(&mut self, chat: Chat) {
        self.known.entry(chat.id).or_default();
        let newer = self.chat.as_ref().is_none_or(|mine| {
            if mine.id == chat.id {
                mine.version <= chat.version
            } else {
                mine.created_at <= chat.created_at
            }
        });
        if newer {
            self.chat = Some(chat);
        }
    }

    async fn answer(
        &mut self,
        id: CommandId,
        result: Result<Answer, Refusal>,
        socket: &mut VisitorSocket,
    ) -> Result<()> {
        let Some(command) = client::answered(self, id, &result, socket).await? else {
            return Ok(());
        };
        self.common.journal.note(match (result, command) {
            (Ok(Answer::Started { conversation }), _) => Entry::Acknowledged {
                command: id,
                conversation,
                seq: 1,
                at: None,
            },
            (
                Ok(Answer::Message {
                    conversation,
                    seq,
                    at,
                }),
                _,
            ) => Entry::Acknowledged {
                command: id,
                conversation,
                seq,
                at: Some(at),
            },
            (Ok(Answer::Done), VisitorCommand::End { conversation }) => {
                Entry::Ended { conversation }
            }
            (Ok(Answer::Done | Answer::Booked(_)), _) => return Ok(()),
            (Err(refusal), _) => Entry::Refused {
                command: id,
                refusal,
            },
        });
        Ok(())
    }
}

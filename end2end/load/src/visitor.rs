//! A visitor who writes without end: starts a chat, writes, ends it, starts the next.
//!
//! Behaves like the chat in the browser: one connection, commands with stable ids, everything
//! unanswered sent again after a reconnect, and a `Hello` that names what it has.

use std::{collections::BTreeMap, time::Duration};

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
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    client::{Handle, back_off, pause},
    course::{Course, Phase},
    identity,
    journal::{Entry, SharedJournal, Who},
    outbox::Outbox,
    socket::{Endpoint, Socket},
};

type VisitorSocket = Socket<VisitorRequest, VisitorEvent>;

/// A visitor's client.
pub struct Visitor {
    course: Course,
    journal: SharedJournal,
    token: VisitorToken,
    random: fastrand::Rng,
    outbox: Outbox<VisitorCommand>,
    /// What it has of each conversation.
    known: BTreeMap<ConversationId, Seq>,
    /// The newest of its conversations.
    chat: Option<Chat>,
    /// How many more messages it writes in this conversation.
    left: usize,
    written: usize,
    /// The connection is welcomed, and what had no answer has been sent again: only then may
    /// anything new follow.
    welcomed: bool,
    /// Unanswered commands, for the leader of the run.
    unanswered: watch::Sender<usize>,
}

/// A visitor and the secret by which everything of theirs can be read anew.
pub struct VisitorHandle {
    pub client: Handle,
    pub token: VisitorToken,
}

impl Visitor {
    /// Starts the n-th visitor of a run; it ends with the course's phase `Stop`.
    pub fn spawn(n: usize, course: Course, mut random: fastrand::Rng) -> VisitorHandle {
        let journal = SharedJournal::new(Who::Visitor(n));
        let token = identity::token(&mut random);
        let (unanswered, watching) = watch::channel(0);
        let visitor = Self {
            journal: journal.clone(),
            token,
            random,
            outbox: Outbox::default(),
            known: BTreeMap::new(),
            chat: None,
            left: 0,
            written: 0,
            welcomed: false,
            unanswered,
            course,
        };
        VisitorHandle {
            token,
            client: Handle {
                journal,
                unanswered: watching,
                task: tokio::spawn(visitor.run()),
            },
        }
    }

    async fn run(mut self) {
        let mut attempt: usize = 0;
        let mut failures = 0;
        while self.course.phase() != Phase::Stop {
            let endpoint = self.course.endpoint(attempt, "/ws/visitor", None);
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
        let mut socket = VisitorSocket::connect(endpoint).await?;
        let known = self
            .known
            .iter()
            .map(|(conversation, last)| Known {
                conversation: *conversation,
                last: *last,
            })
            .collect();
        let hello = VisitorHello {
            site: self.course.site.clone(),
            token: self.token,
            language: Language::English,
            known,
            page: Page::new("http://127.0.0.1/", "Load", ""),
        };
        socket.send(&VisitorRequest::Hello(hello)).await?;
        self.welcomed = false;
        let mut write_at = Instant::now() + pause(&self.course.pace, &mut self.random);
        loop {
            let writes = self.welcomed && self.course.phase() == Phase::Write;
            tokio::select! {
                event = socket.next() => self.take(event?, &mut socket).await?,
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

    /// Starts, writes or ends, whichever comes next.
    async fn write(&mut self, socket: &mut VisitorSocket) -> Result<()> {
        if self.outbox.len() >= self.course.pace.window {
            return Ok(());
        }
        let text = format!("{} writes {}", self.journal.who(), self.written + 1);
        let command = match &self.chat {
            Some(chat) if matches!(chat.state, ChatState::Waiting | ChatState::Active) => {
                if self.left > 0 {
                    self.left -= 1;
                    VisitorCommand::Message {
                        conversation: chat.id,
                        text: text.clone(),
                    }
                } else if self.outbox.is_empty() {
                    VisitorCommand::End {
                        conversation: chat.id,
                    }
                } else {
                    return Ok(());
                }
            }
            _ if self.outbox.is_empty() => {
                self.left = self.random.usize(self.course.pace.chat_length.clone());
                VisitorCommand::Start {
                    form: identity::form(&self.journal.who().to_string()),
                    first_message: Some(text.clone()),
                }
            }
            _ => return Ok(()),
        };
        let id = identity::command(&mut self.random);
        if !matches!(command, VisitorCommand::End { .. }) {
            self.written += 1;
            self.journal.note(Entry::Sent { command: id, text });
        }
        self.outbox.keep(id, command.clone());
        self.unanswered.send_replace(self.outbox.len());
        socket.send(&VisitorRequest::Command { id, command }).await
    }

    async fn take(&mut self, event: VisitorEvent, socket: &mut VisitorSocket) -> Result<()> {
        match event {
            VisitorEvent::Welcome { chats, .. } => {
                self.journal.note(Entry::Connected);
                for chat in chats {
                    self.chat_is(chat);
                }
                for (id, command) in self.outbox.iter() {
                    let (id, command) = (*id, command.clone());
                    socket
                        .send(&VisitorRequest::Command { id, command })
                        .await?;
                }
                self.welcomed = true;
            }
            VisitorEvent::Chat { chat, messages } => {
                let conversation = chat.id;
                for message in messages {
                    let last = self.known.entry(conversation).or_default();
                    *last = (*last).max(message.seq);
                    self.journal.note(Entry::Saw {
                        conversation,
                        message,
                    });
                }
                let up_to = self.known.get(&conversation).copied().unwrap_or(0);
                self.chat_is(chat);
                if self.random.u8(..) < 25 {
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
            | VisitorEvent::AgentConnected { .. } => {}
        }
        Ok(())
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
        if let Err(Refusal::Unavailable | Refusal::TooMany) = result {
            // Not done, and asked to try again.
            let again = self.outbox.iter().find(|(kept, _)| *kept == id);
            if let Some((_, command)) = again.cloned() {
                self.journal.note(Entry::Postponed { command: id });
                sleep(Duration::from_millis(self.random.u64(50..150))).await;
                socket
                    .send(&VisitorRequest::Command { id, command })
                    .await?;
            }
            return Ok(());
        }
        let Some(command) = self.outbox.answered(id) else {
            return Ok(());
        };
        self.unanswered.send_replace(self.outbox.len());
        self.journal.note(match (result, command) {
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
            (Ok(Answer::Done), _) => return Ok(()),
            (Err(refusal), _) => Entry::Refused {
                command: id,
                refusal,
            },
        });
        Ok(())
    }
}

//! A visitor who means ill: one connection, and everything that can be sent over it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::{Context, Result};
use domain::{
    CardId, CommandId, ConversationId, Refusal,
    frame::visitor::{Answer, ChatState, VisitorCommand, VisitorEvent, VisitorRequest},
    meeting::Slot,
    message::Body,
    visitor::ProfileInput,
};
use tokio::time::timeout;

use super::Target;
use crate::{
    bench::chats::{self, VisitorSocket},
    identity,
    socket::Whence,
};

/// How long a stranger waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the strangers of one abuse did, and how often they were refused.
#[derive(Default)]
pub struct Tally {
    actions: AtomicU64,
    refused: AtomicU64,
    /// Connections that ended before the stranger wanted it.
    ended: AtomicU64,
}

impl Tally {
    pub fn act(&self) {
        self.actions.fetch_add(1, Ordering::Relaxed);
    }

    pub fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub fn end(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// Actions, refusals, ended connections.
    pub fn counts(&self) -> (u64, u64, u64) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (
            count(&self.actions),
            count(&self.refused),
            count(&self.ended),
        )
    }
}

/// A stranger's connection.
pub struct Stranger<'a> {
    pub socket: VisitorSocket,
    pub random: fastrand::Rng,
    /// The last conversation that was told, and how it is.
    pub chat: Option<(ConversationId, ChatState)>,
    /// The last booking card that was told.
    pub card: Option<CardId>,
    slots: Vec<Slot>,
    tally: &'a Tally,
}

impl<'a> Stranger<'a> {
    /// Comes as a visitor who has never been here.
    pub async fn arrive(target: &Target, whence: Whence, tally: &'a Tally) -> Result<Self> {
        let mut random = fastrand::Rng::new();
        let token = identity::token(&mut random);
        let socket = chats::connect_as(&target.address, &target.site, token, whence).await?;
        Ok(Self {
            socket,
            random,
            chat: None,
            card: None,
            slots: Vec::new(),
            tally,
        })
    }

    /// Sends a command and waits for its answer.
    pub async fn command(
        &mut self,
        id: CommandId,
        command: VisitorCommand,
    ) -> Result<Result<Answer, Refusal>> {
        self.send(id, command).await?;
        loop {
            if let Some((answered, result)) = self.take().await?
                && answered == id
            {
                return Ok(result);
            }
        }
    }

    /// The same under a new id.
    pub async fn ask(&mut self, command: VisitorCommand) -> Result<Result<Answer, Refusal>> {
        let id = self.id();
        self.command(id, command).await
    }

    /// Sends a command and waits for nothing.
    pub async fn send(&mut self, id: CommandId, command: VisitorCommand) -> Result<()> {
        self.tally.act();
        self.socket
            .send(&VisitorRequest::Command { id, command })
            .await
    }

    pub fn id(&mut self) -> CommandId {
        identity::command(&mut self.random)
    }

    /// Takes one event in; gives the answer that it is.
    pub async fn take(&mut self) -> Result<Option<(CommandId, Result<Answer, Refusal>)>> {
        let event = timeout(PATIENCE, self.socket.next())
            .await
            .context("no answer")??;
        match event {
            VisitorEvent::Answer { id, result } => {
                if result.is_err() {
                    self.tally.refuse();
                }
                return Ok(Some((id, result)));
            }
            VisitorEvent::Refused(_) => self.tally.refuse(),
            VisitorEvent::Chat { chat, messages } => {
                self.chat = Some((chat.id, chat.state));
                for message in messages {
                    if let Body::Calendar(card) = message.body {
                        self.card = Some(card.card);
                    }
                }
            }
            VisitorEvent::Slots { slots, .. } => self.slots = slots,
            VisitorEvent::Ping => self.socket.send(&VisitorRequest::Pong).await?,
            _ => {}
        }
        Ok(None)
    }

    /// Asks for a chat, with the first words given; gives the conversation if it was taken.
    pub async fn start(
        &mut self,
        name: &str,
        words: Option<&str>,
    ) -> Result<Option<ConversationId>> {
        let command = VisitorCommand::Start {
            form: ProfileInput {
                name: Some(name.to_owned()),
                ..ProfileInput::default()
            },
            first_message: words.map(ToOwned::to_owned),
            views: Vec::new(),
        };
        Ok(match self.ask(command).await? {
            Ok(Answer::Started { conversation }) => Some(conversation),
            Ok(_) | Err(_) => None,
        })
    }

    /// Some free slots of the card.
    pub async fn slots(&mut self, card: CardId) -> Result<Vec<Slot>> {
        self.slots.clear();
        let request = VisitorRequest::Slots { card, from: None };
        self.socket.send(&request).await?;
        self.tally.act();
        while self.slots.is_empty() {
            self.take().await?;
        }
        Ok(self.slots.clone())
    }
}

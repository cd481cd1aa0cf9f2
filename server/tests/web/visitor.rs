//! A visitor's client.

use std::ops::{Deref, DerefMut};

use domain::{
    ConversationId, Language, Refusal,
    frame::visitor::{
        Answer, Chat, ChatState, Known, VisitorCommand, VisitorEvent, VisitorHello, VisitorRequest,
        VisitorToken,
    },
    message::Body,
    visitor::{Page, ProfileInput},
};

use crate::{
    app::{TestApp, site_key},
    line::{Line, new_id, upgrade},
};

pub struct Visitor {
    line: Line<VisitorRequest, VisitorEvent>,
    pub token: VisitorToken,
    /// What `Welcome` told.
    pub chats: Vec<Chat>,
}

impl Deref for Visitor {
    type Target = Line<VisitorRequest, VisitorEvent>;

    fn deref(&self) -> &Self::Target {
        &self.line
    }
}

impl DerefMut for Visitor {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.line
    }
}

/// The first frame of a visitor who knows nothing.
pub fn hello(token: VisitorToken, known: Vec<Known>) -> VisitorHello {
    VisitorHello {
        site: site_key(),
        token,
        language: Language::English,
        known,
        page: Page::new("https://shop.example/", "The Shop", ""),
        zone: String::new(),
        identity: None,
    }
}

/// Asks for a chat with these first words.
pub fn start(words: &str) -> VisitorCommand {
    VisitorCommand::Start {
        form: ProfileInput {
            name: Some("Ada".to_owned()),
            ..ProfileInput::default()
        },
        first_message: Some(words.to_owned()),
        views: Vec::new(),
    }
}

impl Visitor {
    /// A socket that has not said who it is.
    pub async fn silent(app: &TestApp) -> Line<VisitorRequest, VisitorEvent> {
        Line::open(upgrade(app, "/ws/visitor", &app.origin(), None)).await
    }

    pub async fn connect(app: &TestApp) -> Self {
        Self::resume(app, backend::random(), Vec::new()).await
    }

    pub async fn resume(app: &TestApp, token: VisitorToken, known: Vec<Known>) -> Self {
        let mut line = Self::silent(app).await;
        line.send(&VisitorRequest::Hello(hello(token, known))).await;
        let chats = line
            .until(|event| match event {
                VisitorEvent::Welcome { chats, .. } => Some(chats.clone()),
                _ => None,
            })
            .await;
        Self { line, token, chats }
    }

    pub async fn command(&mut self, command: VisitorCommand) -> Result<Answer, Refusal> {
        self.command_as(new_id(), command).await
    }

    pub async fn command_as(
        &mut self,
        id: domain::CommandId,
        command: VisitorCommand,
    ) -> Result<Answer, Refusal> {
        self.send(&VisitorRequest::Command { id, command }).await;
        self.until(|event| match event {
            VisitorEvent::Answer { id: of, result } if *of == id => Some(result.clone()),
            _ => None,
        })
        .await
    }

    pub async fn ask(&mut self, words: &str) -> ConversationId {
        match self.command(start(words)).await {
            Ok(Answer::Started { conversation }) => conversation,
            other => panic!("{other:?}"),
        }
    }

    pub async fn say(
        &mut self,
        conversation: ConversationId,
        text: &str,
    ) -> Result<Answer, Refusal> {
        let text = text.to_owned();
        self.command(VisitorCommand::Message { conversation, text })
            .await
    }

    /// Waits until a message with this text comes; tells its place.
    pub async fn reads(&mut self, text: &str) -> u32 {
        self.look(|event| match event {
            VisitorEvent::Chat { messages, .. } => messages
                .iter()
                .find(|message| message.body == Body::Text(text.to_owned()))
                .map(|message| message.seq),
            _ => None,
        })
        .await
    }

    pub async fn sees(&mut self, state: ChatState) -> Chat {
        self.until(|event| match event {
            VisitorEvent::Chat { chat, .. } if chat.state == state => Some(chat.clone()),
            _ => None,
        })
        .await
    }

    /// Every text of the frames until the message with number `last`, in the order they came.
    pub async fn texts_up_to(&mut self, last: u32) -> Vec<(u32, String)> {
        let mut texts = Vec::new();
        let mut reached = 0;
        while reached < last {
            let messages = self
                .until(|event| match event {
                    VisitorEvent::Chat { messages, .. } => Some(messages.clone()),
                    _ => None,
                })
                .await;
            for message in messages {
                reached = message.seq;
                if let Body::Text(text) = message.body {
                    texts.push((message.seq, text));
                }
            }
        }
        texts
    }
}

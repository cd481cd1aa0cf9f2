//! A visitor's client.

use std::{net::IpAddr, sync::Arc};

use backend::{Casella, Closed, Outgoing, VisitorConnection, bound::Source};
use domain::{
    CommandId, ConversationId, Language, Refusal,
    frame::visitor::{
        Answer, Chat, ChatState, Known, VisitorCommand, VisitorEvent, VisitorHello, VisitorRequest,
    },
    message::Message,
    visitor::{Page, ProfileInput},
};

use super::{new_id, soon, words};

/// A visitor's client.
pub struct Visitor {
    pub token: [u8; 32],
    pub connection: VisitorConnection,
    outgoing: Outgoing<VisitorEvent>,
    /// Everything seen, in order.
    pub messages: Vec<(ConversationId, Message)>,
    pub chats: Vec<Chat>,
}

impl Visitor {
    pub async fn connect(node: &Arc<Casella>, token: [u8; 32], known: Vec<Known>) -> Self {
        Self::greet(node, Self::hello(token, known)).await
    }

    /// The first frame of an ordinary client.
    pub fn hello(token: [u8; 32], known: Vec<Known>) -> VisitorHello {
        VisitorHello {
            site: "demo".parse().unwrap(),
            token,
            language: Language::English,
            known,
            page: Page::new("https://example.com/pricing", "Pricing", ""),
            zone: "Europe/Rome".into(),
            identity: None,
        }
    }

    /// With a first frame of one's own.
    pub async fn greet(node: &Arc<Casella>, hello: VisitorHello) -> Self {
        // Everybody has an address of their own.
        let [a, b, c, ..] = hello.token;
        let home = IpAddr::from([10, a, b, c]);
        Self::greet_from(node, hello, home.into()).await
    }

    /// The same from an address.
    pub async fn greet_from(node: &Arc<Casella>, hello: VisitorHello, from: Source) -> Self {
        let token = hello.token;
        let (connection, outgoing) = node.connect_visitor(hello, "Test/1.0", from).await.unwrap();
        let mut visitor = Self {
            token,
            connection,
            outgoing,
            messages: Vec::new(),
            chats: Vec::new(),
        };
        visitor
            .until(|event| matches!(event, VisitorEvent::Welcome { .. }).then_some(()))
            .await;
        visitor
    }

    /// Reads events until one is what is looked for.
    pub async fn until<T>(&mut self, mut wanted: impl FnMut(&VisitorEvent) -> Option<T>) -> T {
        loop {
            let event = soon(&mut self.outgoing)
                .await
                .expect("the connection stays open");
            match &event {
                VisitorEvent::Welcome { chats, .. } => self.chats.clone_from(chats),
                VisitorEvent::Chat { chat, messages } => {
                    self.chats.retain(|known| known.id != chat.id);
                    self.chats.push(chat.clone());
                    self.messages
                        .extend(messages.iter().map(|message| (chat.id, message.clone())));
                }
                _ => {}
            }
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    }

    pub async fn send(
        &mut self,
        id: CommandId,
        command: VisitorCommand,
    ) -> Result<Answer, Refusal> {
        self.connection
            .request(VisitorRequest::Command { id, command });
        self.until(|event| match event {
            VisitorEvent::Answer {
                id: answered,
                result,
            } if *answered == id => Some(result.clone()),
            _ => None,
        })
        .await
    }

    pub async fn command(&mut self, command: VisitorCommand) -> Result<Answer, Refusal> {
        self.send(new_id(), command).await
    }

    /// Asks for a chat as Ada.
    pub async fn start(&mut self, first: Option<&str>) -> Result<ConversationId, Refusal> {
        self.start_as(None, first).await
    }

    /// Asks for a chat with an email.
    pub async fn start_as(
        &mut self,
        email: Option<&str>,
        first: Option<&str>,
    ) -> Result<ConversationId, Refusal> {
        let form = ProfileInput {
            name: Some("Ada".into()),
            email: email.map(str::to_owned),
            ..ProfileInput::default()
        };
        let command = VisitorCommand::Start {
            form,
            first_message: first.map(str::to_owned),
            views: Vec::new(),
        };
        match self.command(command).await? {
            Answer::Started { conversation } => Ok(conversation),
            other => panic!("{other:?}"),
        }
    }

    pub async fn write(
        &mut self,
        conversation: ConversationId,
        text: &str,
    ) -> Result<Answer, Refusal> {
        self.command(VisitorCommand::Message {
            conversation,
            text: text.into(),
        })
        .await
    }

    /// Leaves a message, in the conversation in fallback or in a new one.
    pub async fn leave(
        &mut self,
        conversation: Option<ConversationId>,
        text: &str,
    ) -> Result<ConversationId, Refusal> {
        let command = VisitorCommand::Leave {
            conversation,
            form: ProfileInput::default(),
            text: text.into(),
            views: Vec::new(),
        };
        match self.command(command).await? {
            Answer::Message { conversation, .. } => Ok(conversation),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until a conversation is as it should be, and returns it.
    pub async fn chat(&mut self, right: impl Fn(&Chat) -> bool) -> Chat {
        if let Some(chat) = self.chats.iter().find(|chat| right(chat)) {
            return chat.clone();
        }
        self.until(|event| match event {
            VisitorEvent::Chat { chat, .. } if right(chat) => Some(chat.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until the conversation is in a state, and returns it.
    pub async fn state(&mut self, state: ChatState) -> Chat {
        if let Some(chat) = self.chats.iter().find(|chat| chat.state == state) {
            return chat.clone();
        }
        self.until(|event| match event {
            VisitorEvent::Chat { chat, .. } if chat.state == state => Some(chat.clone()),
            _ => None,
        })
        .await
    }

    /// Waits for the end of the connection.
    pub async fn closed(&mut self) -> Closed {
        loop {
            if let Err(why) = soon(&mut self.outgoing).await {
                return why;
            }
        }
    }

    /// Waits until this many messages were seen.
    pub async fn seen(&mut self, count: usize) {
        while self.messages.len() < count {
            self.until(|event| matches!(event, VisitorEvent::Chat { .. }).then_some(()))
                .await;
        }
    }

    /// The words seen, in order.
    pub fn words(&self) -> Vec<String> {
        words(self.messages.iter().map(|(_, message)| message))
    }
}

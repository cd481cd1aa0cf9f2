//! An agent's client.

use std::ops::{Deref, DerefMut};

use backend::{SessionToken, SignedIn};
use domain::{
    ConversationId, Refusal,
    file::FileCard,
    frame::agent::{AgentCommand, AgentEvent, AgentRequest, Answer, Change, Cursor, Offer},
    message::Body,
};

use crate::{
    app::{PASSWORD, TestApp, email_of},
    line::{Line, new_id, upgrade},
};

pub struct Agent {
    line: Line<AgentRequest, AgentEvent>,
    pub cookie: String,
}

impl Deref for Agent {
    type Target = Line<AgentRequest, AgentEvent>;

    fn deref(&self) -> &Self::Target {
        &self.line
    }
}

impl DerefMut for Agent {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.line
    }
}

/// The session cookie of an agent who signs in.
pub async fn cookie(app: &TestApp, name: &str) -> String {
    let signed_in = app.casella().sign_in(&email_of(name), PASSWORD, "").await;
    let (token, _) = signed_in.unwrap();
    let hex: String = token.0.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("casella={hex}")
}

/// Who is signed in with a cookie.
pub async fn signed_in(app: &TestApp, cookie: &str) -> SignedIn {
    let token = cookie.strip_prefix("casella=").unwrap();
    let token = SessionToken::from_hex(token).unwrap();
    app.casella().session(&token).await.unwrap().unwrap()
}

/// What an event changes.
pub fn changes(event: &AgentEvent) -> &[Change] {
    match event {
        AgentEvent::Changes { changes, .. } | AgentEvent::Welcome { changes, .. } => changes,
        _ => &[],
    }
}

impl Agent {
    /// A new agent with the switch on.
    pub async fn available(app: &TestApp, name: &str) -> Self {
        app.add_agent(name).await;
        let mut agent = Self::connect(app, cookie(app, name).await).await;
        let switched = agent.command(AgentCommand::SetAvailable { available: true });
        assert_eq!(switched.await, Ok(Answer::Done));
        agent
    }

    pub async fn connect(app: &TestApp, cookie: String) -> Self {
        Self::resume(app, cookie, Cursor::default()).await.0
    }

    /// Connects where a cursor stands; also gives the first frame.
    pub async fn resume(app: &TestApp, cookie: String, cursor: Cursor) -> (Self, AgentEvent) {
        let request = upgrade(app, "/ws/agent", &app.origin(), Some(&cookie));
        let mut line = Line::open(request).await;
        line.send(&AgentRequest::Hello { cursor }).await;
        let first = line
            .until(|event| match event {
                AgentEvent::Welcome { .. } | AgentEvent::Resynchronise { .. } => {
                    Some(event.clone())
                }
                _ => None,
            })
            .await;
        (Self { line, cookie }, first)
    }

    pub async fn command(&mut self, command: AgentCommand) -> Result<Answer, Refusal> {
        self.command_as(new_id(), command).await
    }

    pub async fn command_as(
        &mut self,
        id: domain::CommandId,
        command: AgentCommand,
    ) -> Result<Answer, Refusal> {
        self.send(&AgentRequest::Command { id, command }).await;
        self.until(|event| match event {
            AgentEvent::Answer { id: of, result } if *of == id => Some(result.clone()),
            _ => None,
        })
        .await
    }

    pub async fn say(
        &mut self,
        conversation: ConversationId,
        text: &str,
    ) -> Result<Answer, Refusal> {
        let text = text.to_owned();
        self.command(AgentCommand::Message { conversation, text })
            .await
    }

    pub async fn offered(&mut self, conversation: ConversationId) -> Offer {
        self.until(|event| {
            changes(event).iter().find_map(|change| match change {
                Change::Offered(offer) if offer.conversation == conversation => Some(offer.clone()),
                _ => None,
            })
        })
        .await
    }

    /// Waits for the offer and accepts it.
    pub async fn accept(&mut self, conversation: ConversationId) {
        self.offered(conversation).await;
        self.accept_offer(conversation).await;
    }

    pub async fn accept_offer(&mut self, conversation: ConversationId) {
        let accepted = self.command(AgentCommand::Accept { conversation });
        assert_eq!(accepted.await, Ok(Answer::Done));
    }

    /// Waits until a message with this text comes; tells its place.
    pub async fn reads(&mut self, text: &str) -> u32 {
        self.look(|event| {
            let messages = changes(event).iter().filter_map(|change| match change {
                Change::Messages { messages, .. } => Some(messages),
                _ => None,
            });
            messages
                .flatten()
                .find(|message| message.body == Body::Text(text.to_owned()))
                .map(|message| message.seq)
        })
        .await
    }

    /// Waits for a file.
    pub async fn gets_file(&mut self) -> FileCard {
        self.look(|event| {
            let messages = changes(event).iter().filter_map(|change| match change {
                Change::Messages { messages, .. } => Some(messages),
                _ => None,
            });
            messages.flatten().find_map(|message| match &message.body {
                Body::File(card) => Some(card.clone()),
                _ => None,
            })
        })
        .await
    }
}

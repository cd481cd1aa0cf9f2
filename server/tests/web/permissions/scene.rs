//! A company with an agent of each role, and conversations in every stand to one of them.

use backend::NewAgent;
use domain::{
    AgentId, ConversationId,
    account::EmailDomain,
    agent::Role,
    frame::{
        agent::{AgentCommand, Answer as AgentAnswer},
        visitor::{Answer, Chat, ChatState, VisitorCommand, VisitorEvent, VisitorToken},
    },
    permission::Stand,
    text::{Email, Field},
    visitor::ProfileInput,
};

use super::Person;
use crate::{
    agent::{Agent, cookie, signed_in},
    app::{PASSWORD, TestApp, email_of},
    visitor::Visitor,
};

/// Limits beside which thousands of requests from one address have room.
pub const SETTINGS: &[(&str, &str)] = &[
    ("requests-per-second", "100000"),
    ("frames-per-second", "100000"),
    ("sign-ins-per-minute", "100000"),
];

/// How a conversation came to stand as it does to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// There is no such conversation.
    Unknown,
    Own,
    Offered,
    /// Another agent's, held out to this one.
    HandedOver,
    Others,
    /// A message was left.
    Left,
    /// Another agent's, who signed out.
    Abandoned,
    /// Another agent's, who ended it.
    Ended,
    /// Held out to another agent.
    OfferedElsewhere,
    /// Nobody took it.
    Fallback,
    /// The visitor ended it before anybody took it.
    Cancelled,
}

impl Case {
    pub const ALL: [Self; 11] = [
        Self::Unknown,
        Self::Own,
        Self::Offered,
        Self::HandedOver,
        Self::Others,
        Self::Left,
        Self::Abandoned,
        Self::Ended,
        Self::OfferedElsewhere,
        Self::Fallback,
        Self::Cancelled,
    ];

    pub fn stand(self) -> Stand {
        match self {
            Self::Unknown => Stand::None,
            Self::Own => Stand::Own,
            Self::Offered => Stand::Offered,
            Self::HandedOver => Stand::HandedOver,
            Self::Others => Stand::Others,
            Self::Left | Self::Abandoned => Stand::Unanswered,
            Self::Ended => Stand::Ended,
            Self::OfferedElsewhere | Self::Fallback | Self::Cancelled => Stand::Hidden,
        }
    }
}

/// The running company.
pub struct World<'a> {
    pub app: &'a TestApp,
    pub agents: Vec<(Role, AgentId, Agent)>,
    /// Another agent.
    pub yara: (AgentId, Agent),
    /// Of the visitor of the scene at hand, and of another.
    tokens: [VisitorToken; 2],
    asked: u32,
}

/// A conversation in a stand.
pub struct Scene {
    pub conversation: ConversationId,
    /// None of what is unknown.
    pub visitor: Option<Visitor>,
    /// The visitor's name; it stands nowhere else.
    pub secret: String,
}

impl<'a> World<'a> {
    pub async fn open(app: &'a TestApp) -> Self {
        let mut agents = Vec::new();
        for role in [Role::Agent, Role::Supervisor, Role::Admin] {
            let (id, agent) = add(app, &format!("{role:?}"), role).await;
            agents.push((role, id, agent));
        }
        let yara = add(app, "Yara", Role::Agent).await;
        add(app, "Gil", Role::Agent).await;
        Self {
            app,
            agents,
            yara,
            tokens: [backend::random(), backend::random()],
            asked: 0,
        }
    }

    pub fn agent(&mut self, role: Role) -> &mut Agent {
        let found = self.agents.iter_mut().find(|(own, ..)| *own == role);
        &mut found.unwrap().2
    }

    fn id(&self, role: Role) -> AgentId {
        let found = self.agents.iter().find(|(own, ..)| *own == role);
        found.unwrap().1
    }

    /// What a person's browser sends as its session. A visitor tries what they have.
    pub fn cookie(&self, person: Person) -> Option<String> {
        let token = |token: &VisitorToken| {
            let hex: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("casella={hex}")
        };
        let [own, other] = &self.tokens;
        match person {
            Person::Nobody => None,
            Person::Visitor => Some(token(own)),
            Person::OtherVisitor => Some(token(other)),
            Person::Agent(role) => {
                let found = self.agents.iter().find(|(own, ..)| *own == role);
                Some(found.unwrap().2.cookie.clone())
            }
        }
    }

    pub fn token(&self, person: Person) -> Option<VisitorToken> {
        let [own, other] = self.tokens;
        match person {
            Person::Visitor => Some(own),
            Person::OtherVisitor => Some(other),
            Person::Nobody | Person::Agent(_) => None,
        }
    }

    /// A new conversation that stands so to the agent of this role.
    pub async fn scene(&mut self, role: Role, case: Case) -> Scene {
        self.asked += 1;
        let secret = format!("secret{}x{role:?}", self.asked);
        let owner = match case {
            Case::Unknown => {
                return Scene {
                    conversation: unknown(),
                    visitor: None,
                    secret,
                };
            }
            Case::Own | Case::Offered => format!("{role:?}"),
            Case::Abandoned => "Gil".to_owned(),
            _ => "Yara".to_owned(),
        };
        let mut gil = match case {
            Case::Abandoned => Some(available(self.app, "Gil").await),
            _ => None,
        };
        let mut visitor = Visitor::connect(self.app).await;
        self.tokens[0] = visitor.token;
        let conversation = ask(&mut visitor, &secret, &owner).await;
        let to = self.id(role);
        let subject = self.agents.iter_mut().find(|(own, ..)| *own == role);
        let subject = &mut subject.unwrap().2;
        let yara = &mut self.yara.1;
        match case {
            Case::Unknown => {}
            Case::Own => {
                subject.accept(conversation).await;
                // Typing, which may be lost, reaches only a chat that both sides know of.
                visitor.sees(ChatState::Active).await;
            }
            Case::Offered => {
                subject.offered(conversation).await;
            }
            Case::HandedOver => {
                yara.accept(conversation).await;
                let note = String::new();
                let command = AgentCommand::Transfer {
                    conversation,
                    to,
                    note,
                };
                assert_eq!(yara.command(command).await, Ok(AgentAnswer::Done));
                subject.offered(conversation).await;
            }
            Case::Others => yara.accept(conversation).await,
            Case::Ended => {
                yara.accept(conversation).await;
                let ended = yara.command(AgentCommand::End { conversation });
                assert_eq!(ended.await, Ok(AgentAnswer::Done));
            }
            Case::OfferedElsewhere => {
                yara.offered(conversation).await;
            }
            Case::Cancelled => end(&mut visitor, conversation).await,
            Case::Fallback | Case::Left => {
                yara.offered(conversation).await;
                let declined = yara.command(AgentCommand::Decline { conversation });
                assert_eq!(declined.await, Ok(AgentAnswer::Done));
                visitor.sees(ChatState::Fallback).await;
                if case == Case::Left {
                    let left = visitor.command(VisitorCommand::Leave {
                        conversation: Some(conversation),
                        form: ProfileInput::default(),
                        text: "Call me".to_owned(),
                        views: Vec::new(),
                    });
                    assert!(matches!(left.await, Ok(Answer::Message { .. })));
                }
            }
            Case::Abandoned => {
                let gil = gil.as_mut().unwrap();
                gil.accept(conversation).await;
                let who = signed_in(self.app, &gil.cookie).await;
                self.app.casella().sign_out(&who).await.unwrap();
                let away = visitor.until(|event| match event {
                    VisitorEvent::Chat { chat, .. } if chat.away => Some(()),
                    _ => None,
                });
                away.await;
            }
        }
        Scene {
            conversation,
            visitor: Some(visitor),
            secret,
        }
    }

    /// Everything that the visitor's chat shows of the conversation; none of what is unknown.
    pub async fn look(&self, scene: &Scene) -> Option<Chat> {
        let token = scene.visitor.as_ref()?.token;
        let again = Visitor::resume(self.app, token, Vec::new()).await;
        let chat = again
            .chats
            .iter()
            .find(|chat| chat.id == scene.conversation);
        chat.cloned()
    }

    /// Ends what is open, so that no agent reaches the limit.
    pub async fn clear(&self, scene: Scene) {
        if let Some(mut visitor) = scene.visitor {
            let conversation = scene.conversation;
            let _ = visitor.command(VisitorCommand::End { conversation }).await;
        }
    }
}

/// The id of no conversation.
pub fn unknown() -> ConversationId {
    ConversationId::new(backend::Clock::default().now(), backend::random())
}

async fn end(visitor: &mut Visitor, conversation: ConversationId) {
    let ended = visitor.command(VisitorCommand::End { conversation }).await;
    assert_eq!(ended, Ok(Answer::Done));
}

/// Asks for a chat as somebody of the account that `owner` owns.
async fn ask(visitor: &mut Visitor, name: &str, owner: &str) -> ConversationId {
    let email = format!("someone@{}.example", owner.to_lowercase());
    let started = visitor.command(VisitorCommand::Start {
        form: ProfileInput {
            name: Some(name.to_owned()),
            email: Some(email),
            ..ProfileInput::default()
        },
        first_message: Some("Hello".to_owned()),
        views: Vec::new(),
    });
    match started.await {
        Ok(Answer::Started { conversation }) => conversation,
        other => panic!("{other:?}"),
    }
}

/// A new agent with the switch on, who owns an account.
async fn add(app: &TestApp, name: &str, role: Role) -> (AgentId, Agent) {
    let email: Email = email_of(name);
    let new = NewAgent {
        name: Field::try_from(name.to_owned()).unwrap(),
        email,
        password: PASSWORD.to_owned(),
        role,
    };
    let id = app.casella().add_agent(new).await.unwrap().id;
    let account = Field::try_from(format!("{name}'s")).unwrap();
    let domain = EmailDomain::try_from(format!("{}.example", name.to_lowercase())).unwrap();
    let added = app.casella().add_account(account, domain, id).await;
    added.unwrap();
    (id, available(app, name).await)
}

async fn available(app: &TestApp, name: &str) -> Agent {
    let mut agent = Agent::connect(app, cookie(app, name).await).await;
    let switched = agent.command(AgentCommand::SetAvailable { available: true });
    assert_eq!(switched.await, Ok(AgentAnswer::Done));
    agent
}

//! A node on a fresh database, and people who use it.

use std::{sync::Arc, time::Duration};

use backend::{
    AgentConnection, Casella, Clock, Closed, NewAgent, Outgoing, Settings, SignedIn,
    VisitorConnection, random,
};
use domain::{
    CommandId, ConversationId, Language, Refusal, Timestamp,
    agent::Role,
    frame::{
        agent::{
            self as agent_frame, AgentCommand, AgentEvent, AgentRequest, Change, Cursor, Offer,
        },
        visitor::{
            self as visitor_frame, Chat, Known, VisitorCommand, VisitorEvent, VisitorHello,
            VisitorRequest,
        },
    },
    message::{Body, Message},
    site::SiteSettings,
    visitor::{Page, ProfileInput},
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::time::timeout;

/// How long anything may take that should happen at once.
const SOON: Duration = Duration::from_secs(10);

/// A database of its own, gone with the value.
pub struct Database {
    pub url: String,
    _folder: Option<TempDir>,
}

/// Which databases a story runs on: SQLite, and PostgreSQL where there is one.
pub async fn databases() -> Vec<Database> {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("casella.db").display());
    let mut all = vec![Database {
        url,
        _folder: Some(folder),
    }];
    all.extend(postgres().await);
    all
}

/// A fresh PostgreSQL database, where there is a server.
pub async fn postgres() -> Option<Database> {
    let server = std::env::var("CASELLA_TEST_POSTGRES_URL").ok()?;
    let name = format!(
        "store_{}",
        CommandId::new(Clock::default().now(), random()).0.simple()
    );
    let mut connection = PgConnection::connect(&server).await.unwrap();
    connection
        .execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    Some(Database {
        url: format!("{base}/{name}"),
        _folder: None,
    })
}

/// Runs a story on every database.
#[macro_export]
macro_rules! on_every_database {
    ($($(#[$doc:meta])* async fn $name:ident($company:ident: Company) $body:block)*) => {$(
        $(#[$doc])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            for database in $crate::support::databases().await {
                let $company = $crate::support::Company::start(database).await;
                $body
            }
        }
    )*};
}

/// A node with a site, and its clock.
pub struct Company {
    pub node: Arc<Casella>,
    pub clock: Clock,
    pub database: Database,
}

impl Company {
    pub async fn start(database: Database) -> Self {
        let clock = Clock::default();
        let settings = Settings {
            database_url: database.url.clone(),
        };
        let node = Casella::start(settings, clock.clone()).await.unwrap();
        node.add_site(
            "demo".parse().unwrap(),
            "Demo".into(),
            SiteSettings::default(),
        )
        .await
        .unwrap();
        Self {
            node,
            clock,
            database,
        }
    }

    /// Another node on the same database, or the same one again after a stop.
    pub async fn another_node(&self) -> Arc<Casella> {
        let settings = Settings {
            database_url: self.database.url.clone(),
        };
        Casella::start(settings, self.clock.clone()).await.unwrap()
    }

    /// A new agent, signed in, connected and available.
    pub async fn agent(&self, name: &str) -> Agent {
        let mut agent = self.agent_away(name).await;
        agent
            .command(AgentCommand::SetAvailable { available: true })
            .await
            .unwrap();
        agent
    }

    /// A new agent, signed in and connected, with the switch off.
    pub async fn agent_away(&self, name: &str) -> Agent {
        let email = format!("{}@example.com", name.to_lowercase());
        let new = NewAgent {
            name: name.to_owned().try_into().unwrap(),
            email: email.clone().try_into().unwrap(),
            password: "correct horse".into(),
            role: Role::Agent,
        };
        self.node.add_agent(new).await.unwrap();
        let (_, who) = self
            .node
            .sign_in(&email, "correct horse", "Test/1.0")
            .await
            .unwrap();
        Agent::connect(&self.node, who, Cursor::default()).await
    }

    /// A new visitor, connected.
    pub async fn visitor(&self) -> Visitor {
        Visitor::connect(&self.node, random(), Vec::new()).await
    }

    pub fn id(&self) -> CommandId {
        CommandId::new(self.clock.now(), random())
    }
}

fn new_id() -> CommandId {
    CommandId::new(Timestamp(0), random())
}

async fn soon<E>(outgoing: &mut Outgoing<E>) -> Result<E, Closed> {
    timeout(SOON, outgoing.next())
        .await
        .expect("an event comes soon")
}

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
        let hello = VisitorHello {
            site: "demo".parse().unwrap(),
            token,
            language: Language::English,
            known,
            page: Page::new("https://example.com/pricing", "Pricing", ""),
        };
        let (connection, outgoing) = node.connect_visitor(hello, "Test/1.0").await.unwrap();
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
    ) -> Result<visitor_frame::Answer, Refusal> {
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

    pub async fn command(
        &mut self,
        command: VisitorCommand,
    ) -> Result<visitor_frame::Answer, Refusal> {
        self.send(new_id(), command).await
    }

    /// Asks for a chat as Ada.
    pub async fn start(&mut self, first: Option<&str>) -> Result<ConversationId, Refusal> {
        let form = ProfileInput {
            name: Some("Ada".into()),
            ..ProfileInput::default()
        };
        let command = VisitorCommand::Start {
            form,
            first_message: first.map(str::to_owned),
        };
        match self.command(command).await? {
            visitor_frame::Answer::Started { conversation } => Ok(conversation),
            other => panic!("{other:?}"),
        }
    }

    pub async fn write(
        &mut self,
        conversation: ConversationId,
        text: &str,
    ) -> Result<visitor_frame::Answer, Refusal> {
        self.command(VisitorCommand::Message {
            conversation,
            text: text.into(),
        })
        .await
    }

    /// Waits until the conversation is in a state, and returns it.
    pub async fn state(&mut self, state: visitor_frame::ChatState) -> Chat {
        if let Some(chat) = self.chats.iter().find(|chat| chat.state == state) {
            return chat.clone();
        }
        self.until(|event| match event {
            VisitorEvent::Chat { chat, .. } if chat.state == state => Some(chat.clone()),
            _ => None,
        })
        .await
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

/// The texts of messages.
pub fn words<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<String> {
    messages
        .into_iter()
        .filter_map(|message| match &message.body {
            Body::Text(text) => Some(text.clone()),
            Body::System(_) => None,
        })
        .collect()
}

/// An agent's client.
pub struct Agent {
    pub who: SignedIn,
    pub connection: AgentConnection,
    outgoing: Outgoing<AgentEvent>,
    pub cursor: Cursor,
    /// Everything seen, in order.
    pub changes: Vec<Change>,
    pub offers: Vec<Offer>,
    /// Whether the last connection began with being told to resynchronise.
    pub resynchronised: bool,
}

impl Agent {
    pub async fn connect(node: &Arc<Casella>, who: SignedIn, cursor: Cursor) -> Self {
        let (connection, outgoing) = node.connect_agent(&who, cursor).await.unwrap();
        let mut agent = Self {
            who,
            connection,
            outgoing,
            cursor: Cursor::default(),
            changes: Vec::new(),
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

    pub async fn send(
        &mut self,
        id: CommandId,
        command: AgentCommand,
    ) -> Result<agent_frame::Answer, Refusal> {
        self.connection
            .request(AgentRequest::Command { id, command });
        self.until(|event| match event {
            AgentEvent::Answer {
                id: answered,
                result,
            } if *answered == id => Some(result.clone()),
            _ => None,
        })
        .await
    }

    pub async fn command(&mut self, command: AgentCommand) -> Result<agent_frame::Answer, Refusal> {
        self.send(new_id(), command).await
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
    ) -> Result<agent_frame::Answer, Refusal> {
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

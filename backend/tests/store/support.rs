//! A node on a fresh database, and people who use it.

use std::{sync::Arc, time::Duration};

use backend::{
    AgentConnection, Casella, Clock, Closed, NewAgent, Outgoing, Settings, SignedIn,
    VisitorConnection, random,
};
use domain::{
    AgentId, CommandId, ConversationId, Language, Refusal, Timestamp,
    agent::Role,
    frame::{
        agent::{
            self as agent_frame, AgentCommand, AgentEvent, AgentRequest, Change, Cursor, Offer, Row,
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

impl Database {
    /// A node's settings on it, with the key that all nodes of a story share.
    pub fn settings(&self) -> Settings {
        Settings {
            database_url: self.url.clone(),
            secret_key: Some([7; 32]),
            data_dir: std::env::temp_dir(),
            allow_outgoing: Vec::new(),
            contact: None,
        }
    }
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

/// A clock at 10:00 UTC, so that no midnight ends anything while a story runs.
fn mid_morning() -> Clock {
    const DAY: i64 = 24 * 60 * 60 * 1_000_000;
    let clock = Clock::default();
    let ahead = (DAY / 24 * 10 - clock.now().0).rem_euclid(DAY);
    clock.advance(Duration::from_micros(u64::try_from(ahead).unwrap()));
    clock
}

/// A node with a site, and its clock.
pub struct Company {
    pub node: Arc<Casella>,
    pub clock: Clock,
    pub database: Database,
}

impl Company {
    pub async fn start(database: Database) -> Self {
        let settings = database.settings();
        Self::start_with(database, settings).await
    }

    /// With settings of one's own.
    pub async fn start_with(database: Database, settings: Settings) -> Self {
        let clock = mid_morning();
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
        Casella::start(self.database.settings(), self.clock.clone())
            .await
            .unwrap()
    }

    /// A new agent, signed in, connected and available.
    pub async fn agent(&self, name: &str) -> Agent {
        let mut agent = self.agent_away(name).await;
        agent.switch(true).await;
        agent
    }

    /// A new agent, signed in and connected, with the switch off.
    pub async fn agent_away(&self, name: &str) -> Agent {
        self.colleague(name, Role::Agent).await
    }

    /// The same with a role.
    pub async fn colleague(&self, name: &str, role: Role) -> Agent {
        self.add(name, role).await;
        self.sign_in(&self.node, name).await
    }

    /// Signs an agent in on a node, and connects.
    pub async fn sign_in(&self, node: &Arc<Casella>, name: &str) -> Agent {
        let email = format!("{}@example.com", name.to_lowercase());
        let (_, who) = node
            .sign_in(&email, "correct horse", "Test/1.0")
            .await
            .unwrap();
        Agent::connect(node, who, Cursor::default()).await
    }

    /// A new agent.
    pub async fn add(&self, name: &str, role: Role) -> AgentId {
        let email = format!("{}@example.com", name.to_lowercase());
        let new = NewAgent {
            name: name.to_owned().try_into().unwrap(),
            email: email.clone().try_into().unwrap(),
            password: "correct horse".into(),
            role,
        };
        self.node.add_agent(new).await.unwrap().id
    }

    /// Changes the settings of the site.
    pub async fn set_site(&self, change: impl FnOnce(&mut SiteSettings)) {
        let mut site = self.node.sites().await.unwrap().remove(0);
        change(&mut site.settings);
        self.node.set_site(site).await.unwrap();
    }

    /// A team of these agents, who serve the site.
    pub async fn team(&self, members: &[&Agent]) {
        let team = self
            .node
            .add_team("Sales".to_owned().try_into().unwrap())
            .await
            .unwrap();
        let members = members.iter().map(|agent| agent.who.agent.id).collect();
        self.node.set_team_members(team.id, members).await.unwrap();
        self.set_site(|settings| settings.team = Some(team.id))
            .await;
    }

    /// An account of this domain.
    pub async fn account(&self, domain: &str, owner: &Agent) {
        let name = "Acme".to_owned().try_into().unwrap();
        let owner = owner.who.agent.id;
        self.node
            .add_account(name, domain.parse().unwrap(), owner)
            .await
            .unwrap();
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
        };
        match self.command(command).await? {
            visitor_frame::Answer::Message { conversation, .. } => Ok(conversation),
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

    /// Waits for a change, among those seen as well.
    pub async fn change<T>(&mut self, wanted: impl Fn(&Change) -> Option<T>) -> T {
        if let Some(found) = self.changes.iter().rev().find_map(&wanted) {
            return found;
        }
        self.until(|event| match event {
            AgentEvent::Changes { changes, .. } => changes.iter().find_map(&wanted),
            _ => None,
        })
        .await
    }

    /// Waits until the row of a conversation is as it should be.
    pub async fn row(&mut self, id: ConversationId, right: impl Fn(&Row) -> bool) -> Row {
        self.change(|change| match change {
            Change::Row(row) if row.id == id && right(row) => Some(row.clone()),
            _ => None,
        })
        .await
    }

    /// Turns the switch, and waits for the news of it: everything that was told before is seen
    /// by then.
    pub async fn switch(&mut self, available: bool) {
        let is_switch = |change: &&Change| matches!(change, Change::Availability(_));
        let before = self.changes.iter().filter(is_switch).count();
        self.command(AgentCommand::SetAvailable { available })
            .await
            .unwrap();
        while self.changes.iter().filter(is_switch).count() == before {
            self.until(|event| matches!(event, AgentEvent::Changes { .. }).then_some(()))
                .await;
        }
    }

    /// Turns the switch to where it stands, so that everything that was told is seen.
    pub async fn settle(&mut self) {
        let shown = self.changes.iter().rev().find_map(|change| match change {
            Change::Availability(availability) => Some(availability.available),
            _ => None,
        });
        self.switch(shown.unwrap_or(false)).await;
    }

    /// Whether anything was told of a conversation, however little.
    pub fn heard_of(&self, id: ConversationId) -> bool {
        self.changes.iter().any(|change| match change {
            Change::Row(row) => row.id == id,
            Change::Offered(offer) => offer.conversation == id,
            Change::Lost(conversation)
            | Change::OfferGone(conversation)
            | Change::Messages { conversation, .. }
            | Change::Visitor { conversation, .. }
            | Change::Moved { conversation, .. }
            | Change::NotTransferred { conversation, .. } => *conversation == id,
            Change::Availability(_) | Change::Agents => false,
        })
    }

    /// Waits for the end of the connection.
    pub async fn closed(&mut self) -> Closed {
        loop {
            if let Err(why) = soon(&mut self.outgoing).await {
                return why;
            }
        }
    }

    /// Waits until a change was seen.
    pub async fn changed(&mut self, is: impl Fn(&Change) -> bool) {
        while !self.changes.iter().any(&is) {
            self.until(|event| matches!(event, AgentEvent::Changes { .. }).then_some(()))
                .await;
        }
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

//! Demo data: a site, two agents and a few ended conversations, so that no list is empty. The
//! conversations go the way of every other, over connections.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use backend::{
    AgentConnection, Casella, Clock, NewAgent, Outgoing, SignedIn, VisitorConnection, random,
};
use domain::{
    AgentId, CommandId, ConversationId, Language, Refusal,
    agent::Role,
    frame::{
        agent::{AgentCommand, AgentEvent, AgentRequest, Change, Cursor},
        visitor::{Answer, VisitorCommand, VisitorEvent, VisitorHello, VisitorRequest},
    },
    site::{Origin, SiteKey, SiteSettings},
    text::{Email, Field},
    visitor::{Page, ProfileInput},
};

use super::{AGENTS, PASSWORD, SITE_KEY};

/// A step of the product that takes longer has failed.
const STEP_LIMIT: Duration = Duration::from_secs(10);

/// A conversation of the demo: who writes, on which page, and what is said, visitor first.
struct Story {
    agent: &'static str,
    name: &'static str,
    email: &'static str,
    page: (&'static str, &'static str),
    words: &'static [&'static str],
}

const STORIES: [Story; 3] = [
    Story {
        agent: "jun@example.com",
        name: "Tomás Alves",
        email: "tomas@example.net",
        page: ("/delivery", "Delivery – Finch & Alder"),
        words: &[
            "Do you deliver to Porto?",
            "We do, within six weeks, for € 180.",
            "And if the table does not fit through the door?",
            "It comes in parts and we put it together in the room.",
            "Perfect, thank you.",
        ],
    },
    Story {
        agent: "maya@example.com",
        name: "Ingrid Sørensen",
        email: "ingrid@example.org",
        page: ("/chairs", "Chairs – Finch & Alder"),
        words: &[
            "Can the seat of an old Heron be woven again? Mine is from 2009.",
            "Yes. Send us a picture of the seat and we will tell you the price.",
            "I will, tonight.",
        ],
    },
    Story {
        agent: "maya@example.com",
        name: "Lucia Bianchi",
        email: "lucia@example.it",
        page: ("/it", "Finch & Alder – in italiano"),
        words: &[
            "Buongiorno, il tavolo lungo esiste anche in frassino?",
            "Buongiorno Lucia! Sì, su ordinazione, in otto settimane.",
            "Grazie mille.",
        ],
    },
];

/// Adds the data, unless the demo site is there already. `page` is where the company's page is.
///
/// # Errors
/// If the product refuses a step or takes too long for it.
pub async fn add(casella: &Arc<Casella>, page: SocketAddr) -> anyhow::Result<()> {
    let key: SiteKey = SITE_KEY.parse()?;
    let origin: Origin = format!("http://{page}").parse()?;
    if let Some(mut site) = casella.site(&key).await? {
        if !site.settings.origins.contains(&origin) {
            site.settings.origins.push(origin);
            casella.set_site(site).await?;
        }
        return Ok(());
    }
    for (name, email) in AGENTS {
        let email = Email::try_from(email.to_owned())?;
        let new = NewAgent {
            name: Field::try_from(name.to_owned())?,
            email: email.clone(),
            password: PASSWORD.to_owned(),
            role: Role::Admin,
        };
        if casella.agent_by_email(&email).await?.is_none() {
            casella.add_agent(new).await?;
        }
    }
    let settings = SiteSettings {
        origins: vec![origin.clone()],
        ..SiteSettings::default()
    };
    let name = "Finch & Alder".to_owned();
    casella.add_site(key.clone(), name, settings).await?;
    for story in &STORIES {
        story.play(casella, &key, &origin).await?;
    }
    Ok(())
}

impl Story {
    async fn play(
        &self,
        casella: &Arc<Casella>,
        site: &SiteKey,
        origin: &Origin,
    ) -> anyhow::Result<()> {
        let (_, who) = casella.sign_in(self.agent, PASSWORD).await?;
        let mut agent = Agent::connect(casella, &who).await?;
        agent
            .command(AgentCommand::SetAvailable { available: true })
            .await?;

        let mut visitor = Visitor::connect(casella, site, self.page(origin)).await?;
        let conversation = visitor.start(self).await?;
        agent.offered(conversation).await?;
        agent.command(AgentCommand::Accept { conversation }).await?;
        for (index, text) in self.words.iter().enumerate().skip(1) {
            let text = (*text).to_owned();
            if index.is_multiple_of(2) {
                visitor
                    .command(VisitorCommand::Message { conversation, text })
                    .await?;
            } else {
                agent
                    .command(AgentCommand::Message { conversation, text })
                    .await?;
            }
        }
        agent.command(AgentCommand::End { conversation }).await?;
        agent
            .command(AgentCommand::SetAvailable { available: false })
            .await?;
        casella.sign_out(&who).await?;
        Ok(())
    }

    fn page(&self, origin: &Origin) -> Page {
        let (path, title) = self.page;
        Page::new(&format!("{}{path}", origin.as_str()), title, "")
    }
}

fn new_id() -> CommandId {
    CommandId::new(Clock::default().now(), random())
}

/// What a wait for a step leads to.
async fn within<T>(step: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let done = tokio::time::timeout(STEP_LIMIT, step).await;
    done.context("the demo data took too long")?
}

struct Agent {
    connection: AgentConnection,
    events: Outgoing<AgentEvent>,
    id: AgentId,
    offers: Vec<ConversationId>,
}

impl Agent {
    async fn connect(casella: &Arc<Casella>, who: &SignedIn) -> anyhow::Result<Self> {
        let (connection, events) = casella.connect_agent(who, Cursor::default()).await?;
        Ok(Self {
            connection,
            events,
            id: who.agent.id,
            offers: Vec::new(),
        })
    }

    async fn event(&mut self) -> anyhow::Result<AgentEvent> {
        let event = match self.events.next().await {
            Ok(event) => event,
            Err(closed) => bail!("the connection of agent {} closed: {closed:?}", self.id),
        };
        let changes = match &event {
            AgentEvent::Changes { changes, .. } | AgentEvent::Welcome { changes, .. } => changes,
            _ => return Ok(event),
        };
        self.offers
            .extend(changes.iter().filter_map(|change| match change {
                Change::Offered(offer) => Some(offer.conversation),
                _ => None,
            }));
        Ok(event)
    }

    async fn command(&mut self, command: AgentCommand) -> anyhow::Result<()> {
        let id = new_id();
        self.connection
            .request(AgentRequest::Command { id, command });
        within(async {
            loop {
                match self.event().await? {
                    AgentEvent::Answer { id: of, result } if of == id => {
                        result?;
                        return Ok(());
                    }
                    _ => {}
                }
            }
        })
        .await
    }

    async fn offered(&mut self, conversation: ConversationId) -> anyhow::Result<()> {
        within(async {
            while !self.offers.contains(&conversation) {
                self.event().await?;
            }
            Ok(())
        })
        .await
    }
}

struct Visitor {
    connection: VisitorConnection,
    events: Outgoing<VisitorEvent>,
}

impl Visitor {
    async fn connect(casella: &Arc<Casella>, site: &SiteKey, page: Page) -> anyhow::Result<Self> {
        let hello = VisitorHello {
            site: site.clone(),
            token: random(),
            language: Language::English,
            known: Vec::new(),
            page,
        };
        let (connection, events) = casella.connect_visitor(hello, "demo").await?;
        Ok(Self { connection, events })
    }

    async fn command(&mut self, command: VisitorCommand) -> anyhow::Result<Answer> {
        let id = new_id();
        self.connection
            .request(VisitorRequest::Command { id, command });
        within(async {
            loop {
                match self.events.next().await {
                    Ok(VisitorEvent::Answer { id: of, result }) if of == id => return Ok(result?),
                    Ok(_) => {}
                    Err(closed) => bail!("a visitor's connection closed: {closed:?}"),
                }
            }
        })
        .await
    }

    async fn start(&mut self, story: &Story) -> anyhow::Result<ConversationId> {
        let form = ProfileInput {
            name: Some(story.name.to_owned()),
            email: Some(story.email.to_owned()),
            ..ProfileInput::default()
        };
        let first_message = story.words.first().map(|text| (*text).to_owned());
        let start = VisitorCommand::Start {
            form,
            first_message,
        };
        match self.command(start).await? {
            Answer::Started { conversation } => Ok(conversation),
            _ => Err(Refusal::Malformed.into()),
        }
    }
}

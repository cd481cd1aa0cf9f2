//! Demo data: a site with its team, a supervisor with hours, an account, and a few ended
//! conversations, so that no list is empty. The conversations go the way of every other, over
//! connections.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use backend::{
    AgentConnection, Casella, Clock, NewAgent, Outgoing, SignedIn, VisitorConnection, random,
};
use domain::{
    AgentId, CommandId, ConversationId, Language, Refusal, TeamId,
    agent::Role,
    availability::{Block, Schedule, Zone},
    frame::{
        agent::{AgentCommand, AgentEvent, AgentRequest, Change, Cursor},
        visitor::{Answer, VisitorCommand, VisitorEvent, VisitorHello, VisitorRequest},
    },
    site::{Origin, SiteKey, SiteSettings},
    text::{Email, Field},
    visitor::{Page, ProfileInput},
};

use super::{AGENTS, PASSWORD, SITE_KEY, SUPERVISOR, TEAM};

/// A step of the product that takes longer has failed.
const STEP_LIMIT: Duration = Duration::from_secs(10);

/// Name, email domain and owner of the demo account: the company of one of the visitors below.
const ACCOUNT: (&str, &str, &str) = ("Alves Interiors", "example.net", "jun@example.com");

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
        // An older demo left no mark.
        casella.mark_as_demo().await?;
        if !site.settings.origins.contains(&origin) {
            site.settings.origins.push(origin);
            casella.set_site(site).await?;
        }
        return Ok(());
    }
    // First, so that a demo that was broken off goes on at the next start.
    casella.mark_as_demo().await?;
    let mut members = Vec::new();
    for agent in AGENTS {
        members.push(agent_of(casella, agent, Role::Admin).await?);
    }
    let supervisor = agent_of(casella, SUPERVISOR, Role::Supervisor).await?;
    casella.set_schedule_of(supervisor, office_hours()?).await?;
    let team = team_of(casella, members).await?;
    add_account(casella).await?;
    let settings = SiteSettings {
        origins: vec![origin.clone()],
        team: Some(team),
        beyond_team: true,
        ..SiteSettings::default()
    };
    let name = "Finch & Alder".to_owned();
    casella.add_site(key.clone(), name, settings).await?;
    for story in &STORIES {
        story.play(casella, &key, &origin).await?;
    }
    Ok(())
}

/// An agent of the demo, added if there is none of this email.
async fn agent_of(
    casella: &Arc<Casella>,
    (name, email): (&str, &str),
    role: Role,
) -> anyhow::Result<AgentId> {
    let email = Email::try_from(email.to_owned())?;
    if let Some(agent) = casella.agent_by_email(&email).await? {
        return Ok(agent.id);
    }
    let new = NewAgent {
        name: Field::try_from(name.to_owned())?,
        email,
        password: PASSWORD.to_owned(),
        role,
    };
    Ok(casella.add_agent(new).await?.id)
}

/// Monday to Friday, with a break at noon.
fn office_hours() -> anyhow::Result<Schedule> {
    let day = vec![
        Block::parse("09:00", "12:30")?,
        Block::parse("13:30", "18:00")?,
    ];
    let (work, free) = (|| day.clone(), Vec::new);
    let week = [work(), work(), work(), work(), work(), free(), free()];
    let zone = Zone::try_from("Europe/Rome".to_owned())?;
    Ok(Schedule::new(Some(zone), week)?)
}

async fn team_of(casella: &Arc<Casella>, members: Vec<AgentId>) -> anyhow::Result<TeamId> {
    let team = match casella.team_by_name(TEAM).await? {
        Some(team) => team,
        None => casella.add_team(Field::try_from(TEAM.to_owned())?).await?,
    };
    casella.set_team_members(team.id, members).await?;
    Ok(team.id)
}

/// A company whose chats go to their owner first.
async fn add_account(casella: &Arc<Casella>) -> anyhow::Result<()> {
    let (name, domain, owner) = ACCOUNT;
    let csv = format!("name,domain,owner\n{name},{domain},{owner}\n");
    match casella.import_accounts(csv.as_bytes()).await? {
        Ok(_) => Ok(()),
        Err(errors) => bail!("the demo account was not taken: {errors:?}"),
    }
}

impl Story {
    async fn play(
        &self,
        casella: &Arc<Casella>,
        site: &SiteKey,
        origin: &Origin,
    ) -> anyhow::Result<()> {
        let (_, who) = casella.sign_in(self.agent, PASSWORD, "demo").await?;
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
            zone: String::new(),
            identity: None,
        };
        let (connection, events) = casella
            .connect_visitor(hello, "demo", IpAddr::from(Ipv4Addr::LOCALHOST).into())
            .await?;
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
            views: Vec::new(),
        };
        match self.command(start).await? {
            Answer::Started { conversation } => Ok(conversation),
            _ => Err(Refusal::Malformed.into()),
        }
    }
}

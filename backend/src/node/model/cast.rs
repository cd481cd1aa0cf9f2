//! Who takes part in a walk: the same people, sites and teams in the product and in the reference.

use domain::{
    AccountId, AgentId, SiteId, TeamId, Timestamp,
    account::Account,
    agent::{Agent, Role},
    availability::{Block, Schedule, Zone},
    site::{Ask, OwnerAway, Site, SiteSettings},
    text::Field,
};

use super::reference::{self, HOURS, Hours, Place, Reference, SECOND};
use crate::{
    random,
    store::{self, Store},
};

/// When walks begin: on a Monday, 2026-03-02 at 08:30 UTC.
pub const BEGIN: Timestamp = Timestamp(1_772_440_200 * SECOND);

/// Role, limit of chats and hours of each agent.
const AGENTS: [(Role, u8, usize); 6] = [
    (Role::Admin, 2, 0),
    (Role::Supervisor, 2, 0),
    (Role::Agent, 1, 1),
    (Role::Agent, 3, 2),
    (Role::Agent, 2, 3),
    (Role::Agent, 4, 0),
];

/// Which agents are in which team, in the order in which they are asked.
const TEAMS: [&[Place]; 2] = [&[2, 1, 3], &[4, 5]];

/// How many visitors each site has.
pub const VISITORS: usize = 8;

/// The ids of everybody.
pub struct Cast {
    pub agents: Vec<AgentId>,
    pub sites: Vec<SiteId>,
    pub teams: Vec<TeamId>,
}

fn field(text: &str) -> Field {
    text.to_owned().try_into().unwrap()
}

/// Hours as the product keeps them.
pub fn schedule(hours: Hours) -> Schedule {
    let zone = hours
        .zone
        .map(|zone| Zone::try_from(zone.to_owned()).unwrap());
    let blocks: Vec<_> = hours
        .blocks
        .iter()
        .map(|(from, to)| Block::new(*from, *to).unwrap())
        .collect();
    let mut days: [Vec<Block>; 7] = Default::default();
    for day in days.iter_mut().take(usize::try_from(hours.days).unwrap()) {
        day.clone_from(&blocks);
    }
    Schedule::new(zone, days).unwrap()
}

/// The sites of a walk: every way of serving a visitor.
fn sites() -> Vec<reference::Site> {
    let site = |team, beyond_team, owner_away_team, seconds: [i64; 2]| reference::Site {
        team,
        beyond_team,
        owner_away_team,
        email_required: false,
        blocked_domain: None,
        offer: seconds[0] * SECOND,
        inactivity: seconds[1] * SECOND,
    };
    let mut sites = vec![
        site(Some(0), true, true, [100, 600]),
        site(Some(1), false, false, [50, 300]),
        site(None, false, true, [100, 600]),
        site(Some(0), false, true, [20, 180]),
    ];
    sites[1].blocked_domain = Some("spam.example");
    sites[3].email_required = true;
    sites
}

/// Writes them into the store, and the same into a reference.
pub async fn build(store: &Store) -> (Cast, Reference) {
    let mut now = BEGIN;
    let mut tick = || {
        now = now + std::time::Duration::from_millis(1);
        now
    };
    let mut reference = Reference {
        now: BEGIN.0,
        sites: sites(),
        ..Reference::default()
    };
    let mut connection = store.writer().await.unwrap();
    let mut agents = Vec::new();
    for (place, (role, limit, hours)) in AGENTS.into_iter().enumerate() {
        let name = format!("Agent{place}");
        let at = tick();
        let agent = Agent {
            id: AgentId::new(at, random()),
            name: field(&name),
            email: format!("agent{place}@example.com").try_into().unwrap(),
            role,
            language: None,
            chat_limit: limit,
            photo: None,
            disabled: false,
        };
        let id = agent.id;
        store::agent::add(&mut connection, &agent, "nobody signs in by it", at)
            .await
            .unwrap();
        store::duty::set_schedule(&mut connection, id, &schedule(HOURS[hours]), BEGIN)
            .await
            .unwrap();
        agents.push(id);
        reference.agents.push(reference::Agent {
            name,
            role,
            limit: usize::from(limit),
            disabled: false,
            hours: HOURS[hours],
            over: None,
            told: false,
            missed: 0,
            missed_by: None,
            seen: 0,
            on: Default::default(),
            when_closed: false,
            worked: None,
        });
    }
    let mut teams = Vec::new();
    for (place, members) in TEAMS.into_iter().enumerate() {
        let id = TeamId::new(tick(), random());
        let members_ids: Vec<_> = members.iter().map(|member| agents[*member]).collect();
        store::team::add(&mut connection, id, &field(&format!("Team{place}")), BEGIN)
            .await
            .unwrap();
        store::team::set_members(&mut connection, id, &members_ids)
            .await
            .unwrap();
        teams.push(id);
        reference.teams.push(members.to_vec());
    }
    for (domain, owner) in [("acme.example", 3), ("globex.example", 0)] {
        let account = Account {
            id: AccountId::new(tick(), random()),
            name: field(domain),
            domain: domain.parse().unwrap(),
            owner: agents[owner],
        };
        store::account::add(&mut connection, &account, BEGIN)
            .await
            .unwrap();
        reference.owners.insert(domain, owner);
    }
    let mut ids = Vec::new();
    for (place, site) in reference.sites.iter().enumerate() {
        let mut settings = SiteSettings {
            offer_seconds: u32::try_from(site.offer / SECOND).unwrap(),
            inactivity_seconds: u32::try_from(site.inactivity / SECOND).unwrap(),
            team: site.team.map(|team| teams[team]),
            beyond_team: site.beyond_team,
            ..SiteSettings::default()
        };
        if !site.owner_away_team {
            settings.owner_away = OwnerAway::Fallback;
        }
        if site.email_required {
            settings.form.email = Ask::Required;
        }
        if let Some(domain) = site.blocked_domain {
            settings.blocked_domains.push(domain.parse().unwrap());
        }
        let site = Site {
            id: SiteId::new(tick(), random()),
            key: format!("site{place}").parse().unwrap(),
            name: format!("Site {place}"),
            realm: None,
            settings,
        };
        store::site::add(&mut connection, &site, BEGIN)
            .await
            .unwrap();
        ids.push(site.id);
    }
    for place in 0..VISITORS {
        reference.visitors.push(reference::Visitor {
            site: place % ids.len(),
            name: None,
            email: None,
            held: (false, false),
            blocked: false,
            known: false,
            seen: 0,
            tabs: Default::default(),
            on: Default::default(),
        });
    }
    let cast = Cast {
        agents,
        sites: ids,
        teams,
    };
    (cast, reference)
}

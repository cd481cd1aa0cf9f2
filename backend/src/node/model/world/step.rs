//! One step of a walk, done by the product and by the reference, and compared.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use domain::{
    AgentId, Language,
    frame::visitor::{Known, VisitorHello},
    settings::{Notifications, PushSubscription},
    visitor::Page,
};

use super::{Leaving, World};
use crate::{
    AgentChanges, Casella,
    live::connect::visitor_key,
    node::model::{
        action::Action,
        cast::schedule,
        check,
        client::Line,
        reference::{HOURS, Person, Place},
    },
    store,
    writer::Task,
};

impl World {
    /// Does a step. On a difference says what it is.
    pub async fn step(&mut self, action: Action) -> Result<(), String> {
        self.steps += 1;
        self.known = self.order.len();
        self.pass(1_000);
        let failed = |error: crate::Error| error.to_string();
        let at = match action {
            Action::Commands(commands) => return self.commands(commands).await,
            Action::AgentReads(client, chat, up_to) => {
                let Some(node) = self.agents[client].on.as_ref().map(|line| line.node) else {
                    return Ok(());
                };
                let (agent, chat) = (self.agents[client].agent, self.chat(chat));
                let who = self.agents[client].session.as_ref().map(|who| who.viewer());
                let task = Task::AgentRead {
                    who: who.ok_or("a connection without a session")?,
                    conversation: chat,
                    up_to,
                };
                let found = self.perform(node, task).await?.map(drop);
                same(found, self.reference.agent_reads(agent, chat, up_to))?;
                node
            }
            Action::VisitorReads(client, chat, up_to) => {
                let Some(node) = self.visitors[client].on.as_ref().map(|line| line.node) else {
                    return Ok(());
                };
                let client = &self.visitors[client];
                let (visitor, chat) = (client.visitor, self.chat(chat));
                let task = Task::VisitorRead {
                    key: visitor_key(client.site, &client.token),
                    conversation: chat,
                    up_to,
                };
                let found = self.perform(node, task).await?.map(drop);
                same(found, self.reference.visitor_reads(visitor, chat, up_to))?;
                node
            }
            Action::ConnectAgent(client, node) => {
                self.connect_agent(client, node).await?;
                node
            }
            Action::DropAgent(client) => {
                let Some(line) = self.agents[client].on.take() else {
                    return Ok(());
                };
                drop(line.connection);
                let agent = self.agents[client].agent;
                self.leaves(Person::Agent(agent), line.node);
                line.node
            }
            Action::ConnectVisitor(client, node) => {
                self.connect_visitor(client, node).await?;
                node
            }
            Action::DropVisitor(client) => {
                let Some(line) = self.visitors[client].on.take() else {
                    return Ok(());
                };
                drop(line.connection);
                let visitor = self.visitors[client].visitor;
                let run = self.node(line.node).map_or(0, |node| node.run);
                let tabs = &mut self.reference.visitors[visitor].tabs;
                if let Some(count) = tabs.get_mut(&run) {
                    *count -= 1;
                }
                tabs.retain(|_, count| *count > 0);
                self.leaves(Person::Visitor(visitor), line.node);
                line.node
            }
            Action::SignOut(client, node) => {
                let (Some(casella), Some(who)) =
                    (self.casella(node), self.agents[client].session.clone())
                else {
                    return Ok(());
                };
                casella.sign_out(&who).await.map_err(failed)?;
                let agent = self.agents[client].agent;
                let is_here = |one: &super::AgentClient| {
                    one.on.as_ref().is_some_and(|line| line.node == node)
                };
                if is_here(&self.agents[client]) {
                    self.agents[client].on = None;
                    self.agents[client].session = None;
                }
                if !self
                    .agents
                    .iter()
                    .any(|one| one.agent == agent && is_here(one))
                {
                    self.reference.signs_out(agent, casella.run);
                }
                node
            }
            Action::Disable(agent, disabled, node) => {
                let changes = AgentChanges {
                    disabled: Some(disabled),
                    ..AgentChanges::default()
                };
                self.set_agent(agent, changes, node).await?;
                node
            }
            Action::SetRole(agent, role, node) => {
                let changes = AgentChanges {
                    role: Some(role),
                    ..AgentChanges::default()
                };
                self.set_agent(agent, changes, node).await?;
                node
            }
            Action::SetLimit(agent, limit, node) => {
                let changes = AgentChanges {
                    chat_limit: Some(limit),
                    ..AgentChanges::default()
                };
                self.set_agent(agent, changes, node).await?;
                node
            }
            Action::SetHours(agent, hours, node) => {
                let Some(casella) = self.casella(node) else {
                    return Ok(());
                };
                casella
                    .set_schedule_of(self.cast.agents[agent], schedule(HOURS[hours]))
                    .await
                    .map_err(failed)?;
                let now = self.reference.now;
                let one = &mut self.reference.agents[agent];
                one.hours = HOURS[hours];
                one.over = one
                    .over
                    .filter(|(_, until, _)| now < *until)
                    .and_then(|(available, ..)| one.hours.switched(available, now));
                self.reference.recompute(agent);
                node
            }
            Action::WhenClosed(agent, when_closed, node) => {
                let (Some(casella), Some(who)) =
                    (self.casella(node), self.agents[agent].session.clone())
                else {
                    return Ok(());
                };
                let notifications = Notifications {
                    when_closed,
                    ..Notifications::default()
                };
                casella
                    .set_notifications(&who, notifications)
                    .await
                    .map_err(failed)?;
                let one = &mut self.reference.agents[agent];
                one.when_closed = when_closed;
                if !when_closed {
                    one.worked = None;
                }
                node
            }
            Action::PushWorks(agent) => {
                self.push_works(agent)
                    .await
                    .map_err(|error| error.to_string())?;
                return Ok(());
            }
            Action::Pass(span, settle) => {
                self.pass(span);
                return self.flap_and_settle(settle).await;
            }
            Action::Look(node) => {
                self.look(node).await?;
                node
            }
            Action::CatchUp(node) => node,
            Action::Stop(node) | Action::Kill(node) => {
                self.goes_down(node, matches!(action, Action::Stop(_)))
                    .await?;
                node
            }
            Action::Start(node, alone) => {
                self.start(node, alone).await?;
                node
            }
            Action::Clear(node) => {
                if let Some(casella) = self.casella(node) {
                    casella.clear().await.map_err(|error| error.to_string())?;
                }
                node
            }
            Action::Read => {
                for node in 0..self.nodes.len() {
                    if let Some(casella) = self.casella(node) {
                        check::read(self, &casella).await?;
                    }
                }
                return Ok(());
            }
        };
        self.deliver(at).await?;
        self.resynchronise().await?;
        self.compare().await
    }

    fn pass(&mut self, span: i64) {
        self.clock
            .advance(Duration::from_micros(u64::try_from(span).unwrap()));
        self.reference.now = self.now().0;
    }

    pub(super) fn casella(&self, node: usize) -> Option<Arc<Casella>> {
        Some(Arc::clone(&self.nodes.get(node)?.as_ref()?.casella))
    }

    pub(super) fn has(&self, who: Person, node: usize) -> bool {
        let here = |line: Option<usize>| line == Some(node);
        match who {
            Person::Agent(agent) => self
                .agents
                .iter()
                .any(|one| one.agent == agent && here(one.on.as_ref().map(|line| line.node))),
            Person::Visitor(visitor) => self
                .visitors
                .iter()
                .any(|one| one.visitor == visitor && here(one.on.as_ref().map(|line| line.node))),
        }
    }

    fn leaves(&mut self, who: Person, node: usize) {
        let run = self.node(node).map_or(0, |node| node.run);
        if !self.has(who, node) {
            let at = self.reference.now;
            self.leaving.push(Leaving { who, node, run, at });
        }
    }

    async fn connect_agent(&mut self, at: usize, node: usize) -> Result<(), String> {
        let Some(casella) = self.casella(node) else {
            return Ok(());
        };
        if self.agents[at].on.is_some() {
            return Ok(());
        }
        // As with every request, the cookie is looked at first.
        if let Some(who) = &self.agents[at].session {
            let mut reader = self.reader().await?;
            let valid = store::session::valid(&mut reader, &[who.session], self.clock.now())
                .await
                .map_err(|error| error.to_string())?;
            if valid.is_empty() {
                self.agents[at].session = None;
            }
        }
        if self.agents[at].session.is_none() {
            self.sign_in(at).await?;
            self.load(at, &casella, true).await?;
        }
        let Some(who) = self.agents[at].session.clone() else {
            return Ok(());
        };
        let cursor = self.agents[at].cursor.clone();
        let (connection, outgoing) = casella
            .connect_agent(&who, cursor)
            .await
            .map_err(|error| error.to_string())?;
        self.agents[at].on = Some(Line {
            node,
            connection,
            outgoing,
        });
        let agent = self.agents[at].agent;
        self.reference.agents[agent].on.insert(casella.run);
        self.rest(node).await?;
        // The whole backlog is there: a node that was behind is not any more for this tab alone.
        self.catch_up(node).await;
        Ok(())
    }

    async fn connect_visitor(&mut self, at: usize, node: usize) -> Result<(), String> {
        let Some(casella) = self.casella(node) else {
            return Ok(());
        };
        let client = &self.visitors[at];
        if client.on.is_some() {
            return Ok(());
        }
        let site = self.reference.visitors[client.visitor].site;
        let hello = VisitorHello {
            site: format!("site{site}").parse().unwrap(),
            token: client.token,
            language: Language::English,
            known: client
                .has
                .iter()
                .map(|(conversation, last)| Known {
                    conversation: *conversation,
                    last: *last,
                })
                .collect(),
            page: Page::default(),
            zone: String::new(),
            identity: None,
        };
        let (connection, outgoing) = casella
            .connect_visitor(hello, "Test", IpAddr::from(Ipv4Addr::LOCALHOST).into())
            .await
            .map_err(|error| error.to_string())?;
        let visitor = self.visitors[at].visitor;
        self.visitors[at].on = Some(Line {
            node,
            connection,
            outgoing,
        });
        self.reference.visitor_comes(visitor, casella.run);
        self.rest(node).await?;
        self.catch_up(node).await;
        Ok(())
    }

    async fn set_agent(
        &mut self,
        agent: Place,
        changes: AgentChanges,
        node: usize,
    ) -> Result<(), String> {
        let Some(casella) = self.casella(node) else {
            return Ok(());
        };
        let done = casella
            .set_agent(self.cast.agents[agent], changes.clone())
            .await;
        // A directory is at most two seconds old.
        for other in self.nodes.iter().flatten() {
            let current = other.casella.directory.refresh(&self.store).await;
            current.map_err(|error| error.to_string())?;
        }
        let one = &mut self.reference.agents[agent];
        let limits = domain::agent::CHAT_LIMITS;
        if changes
            .chat_limit
            .is_some_and(|limit| !limits.contains(&limit))
        {
            return same(
                done.map(drop).map_err(|error| error.refusal()),
                Err(domain::Refusal::Malformed),
            );
        }
        done.map_err(|error| error.to_string())?;
        one.limit = changes.chat_limit.map_or(one.limit, usize::from);
        one.disabled = changes.disabled.unwrap_or(one.disabled);
        let role = changes.role.unwrap_or(one.role);
        let ends = one.disabled || role != one.role;
        one.role = role;
        if ends {
            self.reference.signs_out(agent, casella.run);
            for client in self.agents.iter_mut().filter(|one| one.agent == agent) {
                if client.on.as_ref().is_some_and(|line| line.node == node) {
                    client.on = None;
                    client.session = None;
                }
            }
        }
        Ok(())
    }

    async fn push_works(&mut self, agent: Place) -> Result<(), sqlx::Error> {
        let id: AgentId = self.cast.agents[agent];
        let subscription = PushSubscription {
            endpoint: format!("https://push.example/{agent}"),
            p256dh: "key".into(),
            auth: "secret".into(),
        };
        let now = self.now();
        let mut connection = self.store.writer().await?;
        store::push::put(&mut connection, id, &subscription, now).await?;
        store::push::worked(&mut connection, &subscription.endpoint, now).await?;
        self.reference.agents[agent].worked = Some(now.0);
        Ok(())
    }

    async fn goes_down(&mut self, place: usize, in_order: bool) -> Result<(), String> {
        let Some(node) = self.nodes[place].take() else {
            return Ok(());
        };
        node.casella.hub.close_all();
        if in_order {
            let now = self.now();
            let stopped = async {
                let mut connection = self.store.writer().await?;
                store::run::stop(&mut connection, node.run, now).await
            };
            stopped.await.map_err(|error| error.to_string())?;
            self.reference.stops(node.run);
        } else {
            self.reference.dies(node.run);
        }
        self.leaving.retain(|one| one.node != place);
        for client in &mut self.agents {
            client.on.take_if(|line| line.node == place);
        }
        for client in &mut self.visitors {
            client.on.take_if(|line| line.node == place);
        }
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(found: T, expected: T) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("answer {found:?} instead of {expected:?}"))
    }
}

//! What nodes do by themselves, done by hand.

use domain::AgentId;

use super::{FLAP, Leaving, World};
use crate::{live::connect::visitor_key, node::model::reference::Person, store, writer::Task};

/// How many looks may follow each other until nothing is due any more.
const LOOKS: usize = 30;

impl World {
    /// Who closed the last tab some seconds ago counts as gone; then what is due is done.
    pub(super) async fn flap_and_settle(&mut self, settle: bool) -> Result<(), String> {
        if settle {
            self.renew().await?;
        }
        let now = self.reference.now;
        let (over, still) = std::mem::take(&mut self.leaving)
            .into_iter()
            .partition(|one| one.at + FLAP <= now);
        self.leaving = still;
        for one in over {
            self.is_gone(one).await?;
        }
        let mut quiet = false;
        for _ in 0..LOOKS {
            if !settle || quiet {
                break;
            }
            quiet = true;
            for node in 0..self.nodes.len() {
                quiet &= !self.look(node).await?;
            }
        }
        if settle && !quiet {
            return Err("something is due again and again".into());
        }
        for node in 0..self.nodes.len() {
            self.deliver(node).await?;
        }
        self.resynchronise().await?;
        self.compare().await?;
        if settle && self.nodes.iter().any(Option::is_some) {
            self.nothing_is_due()?;
        }
        Ok(())
    }

    /// All nodes that run are alive while time passes.
    async fn renew(&mut self) -> Result<(), String> {
        let now = self.now();
        for place in 0..self.nodes.len() {
            if let Some(node) = self.nodes[place].as_mut() {
                let renewed = async {
                    let mut connection = self.store.writer().await?;
                    store::run::renew(&mut connection, node.run, now).await
                };
                renewed.await.map_err(|error| error.to_string())?;
                self.reference.runs.insert(node.run, now.0);
            }
        }
        Ok(())
    }

    async fn is_gone(&mut self, one: Leaving) -> Result<(), String> {
        let Leaving { who, node, run, at } = one;
        if self.has(who, node) {
            return Ok(());
        }
        let at_stamp = domain::Timestamp(at);
        let task = match who {
            Person::Agent(agent) => {
                self.reference.agent_goes(agent, run, at);
                Task::AgentPresence {
                    agent: self.cast.agents[agent],
                    connected: false,
                    at: at_stamp,
                }
            }
            Person::Visitor(visitor) => {
                self.reference.visitor_goes(visitor, run, at);
                let client = self.visitors.iter().find(|one| one.visitor == visitor);
                let client = client.ok_or("a visitor without a tab")?;
                Task::VisitorPresence {
                    key: visitor_key(client.site, &client.token),
                    connected: false,
                    at: at_stamp,
                }
            }
        };
        self.perform(node, task)
            .await?
            .map_err(|refusal| refusal.to_string())?;
        self.deliver(node).await
    }

    /// A node looks once what is due, and does it. Tells whether there was anything.
    pub(super) async fn look(&mut self, place: usize) -> Result<bool, String> {
        let Some(casella) = self.casella(place) else {
            return Ok(false);
        };
        let now = self.now();
        if now.since(domain::Timestamp(
            self.node(place).map_or(0, |node| node.renewed),
        )) >= store::run::RENEWAL
        {
            self.reference.runs.insert(casella.run, now.0);
            if let Some(node) = self.node(place) {
                node.renewed = now.0;
            }
        }
        let failed = |error: sqlx::Error| error.to_string();
        casella.renew().await.map_err(failed)?;
        let mut tasks = casella.due().await.map_err(failed)?;
        tasks.extend(casella.left().await.map_err(failed)?);
        tasks.extend(casella.current().await.map_err(failed)?);
        for client in &mut self.agents {
            client.drain(&self.reference, &self.cast.agents, false)?;
        }
        let some = !tasks.is_empty();
        for task in tasks {
            self.carry_out(place, task).await?;
            self.deliver(place).await?;
        }
        Ok(some)
    }

    async fn carry_out(&mut self, node: usize, task: Task) -> Result<(), String> {
        let run = self.node(node).map_or(0, |node| node.run);
        let agent_of = |id: AgentId| self.cast.agents.iter().position(|agent| *agent == id);
        match &task {
            Task::Availability(id) => {
                let agent = agent_of(*id).ok_or("an unknown agent")?;
                self.reference.recompute(agent);
            }
            Task::Watch(id) => self.reference.look(*id),
            Task::SignedOut(id) => {
                let agent = agent_of(*id).ok_or("an unknown agent")?;
                self.reference.signs_out(agent, run);
            }
            _ => return Err(format!("nodes do not do {task:?} by themselves")),
        }
        let done = self.perform(node, task).await?;
        done.map(drop).map_err(|refusal| refusal.to_string())
    }

    /// After nodes have looked until nothing was due, nothing must be due to the reference.
    fn nothing_is_due(&mut self) -> Result<(), String> {
        for id in self.reference.open.clone() {
            let before = self.reference.chats[&id].stage.clone();
            self.reference.look(id);
            let after = &self.reference.chats[&id].stage;
            if *after != before {
                return Err(format!("{id} stays {before:?}: should be {after:?}"));
            }
        }
        for agent in 0..self.reference.agents.len() {
            let told = self.reference.agents[agent].told;
            if told != self.reference.available(agent) {
                return Err(format!("agent {agent} was told {told}: no longer so"));
            }
        }
        Ok(())
    }
}

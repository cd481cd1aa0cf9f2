//! Who takes new chats: schedule, switch, and what time does to both.

use std::time::Duration;

use domain::{
    Refusal, Timestamp,
    agent::Role,
    availability::{Availability, Block, Schedule, Zone},
    frame::{
        agent::{AgentCommand, Change},
        visitor::ChatState,
    },
};

use crate::{on_every_database, support::Agent};

/// A week in which the agent is always there.
fn always() -> Schedule {
    let day = vec![Block::parse("00:00", "24:00").unwrap()];
    let zone = Zone::try_from("Asia/Kolkata".to_owned()).unwrap();
    Schedule::new(Some(zone), std::array::from_fn(|_| day.clone())).unwrap()
}

/// Waits until the switch shows this.
async fn shows(agent: &mut Agent, right: impl Fn(&Availability) -> bool) -> Availability {
    loop {
        let last = agent.changes.iter().rev().find_map(|change| match change {
            Change::Availability(availability) => Some(*availability),
            _ => None,
        });
        if let Some(last) = last.filter(&right) {
            return last;
        }
        agent.until(|_| Some(())).await;
    }
}

on_every_database! {
    async fn an_override_ends_by_the_clock_and_its_offer_passes_on(company: Company) {
        let mut maya = company.agent("Maya").await;
        let until = shows(&mut maya, |shown| shown.available).await.over.unwrap().until;
        let mut tab = Agent::connect(&company.node, maya.who.clone(), Default::default()).await;
        // Almost: the offer made now outlives the override.
        company.clock.advance(until.since(company.clock.now()).saturating_sub(Duration::from_secs(30)));
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut ada = company.visitor().await;
        ada.start(None).await.unwrap();
        maya.offer().await;
        assert!(company.node.inbox(&maya.who).await.unwrap().availability.available);
        company.clock.advance(Duration::from_secs(31));
        for agent in [&mut maya, &mut tab] {
            let shown = shows(agent, |shown| !shown.available).await;
            assert_eq!(shown, Availability::default());
            agent.no_offer().await;
        }
        ada.state(ChatState::Fallback).await;
    }

    async fn a_schedule_makes_available_and_the_switch_stands_above_it(company: Company) {
        let mut maya = company.agent_away("Maya").await;
        company.node.set_schedule_of(maya.who.agent.id, always()).await.unwrap();
        let shown = shows(&mut maya, |shown| shown.available).await;
        assert_eq!(shown.over, None);
        let mut ada = company.visitor().await;
        ada.start(None).await.unwrap();
        maya.offer().await;
        maya.switch(false).await;
        maya.no_offer().await;
        let over = shows(&mut maya, |shown| !shown.available).await.over.unwrap();
        // The next block starts at midnight in Kolkata, 18:30 UTC.
        assert_eq!((over.until.0 / 60_000_000) % (24 * 60), 18 * 60 + 30);
        maya.command(AgentCommand::ResetAvailability).await.unwrap();
        assert_eq!(shows(&mut maya, |shown| shown.available).await.over, None);
        maya.switch(true).await;
        maya.settle().await;
        assert_eq!(shows(&mut maya, |shown| shown.available).await.over, None);
    }

    async fn a_supervisor_sets_an_agent_unavailable_and_an_agent_may_not(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut sue = company.colleague("Sue", Role::Supervisor).await;
        let agent = maya.who.agent.id;
        sue.settle().await;
        let seen = sue.changes.len();
        sue.command(AgentCommand::SetUnavailable { agent }).await.unwrap();
        shows(&mut maya, |shown| !shown.available).await;
        while !sue.changes[seen..].contains(&Change::Agents) {
            sue.until(|_| Some(())).await;
        }
        let set = AgentCommand::SetUnavailable { agent: sue.who.agent.id };
        assert_eq!(maya.command(set).await, Err(Refusal::Forbidden));
        let missing = AgentCommand::SetUnavailable { agent: domain::AgentId::new(Timestamp(0), [1; 10]) };
        assert_eq!(sue.command(missing).await, Err(Refusal::NotFound));
        assert!(!maya.changes.contains(&Change::Agents));
    }

    async fn going_unavailable_leaves_active_chats_alone(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        maya.accept().await;
        maya.switch(false).await;
        maya.write(chat, "Still here").await.unwrap();
        ada.seen(2).await;
    }
}

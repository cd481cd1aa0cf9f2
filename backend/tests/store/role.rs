//! Who may see and do what.

use domain::{
    Refusal,
    agent::Role,
    frame::{
        agent::{AgentCommand, Change, Moved, RowState},
        visitor::VisitorCommand,
    },
    inbox::Tab,
    message::Body,
};

use crate::{on_every_database, support::words};

on_every_database! {
    async fn nobody_is_told_of_anothers_active_chat_but_supervisors(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut jun = company.agent("Jun").await;
        let mut sue = company.colleague("Sue", Role::Supervisor).await;
        let (agent, supervisor) = (jun.who.clone(), sue.who.clone());
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        assert_eq!(maya.accept().await, chat);
        ada.write(chat, "one").await.unwrap();
        maya.write(chat, "two").await.unwrap();
        // What was said before she reads when she opens it.
        sue.seen(chat, 3).await;
        assert_eq!(words(&sue.messages(chat)), ["one", "two"]);
        let row = sue.row(chat, |row| row.last == 4).await;
        assert_eq!((row.own, &*row.agent, row.state), (false, "Maya", RowState::Active));
        jun.settle().await;
        assert!(!jun.heard_of(chat) && !jun.changes.contains(&Change::Agents));
        let found = async |who, tab| company.node.list(who, tab, None).await.map(|page| page.rows.len());
        for tab in [Tab::Active, Tab::All, Tab::Unanswered] {
            assert_eq!(found(&agent, tab).await.unwrap(), 0);
            assert_eq!(found(&supervisor, tab).await.unwrap(), 0, "not even for supervisors");
        }
        assert_eq!(found(&agent, Tab::Everyone).await.unwrap_err().refusal(), Refusal::Forbidden);
        assert_eq!(found(&supervisor, Tab::Everyone).await.unwrap(), 1);
        assert!(company.node.open_conversation(&jun.who, chat).await.is_err());
        assert!(company.node.earlier_messages(&jun.who, chat, 4).await.is_err());
        assert_eq!(company.node.open_conversation(&sue.who, chat).await.unwrap().messages.len(), 4);
        for command in [
            AgentCommand::TakeOver { conversation: chat },
            AgentCommand::SetBlocked { conversation: chat, blocked: true },
            AgentCommand::End { conversation: chat },
        ] {
            assert_eq!(jun.command(command).await, Err(Refusal::NotFound));
        }
        assert_eq!(jun.command(AgentCommand::PickUp { conversation: chat }).await, Err(Refusal::NoLongerWaiting));
        // Read-only.
        assert_eq!(sue.write(chat, "hm").await, Err(Refusal::NotFound));
        maya.command(AgentCommand::End { conversation: chat }).await.unwrap();
        jun.row(chat, |row| matches!(row.state, RowState::Ended { .. })).await;
        sue.seen(chat, 4).await;
        assert_eq!(found(&agent, Tab::All).await.unwrap(), 1);
        jun.settle().await;
        assert!(jun.messages(chat).is_empty());
    }

    async fn a_supervisor_takes_a_chat_over(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut sue = company.colleague("Sue", Role::Supervisor).await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        assert_eq!(maya.command(AgentCommand::TakeOver { conversation: chat }).await, Err(Refusal::Forbidden));
        sue.command(AgentCommand::TakeOver { conversation: chat }).await.unwrap();
        assert_eq!(sue.command(AgentCommand::TakeOver { conversation: chat }).await, Err(Refusal::NotNow));
        let moved = maya.change(|change| match change {
            Change::Moved { to, how, .. } => Some((to.clone(), *how)),
            _ => None,
        }).await;
        assert_eq!(moved, ("Sue".to_owned(), Moved::TakenOver));
        assert!(maya.changes.contains(&Change::Lost(chat)));
        assert_eq!(maya.write(chat, "but").await, Err(Refusal::NotFound));
        sue.write(chat, "I am here now").await.unwrap();
        ada.seen(4).await;
        assert!(matches!(&ada.messages[2].1.body, Body::System(domain::message::SystemMessage::Joined { name, .. }) if name == "Sue"));
        ada.command(VisitorCommand::End { conversation: chat }).await.unwrap();
        assert_eq!(sue.command(AgentCommand::TakeOver { conversation: chat }).await, Err(Refusal::Ended));
    }

    async fn a_blocked_visitor_is_refused_from_then_on(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut sue = company.colleague("Sue", Role::Supervisor).await;
        let mut eve = company.visitor().await;
        let chat = eve.start(Some("Spam")).await.unwrap();
        maya.accept().await;
        let block = |blocked| AgentCommand::SetBlocked { conversation: chat, blocked };
        assert_eq!(maya.command(block(true)).await, Err(Refusal::Forbidden));
        sue.command(block(true)).await.unwrap();
        assert_eq!(eve.write(chat, "more").await, Err(Refusal::Blocked));
        maya.change(|change| match change {
            Change::Visitor { visitor, .. } => visitor.blocked.then_some(()),
            _ => None,
        }).await;
        maya.command(AgentCommand::End { conversation: chat }).await.unwrap();
        assert_eq!(eve.start(None).await, Err(Refusal::Blocked));
        assert_eq!(eve.leave(None, "more").await, Err(Refusal::Blocked));
        assert!(company.node.open_conversation(&sue.who, chat).await.unwrap().visitor.blocked);
        sue.command(block(false)).await.unwrap();
        eve.start(None).await.unwrap();
    }

    async fn another_role_ends_the_sessions(company: Company) {
        let mut maya = company.agent_away("Maya").await;
        let role = backend::AgentChanges { role: Some(Role::Supervisor), ..Default::default() };
        company.node.set_agent(maya.who.agent.id, role).await.unwrap();
        assert_eq!(maya.closed().await, backend::Closed::SignedOut);
        let maya = company.sign_in(&company.node, "Maya").await;
        assert!(company.node.list(&maya.who, Tab::Everyone, None).await.is_ok());
    }

    async fn the_page_agents_shows_how_everybody_stands(company: Company) {
        let mut maya = company.agent("Maya").await;
        let sue = company.colleague("Sue", Role::Supervisor).await;
        company.add("Zoe", Role::Agent).await;
        company.team(&[&maya]).await;
        company.visitor().await.start(None).await.unwrap();
        maya.accept().await;
        assert_eq!(company.node.agent_statuses(&maya.who).await.unwrap_err().refusal(), Refusal::Forbidden);
        let statuses = company.node.agent_statuses(&sue.who).await.unwrap();
        let shown: Vec<_> = statuses
            .iter()
            .map(|status| (&*status.name, status.connected, status.availability.available, status.open))
            .collect();
        assert_eq!(shown, [("Maya", true, true, 1), ("Sue", true, false, 0), ("Zoe", false, false, 0)]);
        assert_eq!(statuses[0].teams, ["Sales"]);
    }
}

//! One slot, one meeting, whatever happens at the same instant.

use std::{collections::HashSet, sync::Arc};

use backend::{Casella, store::meeting};
use domain::{CardId, ConversationId, Refusal};
use futures::future::join_all;

use super::{book, card, hours, met, share_own, slots};
use crate::support::{Agent, Company, Visitor, databases, postgres};

/// Visitors of a node with cards of one calendar.
async fn invited(node: &Arc<Casella>, maya: &mut Agent, count: usize) -> Vec<(Visitor, CardId)> {
    let mut all = Vec::new();
    for n in 0..count {
        let mut visitor = Visitor::connect(node, backend::random(), Vec::new()).await;
        let email = format!("visitor{n}@example.com");
        visitor.start_as(Some(&email), None).await.unwrap();
        let conversation: ConversationId = maya.accept().await;
        share_own(maya, conversation).await.unwrap();
        let card = card(&mut visitor).await.card;
        let end = domain::frame::agent::AgentCommand::End { conversation };
        maya.command(end).await.unwrap();
        all.push((visitor, card));
    }
    all
}

/// All of them book one slot at once: one has it, all others are told, and shown what else is free.
async fn all_want_one(mut visitors: Vec<(Visitor, CardId)>) {
    let (first, card) = &mut visitors[0];
    let free = slots(first, *card).await;
    let slot = free[7];
    let outcomes = join_all(visitors.iter_mut().map(async |(visitor, card)| {
        match book(visitor, *card, slot).await {
            Ok(meeting) => Ok(meeting.meeting),
            Err(refusal) => Err((refusal, slots(visitor, *card).await)),
        }
    }))
    .await;
    let booked: HashSet<_> = outcomes.iter().flatten().collect();
    assert_eq!(booked.len(), 1, "{outcomes:?}");
    let refused: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| outcome.as_ref().err())
        .collect();
    assert_eq!(refused.len(), visitors.len() - 1);
    for (refusal, fresh) in refused {
        assert_eq!(*refusal, Refusal::Taken);
        assert_eq!(fresh.len(), free.len() - 1);
        assert!(!fresh.contains(&slot));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_visitors_one_has_the_slot() {
    let database = databases().await.remove(0);
    let company = Company::start(database).await;
    let mut maya = met(&company, "Maya").await;
    let visitors = invited(&company.node, &mut maya, 100).await;
    all_want_one(visitors).await;
    let page = company.node.meetings(&maya.who, false, false, None).await;
    assert_eq!(page.unwrap().meetings.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_visitors_of_two_nodes_one_has_the_slot() {
    let Some(database) = postgres().await else {
        return;
    };
    let company = Company::start(database).await;
    let mut maya = met(&company, "Maya").await;
    let other = company.another_node().await;
    let mut visitors = invited(&company.node, &mut maya, 50).await;
    visitors.extend(invited(&other, &mut maya, 50).await);
    all_want_one(visitors).await;
    let page = company.node.meetings(&maya.who, false, false, None).await;
    assert_eq!(page.unwrap().meetings.len(), 1);
    other.stop().await;
}

/// Slots of different lengths overlap though they begin at different times: the hours change while
/// everybody books what they were shown before, or after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_two_meetings_overlap_whatever_is_booked_at_once() {
    for database in databases().await {
        let company = Company::start(database).await;
        let mut maya = met(&company, "Maya").await;
        let nodes = match company.database.url.starts_with("sqlite:") {
            true => vec![Arc::clone(&company.node)],
            false => vec![Arc::clone(&company.node), company.another_node().await],
        };
        let mut visitors = Vec::new();
        for node in &nodes {
            visitors.extend(invited(node, &mut maya, 20).await);
        }
        let (first, card) = &mut visitors[0];
        let short = slots(first, *card).await;
        let long = hours(|terms| {
            terms.length = 45;
            terms.buffer = 15;
        });
        let change = company.node.set_meeting_hours(&maya.who, long);
        let wants = join_all(
            visitors
                .iter_mut()
                .enumerate()
                .map(async |(n, (visitor, card))| {
                    let own = slots(visitor, *card).await;
                    let from = if n % 2 == 0 { &own } else { &short };
                    // A few hours that everybody wants.
                    let _ = book(visitor, *card, from[n % 12]).await;
                }),
        );
        let (changed, _) = tokio::join!(change, wants);
        changed.unwrap();
        let page = company
            .node
            .meetings(&maya.who, false, false, None)
            .await
            .unwrap();
        let spans: Vec<_> = page.meetings.iter().map(|row| row.span).collect();
        assert!(spans.len() > 3, "{spans:?}");
        for (at, span) in spans.iter().enumerate() {
            assert!(
                spans
                    .iter()
                    .skip(at + 1)
                    .all(|other| !span.overlaps(*other)),
                "{spans:?}"
            );
        }
        for node in nodes.iter().skip(1) {
            node.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn meetings_that_take_each_others_slots_in_one_commit_are_stored() {
    for database in databases().await {
        let company = Company::start(database).await;
        let mut maya = met(&company, "Maya").await;
        let mut ids = Vec::new();
        for (n, (visitor, card)) in invited(&company.node, &mut maya, 2)
            .await
            .iter_mut()
            .enumerate()
        {
            let slot = slots(visitor, *card).await[n * 6];
            ids.push(book(visitor, *card, slot).await.unwrap().meeting);
        }
        let mut connection = company.store().await.writer().await.unwrap();
        let mut both = meeting::lock(&mut connection, &ids).await.unwrap();
        let (first, second) = (both[0].meeting.span, both[1].meeting.span);
        both[0].meeting.span = second;
        both[1].meeting.span = first;
        let changed: Vec<_> = both.iter().collect();
        meeting::save(&mut connection, &changed).await.unwrap();
        assert_eq!(meeting::find(&mut connection, &ids).await.unwrap().len(), 2);
        for stored in meeting::find(&mut connection, &ids).await.unwrap() {
            assert!(both.contains(&stored), "{stored:?}");
        }
    }
}

//! What is compared after a step.

use std::collections::BTreeSet;

use domain::{
    AgentId, ConversationId, Refusal,
    activity::{Rating, Score},
    conversation::{self as product, Conversation},
    frame::{
        agent::{Row, RowState},
        visitor::ChatState,
    },
    inbox::{Busy, Tab},
};

use super::{
    cast::Cast,
    client::{AgentClient, VisitorClient},
    reference::{Place, Pool, Reference, Shown, Stage, State},
    world::World,
};
use crate::{
    Casella, Error,
    store::{self, Connection, turn::EVERYONE},
};

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what}: {found:?} instead of {expected:?}"))
    }
}

fn place(cast: &Cast, id: AgentId) -> Place {
    cast.agents.iter().position(|agent| *agent == id).unwrap()
}

/// The state of the product in the reference's terms.
fn stage(cast: &Cast, head: &Conversation) -> Option<Stage> {
    let place = |id: &AgentId| place(cast, *id);
    Some(match &head.state {
        product::State::Requested => return None,
        product::State::Offered {
            agent,
            round,
            pool,
            expires_at,
            ..
        } => Stage::Offered {
            agent: place(agent),
            second: *round == product::Round::Second,
            pool: match pool {
                product::Pool::Owner => Pool::Owner,
                product::Pool::Team(id) => {
                    Pool::Team(cast.teams.iter().position(|team| team == id)?)
                }
                product::Pool::Everyone => Pool::All,
            },
            until: expires_at.0,
        },
        product::State::Fallback { .. } => Stage::Fallback,
        product::State::Unanswered { .. } => Stage::Unanswered,
        product::State::Active {
            agent,
            clock,
            warned,
            away,
            transfer,
        } => Stage::Active {
            agent: place(agent),
            clock: clock.map(|clock| clock.0),
            warned: *warned,
            away: *away,
            transfer: transfer.as_ref().map(|transfer| {
                (
                    place(&transfer.to),
                    transfer.note.clone(),
                    transfer.expires_at.0,
                )
            }),
        },
        product::State::Ended { agent, reason, at } => Stage::Ended {
            agent: agent.as_ref().map(place),
            reason: *reason,
            at: at.0,
        },
    })
}

fn shown(row: &Row) -> Shown {
    Shown {
        state: match row.state {
            RowState::Active => State::Active,
            RowState::Unanswered => State::Unanswered,
            RowState::Ended { reason, at } => State::Ended(reason, at.0),
        },
        own: row.own,
        away: row.away,
        transfer_to: row.transfer_to.clone(),
        agent: row.agent.clone(),
        preview: row.preview.clone(),
        preview_by_agent: row.preview_by_agent,
        activity: row.activity_at.0,
        last: row.last,
        unread: row.unread,
        agent_read: row.agent_read,
        visitor_read: row.visitor_read,
        score: row.score.map(Score::number),
        rating: row.rating.map(Rating::number),
    }
}

/// The conversations that are open or have just ended, as they are stored.
pub async fn stored(
    connection: &mut Connection,
    cast: &Cast,
    reference: &Reference,
) -> Result<(), String> {
    let ids: BTreeSet<_> = reference
        .open
        .iter()
        .chain(&reference.ended)
        .copied()
        .collect();
    let heads = store::conversation::lock(connection, ids.iter().copied())
        .await
        .map_err(|error| error.to_string())?;
    same("conversations", heads.len(), ids.len())?;
    for head in heads {
        let chat = &reference.chats[&head.id];
        let what = |field: &str| format!("{field} of {}", head.id);
        same(&what("state"), stage(cast, &head), Some(chat.stage.clone()))?;
        same(&what("messages"), head.last, chat.last())?;
        same(
            &what("acceptance"),
            head.accepted_at.is_some(),
            chat.accepted,
        )?;
        same(&what("activity"), head.activity_at.0, chat.activity)?;
        let notes = usize::try_from(head.last_note).unwrap();
        same(&what("notes"), notes, chat.notes.len())?;
        same(&what("words"), head.preview.clone(), chat.preview())?;
        let unread = (head.agent_unread, head.visitor_unread);
        let expected = (
            chat.unread(chat.agent_read, false),
            chat.unread(chat.visitor_read, true),
        );
        same(&what("unread"), unread, expected)?;
    }
    Ok(())
}

/// Agents and turns, as they are stored.
pub async fn agents(
    connection: &mut Connection,
    cast: &Cast,
    reference: &Reference,
) -> Result<(), String> {
    let failed = |error: sqlx::Error| error.to_string();
    let duties = store::duty::of(connection, cast.agents.iter().copied())
        .await
        .map_err(failed)?;
    for duty in duties {
        let place = place(cast, duty.agent);
        let agent = &reference.agents[place];
        let over = duty
            .over
            .map(|over| (over.available, over.until.0, over.at_midnight));
        same(
            &format!("switch, state and missed offers of agent {place}"),
            (over, duty.available, duty.missed),
            (agent.over, agent.told, agent.missed),
        )?;
    }
    let all = store::turn::lock(connection).await.map_err(failed)?;
    let turn = |pool: Option<Place>| reference.turns.get(&pool).map(|place| cast.agents[*place]);
    same(&format!("turn of {EVERYONE}"), all, turn(None))?;
    let last = store::turn::of_teams(connection, &cast.teams)
        .await
        .map_err(failed)?;
    for (place, team) in cast.teams.iter().enumerate() {
        let last = last.get(team).copied();
        same(&format!("turn of team {place}"), last, turn(Some(place)))?;
    }
    Ok(())
}

/// An agent's tab shows just what the agent may see, as it is.
pub fn agent_client(reference: &Reference, client: &mut AgentClient) -> Result<(), String> {
    let (agent, role) = (client.agent, client.role());
    let who = |what: &str, id: ConversationId| format!("{what} of {id} for agent {agent}");
    let mut ids: BTreeSet<ConversationId> = reference.open.clone();
    ids.append(&mut client.owed);
    ids.extend(client.rows.keys());
    for id in ids {
        if !reference.sees(agent, role, id) {
            same(&who("row", id), client.rows.get(&id).map(shown), None)?;
            continue;
        }
        let row = client.rows.get(&id);
        same(
            &who("row", id),
            row.map(shown),
            Some(reference.shown(agent, id)),
        )?;
        if !reference.open.contains(&id) {
            // Seen once as it will stay; the inbox would read it again when it is looked for.
            client.rows.remove(&id);
            client.has.remove(&id);
            client.notes.remove(&id);
            continue;
        }
        let chat = &reference.chats[&id];
        if let Some(row) = row {
            same(
                &who("visitor", id),
                row.visitor.clone(),
                reference.label(id),
            )?;
            if !chat.moved {
                let closes = row.closes_at.map(|at| at.0);
                same(&who("time left", id), closes, reference.closes_at(id))?;
            }
        }
        let own = matches!(chat.stage, Stage::Active { agent: own, .. } if own == agent);
        let has = client.has.get(&id).copied();
        let complete = chat.last();
        match has {
            Some((first, last)) if last == complete && (first == 1 || !own) => {}
            None if !own || complete == 0 => {}
            _ => return Err(format!("{}: {has:?} of {complete}", who("messages", id))),
        }
        if own {
            let notes = client.notes.get(&id).copied().unwrap_or(0);
            same(&who("notes", id), notes, chat.notes.len())?;
        }
    }
    let asked = |id: &ConversationId| reference.asked(*id) == Some(agent);
    let expected: Vec<_> = reference.open.iter().copied().filter(asked).collect();
    let found: Vec<_> = client.offers.keys().copied().collect();
    same(&format!("offers of agent {agent}"), found, expected)?;
    for (id, offer) in &client.offers {
        let (until, transfer) = reference.held_out(*id).unwrap();
        let chat = &reference.chats[id];
        if !chat.moved {
            same(&who("offer's end", *id), offer.expires_at.0, until)?;
        }
        let from = offer.transfer.clone().map(|one| (one.from, one.note));
        same(&who("sender", *id), from, transfer)?;
        same(
            &who("first words", *id),
            offer.first_words.clone(),
            chat.preview(),
        )?;
        same(
            &who("visitor", *id),
            offer.visitor.clone(),
            reference.label(*id),
        )?;
    }
    client.notices.sort();
    client.owed_notices.sort();
    let told = std::mem::take(&mut client.notices);
    let owed = std::mem::take(&mut client.owed_notices);
    same(&format!("notices of agent {agent}"), told, owed)?;
    let one = &reference.agents[agent];
    let settled = one.told == reference.available(agent)
        && one.over.is_none_or(|(_, until, _)| reference.now < until);
    if settled {
        let shows = client.availability;
        let over = shows
            .over
            .map(|over| (over.available, over.until.0, over.at_midnight));
        same(
            &format!("switch of agent {agent}"),
            (shows.available, over, shows.missed),
            (one.told, one.over, reference.shows_missed(agent)),
        )?;
    }
    Ok(())
}

/// A visitor's tab shows the visitor's chat as it is.
pub fn visitor_client(reference: &Reference, client: &VisitorClient) -> Result<(), String> {
    let just_ended = reference.ended.iter().copied();
    let ids = reference
        .open_of(client.visitor)
        .into_iter()
        .chain(just_ended);
    for id in ids {
        let expected = &reference.chats[&id];
        if expected.visitor != client.visitor {
            continue;
        }
        let who = |what: &str| format!("{what} of {id} for visitor {}", client.visitor);
        let Some(chat) = client.chats.get(&id) else {
            return Err(who("nothing is known"));
        };
        let (state, agent, away) = match &expected.stage {
            Stage::Offered { .. } => (ChatState::Waiting, None, false),
            Stage::Fallback => (ChatState::Fallback, None, false),
            Stage::Unanswered => (ChatState::Unanswered, None, false),
            Stage::Active { agent, away, .. } => (ChatState::Active, Some(*agent), *away),
            Stage::Ended { agent, .. } => (ChatState::Ended, *agent, false),
        };
        let agent = agent.map(|agent| reference.agents[agent].name.clone());
        let card = chat.agent.as_ref().map(|card| card.name.clone());
        same(
            &who("state"),
            (chat.state, card, chat.away),
            (state, agent, away),
        )?;
        let counts = (chat.last, chat.agent_read, chat.visitor_read, chat.unread);
        let unread = expected.unread(expected.visitor_read, true);
        let expected_counts = (
            expected.last(),
            expected.agent_read,
            expected.visitor_read,
            unread,
        );
        same(&who("counts"), counts, expected_counts)?;
        let rating = chat.rating.map(Rating::number);
        same(&who("rating"), rating, expected.rating)?;
        let has = client.has.get(&id).copied().unwrap_or(0);
        same(&who("messages"), has, expected.last())?;
        if !expected.moved {
            let closes = chat.closes_at.map(|at| at.0);
            same(&who("time left"), closes, reference.closes_at(id))?;
        }
    }
    Ok(())
}

/// Everything that an agent can read, read anew.
pub async fn read(world: &World, node: &Casella) -> Result<(), String> {
    let reference = &world.reference;
    for client in &world.agents {
        let Some(who) = client.session.as_ref().filter(|_| client.on.is_some()) else {
            continue;
        };
        let (agent, role) = (client.agent, who.agent.role);
        let failed = |error: Error| error.to_string();
        for tab in [Tab::Active, Tab::Unanswered, Tab::Everyone, Tab::All] {
            let page = match node.list(who, tab, None).await {
                Err(Error::Refused(Refusal::Forbidden)) if tab == Tab::Everyone => {
                    same("role that may not", role, domain::agent::Role::Agent)?;
                    continue;
                }
                page => page.map_err(failed)?,
            };
            let found: BTreeSet<_> = page.rows.iter().map(|row| row.id).collect();
            let stands = |id: &ConversationId| match reference.chats[id].stage {
                Stage::Active {
                    agent: own, away, ..
                } => match tab {
                    Tab::Active | Tab::All => own == agent,
                    Tab::Unanswered => away,
                    Tab::Everyone => true,
                },
                Stage::Unanswered => tab == Tab::Unanswered,
                _ => false,
            };
            let mut expected: BTreeSet<_> = reference.open.iter().copied().filter(stands).collect();
            for row in &page.rows {
                same("row read", shown(row), reference.shown(agent, row.id))?;
                let ended = !reference.open.contains(&row.id);
                if ended && tab == Tab::All && reference.sees(agent, role, row.id) {
                    expected.insert(row.id);
                }
            }
            same(&format!("{tab:?} of agent {agent}"), found, expected)?;
        }
        for id in world.order.iter().rev().take(40) {
            let opened = node.open_conversation(who, *id).await.is_ok();
            same("may open", opened, reference.sees(agent, role, *id))?;
        }
        for colleague in node.colleagues(who).await.map_err(failed)? {
            let other = place(&world.cast, colleague.id);
            let busy = if reference.eligible(other) {
                None
            } else if !reference.available(other) {
                Some(Busy::Unavailable)
            } else if reference.reach(other) == 0 {
                Some(Busy::Away)
            } else {
                Some(Busy::Full)
            };
            same(&format!("colleague {other}"), colleague.busy, busy)?;
        }
        if role == domain::agent::Role::Agent {
            continue;
        }
        for status in node.agent_statuses(who).await.map_err(failed)? {
            let other = place(&world.cast, status.id);
            let found = (
                usize::try_from(status.open).unwrap(),
                status.availability.available,
                status.connected,
            );
            let expected = (
                reference.busy(other),
                reference.available(other),
                reference.is_connected(&reference.agents[other].on),
            );
            same(&format!("status of agent {other}"), found, expected)?;
        }
    }
    Ok(())
}

//! Clients as the inbox and the chat are: what they were told is all they show.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AgentId, ConversationId, SiteId,
    agent::Role,
    availability::Availability,
    frame::{
        agent::{AgentEvent, Change, Cursor, Moved, Offer, Row},
        visitor::{Chat, VisitorEvent},
    },
    message::{Author, Body, EndedBy, Message, Note, SystemMessage},
};
use futures::FutureExt as _;

use super::reference::{Notice, Place, Reference, Said};
use crate::{AgentConnection, Outgoing, SignedIn, VisitorConnection};

/// A line to a node.
pub struct Line<C, E> {
    pub node: usize,
    /// Closed when dropped.
    pub connection: C,
    pub outgoing: Outgoing<E>,
}

/// A tab of an agent.
pub struct AgentClient {
    pub agent: Place,
    pub session: Option<SignedIn>,
    pub on: Option<Line<AgentConnection, AgentEvent>>,
    pub cursor: Cursor,
    pub rows: BTreeMap<ConversationId, Row>,
    pub offers: BTreeMap<ConversationId, Offer>,
    pub availability: Availability,
    /// From which message to which it has the conversations.
    pub has: BTreeMap<ConversationId, (u32, u32)>,
    /// How many private notes it has of each.
    pub notes: BTreeMap<ConversationId, usize>,
    /// What it was told once, and what it should have been.
    pub notices: Vec<(ConversationId, Notice)>,
    pub owed_notices: Vec<(ConversationId, Notice)>,
    /// Chats that ended since it was last looked at.
    pub owed: BTreeSet<ConversationId>,
    /// Told to read everything anew.
    pub lost: bool,
}

/// A tab of a visitor.
pub struct VisitorClient {
    pub visitor: Place,
    pub site: SiteId,
    pub token: [u8; 32],
    pub on: Option<Line<VisitorConnection, VisitorEvent>>,
    pub chats: BTreeMap<ConversationId, Chat>,
    /// The last message it has of each.
    pub has: BTreeMap<ConversationId, u32>,
}

/// What a message of the product says, in the reference's terms.
fn said(message: &Message, agents: &[AgentId]) -> Option<Said> {
    let place = |id: &AgentId| agents.iter().position(|agent| agent == id);
    Some(match (&message.author, &message.body) {
        (Author::Visitor, Body::Text(text)) => Said::Visitor(text.clone(), message.command?),
        (Author::Agent { id, .. }, Body::Text(text)) => {
            Said::Agent(place(id)?, text.clone(), message.command?)
        }
        (Author::System, Body::System(SystemMessage::Joined { id, .. })) => {
            Said::Joined(place(id)?)
        }
        (Author::System, Body::System(SystemMessage::Ended(by))) => match by {
            EndedBy::Agent { id, .. } => Said::EndedByAgent(place(id)?),
            EndedBy::Visitor => Said::EndedByVisitor,
            EndedBy::Inactivity => Said::EndedBySilence,
            EndedBy::Nobody => Said::EndedByNobody,
        },
        _ => return None,
    })
}

/// That a message is what the reference has in its place.
pub fn same_message(
    reference: &Reference,
    agents: &[AgentId],
    id: ConversationId,
    message: &Message,
) -> Result<(), String> {
    let place = usize::try_from(message.seq).unwrap().wrapping_sub(1);
    let expected = reference
        .chats
        .get(&id)
        .and_then(|chat| chat.messages.get(place));
    let found = said(message, agents).map(|said| (said, message.at.0));
    if expected == found.as_ref() {
        Ok(())
    } else {
        Err(format!("{id}: {message:?} instead of {expected:?}"))
    }
}

/// The same of a private note.
pub fn same_note(
    reference: &Reference,
    agents: &[AgentId],
    id: ConversationId,
    note: &Note,
) -> Result<(), String> {
    let place = usize::try_from(note.n).unwrap().wrapping_sub(1);
    let chat = reference.chats.get(&id);
    let expected = chat.and_then(|chat| chat.notes.get(place));
    let agent = agents.iter().position(|agent| *agent == note.agent);
    let text = note.text.clone();
    let found = agent.map(|agent| (agent, text, note.command, note.after, note.at.0));
    if expected == found.as_ref() {
        Ok(())
    } else {
        Err(format!("{id}: {note:?} instead of {expected:?}"))
    }
}

impl AgentClient {
    pub fn new(agent: Place) -> Self {
        Self {
            agent,
            session: None,
            on: None,
            cursor: Cursor::default(),
            rows: BTreeMap::new(),
            offers: BTreeMap::new(),
            availability: Availability::default(),
            has: BTreeMap::new(),
            notes: BTreeMap::new(),
            notices: Vec::new(),
            owed_notices: Vec::new(),
            owed: BTreeSet::new(),
            lost: false,
        }
    }

    /// The role with which this tab sees.
    pub fn role(&self) -> Role {
        self.session
            .as_ref()
            .map_or(Role::Agent, |who| who.agent.role)
    }

    /// Forgets what it showed, to read it anew.
    pub fn forget(&mut self) {
        self.rows.clear();
        self.offers.clear();
        self.has.clear();
        self.notes.clear();
        self.notices.clear();
        self.owed_notices.clear();
        self.owed.clear();
    }

    /// Takes what has come. `strict`: nothing of it may be about what the agent must not see now.
    pub fn drain(
        &mut self,
        reference: &Reference,
        agents: &[AgentId],
        strict: bool,
    ) -> Result<(), String> {
        while let Some(line) = &mut self.on {
            match line.outgoing.next().now_or_never() {
                None => return Ok(()),
                Some(Err(closed)) => {
                    self.on = None;
                    if closed == crate::Closed::SignedOut {
                        self.session = None;
                    }
                }
                Some(Ok(event)) => self.take(event, reference, agents, strict)?,
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        event: AgentEvent,
        reference: &Reference,
        agents: &[AgentId],
        strict: bool,
    ) -> Result<(), String> {
        match event {
            AgentEvent::Welcome {
                cursor,
                availability,
                offers,
                changes,
                ..
            } => {
                for change in changes {
                    self.apply(change, reference, agents, false)?;
                }
                self.cursor = cursor;
                self.availability = availability;
                self.offers = offers
                    .into_iter()
                    .map(|one| (one.conversation, one))
                    .collect();
            }
            AgentEvent::Resynchronise { cursor, .. } => {
                self.cursor = cursor;
                self.lost = true;
            }
            AgentEvent::Changes { position, changes } => {
                for change in changes {
                    self.apply(change, reference, agents, strict)?;
                }
                self.cursor.advance(position);
            }
            AgentEvent::Answer { .. }
            | AgentEvent::Typing { .. }
            | AgentEvent::VisitorConnected { .. }
            | AgentEvent::Ping
            | AgentEvent::Refused(_) => return Err(format!("unasked: {event:?}")),
        }
        Ok(())
    }

    fn apply(
        &mut self,
        change: Change,
        reference: &Reference,
        agents: &[AgentId],
        strict: bool,
    ) -> Result<(), String> {
        let (agent, role) = (self.agent, self.role());
        let may_see = |id| !strict || reference.sees(agent, role, id);
        let leak = |what: &dyn std::fmt::Debug| Err(format!("LEAK to agent {agent}: {what:?}"));
        let place = |name: &str| {
            let named = |one: &super::reference::Agent| one.name == name;
            reference.agents.iter().position(named).unwrap()
        };
        match change {
            Change::Row(row) if !may_see(row.id) => return leak(&row),
            Change::Row(row) => {
                self.rows.insert(row.id, row);
            }
            Change::Lost(id) => {
                self.rows.remove(&id);
                self.has.remove(&id);
                self.notes.remove(&id);
            }
            Change::Messages {
                conversation,
                messages,
            } => {
                if !may_see(conversation) {
                    return leak(&messages);
                }
                for message in messages {
                    same_message(reference, agents, conversation, &message)?;
                    let first = (message.seq, message.seq - 1);
                    let (_, last) = self.has.entry(conversation).or_insert(first);
                    if message.seq > *last + 1 {
                        return Err(format!(
                            "agent {agent} misses messages {} to {} of {conversation}",
                            *last + 1,
                            message.seq - 1
                        ));
                    }
                    *last = message.seq.max(*last);
                    if message.seq == 1
                        && let Some((first, _)) = self.has.get_mut(&conversation)
                    {
                        *first = 1;
                    }
                }
            }
            Change::Notes {
                conversation,
                notes,
            } => {
                if !may_see(conversation) {
                    return leak(&notes);
                }
                for note in notes {
                    same_note(reference, agents, conversation, &note)?;
                    let n = usize::try_from(note.n).unwrap();
                    let has = self.notes.entry(conversation).or_insert(n - 1);
                    if n > *has + 1 {
                        return Err(format!("agent {agent} misses notes before {note:?}"));
                    }
                    *has = n.max(*has);
                }
            }
            Change::Offered(offer) => {
                if strict && reference.asked(offer.conversation) != Some(agent) {
                    return leak(&offer);
                }
                self.offers.insert(offer.conversation, offer);
            }
            Change::OfferGone(id) => {
                self.offers.remove(&id);
            }
            Change::Visitor { conversation, .. } if !may_see(conversation) => {
                return leak(&conversation);
            }
            Change::Visitor { .. }
            | Change::Agents
            | Change::Meeting { .. }
            | Change::CalendarTrouble(_) => {}
            Change::Availability(availability) => self.availability = availability,
            Change::Moved {
                conversation,
                to,
                how,
                ..
            } => {
                let to = place(&to);
                let notice = match how {
                    Moved::Transferred => Notice::Transferred(to),
                    Moved::PickedUp => Notice::PickedUp(to),
                    Moved::TakenOver => Notice::TakenOver(to),
                };
                self.notices.push((conversation, notice));
            }
            Change::NotTransferred {
                conversation,
                to,
                expired,
            } => {
                let to = place(&to);
                self.notices
                    .push((conversation, Notice::NotTransferred { to, expired }));
            }
        }
        Ok(())
    }
}

impl VisitorClient {
    /// Takes what has come: nothing but the visitor's own, without gaps.
    pub fn drain(&mut self, reference: &Reference, agents: &[AgentId]) -> Result<(), String> {
        while let Some(line) = &mut self.on {
            match line.outgoing.next().now_or_never() {
                None => return Ok(()),
                Some(Err(_)) => self.on = None,
                Some(Ok(VisitorEvent::Welcome { chats, .. })) => {
                    for chat in chats {
                        self.mine(reference, chat.id)?;
                        self.chats.insert(chat.id, chat);
                    }
                }
                Some(Ok(VisitorEvent::Chat { chat, messages })) => {
                    self.mine(reference, chat.id)?;
                    let has = self.has.entry(chat.id).or_default();
                    for message in &messages {
                        same_message(reference, agents, chat.id, message)?;
                        if message.seq != *has + 1 {
                            return Err(format!(
                                "visitor {} has {has} messages and gets {message:?}",
                                self.visitor
                            ));
                        }
                        *has = message.seq;
                    }
                    self.chats.insert(chat.id, chat);
                }
                Some(Ok(VisitorEvent::AgentConnected { conversation, .. })) => {
                    self.mine(reference, conversation)?;
                }
                Some(Ok(event)) => return Err(format!("unasked: {event:?}")),
            }
        }
        Ok(())
    }

    fn mine(&self, reference: &Reference, id: ConversationId) -> Result<(), String> {
        match reference.chats.get(&id) {
            Some(chat) if chat.visitor == self.visitor => Ok(()),
            _ => Err(format!("LEAK to visitor {}: {id}", self.visitor)),
        }
    }
}

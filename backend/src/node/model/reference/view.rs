//! What each side may see.

use domain::{ConversationId, agent::Role, conversation::EndReason, message::PREVIEW_CHARS};

use super::{Chat, Place, Reference, Said, Stage};

/// What a row shows of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Active,
    Unanswered,
    Ended(EndReason, i64),
}

/// What an agent's row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub state: State,
    pub own: bool,
    pub away: bool,
    pub transfer_to: Option<String>,
    pub agent: String,
    pub preview: String,
    pub preview_by_agent: bool,
    pub activity: i64,
    pub last: u32,
    pub unread: u32,
    pub agent_read: u32,
    pub visitor_read: u32,
    pub score: Option<u8>,
    pub rating: Option<u8>,
}

impl Chat {
    pub fn last(&self) -> u32 {
        u32::try_from(self.messages.len()).unwrap()
    }

    /// Words of one side after a mark.
    pub fn unread(&self, after: u32, by_agent: bool) -> u32 {
        let fresh = self.messages.iter().skip(usize::try_from(after).unwrap());
        let count = fresh
            .filter(|(said, _)| match said {
                Said::Visitor(..) => !by_agent,
                Said::Agent(..) => by_agent,
                _ => false,
            })
            .count();
        u32::try_from(count).unwrap()
    }

    pub fn preview(&self) -> String {
        match self.words.char_indices().nth(PREVIEW_CHARS) {
            Some((end, _)) => format!("{}…", &self.words[..end]),
            None => self.words.clone(),
        }
    }
}

impl Reference {
    /// Whether the conversation stands in one of the agent's lists.
    pub fn sees(&self, viewer: Place, role: Role, id: ConversationId) -> bool {
        let Some(chat) = self.chats.get(&id) else {
            return false;
        };
        match chat.stage {
            Stage::Active { agent, away, .. } => agent == viewer || away || role != Role::Agent,
            Stage::Unanswered => true,
            Stage::Ended { .. } => chat.accepted,
            Stage::Offered { .. } | Stage::Fallback => false,
        }
    }

    /// What the agent's row shows.
    pub fn shown(&self, viewer: Place, id: ConversationId) -> Shown {
        let chat = &self.chats[&id];
        let name = |agent: Place| self.agents[agent].name.clone();
        let mut shown = Shown {
            state: State::Unanswered,
            own: false,
            away: false,
            transfer_to: None,
            agent: String::new(),
            preview: chat.preview(),
            preview_by_agent: chat.words_by_agent,
            activity: chat.activity,
            last: chat.last(),
            unread: chat.unread(chat.agent_read, false),
            agent_read: chat.agent_read,
            visitor_read: chat.visitor_read,
            score: chat.score,
            rating: chat.rating,
        };
        match &chat.stage {
            Stage::Active {
                agent,
                away,
                transfer,
                ..
            } => {
                shown.state = State::Active;
                shown.own = *agent == viewer;
                shown.away = *away;
                shown.agent = name(*agent);
                shown.transfer_to = transfer.as_ref().map(|(to, ..)| name(*to));
            }
            Stage::Ended { agent, reason, at } => {
                shown.state = State::Ended(*reason, *at);
                shown.own = *agent == Some(viewer);
                shown.agent = agent.map(name).unwrap_or_default();
            }
            Stage::Unanswered | Stage::Offered { .. } | Stage::Fallback => {}
        }
        shown
    }

    /// When it will end for want of a word, in its last minute.
    pub fn closes_at(&self, id: ConversationId) -> Option<i64> {
        let chat = &self.chats[&id];
        match chat.stage {
            Stage::Active {
                clock: Some(clock),
                warned: true,
                ..
            } => Some(clock + self.sites[self.visitors[chat.visitor].site].inactivity),
            _ => None,
        }
    }

    /// Until when it is held out, and who hands it over with which note.
    pub fn held_out(&self, id: ConversationId) -> Option<(i64, Option<(String, String)>)> {
        match &self.chats[&id].stage {
            Stage::Offered { until, .. } => Some((*until, None)),
            Stage::Active {
                agent,
                transfer: Some((_, note, until)),
                ..
            } => Some((
                *until,
                Some((self.agents[*agent].name.clone(), note.clone())),
            )),
            _ => None,
        }
    }

    /// The visitor's name, else email.
    pub fn label(&self, id: ConversationId) -> Option<String> {
        let visitor = &self.visitors[self.chats[&id].visitor];
        visitor.name.clone().or(visitor.email.clone())
    }

    /// Whether two missed offers are why the agent takes none.
    pub fn shows_missed(&self, agent: Place) -> bool {
        let agent = &self.agents[agent];
        agent.missed >= 2 && !agent.told
    }
}

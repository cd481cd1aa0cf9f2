//! What a commit changed, and what each side is told of it.

#[cfg(test)]
mod tests;

use domain::{
    AgentId, CardId, ConversationId, Timestamp,
    availability::Availability,
    conversation::{Audience, Conversation, Lists, State},
    frame::{
        agent::{Change, HandOver, Moved, Offer, Row, RowState},
        visitor::{AgentCard, Chat, ChatState},
    },
    meeting::{MeetingCard, MeetingChange, MeetingRow},
    message::{Message, Note},
    permission::{Action, Stand, Viewer},
    visitor::Visitor,
};
use serde::{Deserialize, Serialize};

use crate::store::{event::Stored, layout, visitor::VisitorKey};

/// One committed change, as it is stored for clients and nodes that were away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    Conversation(Box<ConversationChanged>),
    /// An agent's switch, or the schedule behind it.
    Availability {
        agent: AgentId,
        availability: Availability,
    },
    /// Something that the page `Agents` shows; at most one a commit.
    Agents,
    /// An agent came or went; told to the visitors of these chats.
    AgentConnected {
        connected: bool,
        chats: Vec<(VisitorKey, ConversationId)>,
    },
    Meeting(Box<MeetingChanged>),
    /// An agent's calendar elsewhere cannot be reached, or can again.
    CalendarTrouble {
        agent: AgentId,
        trouble: bool,
    },
    /// Nobody books by a card any more that this visitor was given.
    CardWithdrawn {
        key: VisitorKey,
        card: CardId,
    },
    /// Something that another release has written in a way that is not known here. Never stored.
    #[serde(skip)]
    Unreadable,
}

impl Event {
    /// The event of stored bytes.
    pub fn of(stored: &Stored) -> Self {
        layout::EVENT.read(&stored.payload).unwrap_or_else(|| {
            tracing::warn!(
                run = stored.position.run,
                n = stored.position.n,
                "an event of another release cannot be read: clients read everything anew"
            );
            metrics::counter!("casella_unreadable_total", "what" => "event").increment(1);
            Self::Unreadable
        })
    }
}

/// A meeting was booked or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingChanged {
    /// As agents see it.
    pub row: MeetingRow,
    /// As its visitor sees it.
    pub card: MeetingCard,
    pub how: MeetingChange,
    pub key: VisitorKey,
    /// The meeting's agent, who had it before, and who has the conversation that it came from.
    pub told: Vec<AgentId>,
}

impl MeetingChanged {
    /// What an agent is told; nothing if it is not for this agent.
    pub fn change_for(&self, viewer: Viewer) -> Option<Change> {
        let concerned =
            self.told.contains(&viewer.agent) || viewer.may(Action::ManageAllMeetings, Stand::None);
        concerned.then(|| Change::Meeting {
            meeting: self.row.clone(),
            how: self.how,
        })
    }
}

/// What an agent is told of a conversation besides its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    /// To the agent who had it: another has it now.
    Moved {
        from: AgentId,
        to: String,
        how: Moved,
    },
    /// To the sender of a transfer: the agent asked did not take it.
    NotTransferred {
        from: AgentId,
        to: String,
        expired: bool,
    },
}

/// A conversation changed, or has new messages, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationChanged {
    /// Who could see it before.
    pub before: Audience,
    pub conversation: Conversation,
    /// New messages. What was said before is read by who opens the conversation.
    pub messages: Vec<Message>,
    /// New private notes. For agents alone: nothing that a visitor is told is made from them.
    pub notes: Vec<Note>,
    /// Nothing but notes is new: the version is the same, and the visitor is told nothing at all.
    pub quiet: bool,
    pub key: VisitorKey,
    /// The visitor's name, else email.
    pub visitor: Option<String>,
    /// The visitor's page.
    pub page: String,
    pub visitor_connected: bool,
    /// The name of the agent who has it, or had it at the end.
    pub agent_name: Option<String>,
    /// The file name of that agent's photo.
    pub agent_photo: Option<String>,
    /// The name of the agent it is held out to by its own.
    pub transfer_to: Option<String>,
    pub notices: Vec<Notice>,
    pub closes_at: Option<Timestamp>,
    /// The visitor, if anything about them changed.
    pub profile: Option<Visitor>,
}

/// What a row of an agent's list shows.
pub struct RowParts<'a> {
    pub conversation: &'a Conversation,
    pub visitor: Option<String>,
    pub page: String,
    pub agent_name: String,
    pub transfer_to: Option<String>,
    pub visitor_connected: bool,
    pub closes_at: Option<Timestamp>,
}

impl RowParts<'_> {
    /// The row, as `agent` sees it.
    pub fn row(self, agent: AgentId) -> Row {
        let head = self.conversation;
        Row {
            id: head.id,
            state: match &head.state {
                State::Ended { reason, at, .. } => RowState::Ended {
                    reason: *reason,
                    at: *at,
                },
                State::Unanswered { .. } => RowState::Unanswered,
                _ => RowState::Active,
            },
            own: head.agent() == Some(agent),
            away: matches!(&head.state, State::Active { away: true, .. }),
            transfer_to: self.transfer_to,
            version: head.version,
            visitor: self.visitor,
            page: self.page,
            agent: self.agent_name,
            preview: head.preview.clone(),
            preview_by_agent: head.preview_by_agent,
            activity_at: head.activity_at,
            last: head.last,
            unread: head.agent_unread,
            agent_read: head.agent_read,
            visitor_read: head.visitor_read,
            visitor_connected: self.visitor_connected,
            score: head.score,
            rating: head.rating,
            closes_at: self.closes_at,
        }
    }

    /// The offer, while it is one.
    pub fn offer(self) -> Option<Offer> {
        let (expires_at, transfer) = match &self.conversation.state {
            State::Offered { expires_at, .. } => (*expires_at, None),
            State::Active {
                transfer: Some(transfer),
                ..
            } => (
                transfer.expires_at,
                Some(HandOver {
                    from: self.agent_name,
                    note: transfer.note.clone(),
                }),
            ),
            _ => return None,
        };
        Some(Offer {
            conversation: self.conversation.id,
            version: self.conversation.version,
            visitor: self.visitor,
            page: self.page,
            first_words: self.conversation.preview.clone(),
            expires_at,
            transfer,
        })
    }
}

impl ConversationChanged {
    fn parts(&self) -> RowParts<'_> {
        RowParts {
            conversation: &self.conversation,
            visitor: self.visitor.clone(),
            page: self.page.clone(),
            agent_name: self.agent_name.clone().unwrap_or_default(),
            transfer_to: self.transfer_to.clone(),
            visitor_connected: self.visitor_connected,
            closes_at: self.closes_at,
        }
    }

    /// What is held out to an agent, if anything is.
    pub fn offer(&self) -> Option<Offer> {
        self.parts().offer()
    }

    /// Whom it concerns: before, and now.
    pub fn audiences(&self) -> [Audience; 2] {
        [self.before, self.conversation.audience()]
    }

    /// What an agent is told; nothing if it is not for this agent.
    pub fn changes_for(&self, viewer: Viewer) -> Vec<Change> {
        let (id, agent) = (self.conversation.id, viewer.agent);
        let [before, after] = self.audiences();
        let mut changes = Vec::new();
        if self.quiet {
            if after.lists(viewer) && self.follows(viewer) {
                changes.extend(self.notes());
            }
            return changes;
        }
        if after.offered == Some(agent) {
            changes.extend(self.parts().offer().map(Change::Offered));
        } else if before.offered == Some(agent) {
            changes.push(Change::OfferGone(id));
        }
        if after.lists(viewer) {
            changes.push(Change::Row(self.parts().row(agent)));
            let follows = self.follows(viewer);
            if follows && !self.messages.is_empty() {
                changes.push(Change::Messages {
                    conversation: id,
                    messages: self.messages.clone(),
                });
            }
            if follows {
                changes.extend(self.notes());
            }
            if let Some(visitor) = self.profile.clone().filter(|_| follows) {
                changes.push(Change::Visitor {
                    conversation: id,
                    visitor,
                });
            }
        } else if before.lists(viewer) {
            changes.push(Change::Lost(id));
        }
        changes.extend(
            self.notices
                .iter()
                .filter_map(|notice| notice.to(agent, self)),
        );
        changes
    }

    fn notes(&self) -> Option<Change> {
        (!self.notes.is_empty()).then(|| Change::Notes {
            conversation: self.conversation.id,
            notes: self.notes.clone(),
        })
    }

    /// Whether somebody in whose list it stands may have it open while it changes. Who meets an
    /// ended chat only now reads its messages when opening it.
    fn follows(&self, viewer: Viewer) -> bool {
        let [before, after] = self.audiences();
        match after.lists {
            Lists::Everyone => {
                self.conversation.agent() == Some(viewer.agent) || before.lists(viewer)
            }
            Lists::Agent(_) | Lists::Unanswered(_) => true,
            Lists::Nobody => false,
        }
    }

    /// What the visitor is told of the head.
    pub fn chat(&self) -> Chat {
        let card = self
            .conversation
            .agent()
            .zip(self.agent_name.clone())
            .map(|(id, name)| AgentCard {
                id,
                name,
                photo: self.agent_photo.clone(),
            });
        chat(&self.conversation, card, self.closes_at)
    }
}

impl Notice {
    /// What `agent` is told, if it is for this agent.
    fn to(&self, agent: AgentId, changed: &ConversationChanged) -> Option<Change> {
        let conversation = changed.conversation.id;
        match self {
            Self::Moved { from, to, how } if *from == agent => Some(Change::Moved {
                conversation,
                visitor: changed.visitor.clone(),
                to: to.clone(),
                how: *how,
            }),
            Self::NotTransferred { from, to, expired } if *from == agent => {
                Some(Change::NotTransferred {
                    conversation,
                    to: to.clone(),
                    expired: *expired,
                })
            }
            Self::Moved { .. } | Self::NotTransferred { .. } => None,
        }
    }

    /// Whom it is for.
    pub fn whom(&self) -> AgentId {
        match self {
            Self::Moved { from, .. } | Self::NotTransferred { from, .. } => *from,
        }
    }
}

/// Whether changes to the page `Agents` are told to somebody.
pub fn watches_agents(viewer: Viewer) -> bool {
    viewer.may(Action::ReadAgents, Stand::None)
}

/// A conversation as its visitor sees it.
pub fn chat(head: &Conversation, agent: Option<AgentCard>, closes_at: Option<Timestamp>) -> Chat {
    Chat {
        id: head.id,
        state: match &head.state {
            State::Requested | State::Offered { .. } => ChatState::Waiting,
            State::Fallback { .. } => ChatState::Fallback,
            State::Unanswered { .. } => ChatState::Unanswered,
            State::Active { .. } => ChatState::Active,
            State::Ended { .. } => ChatState::Ended,
        },
        version: head.version,
        agent,
        away: matches!(&head.state, State::Active { away: true, .. }),
        last: head.last,
        agent_read: head.agent_read,
        visitor_read: head.visitor_read,
        unread: head.visitor_unread,
        created_at: head.created_at,
        rating: head.rating,
        closes_at,
    }
}

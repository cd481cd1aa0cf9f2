//! Events for pages that were opened before a release: what the protocol before can say.
//!
//! Protocol 3 knows neither calendars nor meetings. A card becomes words with its link, by which
//! such a page can book all the same; the rest it does not hear.

use super::{agent::AgentEvent, agent::Change, visitor::VisitorEvent};
use crate::message::{Author, Body, Message};

impl VisitorEvent {
    /// As protocol 3 says it; none: it has no word for it. `base` stands before the addresses of
    /// links.
    pub fn before(self, base: &str) -> Option<Self> {
        match self {
            Self::Slots { .. } | Self::Meetings { .. } => None,
            Self::Chat { chat, messages } => Some(Self::Chat {
                chat,
                messages: messages.into_iter().map(|said| said.before(base)).collect(),
            }),
            Self::Welcome { .. }
            | Self::Answer { .. }
            | Self::Typing { .. }
            | Self::AgentConnected { .. }
            | Self::Ping
            | Self::Refused(_) => Some(self),
        }
    }
}

impl AgentEvent {
    /// As [`VisitorEvent::before`].
    pub fn before(self, base: &str) -> Option<Self> {
        Some(match self {
            Self::Welcome {
                now,
                cursor,
                availability,
                offers,
                changes,
            } => Self::Welcome {
                now,
                cursor,
                availability,
                offers,
                changes: before(changes, base),
            },
            Self::Changes { position, changes } => Self::Changes {
                position,
                changes: before(changes, base),
            },
            Self::Resynchronise { .. }
            | Self::Answer { .. }
            | Self::Typing { .. }
            | Self::VisitorConnected { .. }
            | Self::Ping
            | Self::Refused(_) => self,
        })
    }
}

fn before(changes: Vec<Change>, base: &str) -> Vec<Change> {
    changes
        .into_iter()
        .filter_map(|change| match change {
            Change::Meeting { .. } => None,
            Change::Messages {
                conversation,
                messages,
            } => Some(Change::Messages {
                conversation,
                messages: messages.into_iter().map(|said| said.before(base)).collect(),
            }),
            other => Some(other),
        })
        .collect()
}

impl Message {
    fn before(mut self, base: &str) -> Self {
        if let Body::Calendar(card) = self.body {
            self.body = Body::Text(format!("{}: {base}/m/{}", card.agent.name, card.address));
            if self.author == Author::System {
                // Words of nobody would stand there as the visitor's own.
                self.author = Author::Agent {
                    id: card.agent.id,
                    name: card.agent.name,
                };
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AgentId, CardId, Timestamp, agent::AgentCard, frame::agent::Position, meeting::CalendarCard,
    };

    fn card(author: Author) -> Message {
        Message {
            seq: 1,
            at: Timestamp(1),
            command: None,
            author,
            body: Body::Calendar(CalendarCard {
                card: CardId::new(Timestamp(0), [1; 10]),
                agent: AgentCard {
                    id: AgentId::new(Timestamp(0), [2; 10]),
                    name: "Maya".to_owned(),
                    photo: None,
                },
                address: "address".to_owned(),
            }),
        }
    }

    #[test]
    fn a_page_from_before_reads_a_card_as_words_with_a_link() {
        let said = card(Author::System).before("https://chat.example");
        let words = "Maya: https://chat.example/m/address".to_owned();
        assert_eq!(said.body, Body::Text(words));
        assert!(matches!(said.author, Author::Agent { name, .. } if name == "Maya"));
        let Body::Calendar(shared) = card(Author::System).body else {
            panic!()
        };
        let conversation = crate::ConversationId::new(Timestamp(0), [3; 10]);
        let changes = vec![Change::Messages {
            conversation,
            messages: vec![card(Author::Visitor)],
        }];
        let position = Position { run: 1, n: 2 };
        let told = AgentEvent::Changes { position, changes }.before("");
        let Some(AgentEvent::Changes { changes, .. }) = told else {
            panic!()
        };
        let [Change::Messages { messages, .. }] = &changes[..] else {
            panic!("{changes:?}")
        };
        let words = format!("Maya: /m/{}", shared.address);
        assert_eq!(messages[0].body, Body::Text(words));
    }

    #[test]
    fn a_page_from_before_is_not_told_what_it_cannot_read() {
        let meetings = VisitorEvent::Meetings {
            meetings: Vec::new(),
        };
        assert_eq!(meetings.before(""), None);
        assert_eq!(VisitorEvent::Ping.before(""), Some(VisitorEvent::Ping));
    }
}

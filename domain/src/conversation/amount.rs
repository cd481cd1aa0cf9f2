//! How much is said in a conversation, and how much may be.

use super::Conversation;
use crate::{bound::Bound, message::Author};

/// How many, and how many bytes their texts have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    pub count: u32,
    pub bytes: u32,
}

/// What was said in a conversation so far. Casella's own messages are few, and count nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub visitor: Amount,
    pub agents: Amount,
    /// The bytes of private notes; how many there are, their last number says.
    pub notes: u32,
}

impl Amount {
    /// Counts one more.
    pub(super) fn add(&mut self, bytes: usize) {
        self.count = self.count.saturating_add(1);
        self.bytes = more(self.bytes, bytes);
    }

    /// Whether one more of so many bytes goes beyond the bounds of count and of bytes.
    fn meets(self, bytes: usize, of: [Bound; 2]) -> Option<Bound> {
        let [count, size] = of;
        if beyond(self.count, 1, count) {
            Some(count)
        } else {
            beyond(self.bytes, bytes, size).then_some(size)
        }
    }
}

fn more(known: u32, bytes: usize) -> u32 {
    known.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX))
}

fn beyond(known: u32, new: usize, bound: Bound) -> bool {
    usize::try_from(more(known, new)).unwrap_or(usize::MAX) > bound.amount()
}

impl Conversation {
    /// Whether there is room for a message of so many bytes by this author.
    ///
    /// # Errors
    /// The bound that it would go beyond.
    pub fn room_for(&self, author: &Author, bytes: usize) -> Result<(), Bound> {
        let met = match author {
            Author::Visitor => {
                let waits = self.accepted_at.is_none();
                let waiting = [Bound::RequestMessages, Bound::RequestBytes];
                let all = [Bound::ConversationMessages, Bound::ConversationBytes];
                let said = self.said.visitor;
                said.meets(bytes, if waits { waiting } else { all })
            }
            Author::Agent { .. } => {
                let all = [Bound::AnswerMessages, Bound::AnswerBytes];
                self.said.agents.meets(bytes, all)
            }
            Author::System => None,
        };
        met.map_or(Ok(()), Err)
    }

    /// Whether there is room for a private note of so many bytes.
    ///
    /// # Errors
    /// As [`Conversation::room_for`].
    pub fn room_for_note(&self, bytes: usize) -> Result<(), Bound> {
        let notes = Amount {
            count: self.last_note,
            bytes: self.said.notes,
        };
        let met = notes.meets(bytes, [Bound::NoteCount, Bound::NoteBytes]);
        met.map_or(Ok(()), Err)
    }

    /// Counts the bytes of a private note.
    pub(super) fn count_note(&mut self, bytes: usize) {
        self.said.notes = more(self.said.notes, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AgentId, ConversationId, SiteId, Timestamp, VisitorId};

    fn waiting() -> Conversation {
        let at = Timestamp(1);
        Conversation::request(
            ConversationId::new(at, [1; 10]),
            SiteId::new(at, [2; 10]),
            VisitorId::new(at, [3; 10]),
            at,
        )
    }

    fn accepted() -> Conversation {
        Conversation {
            accepted_at: Some(Timestamp(2)),
            ..waiting()
        }
    }

    fn agent() -> Author {
        let id = AgentId::new(Timestamp(1), [4; 10]);
        let name = "Maya".to_owned();
        Author::Agent { id, name }
    }

    /// Fills a conversation with messages up to a bound, and looks on both sides of it.
    fn holds(mut chat: Conversation, author: &Author, count: Bound, size: Bound) {
        for _ in 0..count.amount() {
            assert_eq!(chat.room_for(author, 1), Ok(()), "{count:?}");
            chat.append(author, Some("a"), Timestamp(3));
        }
        assert_eq!(chat.room_for(author, 1), Err(count));
        chat.said = Said::default();
        assert_eq!(chat.room_for(author, size.amount()), Ok(()));
        assert_eq!(chat.room_for(author, size.amount() + 1), Err(size));
        chat.append(author, Some("four"), Timestamp(3));
        assert_eq!(chat.room_for(author, size.amount() - 4), Ok(()));
        assert_eq!(chat.room_for(author, size.amount() - 3), Err(size));
    }

    #[test]
    fn a_visitor_who_waits_has_room_for_a_few_messages() {
        holds(
            waiting(),
            &Author::Visitor,
            Bound::RequestMessages,
            Bound::RequestBytes,
        );
    }

    #[test]
    fn a_visitor_with_an_agent_has_room_for_a_long_chat() {
        holds(
            accepted(),
            &Author::Visitor,
            Bound::ConversationMessages,
            Bound::ConversationBytes,
        );
    }

    #[test]
    fn what_the_visitor_wrote_while_waiting_counts_later_too() {
        let mut chat = waiting();
        for _ in 0..Bound::RequestMessages.amount() {
            chat.append(&Author::Visitor, Some("a"), Timestamp(3));
        }
        chat.accepted_at = Some(Timestamp(4));
        assert_eq!(chat.room_for(&Author::Visitor, 1), Ok(()));
        for _ in Bound::RequestMessages.amount()..Bound::ConversationMessages.amount() {
            chat.append(&Author::Visitor, Some("a"), Timestamp(5));
        }
        let full = Err(Bound::ConversationMessages);
        assert_eq!(chat.room_for(&Author::Visitor, 1), full);
    }

    #[test]
    fn a_visitor_who_has_written_all_can_still_be_answered() {
        let mut chat = accepted();
        chat.said.visitor.count = u32::MAX;
        assert_eq!(chat.room_for(&agent(), 1), Ok(()));
        holds(chat, &agent(), Bound::AnswerMessages, Bound::AnswerBytes);
    }

    #[test]
    fn the_end_is_said_in_a_full_conversation_too() {
        let mut chat = accepted();
        chat.said.agents.count = u32::MAX;
        chat.said.visitor.count = u32::MAX;
        assert_eq!(chat.room_for(&Author::System, 1), Ok(()));
    }

    #[test]
    fn notes_have_bounds_of_their_own() {
        let mut chat = accepted();
        chat.last_note = u32::try_from(Bound::NoteCount.amount()).unwrap() - 1;
        assert_eq!(chat.room_for_note(1), Ok(()));
        chat.last_note += 1;
        assert_eq!(chat.room_for_note(1), Err(Bound::NoteCount));
        chat.last_note = 1;
        chat.count_note(4);
        let left = Bound::NoteBytes.amount() - 4;
        assert_eq!(chat.room_for_note(left), Ok(()));
        assert_eq!(chat.room_for_note(left + 1), Err(Bound::NoteBytes));
    }
}

//! What is said in a conversation, and of it.

use super::super::{Conversation, State};
use crate::{
    AgentId, Refusal, Timestamp,
    activity::{Rating, Score},
    message::{Author, Seq, preview},
};

impl Conversation {
    /// Whether the visitor may write: until the end, also while waiting.
    ///
    /// # Errors
    /// [`Refusal::Ended`] if it is over.
    pub fn open_to_visitor(&self) -> Result<(), Refusal> {
        if self.is_open() {
            Ok(())
        } else {
            Err(Refusal::Ended)
        }
    }

    /// Takes a message into the head: its number, the previews, the counts, the clock. What has no
    /// text (a card, a system message) is nobody's word: it only counts as unread, if anybody's.
    /// Returns the number it gets.
    pub fn append(&mut self, author: &Author, text: Option<&str>, now: Timestamp) -> Seq {
        self.last = self.last.saturating_add(1);
        let bytes = text.map_or(0, str::len);
        match author {
            Author::Visitor => {
                self.agent_unread = self.agent_unread.saturating_add(1);
                self.said.visitor.add(bytes);
            }
            Author::Agent { .. } => {
                self.visitor_unread = self.visitor_unread.saturating_add(1);
                self.said.agents.add(bytes);
            }
            Author::System => {}
        }
        if let Some(text) = text {
            self.activity_at = now;
            // All that is written while waiting stands in the offer.
            self.preview = if self.is_waiting() {
                preview(&format!("{} {text}", self.preview))
            } else {
                preview(text)
            };
            self.preview_by_agent = matches!(author, Author::Agent { .. });
            if let State::Active {
                agent,
                clock,
                warned,
                away,
                ..
            } = &mut self.state
            {
                match author {
                    // A clock that waits for the visitor is not wound by the agent.
                    Author::Agent { .. } if clock.is_none() => {}
                    _ => *clock = Some(now),
                }
                *warned = false;
                if matches!(author, Author::Agent { id, .. } if id == agent) {
                    *away = false;
                }
            }
        }
        self.last
    }

    /// Takes a private note of so many bytes into the head. Neither side's counts, previews and
    /// clock know of it. Returns the number it gets.
    ///
    /// # Errors
    /// As [`Conversation::held_by`].
    pub fn note(&mut self, agent: AgentId, bytes: usize) -> Result<Seq, Refusal> {
        self.held_by(agent)?;
        self.count_note(bytes);
        self.last_note = self.last_note.saturating_add(1);
        Ok(self.last_note)
    }

    /// What its agent thinks of it; frozen at the end.
    ///
    /// # Errors
    /// As [`Conversation::held_by`].
    pub fn set_score(&mut self, agent: AgentId, score: Option<Score>) -> Result<(), Refusal> {
        self.held_by(agent)?;
        self.score = score;
        Ok(())
    }

    /// What the visitor thought of it: given once, after the end.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] before the end, and if it was given before.
    pub fn rate(&mut self, rating: Rating) -> Result<(), Refusal> {
        if self.is_open() || self.rating.is_some() {
            return Err(Refusal::NotNow);
        }
        self.rating = Some(rating);
        Ok(())
    }
}

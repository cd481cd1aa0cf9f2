//! What is drawn of the conversations that were opened.

use std::collections::HashMap;

use domain::{CardId, ConversationId, meeting::MeetingRow, visitor::Visitor};
use leptos::prelude::*;

use super::{Inbox, Part};
use crate::{
    browser, calendar,
    inbox_state::{Key, Line, Mood, Reading, RefusedEdit},
};

/// What is drawn around the messages of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadView {
    pub reading: Reading,
    /// The agent may not see it, or there is no such conversation.
    pub refused: bool,
    pub has_earlier: bool,
    pub earlier: Reading,
    /// Another number each time that what was booked by its cards changes.
    pub meetings: u32,
    /// With what the agent corrects.
    pub visitor: Option<Visitor>,
    /// The correction that the server did not take.
    pub refused_edit: Option<RefusedEdit>,
}

/// A conversation that was opened.
#[derive(Default)]
pub(super) struct OpenThread {
    view: ThreadView,
    around: Part,
    lines: Vec<Line>,
    /// Touched only when a line comes or goes; what changes about a line is in its mood.
    order: Part,
    moods: HashMap<Key, (Mood, Part)>,
}

impl Inbox {
    fn open_thread<T>(self, id: ConversationId, read: impl FnOnce(&OpenThread) -> T) -> Option<T> {
        let known = self
            .inner
            .with_value(|inner| inner.threads.contains_key(&id));
        if !known {
            self.inner
                .update_value(|inner| drop(inner.threads.insert(id, OpenThread::default())));
            self.draw_thread(id);
        }
        self.inner
            .with_value(|inner| inner.threads.get(&id).map(read))
    }

    /// What is drawn around the messages of a conversation.
    pub fn thread(self, id: ConversationId) -> ThreadView {
        if let Some(part) = self.open_thread(id, |thread| thread.around.clone()) {
            part.track();
        }
        self.open_thread(id, |thread| thread.view.clone())
            .unwrap_or_default()
    }

    /// What was booked by a card of a conversation.
    pub fn meetings(self, id: ConversationId, card: CardId) -> Vec<MeetingRow> {
        // Followed as the rest of the thread is.
        let _ = self.thread(id);
        self.state(|state| {
            let meetings = state.thread(id).map(|thread| thread.meetings());
            let meetings = meetings.into_iter().flatten();
            meetings.filter(|own| own.card == card).cloned().collect()
        })
    }

    /// Whether the agent may not see the conversation, or there is none.
    pub fn is_refused(self, id: ConversationId) -> bool {
        self.thread(id).refused
    }

    /// The lines of a conversation; followed only as to which there are.
    pub fn lines(self, id: ConversationId) -> Vec<Line> {
        if let Some(part) = self.open_thread(id, |thread| thread.order.clone()) {
            part.track();
        }
        self.open_thread(id, |thread| thread.lines.clone())
            .unwrap_or_default()
    }

    /// What may change about a line.
    pub fn mood(self, id: ConversationId, line: &Line) -> Mood {
        let part = self
            .open_thread(id, |thread| {
                thread.moods.get(&line.key).map(|(_, part)| part.clone())
            })
            .flatten();
        if let Some(part) = part {
            part.track();
        }
        self.open_thread(id, |thread| {
            thread.moods.get(&line.key).map(|(mood, _)| *mood)
        })
        .flatten()
        .unwrap_or(line.mood)
    }

    pub(super) fn draw_thread(self, id: ConversationId) {
        let day = if self.live.get_untracked() {
            browser::local_day
        } else {
            calendar::utc_day
        };
        let mut parts = Vec::new();
        self.inner.update_value(|inner| {
            let Some(thread) = inner.threads.get_mut(&id) else {
                return;
            };
            let view = inner.state.thread(id).map(|thread| ThreadView {
                reading: thread.phase(),
                refused: thread.is_refused(),
                has_earlier: thread.has_earlier(),
                earlier: thread.earlier_phase(),
                meetings: thread.meeting_changes(),
                visitor: inner.state.visitor(id),
                refused_edit: inner.state.refused_edit(id).cloned(),
            });
            let view = view.unwrap_or_default();
            if thread.view != view {
                thread.view = view;
                parts.push(thread.around.clone());
            }
            let lines = inner.state.lines(id, day);
            for line in &lines {
                let (mood, part) = thread
                    .moods
                    .entry(line.key)
                    .or_insert_with(|| (line.mood, Part::default()));
                if *mood != line.mood {
                    *mood = line.mood;
                    parts.push(part.clone());
                }
            }
            let same = thread.lines.len() == lines.len()
                && thread.lines.iter().zip(&lines).all(|(a, b)| a.key == b.key);
            if !same {
                parts.push(thread.order.clone());
            }
            thread.lines = lines;
        });
        for part in parts {
            part.touch();
        }
    }
}

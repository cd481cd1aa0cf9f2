//! What becomes of meetings, as the conversations that they came from show it.

use std::sync::Arc;

use domain::{
    CardId, ConversationId,
    meeting::{MeetingChange, MeetingRow},
    message::Body,
    permission::{Action, Stand},
};

use super::{Effect, InboxState, Notice};

impl InboxState {
    /// A meeting was booked or changed. The agent hears of it who has it, has its conversation, or
    /// has lost it; who sees all meetings only finds it in the list.
    pub(super) fn meeting(&mut self, meeting: MeetingRow, how: MeetingChange) -> Vec<Effect> {
        let conversation = meeting.conversation;
        let sees_all = self.viewer().may(Action::ManageAllMeetings, Stand::None);
        let concerned = meeting.agent == self.me.id
            || self.rows.get(conversation).is_some_and(|row| row.own)
            || (how == MeetingChange::Reassigned && !sees_all);
        if let Some(thread) = self.threads.get_mut(&conversation) {
            thread.insert_meeting(meeting.clone());
            self.touch_thread(conversation);
        }
        let mut effects = vec![Effect::ReadPage];
        if concerned {
            effects.push(Effect::Tell(Notice::Meeting(Arc::new(meeting), how)));
        }
        effects
    }

    /// A card was withdrawn: it says so from now on.
    pub fn card_withdrawn(&mut self, conversation: ConversationId, id: CardId) {
        let Some(thread) = self.threads.get_mut(&conversation) else {
            return;
        };
        for message in &mut thread.messages {
            if matches!(&message.body, Body::Calendar(card) if card.card == id)
                && let Body::Calendar(card) = &mut Arc::make_mut(message).body
            {
                card.address.clear();
            }
        }
        self.touch_thread(conversation);
    }
}

//! What the agent corrects about visitors: shown at once, taken back if the server refuses.

use std::sync::Arc;

use domain::{
    ConversationId, Refusal,
    visitor::{Held, ProfileEdit, Visitor},
};

use super::InboxState;

/// A correction that the server did not take; what the agent typed is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedEdit {
    pub edit: Arc<ProfileEdit>,
    pub refusal: Refusal,
}

impl InboxState {
    /// The visitor of a conversation as the agent sees them: with the corrections that wait for
    /// their answer.
    pub fn visitor(&self, id: ConversationId) -> Option<Visitor> {
        let mut visitor = self.threads.get(&id)?.visitor()?.clone();
        for edit in self.outbox.edits(id) {
            correct(&mut visitor, edit);
        }
        Some(visitor)
    }

    /// The correction that the server did not take.
    pub fn refused_edit(&self, id: ConversationId) -> Option<&RefusedEdit> {
        self.refused_edits.get(&id)
    }

    /// The agent gives the refused correction up.
    pub fn discard_edit(&mut self, id: ConversationId) {
        if self.refused_edits.remove(&id).is_some() {
            self.touch_thread(id);
        }
    }

    /// The server has answered.
    pub(super) fn edited(
        &mut self,
        id: ConversationId,
        edit: &Arc<ProfileEdit>,
        refusal: Option<Refusal>,
    ) {
        if let Some(refusal) = refusal {
            let edit = Arc::clone(edit);
            self.refused_edits.insert(id, RefusedEdit { edit, refusal });
        } else if let Some(visitor) = self.threads.get_mut(&id).and_then(|t| t.visitor.as_mut()) {
            // The change itself may come a moment later.
            correct(visitor, edit);
        }
        self.touch_thread(id);
    }
}

fn correct(visitor: &mut Visitor, edit: &ProfileEdit) {
    // What does not fit changes nothing: the server says so too.
    let _ = edit.apply(&mut visitor.profile, &mut Held::default());
}

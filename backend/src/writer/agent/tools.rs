//! What an agent does in an own chat beside writing: notes, the score, what is known of the
//! visitor.

use domain::{
    CommandId, ConversationId, Refusal, activity::Score, frame::agent::Answer, message::Note,
    permission::Viewer, text::MessageText, visitor::ProfileEdit,
};

use crate::{bound::met, writer::batch::Batch};

impl Batch<'_> {
    /// Writes a private note. A repetition gets the same note.
    pub(super) fn note(
        &mut self,
        who: Viewer,
        id: CommandId,
        conversation: ConversationId,
        text: &str,
    ) -> Result<Answer, Refusal> {
        let agent = who.agent;
        if let Some((place, note)) = self.noted.get(&id) {
            if note.agent != agent || *place != conversation {
                return Err(Refusal::Forbidden);
            }
            return Ok(Answer::Note(note.clone()));
        }
        self.own(who, conversation)?;
        let text = MessageText::try_from(text.to_owned())?;
        let (now, name) = (self.now, self.name(agent)?);
        let chat = self.chat(conversation)?;
        chat.head.room_for_note(text.len()).map_err(met)?;
        let note = Note {
            n: chat.head.note(agent, text.len())?,
            after: chat.head.last,
            at: now,
            command: id,
            agent,
            name,
            text: text.into(),
        };
        chat.notes.push(note.clone());
        self.noted.insert(id, (conversation, note.clone()));
        Ok(Answer::Note(note))
    }

    pub(super) fn set_score(
        &mut self,
        who: Viewer,
        id: ConversationId,
        score: Option<Score>,
    ) -> Result<(), Refusal> {
        self.own(who, id)?;
        let chat = self.chat(id)?;
        if chat.head.score != score {
            chat.head.set_score(who.agent, score)?;
            chat.touch();
        }
        Ok(())
    }

    /// Corrects what is known of the visitor: what is set is held from then on.
    pub(super) fn edit_visitor(
        &mut self,
        who: Viewer,
        id: ConversationId,
        edit: &ProfileEdit,
    ) -> Result<(), Refusal> {
        self.own(who, id)?;
        let visitor = self.chat(id)?.head.visitor;
        let known = self.visitors.get_mut(&visitor).ok_or(Refusal::NotFound)?;
        edit.apply(&mut known.visitor.profile, &mut known.held)
            .map_err(|(_, error)| Refusal::from(error))?;
        self.visitor_changed(visitor);
        self.chat(id)?.touch();
        Ok(())
    }
}

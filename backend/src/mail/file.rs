//! A meeting as a file that both sides can take into a calendar, also where there is no mail.

use domain::{
    Language, MeetingId, Refusal,
    meeting::link::meeting_is_open,
    permission::{Action, Stand},
    texts::Table,
};

use super::{letter::MeetingThen, words};
use crate::{
    Casella, Error, SignedIn,
    meeting::Address,
    store::{self, Connection, meeting::Stored},
};

impl Casella {
    /// The meeting of an address as iCalendar, in the visitor's language; `base` is the origin
    /// under which they know this Casella. Whoever has the address may.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for what is no meeting's address, or of one that is over.
    pub async fn meeting_file(&self, address: &str, base: &str) -> Result<String, Error> {
        let Some(Address::Meeting(meeting)) = self.addresses.open(address) else {
            return Err(Refusal::NotFound.into());
        };
        let mut connection = self.store.reader().await?;
        let stored = found(&mut connection, meeting).await?;
        if !meeting_is_open(stored.meeting.span.end(), self.clock.now()) {
            return Err(Refusal::NotFound.into());
        }
        self.write_meeting(&mut connection, &stored, base, None)
            .await
    }

    /// A meeting as iCalendar for an agent, in a language: one's own, those of conversations that
    /// one may read, and for whoever manages them everybody's.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for another meeting.
    pub async fn agents_meeting_file(
        &self,
        who: &SignedIn,
        meeting: MeetingId,
        base: &str,
        language: Language,
    ) -> Result<String, Error> {
        let mut connection = self.store.reader().await?;
        let stored = found(&mut connection, meeting).await?;
        let manages = stored.agent == who.agent.id
            || who.viewer().may(Action::ManageAllMeetings, Stand::None);
        if !manages {
            self.readable(&mut connection, who, stored.conversation)
                .await?;
        }
        self.write_meeting(&mut connection, &stored, base, Some(language))
            .await
    }

    /// `agents`: the language of an agent who reads it, who is not given the visitor's links.
    async fn write_meeting(
        &self,
        connection: &mut Connection,
        stored: &Stored,
        base: &str,
        agents: Option<Language>,
    ) -> Result<String, Error> {
        let then = MeetingThen::new(stored, stored.agent, self.clock.now());
        let (facts, visitor) = self
            .facts(connection, &then, agents.is_none())
            .await?
            .ok_or(Refusal::NotFound)?;
        let words = Table(agents.unwrap_or(visitor.language));
        Ok(words::file(&words, &facts, base, agents.is_none()))
    }
}

async fn found(connection: &mut Connection, meeting: MeetingId) -> Result<Stored, Error> {
    let found = store::meeting::find(connection, &[meeting]).await?.pop();
    Ok(found.ok_or(Refusal::NotFound)?)
}

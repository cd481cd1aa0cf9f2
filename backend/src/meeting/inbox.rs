//! What agents do about meetings in the inbox.

use domain::{
    AgentId, CardId, CommandId, MeetingId, Refusal,
    meeting::{CalendarChoice, MEETINGS_PAGE, MeetingHours, MeetingKey, MeetingPage, NoCalendar},
    permission::{Action, Stand},
};

use crate::{
    Casella, Error, SignedIn, random, store,
    writer::{By, Deed, Origin, Task},
};

impl Casella {
    /// The calendars that could be shared: one's own first, the others by name, disabled agents
    /// last; with the reason why one cannot be.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn calendars(&self, who: &SignedIn) -> Result<Vec<CalendarChoice>, Error> {
        let mut connection = self.store.reader().await?;
        let all = store::hours::all(&mut connection).await?;
        let mut choices: Vec<_> = all
            .into_iter()
            .map(|(agent, open, disabled)| CalendarChoice {
                agent,
                not: if disabled {
                    Some(NoCalendar::Disabled)
                } else {
                    (!open).then_some(NoCalendar::NoHours)
                },
            })
            .collect();
        choices.sort_by_key(|choice| {
            let own = choice.agent.id == who.agent.id;
            (!own, choice.not == Some(NoCalendar::Disabled))
        });
        Ok(choices)
    }

    /// One's own meeting hours.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn meeting_hours(&self, who: &SignedIn) -> Result<MeetingHours, Error> {
        self.meeting_hours_of(who.agent.id).await
    }

    /// Replaces one's own meeting hours.
    ///
    /// # Errors
    /// As [`Casella::set_meeting_hours_of`].
    pub async fn set_meeting_hours(
        &self,
        who: &SignedIn,
        hours: MeetingHours,
    ) -> Result<(), Error> {
        self.set_meeting_hours_of(who.agent.id, hours).await
    }

    /// A page of meetings: one's own, or with `all` everybody's; those that have not ended, the
    /// soonest first, or those that have, the last first. Ones that were cancelled stand where they
    /// would have been.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for everybody's, below supervisor.
    pub async fn meetings(
        &self,
        who: &SignedIn,
        all: bool,
        past: bool,
        after: Option<MeetingKey>,
    ) -> Result<MeetingPage, Error> {
        let action = if all {
            Action::ManageAllMeetings
        } else {
            Action::ManageMeetings
        };
        if !who.viewer().may(action, Stand::None) {
            return Err(Refusal::Forbidden.into());
        }
        let agent = (!all).then_some(who.agent.id);
        let now = self.clock.now();
        let mut connection = self.store.reader().await?;
        let mut meetings = store::meeting::page(&mut connection, agent, past, after, now).await?;
        let more = meetings.len() > MEETINGS_PAGE;
        meetings.truncate(MEETINGS_PAGE);
        let next = meetings.last().filter(|_| more).map(|last| MeetingKey {
            start: last.span.start(),
            id: last.meeting,
        });
        Ok(MeetingPage { meetings, next })
    }

    /// Calls a meeting off: one's own, or as supervisor anybody's. Both sides are told.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for what is not the agent's to change; [`Refusal::NotNow`] if it was
    /// cancelled or has begun.
    pub async fn cancel_meeting(&self, who: &SignedIn, meeting: MeetingId) -> Result<(), Error> {
        self.do_to_meeting(who, Deed::Cancel { meeting }).await
    }

    /// Gives a meeting to another agent, at the same time. Both sides are told.
    ///
    /// # Errors
    /// As [`Casella::cancel_meeting`]; [`Refusal::Taken`] if the other agent has no time then,
    /// [`Refusal::NoCalendar`] if that one has no meeting hours or is disabled.
    pub async fn reassign_meeting(
        &self,
        who: &SignedIn,
        meeting: MeetingId,
        to: AgentId,
    ) -> Result<(), Error> {
        self.do_to_meeting(who, Deed::Reassign { meeting, to })
            .await
    }

    /// Nobody books any more by a card of one's own calendar, or as supervisor of anybody's. What was
    /// booked by it stays.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for what is not the agent's to change.
    pub async fn withdraw_card(&self, who: &SignedIn, card: CardId) -> Result<(), Error> {
        let who = who.viewer();
        self.writer
            .perform(Origin::Agent(who.agent), Task::WithdrawCard { who, card })
            .await?;
        Ok(())
    }

    async fn do_to_meeting(&self, who: &SignedIn, deed: Deed) -> Result<(), Error> {
        // Asked once more when it has been done, it says that it is not possible now.
        let task = Task::Meeting {
            by: By::Agent(who.viewer()),
            id: CommandId::new(self.clock.now(), random()),
            deed,
        };
        self.writer
            .perform(Origin::Agent(who.agent.id), task)
            .await?;
        Ok(())
    }
}

//! Meetings: whose calendar can be shared, the page `Meetings`, meeting hours.

use domain::{
    AgentId, CardId, MeetingId,
    meeting::{CalendarChoice, MeetingHours, MeetingKey, MeetingPage},
};

use super::{Failure, asked::asked};
#[cfg(feature = "ssr")]
use crate::context::RequestContext;

asked! {
    "calendars",
    /// Whose calendar can be shared in a chat and whose cannot, the agent's own first.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`](domain::Refusal::SignedOut) without a session.
    pub async fn read_calendars() -> Result<Vec<CalendarChoice>, Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.calendars(context.who()?).await?)
    }
}

asked! {
    "meetings",
    /// A page of meetings: the agent's own, or with `all` everybody's; the coming ones, the soonest
    /// first, or with `past` those that have ended, the last first.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`](domain::Refusal::Forbidden) for everybody's, below supervisor.
    pub async fn read_meetings(
        all: bool,
        past: bool,
        after: Option<MeetingKey>,
    ) -> Result<MeetingPage, Failure> {
        let context = RequestContext::current()?;
        let who = context.who()?;
        Ok(context.casella.meetings(who, all, past, after).await?)
    }
}

asked! {
    "cancel-meeting",
    /// Calls a meeting off: the agent's own, or as supervisor anybody's.
    ///
    /// # Errors
    /// [`Refusal::NotFound`](domain::Refusal::NotFound) if it is not the agent's to change,
    /// [`Refusal::NotNow`](domain::Refusal::NotNow) if it was cancelled or has begun.
    pub async fn cancel_meeting(meeting: MeetingId) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .cancel_meeting(context.who()?, meeting)
            .await?)
    }
}

asked! {
    "withdraw-card",
    /// Nobody books any more by a card of the agent's own calendar, or as supervisor of anybody's.
    ///
    /// # Errors
    /// [`Refusal::NotFound`](domain::Refusal::NotFound) if it is not the agent's to change.
    pub async fn withdraw_card(card: CardId) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.withdraw_card(context.who()?, card).await?)
    }
}

asked! {
    "reassign-meeting",
    /// Gives a meeting to another agent, at the same time.
    ///
    /// # Errors
    /// As [`cancel_meeting`]; [`Refusal::Taken`](domain::Refusal::Taken) if that agent is not free
    /// then, [`Refusal::NoCalendar`](domain::Refusal::NoCalendar) for one who cannot be met.
    pub async fn reassign_meeting(meeting: MeetingId, to: AgentId) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .reassign_meeting(context.who()?, meeting, to)
            .await?)
    }
}

asked! {
    "meeting-hours",
    /// One's own meeting hours.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`](domain::Refusal::SignedOut) without a session.
    pub async fn read_meeting_hours() -> Result<MeetingHours, Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.meeting_hours(context.who()?).await?)
    }
}

asked! {
    "set-meeting-hours",
    /// Replaces one's own meeting hours.
    ///
    /// # Errors
    /// [`Refusal::Malformed`](domain::Refusal::Malformed) for a time zone that Casella does not know.
    pub async fn set_meeting_hours(hours: MeetingHours) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .set_meeting_hours(context.who()?, hours)
            .await?)
    }
}

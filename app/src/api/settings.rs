//! What an agent sets for themselves, and the page `Agents`.

use domain::{
    Language, SessionId,
    availability::Schedule,
    inbox::AgentStatus,
    settings::{AgentSettings, Notifications, PushSubscription},
};

use super::{Failure, asked::asked};
#[cfg(feature = "ssr")]
use crate::context::RequestContext;

asked! {
    "agents",
    /// The page `Agents`: everybody who is not disabled.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`](domain::Refusal::Forbidden) below supervisor.
    pub async fn read_agents() -> Result<Vec<AgentStatus>, Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.agent_statuses(context.who()?).await?)
    }
}

asked! {
    "settings",
    /// Everything on the settings page.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`](domain::Refusal::SignedOut) without a session.
    pub async fn read_settings() -> Result<AgentSettings, Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.settings(context.who()?).await?)
    }
}

asked! {
    "set-profile",
    /// Replaces the name that visitors see and the language of the inbox; none means the browser's.
    ///
    /// # Errors
    /// [`Refusal::Empty`](domain::Refusal::Empty) and
    /// [`Refusal::TooLarge`](domain::Refusal::TooLarge) for the name.
    pub async fn set_profile(name: String, language: Option<Language>) -> Result<(), Failure> {
        use domain::{Refusal, text::Field};

        let context = RequestContext::current()?;
        let name = Field::try_from(name).map_err(|error| Failure::Refused(Refusal::from(error)))?;
        let who = context.who()?;
        Ok(context.casella.set_profile(who, name, language).await?)
    }
}

asked! {
    "set-photo",
    /// Replaces or removes the photo; the answer is the new one's file name.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`](domain::Refusal::TooLarge) over
    /// [`PHOTO_BYTES`](domain::settings::PHOTO_BYTES),
    /// [`Refusal::Malformed`](domain::Refusal::Malformed) for what is no picture.
    pub async fn set_photo(picture: Option<Vec<u8>>) -> Result<Option<String>, Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.set_photo(context.who()?, picture).await?)
    }
}

asked! {
    "set-schedule",
    /// Replaces the hours.
    ///
    /// # Errors
    /// [`Refusal::Malformed`](domain::Refusal::Malformed) for a time zone that Casella does not know.
    pub async fn set_schedule(schedule: Schedule) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .set_schedule(context.who()?, schedule)
            .await?)
    }
}

asked! {
    "set-notifications",
    /// Replaces how the agent hears of offers and messages.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`](domain::Refusal::SignedOut) without a session.
    pub async fn set_notifications(notifications: Notifications) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .set_notifications(context.who()?, notifications)
            .await?)
    }
}

asked! {
    "change-password",
    /// Replaces the password; the agent's other sessions end.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`](domain::Refusal::Forbidden) if `current` is not the password.
    pub async fn change_password(current: String, new: String) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .change_password(context.who()?, &current, &new)
            .await?)
    }
}

asked! {
    "end-device",
    /// Signs another browser of the agent out.
    ///
    /// # Errors
    /// [`Refusal::NotFound`](domain::Refusal::NotFound) if it is not signed in.
    pub async fn end_device(session: SessionId) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.end_device(context.who()?, session).await?)
    }
}

asked! {
    "subscribe-push",
    /// Makes offers reach this browser while the inbox is closed.
    ///
    /// # Errors
    /// [`Refusal::NotNow`](domain::Refusal::NotNow) while that is switched off,
    /// [`Refusal::Malformed`](domain::Refusal::Malformed) for a push service that is not taken.
    pub async fn subscribe_push(subscription: PushSubscription) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .subscribe_push(context.who()?, subscription)
            .await?)
    }
}

asked! {
    "unsubscribe-push",
    /// Offers reach this browser no longer while the inbox is closed.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`](domain::Refusal::SignedOut) without a session.
    pub async fn unsubscribe_push(endpoint: String) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .unsubscribe_push(context.who()?, &endpoint)
            .await?)
    }
}

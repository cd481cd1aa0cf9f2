//! The private feed of an agent's meetings, for calendars that subscribe to it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};

use domain::Refusal;

use super::{
    Event, event,
    follow::{coming, event_of},
};
use crate::{Casella, Error, SignedIn, random, store};

impl Casella {
    /// Gives the agent's feed an address, in place of the one that it had: who knows only that one
    /// reads nothing more. Returns the path, which is told this once.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn renew_feed(&self, who: &SignedIn) -> Result<String, Error> {
        let address = BASE64.encode(random::<32>());
        let mut connection = self.store.writer().await?;
        store::calendar::feed::put(&mut connection, who.agent.id, &address).await?;
        Ok(format!("/feeds/{address}.ics"))
    }

    /// The meetings of a feed, as iCalendar: all that are coming, and the last that are past.
    /// Whoever has the address may read them.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an address that is none, or no longer.
    pub async fn feed(&self, address: &str) -> Result<String, Error> {
        let now = self.clock.now();
        let mut connection = self.store.reader().await?;
        let agent = store::calendar::feed::agent(&mut connection, address).await?;
        let agent = agent.ok_or(Refusal::NotFound)?;
        let mut meetings =
            store::meeting::page(&mut connection, Some(agent), true, None, now).await?;
        meetings.reverse();
        meetings.extend(coming(&mut connection, agent, now).await?);
        let video = store::mail::letters(&mut connection, agent).await?.video;
        let events: Vec<Event> = meetings
            .iter()
            .map(|meeting| Event {
                location: video.clone(),
                ..event_of(meeting, now)
            })
            .collect();
        Ok(event::text(Some("Casella"), &events))
    }

    /// Ends the agent's feed.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn end_feed(&self, who: &SignedIn) -> Result<(), Error> {
        let mut connection = self.store.writer().await?;
        store::calendar::feed::remove(&mut connection, who.agent.id).await?;
        Ok(())
    }
}

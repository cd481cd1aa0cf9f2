//! The kinds of accounts behind one face: what reads and writes does not know which it is.

use domain::calendar::{CalendarKind, ListedCalendar};

use super::{
    Trouble,
    caldav::CalDav,
    event::Event,
    google::Google,
    oauth::{OAuthApp, Session},
    outlook::Outlook,
    reading::Reading,
};
use crate::{
    Clock,
    outgoing::Guard,
    store::calendar::{Account, event::Place},
};

/// An account that can be asked.
pub enum Service {
    CalDav(CalDav),
    Google(Google),
    Outlook(Outlook),
}

impl Service {
    /// With the account's secret, opened. None if that is none, or the operator no longer offers
    /// this kind.
    pub fn new(
        guard: &Guard,
        clock: &Clock,
        apps: &[OAuthApp],
        account: &Account,
        secret: &[u8],
    ) -> Option<Self> {
        let any_port = account.any_port.then(|| guard.any_port());
        let guard = any_port.as_ref().unwrap_or(guard);
        let session = || {
            let app = apps.iter().find(|app| app.kind == account.kind)?;
            Session::new(guard, clock, app, secret)
        };
        Some(match account.kind {
            CalendarKind::CalDav => {
                let password = std::str::from_utf8(secret).ok()?;
                let (address, user) = (&account.address, &account.user);
                Self::CalDav(CalDav::new(guard, address, user, password)?)
            }
            CalendarKind::Google => Self::Google(Google(session()?)),
            CalendarKind::Outlook => Self::Outlook(Outlook(session()?)),
        })
    }

    /// The account's calendars; marked are those that most likely should be.
    pub async fn calendars(&mut self) -> Result<Vec<ListedCalendar>, Trouble> {
        match self {
            Self::CalDav(caldav) => caldav.calendars().await,
            Self::Google(google) => google.calendars().await,
            Self::Outlook(outlook) => outlook.calendars().await,
        }
    }

    /// Who the account is; empty if that is known already.
    pub async fn user(&mut self) -> Result<String, Trouble> {
        match self {
            Self::CalDav(_) => Ok(String::new()),
            Self::Google(google) => google.user().await,
            Self::Outlook(outlook) => outlook.user().await,
        }
    }

    /// Under which addresses the agent is invited there, as far as the account has to be asked:
    /// others say of each event whether the agent takes part.
    pub async fn addresses(&self) -> Result<Vec<String>, Trouble> {
        match self {
            Self::CalDav(caldav) => caldav.addresses().await,
            Self::Google(_) | Self::Outlook(_) => Ok(Vec::new()),
        }
    }

    /// Reads what the events of a calendar take.
    pub async fn busy(&mut self, calendar: &str, reading: &mut Reading) -> Result<(), Trouble> {
        match self {
            Self::CalDav(caldav) => caldav.busy(calendar, reading).await,
            Self::Google(google) => google.busy(calendar, reading).await,
            Self::Outlook(outlook) => outlook.busy(calendar, reading).await,
        }
    }

    /// Writes a meeting to a calendar, once, however often it is repeated; `before`: where it
    /// stood, and stands still if the place is another now.
    pub async fn write(
        &mut self,
        before: Option<&Place>,
        calendar: &str,
        event: &Event,
    ) -> Result<Place, Trouble> {
        match self {
            Self::CalDav(caldav) => caldav.write(before, calendar, event).await,
            Self::Google(google) => google.write(before, calendar, event).await,
            Self::Outlook(outlook) => outlook.write(before, calendar, event).await,
        }
    }

    /// Removes what was written. What is gone already is fine.
    pub async fn remove(&mut self, place: &Place) -> Result<(), Trouble> {
        match self {
            Self::CalDav(caldav) => caldav.remove(place).await,
            Self::Google(google) => google.remove(place).await,
            Self::Outlook(outlook) => outlook.remove(place).await,
        }
    }

    /// The secret as it is now, if it is another than before.
    pub fn renewed(&self) -> Option<Vec<u8>> {
        match self {
            Self::CalDav(_) => None,
            Self::Google(google) => google.0.renewed(),
            Self::Outlook(outlook) => outlook.0.renewed(),
        }
    }
}

//! The kinds of accounts behind one face: what reads and writes does not know which it is.

use domain::{
    availability::Zone,
    calendar::{CalendarKind, ListedCalendar},
    meeting::Span,
};

use super::{
    Taken, Trouble,
    caldav::CalDav,
    event::Event,
    google::Google,
    oauth::{OAuthApp, Session},
    outlook::Outlook,
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

    /// What the events of a calendar take of a stretch of time; they may overlap and stand out of
    /// it. Whole days and times of no zone are meant in `zone`.
    pub async fn busy(
        &mut self,
        calendar: &str,
        window: Span,
        zone: &Zone,
    ) -> Result<Vec<Taken>, Trouble> {
        match self {
            Self::CalDav(caldav) => caldav.busy(calendar, window, zone).await,
            Self::Google(google) => google.busy(calendar, window, zone).await,
            Self::Outlook(outlook) => outlook.busy(calendar, window, zone).await,
        }
    }

    /// Writes a meeting to a calendar, once, however often it is repeated; `before`: where it
    /// stood. What stood in another calendar is removed there.
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

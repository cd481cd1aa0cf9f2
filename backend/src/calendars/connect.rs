//! Connecting an account, and choosing among its calendars.

use domain::{
    AgentId, MeetingId, Refusal,
    bound::Bound,
    calendar::{
        CalendarAccount, CalendarKind, CalendarNotice, CalendarSettings, CalendarState,
        ConnectTrouble, ListedCalendar,
    },
};

use super::{Event, Trouble, Worker, follow::write_coming, service::Service, work::seal_name};
use crate::{
    Casella, Error, SignedIn,
    bound::met,
    store::{
        self, Connection,
        calendar::{Account, notice::Fault},
    },
};

/// How long an address, a name or a password may be, in bytes.
const LONGEST: usize = 2_000;

impl Casella {
    /// What an agent's settings show of calendars.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn calendar_settings(&self, who: &SignedIn) -> Result<CalendarSettings, Error> {
        let agent = who.agent.id;
        let mut connection = self.store.reader().await?;
        let account = match store::calendar::of(&mut connection, agent).await? {
            Some(account) => Some(CalendarAccount {
                kind: account.kind,
                user: account.user,
                state: account.state,
                read_at: account.read_at,
                calendars: store::calendar::calendars(&mut connection, agent).await?,
                unanswered: account.unanswered,
                notices: notices(&mut connection, agent).await?,
            }),
            None => None,
        };
        let feed = store::calendar::feed::is_on(&mut connection, agent).await?;
        Ok(CalendarSettings {
            account,
            offered: self
                .settings
                .calendar_apps
                .iter()
                .map(|app| app.kind)
                .collect(),
            feed,
        })
    }

    /// Connects the agent's calendars on a CalDAV server, in place of what was connected before.
    /// `address`: of the server, or an email address. Of one that was connected before under the
    /// same name, what was chosen stays.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`]; [`Refusal::TooMany`] while another is tried, or after too many;
    /// [`Refusal::NotNow`] when opened for the command line;
    /// [`Error::Store`]. What is wrong with the account itself is within.
    pub async fn connect_caldav(
        &self,
        who: &SignedIn,
        address: &str,
        user: &str,
        password: &str,
    ) -> Result<Result<(), ConnectTrouble>, Error> {
        if [address, user, password]
            .iter()
            .any(|text| text.len() > LONGEST)
        {
            return Err(Refusal::TooLarge.into());
        }
        let account = Account {
            agent: who.agent.id,
            kind: CalendarKind::CalDav,
            address: address.trim().to_owned(),
            user: user.trim().to_owned(),
            secret: Vec::new(),
            state: CalendarState::Works,
            read_at: None,
            failures: 0,
            due_at: self.clock.now(),
            unanswered: true,
            addresses: None,
            any_port: false,
        };
        self.connect(account, password.as_bytes()).await
    }

    /// Tries an account out, and keeps it.
    pub(super) async fn connect(
        &self,
        mut account: Account,
        secret: &[u8],
    ) -> Result<Result<(), ConnectTrouble>, Error> {
        let worker = self.calendar_worker()?;
        // One at a time, and not too many: nobody looks through a network by this.
        worker.connects.take(&account.agent)?;
        let Some(_turn) = worker.connecting.take(account.agent) else {
            return Err(met(Bound::CalendarConnects).into());
        };
        let mut connection = self.store.reader().await?;
        let before = store::calendar::of(&mut connection, account.agent).await?;
        drop(connection);
        let same = before.filter(|before| is_same(before, &account));
        account.any_port = same.is_some_and(|before| before.any_port);
        let (guard, clock, apps) = (&worker.guard, &worker.clock, &worker.apps);
        let service = Service::new(guard, clock, apps, &account, secret);
        let Some(mut service) = service else {
            return Ok(Err(ConnectTrouble::Refused));
        };
        let found = async {
            if account.user.is_empty() {
                account.user = service.user().await?;
            }
            service.calendars().await
        };
        let found = match found.await {
            Ok(found) if found.is_empty() => return Ok(Err(ConnectTrouble::NoCalendar)),
            Ok(found) => found,
            Err(trouble) => {
                tracing::info!(agent = %account.agent, error = %trouble, "a calendar was not connected");
                return Ok(Err(trouble.into()));
            }
        };
        let renewed = service.renewed();
        let secret = renewed.as_deref().unwrap_or(secret);
        let sealed = worker.secrets.seal(&seal_name(account.agent), secret);
        account.secret =
            sealed.ok_or_else(|| Error::Internal("the secret was not sealed".to_owned()))?;
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        keep(&mut connection, &account, found).await?;
        connection.commit().await?;
        drop(connection);
        worker.tell(account.agent, false);
        worker.bell.notify_one();
        Ok(Ok(()))
    }

    /// Chooses by their addresses which calendars make the agent busy, and to which meetings are
    /// written; none: to none. Meetings that are coming move there. `unanswered`: whether
    /// invitations make busy that the agent has not answered.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an address that the account does not have;
    /// [`Refusal::Forbidden`] for a calendar that cannot be written to.
    pub async fn choose_calendars(
        &self,
        who: &SignedIn,
        busy: &[String],
        written: Option<&str>,
        unanswered: bool,
    ) -> Result<(), Error> {
        let worker = self.calendar_worker()?;
        let (agent, now) = (who.agent.id, self.clock.now());
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        let chosen = async {
            let mut calendars = store::calendar::calendars(&mut connection, agent).await?;
            let before = target(&calendars);
            for address in busy.iter().map(String::as_str).chain(written) {
                if !calendars.iter().any(|calendar| calendar.address == address) {
                    return Err(Refusal::NotFound.into());
                }
            }
            for calendar in &mut calendars {
                calendar.busy = busy.contains(&calendar.address);
                calendar.written = written == Some(calendar.address.as_str());
                if calendar.written && !calendar.writable {
                    return Err(Refusal::Forbidden.into());
                }
            }
            store::calendar::put_calendars(&mut connection, agent, &calendars).await?;
            store::calendar::set_unanswered(&mut connection, agent, unanswered).await?;
            if target(&calendars) != before {
                store::calendar::event::rewrite(&mut connection, agent, now).await?;
            }
            Ok::<_, Error>(store::calendar::hasten(&mut connection, agent, now).await?)
        };
        if let Err(error) = chosen.await {
            connection.rollback().await?;
            return Err(error);
        }
        connection.commit().await?;
        drop(connection);
        worker.bell.notify_one();
        Ok(())
    }

    /// Forgets the agent's account. What was written there stays there.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn disconnect_calendar(&self, who: &SignedIn) -> Result<(), Error> {
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        store::calendar::remove(&mut connection, who.agent.id).await?;
        connection.commit().await?;
        drop(connection);
        if let Some(worker) = &self.calendars {
            worker.tell(who.agent.id, false);
        }
        Ok(())
    }

    /// What reads and writes calendars; there is none when opened for the command line.
    pub(super) fn calendar_worker(&self) -> Result<&Worker, Refusal> {
        self.calendars.as_deref().ok_or(Refusal::NotNow)
    }
}

/// How many meetings are named that a calendar refuses.
const NAMED: i64 = 10;

/// What an agent should know of single calendars and meetings.
async fn notices(
    connection: &mut Connection,
    agent: AgentId,
) -> Result<Vec<CalendarNotice>, sqlx::Error> {
    let mut notices = Vec::new();
    let refused = store::calendar::notice::refused(connection, agent, NAMED).await?;
    let ids: Vec<MeetingId> = refused.iter().map(|refused| refused.meeting).collect();
    let meetings = store::meeting::find(connection, &ids).await?;
    for refused in refused {
        let meeting = meetings.iter().find(|stored| stored.id == refused.meeting);
        let event: Option<Event> = refused
            .wanted
            .as_ref()
            .and_then(|wanted| serde_json::from_str(wanted).ok());
        match (refused.wanted, event, meeting) {
            (Some(_), Some(event), _) => notices.push(CalendarNotice::NotWritten {
                name: event.summary,
                at: event.span.start(),
            }),
            (None, _, Some(stored)) => notices.push(CalendarNotice::NotRemoved {
                at: stored.meeting.span.start(),
            }),
            _ => {}
        }
    }
    for (calendar, read) in store::calendar::notice::calendars(connection, agent).await? {
        match read.fault {
            Some(Fault::Refused) => notices.push(CalendarNotice::Refused {
                calendar: calendar.clone(),
            }),
            Some(Fault::TooLarge) => notices.push(CalendarNotice::TooLarge {
                calendar: calendar.clone(),
            }),
            None => {}
        }
        if read.unread > 0 {
            notices.push(CalendarNotice::Unread {
                calendar,
                count: read.unread,
                first: read.first,
                at: read.at,
            });
        }
    }
    Ok(notices)
}

fn target(calendars: &[ListedCalendar]) -> Option<String> {
    let written = calendars.iter().find(|calendar| calendar.written);
    written.map(|calendar| calendar.address.clone())
}

/// Keeps an account with its calendars, in the caller's transaction.
async fn keep(
    connection: &mut Connection,
    account: &Account,
    mut found: Vec<ListedCalendar>,
) -> Result<(), Error> {
    let agent = account.agent;
    let before = store::calendar::of(connection, agent).await?;
    let known = match &before {
        Some(before) if is_same(before, account) => {
            store::calendar::calendars(connection, agent).await?
        }
        _ => {
            store::calendar::remove(connection, agent).await?;
            Vec::new()
        }
    };
    if known.is_empty() {
        // What the agent may write is most likely the agent's own.
        let only = found.len() == 1;
        for calendar in &mut found {
            calendar.busy = calendar.busy || calendar.writable || only;
        }
        let marked = found.iter().any(|calendar| calendar.written);
        if !marked && let Some(first) = found.iter_mut().find(|calendar| calendar.writable) {
            first.written = true;
        }
    } else {
        for calendar in &mut found {
            let known = known.iter().find(|known| known.address == calendar.address);
            calendar.busy = known.is_some_and(|known| known.busy);
            calendar.written = calendar.writable && known.is_some_and(|known| known.written);
        }
    }
    store::calendar::put(connection, account).await?;
    store::calendar::put_calendars(connection, agent, &found).await?;
    Ok(write_coming(connection, agent, account.due_at).await?)
}

/// Whether it is the account that was connected before.
fn is_same(before: &Account, now: &Account) -> bool {
    before.kind == now.kind && before.address == now.address && before.user == now.user
}

impl From<Trouble> for ConnectTrouble {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused | Trouble::NotAllowed(_) => Self::Refused,
            Trouble::Gone => Self::NoCalendar,
            Trouble::Address(_) => Self::Address,
            Trouble::Port => Self::Port,
            Trouble::SignIn => Self::SignIn,
            Trouble::Unreachable(..) | Trouble::TooLarge(_) => Self::Unreachable,
        }
    }
}

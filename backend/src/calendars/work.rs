//! Reading and writing agents' accounts, again and again.

use std::{sync::Arc, time::Duration};

use domain::{
    AgentId, Timestamp,
    availability::Zone,
    calendar::{CalendarState, ListedCalendar},
    meeting::Span,
};
use tokio::{
    sync::{Notify, Semaphore},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{DAY, OAuthApp, Taken, Trouble, event::Event, joined, own, service::Service};
use crate::{
    Casella, Clock, Error,
    outgoing::Guard,
    random,
    secret::Secrets,
    store::{
        self, Store,
        calendar::{
            Account,
            event::{Place, Write},
        },
    },
    writer::{Origin, Task, Writer},
};

/// How often it is looked what is due.
const LOOK: Duration = Duration::from_secs(2);

/// How many accounts one look takes, and how many are worked on at once.
const ACCOUNTS: i64 = 64;
pub const AT_ONCE: usize = 8;

/// How many events of one account are written in a row.
const WRITES: i64 = 50;

/// How often an account is read that works.
const EVERY: Duration = Duration::from_secs(5 * 60);

/// How long an account may be worked on, and how long the node that does has it for itself.
const WITHIN: Duration = Duration::from_secs(150);
const CLAIM: Duration = Duration::from_secs(180);

/// How long after the first failure it is tried again, and at most.
const FIRST_WAIT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: Duration = Duration::from_secs(30 * 60);

/// How far ahead busy times are read where meetings cannot be booked later.
const LEAST_AHEAD: Duration = Duration::from_secs(62 * 24 * 60 * 60);

/// How old what is known may be when slots are shown.
const FRESH: Duration = Duration::from_secs(60);

/// How long whoever is shown slots waits for a new reading.
const PATIENCE: Duration = Duration::from_millis(800);

/// How many stretches are kept of an agent.
const STRETCHES: usize = 20_000;

/// Under what an account's secret is sealed.
pub fn seal_name(agent: AgentId) -> String {
    format!("calendar:{agent}")
}

/// Reads and writes accounts.
pub struct Worker {
    pub store: Store,
    pub clock: Clock,
    pub guard: Guard,
    pub secrets: Secrets,
    /// By which agents' tabs are told.
    pub writer: Writer,
    /// What the operator has registered with Google and Microsoft.
    pub apps: Vec<OAuthApp>,
    /// Rung when something is due at once.
    pub bell: Arc<Notify>,
    /// How many more accounts may be worked on.
    pub places: Semaphore,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

/// What came of working on an account.
enum Outcome {
    Fine,
    Trouble(Trouble),
}

impl Worker {
    /// Works until the node stops.
    pub async fn run(self: Arc<Self>) {
        loop {
            if let Err(error) = Arc::clone(&self).look().await {
                tracing::error!(%error, "it cannot be looked which calendars are due");
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.bell.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    async fn look(self: Arc<Self>) -> Result<(), sqlx::Error> {
        let now = self.clock.now();
        let mut connection = self.store.reader().await?;
        let mut agents = store::calendar::event::due(&mut connection, now, ACCOUNTS).await?;
        let reading = store::calendar::due(&mut connection, now, ACCOUNTS).await?;
        drop(connection);
        agents.extend(reading);
        agents.sort_unstable();
        agents.dedup();
        for agent in agents {
            if self.places.available_permits() == 0 {
                break;
            }
            self.begin(agent);
        }
        Ok(())
    }

    /// Works on an account beside everything else.
    fn begin(self: &Arc<Self>, agent: AgentId) -> tokio::task::JoinHandle<()> {
        let worker = Arc::clone(self);
        let work = async move {
            let Ok(_place) = worker.places.acquire().await else {
                return;
            };
            if let Err(error) = worker.work(agent).await {
                tracing::error!(%agent, %error, "an agent's calendars could not be worked on");
            }
        };
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = work => {}
            }
        })
    }

    /// Writes and reads what is due of an account, if no other node does.
    async fn work(&self, agent: AgentId) -> Result<(), Error> {
        let now = self.clock.now();
        let claim = now + CLAIM;
        let mut connection = self.store.writer().await?;
        if !store::calendar::claim(&mut connection, agent, now, claim).await? {
            return Ok(());
        }
        drop(connection);
        let mut connection = self.store.reader().await?;
        let Some(mut account) = store::calendar::of(&mut connection, agent).await? else {
            return Ok(());
        };
        let calendars = store::calendar::calendars(&mut connection, agent).await?;
        drop(connection);
        let secret = self.secrets.open_value(&seal_name(agent), &account.secret);
        let service = secret.and_then(|secret| {
            Service::new(&self.guard, &self.clock, &self.apps, &account, &secret)
        });
        let mut busy = None;
        let outcome = match service {
            None => Outcome::Trouble(Trouble::Refused),
            Some(mut service) => {
                let all = async {
                    let written = self.write(&mut service, agent, &calendars, claim).await?;
                    if let (Outcome::Fine, true) = (&written, account.due_at <= now) {
                        return Ok(match self.read(&mut service, agent, &calendars).await? {
                            Ok(read) => {
                                busy = Some(read);
                                Outcome::Fine
                            }
                            Err(trouble) => Outcome::Trouble(trouble),
                        });
                    }
                    Ok::<_, Error>(written)
                };
                let outcome = match timeout(WITHIN, all).await {
                    Ok(outcome) => outcome?,
                    Err(_) => Outcome::Trouble(Trouble::Unreachable(
                        format!("not done in {} s", WITHIN.as_secs()),
                        None,
                    )),
                };
                if let Some(renewed) = service.renewed()
                    && let Some(sealed) = self.secrets.seal(&seal_name(agent), &renewed)
                {
                    account.secret = sealed;
                }
                outcome
            }
        };
        self.note(account, claim, outcome, busy).await
    }

    /// Keeps what came of it, unless the account was connected anew meanwhile.
    async fn note(
        &self,
        mut account: Account,
        claim: Timestamp,
        outcome: Outcome,
        busy: Option<Vec<Span>>,
    ) -> Result<(), Error> {
        let (now, before, due_at) = (self.clock.now(), account.state, account.due_at);
        match outcome {
            Outcome::Fine => {
                account.state = CalendarState::Works;
                account.failures = 0;
                if busy.is_some() {
                    account.read_at = Some(now);
                    account.due_at = now + EVERY;
                }
            }
            Outcome::Trouble(trouble) => {
                let agent = account.agent;
                tracing::warn!(%agent, error = %trouble, "an agent's calendars cannot be reached");
                account.failures = account.failures.saturating_add(1);
                let (refused, after) = match trouble {
                    Trouble::Refused => (true, None),
                    Trouble::Unreachable(_, after) => (false, after),
                    Trouble::Gone | Trouble::Address(_) => (false, None),
                };
                account.due_at = now + pause(account.failures, after);
                account.state = match account.state {
                    _ if refused => CalendarState::Refused,
                    unreachable @ CalendarState::Unreachable { .. } => unreachable,
                    _ => CalendarState::Unreachable { since: now },
                };
            }
        }
        let mut connection = self.store.reader().await?;
        let known = match &busy {
            Some(_) => store::busy::all(&mut connection, account.agent).await?,
            None => Vec::new(),
        };
        drop(connection);
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        if !store::calendar::held(&mut connection, account.agent, claim).await? {
            connection.rollback().await?;
            return Ok(());
        }
        // Most readings find what the one before found.
        if let Some(busy) = busy.filter(|busy| *busy != known) {
            store::busy::replace(&mut connection, account.agent, &busy).await?;
        }
        store::calendar::note(&mut connection, &account, due_at).await?;
        connection.commit().await?;
        drop(connection);
        let troubled = |state| state != CalendarState::Works;
        if troubled(account.state) != troubled(before) {
            self.tell(account.agent, troubled(account.state));
        }
        Ok(())
    }

    /// Reads when an agent is busy.
    async fn read(
        &self,
        service: &mut Service,
        agent: AgentId,
        calendars: &[ListedCalendar],
    ) -> Result<Result<Vec<Span>, Trouble>, Error> {
        let (zone, ahead) = self.reach(agent).await?;
        let now = self.clock.now();
        let Some(window) = Span::new(now - DAY, now + ahead.max(LEAST_AHEAD)) else {
            return Ok(Ok(Vec::new()));
        };
        let mut taken = Vec::new();
        for calendar in calendars.iter().filter(|calendar| calendar.busy) {
            match service.busy(&calendar.address, window, &zone).await {
                Ok(more) => taken.extend(more),
                // A calendar that was removed there takes no time.
                Err(Trouble::Gone) => match is_removed(service, &calendar.address).await {
                    Ok(()) => {
                        tracing::info!(%agent, calendar = calendar.name, "a marked calendar is gone");
                    }
                    Err(trouble) => return Ok(Err(trouble)),
                },
                Err(trouble) => return Ok(Err(trouble)),
            }
        }
        let mut connection = self.store.reader().await?;
        let uids = taken.iter().map(|taken: &Taken| taken.event.as_str());
        let own = own(&mut connection, agent, uids).await?;
        let mut busy = joined(taken, &own, window);
        busy.truncate(STRETCHES);
        Ok(Ok(busy))
    }

    /// Writes what is due of an agent's meetings.
    async fn write(
        &self,
        service: &mut Service,
        agent: AgentId,
        calendars: &[ListedCalendar],
        claim: Timestamp,
    ) -> Result<Outcome, Error> {
        let now = self.clock.now();
        let mut connection = self.store.reader().await?;
        let due = store::calendar::event::due_of(&mut connection, agent, now, WRITES).await?;
        let video = store::mail::letters(&mut connection, agent).await?.video;
        drop(connection);
        let target = calendars.iter().find(|calendar| calendar.written);
        let target = target.map(|calendar| calendar.address.as_str());
        for write in due {
            let written = match write_one(service, &write, target, &video).await {
                Err(Trouble::Gone) => match is_removed(service, target.unwrap_or_default()).await {
                    Ok(()) => Err(Trouble::Gone),
                    Err(trouble) => Err(trouble),
                },
                written => written,
            };
            match written {
                Ok(place) => self.written(&write, place.as_ref(), claim).await?,
                Err(Trouble::Gone) => {
                    // Another is to be chosen; then it is written there.
                    let mut connection = self.store.writer().await?;
                    store::calendar::write_nowhere(&mut connection, agent, claim).await?;
                    return Ok(Outcome::Fine);
                }
                Err(trouble) => {
                    let after = match &trouble {
                        Trouble::Unreachable(_, after) => *after,
                        _ => None,
                    };
                    let until = self.clock.now() + pause(write.attempts.saturating_add(1), after);
                    let mut connection = self.store.writer().await?;
                    store::calendar::event::put_off(&mut connection, &write, until).await?;
                    tracing::warn!(%agent, meeting = %write.meeting, error = %trouble,
                        "a meeting was not written to its agent's calendar");
                    // The others would fare no better.
                    return Ok(Outcome::Trouble(trouble));
                }
            }
        }
        Ok(Outcome::Fine)
    }

    /// Keeps where an event stands now.
    async fn written(
        &self,
        write: &Write,
        place: Option<&Place>,
        claim: Timestamp,
    ) -> Result<(), Error> {
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        if store::calendar::held(&mut connection, write.agent, claim).await? {
            store::calendar::event::done(&mut connection, write, place).await?;
        }
        connection.commit().await?;
        Ok(())
    }

    /// The zone in which an agent's whole days are meant, and how far ahead slots are shown.
    async fn reach(&self, agent: AgentId) -> Result<(Zone, Duration), Error> {
        let mut connection = self.store.reader().await?;
        let hours = store::hours::of(&mut connection, &[agent]).await?.pop();
        let duty = store::duty::of(&mut connection, [agent]).await?.pop();
        let meets = hours.as_ref().and_then(|own| own.hours.week.zone());
        let chats = duty.as_ref().and_then(|duty| duty.schedule.zone());
        let ahead = hours.as_ref().map(|own| own.hours.terms.horizon());
        let zone = match meets.or(chats).cloned() {
            Some(zone) => zone,
            None => Zone::try_from("UTC".to_owned())
                .map_err(|error| Error::Internal(error.to_string()))?,
        };
        // A meeting may begin on the last of these days, and have a buffer.
        Ok((zone, ahead.map_or(LEAST_AHEAD, |ahead| ahead + 2 * DAY)))
    }

    /// Tells an agent's tabs whether the account can be reached.
    pub(super) fn tell(&self, agent: AgentId, trouble: bool) {
        let task = Task::CalendarTrouble { agent, trouble };
        self.writer.submit(Origin::Node, task, drop);
    }

    /// Reads an account anew if what is known is older than a minute, and waits for it a moment.
    /// One that did not answer last time is not waited for.
    pub async fn freshen(self: &Arc<Self>, agent: AgentId) -> Result<(), Error> {
        let mut connection = self.store.reader().await?;
        let account = store::calendar::of(&mut connection, agent).await?;
        drop(connection);
        let now = self.clock.now();
        let stale = account.is_some_and(|account| {
            account.state == CalendarState::Works
                && account.read_at.is_none_or(|read| now.since(read) > FRESH)
        });
        if stale {
            let mut connection = self.store.writer().await?;
            store::calendar::hasten(&mut connection, agent, now).await?;
            drop(connection);
            // What takes longer goes on by itself.
            drop(timeout(PATIENCE, self.begin(agent)).await);
        }
        Ok(())
    }
}

impl Casella {
    /// Has an agent's calendars read anew if that is due, before slots are shown. Takes less than
    /// a second whatever the server does.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn freshen_calendars(&self, agent: AgentId) -> Result<(), Error> {
        match &self.calendars {
            Some(worker) => worker.freshen(agent).await,
            None => Ok(()),
        }
    }
}

/// Writes one, or removes it; returns where it stands. `video`: where the agent meets people.
async fn write_one(
    service: &mut Service,
    write: &Write,
    target: Option<&str>,
    video: &str,
) -> Result<Option<Place>, Trouble> {
    let unreadable = |error: serde_json::Error| Trouble::Unreachable(error.to_string(), None);
    match (&write.wanted, target) {
        (Some(wanted), Some(calendar)) => {
            let mut event: Event = serde_json::from_str(wanted).map_err(unreadable)?;
            event.location = video.to_owned();
            let place = service
                .write(write.place.as_ref(), calendar, &event)
                .await?;
            Ok(Some(place))
        }
        // It is off, or meetings are written nowhere.
        _ => match &write.place {
            Some(place) => match service.remove(place).await {
                Ok(()) | Err(Trouble::Gone) => Ok(None),
                Err(trouble) => Err(trouble),
            },
            None => Ok(None),
        },
    }
}

/// Whether a calendar that is not found is surely no longer there: a server that does not find
/// anything any more is only wrong.
async fn is_removed(service: &mut Service, address: &str) -> Result<(), Trouble> {
    let wrong = |what: &str| Err(Trouble::Unreachable(what.to_owned(), None));
    match service.calendars().await {
        Ok(listed) if listed.iter().any(|calendar| calendar.address == address) => {
            wrong("the server lists a calendar that it does not find")
        }
        Ok(_) => Ok(()),
        Err(Trouble::Gone) => wrong("the server does not find the account's calendars"),
        Err(trouble) => Err(trouble),
    }
}

/// How long to wait after so many failures in a row, and at least as long as the server asks.
fn pause(failures: i64, after: Option<Duration>) -> Duration {
    let doubled = u32::try_from(failures.saturating_sub(1))
        .unwrap_or(0)
        .min(16);
    let wait = FIRST_WAIT.saturating_mul(1 << doubled).min(LONGEST_WAIT);
    // Spread out, so that not all come back at the same moment.
    let [spread] = random::<1>();
    let wait = wait + wait / 1_024 * u32::from(spread);
    wait.max(after.unwrap_or_default().min(DAY))
}

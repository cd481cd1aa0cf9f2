//! Reading and writing agents' accounts, again and again.

use std::{collections::HashSet, sync::Arc, time::Duration};

use domain::{
    AgentId, MeetingId, Timestamp,
    availability::Zone,
    calendar::{CalendarState, ListedCalendar},
    meeting::Span,
};
use tokio::{
    sync::{Notify, Semaphore},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    DAY, OAuthApp, Trouble,
    event::Event,
    outcome::{Outcome, Read, is_troubled, pause},
    reading::{Reading, Turn, Turns, Whose},
    service::Service,
};
use crate::{
    Casella, Clock, Error,
    bound::Buckets,
    outgoing::Guard,
    secret::Secrets,
    store::{
        self, Connection, Store,
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

/// How long an account may be worked on, and how long the node that does has it for itself.
const WITHIN: Duration = Duration::from_secs(150);
const CLAIM: Duration = Duration::from_secs(180);

/// How far ahead busy times are read where meetings cannot be booked later.
const LEAST_AHEAD: Duration = Duration::from_secs(62 * 24 * 60 * 60);

/// How old what is known may be when slots are shown.
const FRESH: Duration = Duration::from_secs(60);

/// How long whoever is shown slots waits for a new reading.
const PATIENCE: Duration = Duration::from_millis(800);

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
    /// Which accounts are.
    pub turns: Turns,
    /// Attempts to connect one.
    pub connects: Buckets<AgentId>,
    /// Who tries to connect one just now.
    pub connecting: Turns,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
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
            // Somebody else reads it, or has not ended.
            let Some(turn) = worker.turns.take(agent) else {
                return;
            };
            if let Err(error) = worker.work(agent, turn).await {
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
    async fn work(&self, agent: AgentId, turn: Arc<Turn>) -> Result<(), Error> {
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
        let before = is_troubled(&mut connection, Some(&account)).await?;
        drop(connection);
        let secret = self.secrets.open_value(&seal_name(agent), &account.secret);
        let service = secret.and_then(|secret| {
            Service::new(&self.guard, &self.clock, &self.apps, &account, &secret)
        });
        let mut outcome = Outcome::default();
        match service {
            None => outcome.unwritten = Some(Trouble::Refused),
            Some(mut service) => {
                let all = async {
                    self.write(&mut service, agent, &calendars, claim, &mut outcome)
                        .await?;
                    if account.due_at <= now && outcome.may_read() {
                        let read = self
                            .read(&mut service, &mut account, &calendars, turn)
                            .await?;
                        outcome.read = Some(read);
                    }
                    Ok::<_, Error>(())
                };
                match timeout(WITHIN, all).await {
                    Ok(done) => done?,
                    Err(_) => {
                        let why = format!("not done in {} s", WITHIN.as_secs());
                        outcome.read = Some(Err(Trouble::Unreachable(why, None)));
                    }
                }
                if let Some(renewed) = service.renewed()
                    && let Some(sealed) = self.secrets.seal(&seal_name(agent), &renewed)
                {
                    account.secret = sealed;
                }
            }
        }
        self.note(account, claim, outcome, before).await
    }

    /// Keeps what came of it, unless the account was connected anew meanwhile. `before`: whether
    /// the agent knows that something is wrong.
    async fn note(
        &self,
        mut account: Account,
        claim: Timestamp,
        outcome: Outcome,
        before: bool,
    ) -> Result<(), Error> {
        let (now, due_at, agent) = (self.clock.now(), account.due_at, account.agent);
        outcome.apply(&mut account, now);
        let read = outcome.read.and_then(Result::ok);
        let mut connection = self.store.reader().await?;
        let known = match &read {
            Some(_) => store::busy::all(&mut connection, agent).await?,
            None => Vec::new(),
        };
        drop(connection);
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        if !store::calendar::held(&mut connection, agent, claim).await? {
            connection.rollback().await?;
            return Ok(());
        }
        if let Some(read) = read {
            // Most readings find what the one before found.
            if read.busy != known {
                store::busy::replace(&mut connection, agent, &read.busy).await?;
            }
            for (calendar, read) in &read.calendars {
                store::calendar::notice::put(&mut connection, agent, calendar, read).await?;
            }
            for (meeting, item) in &read.twins {
                let (meeting, item) = (*meeting, item.as_str());
                store::calendar::event::want_again(&mut connection, agent, meeting, item, now)
                    .await?;
            }
        }
        store::calendar::note(&mut connection, &account, due_at).await?;
        let troubled = is_troubled(&mut connection, Some(&account)).await?;
        connection.commit().await?;
        drop(connection);
        if troubled != before {
            self.tell(agent, troubled);
        }
        Ok(())
    }

    /// Reads when an agent is busy.
    async fn read(
        &self,
        service: &mut Service,
        account: &mut Account,
        calendars: &[ListedCalendar],
        turn: Arc<Turn>,
    ) -> Result<Result<Read, Trouble>, Error> {
        let agent = account.agent;
        let (zone, ahead) = self.reach(agent).await?;
        let now = self.clock.now();
        let Some(window) = Span::new(now - DAY, now + ahead.max(LEAST_AHEAD)) else {
            return Err(Error::Internal("no time lies ahead".to_owned()));
        };
        if account.addresses.is_none() {
            // A server that does not say has nothing to do with whether it can be read.
            account.addresses = service.addresses().await.ok();
        }
        let mut connection = self.store.reader().await?;
        let whose = whose(&mut connection, account, zone).await?;
        drop(connection);
        let target = calendars.iter().find(|calendar| calendar.written);
        let target = target.map(|calendar| calendar.address.as_str());
        let mut reading = Reading::new(window, whose, turn);
        let mut twins = Vec::new();
        for calendar in calendars.iter().filter(|calendar| calendar.busy) {
            let address = calendar.address.as_str();
            let before = reading.twins().len();
            let trouble = match service.busy(address, &mut reading).await {
                Ok(()) => None,
                // A calendar that was removed there takes no time.
                Err(Trouble::Gone) => match is_removed(service, address).await {
                    Ok(()) => {
                        tracing::info!(%agent, calendar = calendar.name, "a marked calendar is gone");
                        None
                    }
                    Err(trouble) => return Ok(Err(trouble)),
                },
                // The others are read all the same.
                Err(trouble @ (Trouble::NotAllowed(_) | Trouble::TooLarge(_))) => {
                    tracing::warn!(%agent, calendar = calendar.name, error = %trouble,
                        "a calendar was not read, or not wholly");
                    Some(trouble)
                }
                Err(trouble) => return Ok(Err(trouble)),
            };
            reading.ends(address, trouble.as_ref());
            if target == Some(address) {
                twins.extend_from_slice(reading.twins().get(before..).unwrap_or_default());
            }
        }
        let mut connection = self.store.reader().await?;
        let met = store::meeting::find(&mut connection, &reading.perhaps()).await?;
        let own = met.into_iter().filter(|meeting| meeting.agent == agent);
        let own: HashSet<MeetingId> = own.map(|meeting| meeting.id).collect();
        // Of what was not read, what was known counts.
        let before = match reading.is_cut() {
            true => store::busy::all(&mut connection, agent).await?,
            false => Vec::new(),
        };
        Ok(Ok(Read {
            calendars: std::mem::take(&mut reading.calendars),
            busy: reading.busy(&own, &before),
            twins,
        }))
    }

    /// Writes what is due of an agent's meetings.
    async fn write(
        &self,
        service: &mut Service,
        agent: AgentId,
        calendars: &[ListedCalendar],
        claim: Timestamp,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
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
            let trouble = match written {
                Ok(place) => {
                    outcome.wrote = true;
                    self.written(&write, place.as_ref(), claim).await?;
                    continue;
                }
                Err(Trouble::Gone) => {
                    // Another is to be chosen; then it is written there.
                    let mut connection = self.store.writer().await?;
                    store::calendar::write_nowhere(&mut connection, agent, claim).await?;
                    return Ok(());
                }
                Err(trouble) => trouble,
            };
            tracing::warn!(%agent, meeting = %write.meeting, error = %trouble,
                "a meeting was not written to its agent's calendar");
            let (after, fault) = match &trouble {
                Trouble::NotAllowed(why) => (None, Some(why.clone())),
                Trouble::TooLarge(_) | Trouble::Address(_) => (None, Some(trouble.to_string())),
                Trouble::Unreachable(_, after) => (*after, None),
                _ => (None, None),
            };
            let until = self.clock.now() + pause(write.attempts.saturating_add(1), after);
            let mut connection = self.store.writer().await?;
            let put_off = store::calendar::event::put_off;
            put_off(&mut connection, &write, until, fault.as_deref()).await?;
            // What is said of one meeting has nothing to do with the others.
            if fault.is_none() {
                outcome.unwritten = Some(trouble);
                return Ok(());
            }
        }
        Ok(())
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

/// Who reads an account, and what of it is known to be the agent's own meetings.
async fn whose(
    connection: &mut Connection,
    account: &Account,
    zone: Zone,
) -> Result<Whose, sqlx::Error> {
    let written = store::calendar::event::own(connection, account.agent).await?;
    let own = written.into_iter().flat_map(|(meeting, item)| {
        [
            Some(meeting.to_string()),
            Some(meeting.simple().to_string()),
            item,
        ]
    });
    let mut addresses = account.addresses.clone().unwrap_or_default();
    addresses.push(account.user.clone());
    addresses.push(account.address.clone());
    let agent = store::agent::by_id(connection, account.agent).await?;
    addresses.extend(agent.map(|agent| agent.email.to_string()));
    addresses.retain(|address| address.contains('@') || address.contains('/'));
    Ok(Whose {
        zone,
        addresses,
        unanswered: account.unanswered,
        own: Arc::new(own.flatten().collect()),
    })
}

/// Writes one, or removes it; returns where it stands. `video`: where the agent meets people.
async fn write_one(
    service: &mut Service,
    write: &Write,
    target: Option<&str>,
    video: &str,
) -> Result<Option<Place>, Trouble> {
    let unreadable = |error: serde_json::Error| Trouble::NotAllowed(error.to_string());
    match (&write.wanted, target) {
        (Some(wanted), Some(calendar)) => {
            let mut event: Event = serde_json::from_str(wanted).map_err(unreadable)?;
            event.location = video.to_owned();
            event.revision = write.revision;
            let before = write.place.as_ref();
            let place = service.write(before, calendar, &event).await?;
            // Where it stood before it is removed, if it can be: it stands where it should.
            let elsewhere = before.filter(|before| {
                (&before.calendar, &before.item) != (&place.calendar, &place.item)
            });
            if let Some(before) = elsewhere {
                match service.remove(before).await {
                    Ok(()) | Err(Trouble::Gone | Trouble::NotAllowed(_)) => {}
                    Err(trouble) => return Err(trouble),
                }
            }
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

//! Agents' calendars elsewhere: real servers, and mock ones where nobody may start the real.

mod booking;
mod consent;
mod dav;
mod mock;
mod server;
mod twin;

use std::time::{Duration, Instant};

use backend::{
    Settings, SignedIn, random,
    store::{self, Store, calendar::event},
};
use domain::{
    MeetingId, Timestamp,
    availability::{Block, Schedule, Zone},
    calendar::{CalendarState, ConnectTrouble},
    meeting::Span,
};
use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::{Company, Database, databases};
use server::{Kind, PASSWORD, Server, Through, USER};

/// How long anything may take that the worker does by itself.
const SOON: Duration = Duration::from_secs(60);

/// A story with a company, one of its agents in Rome, and a server.
struct Story<S> {
    company: Company,
    who: SignedIn,
    server: S,
    store: Store,
}

impl Story<Server> {
    async fn start(database: Database, kind: Kind) -> Option<Self> {
        let server = Server::start(kind).await?;
        let settings = Settings {
            allow_outgoing: vec![server.host()],
            ..database.settings()
        };
        Some(Self::of(database, settings, server).await)
    }

    /// On both servers, each with another database.
    async fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for (database, kind) in databases().await.into_iter().chain(databases().await).zip([
            Kind::Radicale,
            Kind::Xandikos,
            Kind::Xandikos,
            Kind::Radicale,
        ]) {
            all.extend(Self::start(database, kind).await);
        }
        all
    }

    async fn connect(&self) {
        let address = format!("{}/{USER}/", self.server.address());
        self.company
            .node
            .connect_caldav(&self.who, &address, USER, PASSWORD)
            .await
            .unwrap()
            .unwrap();
    }

    /// Waits until what is at a name of the calendar fits.
    async fn stands(&self, name: &str, fits: impl Fn(Option<&str>) -> bool) {
        let mut found = None;
        let look = async {
            loop {
                found = self.server.get(name).await;
                if fits(found.as_deref()) {
                    return;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(SOON, look).await.is_err() {
            panic!("{:?}: {name} is {found:?}", self.server.kind);
        }
    }
}

impl<S> Story<S> {
    async fn of(database: Database, settings: Settings, server: S) -> Self {
        let company = Company::start_with(database, settings).await;
        let who = company.agent_away("Maya").await.who.clone();
        let rome = Zone::try_from("Europe/Rome".to_owned()).unwrap();
        let day = Block::parse("09:00", "17:00").unwrap();
        let week = Schedule::new(Some(rome), std::array::from_fn(|_| vec![day])).unwrap();
        company.node.set_schedule(&who, week).await.unwrap();
        let store = Store::open(&company.database.url).await.unwrap();
        Self {
            company,
            who,
            server,
            store,
        }
    }

    fn now(&self) -> Timestamp {
        self.company.clock.now()
    }

    async fn busy(&self) -> Vec<Span> {
        let mut reader = self.store.reader().await.unwrap();
        let busy = store::busy::all(&mut reader, self.who.agent.id).await;
        busy.unwrap()
    }

    async fn busy_is(&self, wanted: &[Span]) {
        let mut busy = Vec::new();
        let look = async {
            loop {
                busy = self.busy().await;
                if busy == wanted {
                    return;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(SOON, look).await.is_err() {
            panic!("busy {busy:#?}, wanted {wanted:#?}");
        }
    }

    async fn state_is(&self, fits: impl Fn(CalendarState) -> bool) {
        let mut state = None;
        let look = async {
            loop {
                let settings = self.company.node.calendar_settings(&self.who).await;
                state = settings.unwrap().account.map(|account| account.state);
                if state.is_some_and(&fits) {
                    return;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(SOON, look).await.is_err() {
            panic!("the state is {state:?}");
        }
    }

    /// Wants a meeting written, or gone.
    async fn want(&self, meeting: MeetingId, span: Option<Span>, sequence: u32) {
        let event = span.map(|span| {
            json!({
                "meeting": meeting,
                "sequence": sequence,
                "changed_at": self.now(),
                "span": span,
                "summary": "Meeting with Zoë; Æ",
                "description": "First line\nsecond, line",
            })
            .to_string()
        });
        let mut writer = self.store.writer().await.unwrap();
        let agent = self.who.agent.id;
        event::want(&mut writer, agent, meeting, event.as_deref(), self.now())
            .await
            .unwrap();
    }

    fn meeting(&self) -> MeetingId {
        MeetingId::new(self.now(), random())
    }
}

/// A day so many days ahead of the story's.
fn date<S>(story: &Story<S>, ahead: i64) -> Date {
    let now = jiff::Timestamp::from_microsecond(story.now().0).unwrap();
    now.to_zoned(TimeZone::UTC).date() + ahead.days()
}

fn at(date: Date, hour: i8, zone: &str) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap();
    let at = date.at(hour, 0, 0, 0).to_zoned(zone).unwrap();
    Timestamp(at.timestamp().as_microsecond())
}

fn span(date: Date, hours: (i8, i8), zone: &str) -> Span {
    Span::new(at(date, hours.0, zone), at(date, hours.1, zone)).unwrap()
}

fn ics(uid: &str, events: &[&str]) -> String {
    let events: String = events
        .iter()
        .map(|lines| {
            format!("BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:{uid}\r\n{lines}\r\nEND:VEVENT\r\n")
        })
        .collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n{ROME}{events}END:VCALENDAR\r\n"
    )
}

const ROME: &str = "BEGIN:VTIMEZONE\r\nTZID:Europe/Rome\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\n\
    RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n\
    BEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n\
    TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";

fn basic(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_busy_is_read_from_real_servers() {
    for story in Story::all().await {
        let day = |ahead| date(&story, ahead);
        let d = |ahead| basic(day(ahead));
        let server = &story.server;
        let zoned = format!(
            "DTSTART;TZID=Europe/Rome:{}T090000\r\nDTEND;TZID=Europe/Rome:{}T100000",
            d(2),
            d(2)
        );
        server.put("zoned", &ics("zoned", &[&zoned])).await;
        // Three weeks, the second left out, the third moved by an hour and longer.
        let weekly = format!(
            "DTSTART;TZID=Europe/Rome:{0}T110000\r\nDTEND;TZID=Europe/Rome:{0}T120000\r\n\
             RRULE:FREQ=WEEKLY;COUNT=3\r\nEXDATE;TZID=Europe/Rome:{1}T110000",
            d(3),
            d(10)
        );
        let moved = format!(
            "RECURRENCE-ID;TZID=Europe/Rome:{0}T110000\r\nDTSTART;TZID=Europe/Rome:{0}T120000\r\n\
             DTEND;TZID=Europe/Rome:{0}T140000",
            d(17)
        );
        server
            .put("weekly", &ics("weekly", &[&weekly, &moved]))
            .await;
        let whole = format!("DTSTART;VALUE=DATE:{}\r\nDTEND;VALUE=DATE:{}", d(4), d(5));
        server.put("whole", &ics("whole", &[&whole])).await;
        let clear = format!(
            "DTSTART:{0}T100000Z\r\nDTEND:{0}T110000Z\r\nTRANSP:TRANSPARENT",
            d(5)
        );
        server.put("clear", &ics("clear", &[&clear])).await;
        let off = format!(
            "DTSTART:{0}T120000Z\r\nDTEND:{0}T130000Z\r\nSTATUS:CANCELLED",
            d(5)
        );
        server.put("off", &ics("off", &[&off])).await;
        let floating = format!("DTSTART:{0}T140000\r\nDURATION:PT1H", d(6));
        server.put("floating", &ics("floating", &[&floating])).await;
        let beside = format!("DTSTART:{0}T090000Z\r\nDTEND:{0}T110000Z", d(7));
        server.put("beside", &ics("beside", &[&beside])).await;
        let over = format!("DTSTART:{0}T100000Z\r\nDTEND:{0}T120000Z", d(7));
        server.put("over", &ics("over", &[&over])).await;

        story.connect().await;
        let rome = "Europe/Rome";
        let night = Span::new(at(day(4), 0, rome), at(day(5), 0, rome)).unwrap();
        let wanted = [
            span(day(2), (9, 10), rome),
            span(day(3), (11, 12), rome),
            night,
            span(day(6), (14, 15), rome),
            span(day(7), (9, 12), "UTC"),
            span(day(17), (12, 14), rome),
        ];
        story.busy_is(&wanted).await;
        let settings = story
            .company
            .node
            .calendar_settings(&story.who)
            .await
            .unwrap();
        let account = settings.account.unwrap();
        assert_eq!(account.state, CalendarState::Works);
        let work = account
            .calendars
            .iter()
            .find(|calendar| calendar.name == "Work")
            .unwrap();
        assert!(work.busy && work.writable, "{work:?}");

        // What changes there is known a while later; a calendar that is not marked takes no time.
        server.delete("zoned").await;
        story.company.clock.advance(Duration::from_secs(301));
        story.busy_is(&wanted[1..]).await;
        let node = &story.company.node;
        node.choose_calendars(&story.who, &[], None, true)
            .await
            .unwrap();
        story.busy_is(&[]).await;
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_is_written_moved_and_deleted() {
    for story in Story::all().await {
        story.connect().await;
        let settings = story
            .company
            .node
            .calendar_settings(&story.who)
            .await
            .unwrap();
        let calendars = settings.account.unwrap().calendars;
        let work = calendars
            .iter()
            .find(|calendar| calendar.name == "Work")
            .unwrap();
        let address = work.address.clone();
        let node = &story.company.node;
        node.choose_calendars(
            &story.who,
            std::slice::from_ref(&address),
            Some(&address),
            true,
        )
        .await
        .unwrap();
        let meeting = story.meeting();
        let name = meeting.to_string();
        let first = span(date(&story, 8), (9, 10), "UTC");
        story.want(meeting, Some(first), 0).await;
        let stamp = format!("DTSTART:{}T090000Z", basic(date(&story, 8)));
        story
            .stands(&name, |text| text.is_some_and(|text| text.contains(&stamp)))
            .await;
        let text = story.server.get(&name).await.unwrap();
        assert!(text.contains("SUMMARY:Meeting with Zoë\\; Æ"), "{text}");
        assert!(
            !text.contains("METHOD") && !text.contains("ATTENDEE"),
            "{text}"
        );
        assert!(!text.contains("ORGANIZER"), "{text}");

        // Moved, although the agent changed it there meanwhile.
        let other = text.replace("SUMMARY:Meeting", "SUMMARY:Changed");
        story.server.put(&name, &other).await;
        let second = span(date(&story, 9), (13, 14), "UTC");
        story.want(meeting, Some(second), 1).await;
        let stamp = format!("DTSTART:{}T130000Z", basic(date(&story, 9)));
        story
            .stands(&name, |text| text.is_some_and(|text| text.contains(&stamp)))
            .await;

        // One's own meeting takes no time of the agent's besides.
        let beside = format!(
            "DTSTART:{0}T130000Z\r\nDTEND:{0}T150000Z",
            basic(date(&story, 9))
        );
        story.server.put("beside", &ics("beside", &[&beside])).await;
        story.company.clock.advance(Duration::from_secs(301));
        story
            .busy_is(&[span(date(&story, 9), (13, 15), "UTC")])
            .await;
        story.server.delete("beside").await;
        story.company.clock.advance(Duration::from_secs(301));
        story.busy_is(&[]).await;

        // Written anew where the agent deleted it.
        story.server.delete(&name).await;
        story.want(meeting, Some(first), 2).await;
        story.stands(&name, |text| text.is_some()).await;
        story.want(meeting, None, 3).await;
        story.stands(&name, |text| text.is_none()).await;
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_told_and_one_that_changed_asks_to_reconnect() {
    for database in databases().await {
        let Some(story) = Story::start(database, Kind::Radicale).await else {
            return;
        };
        let node = &story.company.node;
        let connect = async |address: &str, password: &str| {
            node.connect_caldav(&story.who, address, USER, password)
                .await
                .unwrap()
        };
        let address = story.server.address();
        assert_eq!(
            connect(&address, "wrong").await,
            Err(ConnectTrouble::Refused)
        );
        assert_eq!(
            connect("http://127.0.0.1:1/", PASSWORD).await,
            Err(ConnectTrouble::Address)
        );
        assert!(
            node.calendar_settings(&story.who)
                .await
                .unwrap()
                .account
                .is_none()
        );
        // The server's own address is enough.
        assert_eq!(connect(&address, PASSWORD).await, Ok(()));
        story.state_is(|state| state == CalendarState::Works).await;

        let meeting = story.meeting();
        story.server.let_through(Through::Nobody);
        story.state_is(|state| state == CalendarState::Works).await;
        story
            .want(meeting, Some(span(date(&story, 8), (9, 10), "UTC")), 0)
            .await;
        story
            .state_is(|state| matches!(state, CalendarState::Unreachable { .. }))
            .await;
        // What waits is written once the server is back.
        story.server.let_through(Through::All);
        story.company.clock.advance(Duration::from_secs(3_600));
        story
            .stands(&meeting.to_string(), |text| text.is_some())
            .await;
        story.state_is(|state| state == CalendarState::Works).await;
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_server_is_slow_or_gone_what_was_last_known_counts() {
    for story in Story::all().await {
        let beside = format!(
            "DTSTART:{0}T090000Z\r\nDTEND:{0}T110000Z",
            basic(date(&story, 7))
        );
        story.server.put("beside", &ics("beside", &[&beside])).await;
        story.connect().await;
        let known = [span(date(&story, 7), (9, 11), "UTC")];
        story.busy_is(&known).await;
        story.server.delete("beside").await;
        let node = &story.company.node;

        // Nobody who is shown slots waits for it.
        story.server.let_through(Through::Slowly);
        story.company.clock.advance(Duration::from_secs(61));
        let started = Instant::now();
        node.freshen_calendars(story.who.agent.id).await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(5));
        assert_eq!(story.busy().await, known);

        for wrong in [Through::Astray, Through::Nobody] {
            story.server.put("beside", &ics("beside", &[&beside])).await;
            story.server.let_through(Through::All);
            story.company.clock.advance(Duration::from_secs(3_600));
            story.state_is(|state| state == CalendarState::Works).await;
            story.busy_is(&known).await;
            story.server.delete("beside").await;
            story.server.let_through(wrong);
            story.company.clock.advance(Duration::from_secs(301));
            story
                .state_is(|state| matches!(state, CalendarState::Unreachable { .. }))
                .await;
            assert_eq!(story.busy().await, known);
        }

        // And when it is back, what it says.
        story.server.let_through(Through::All);
        story.company.clock.advance(Duration::from_secs(3_600));
        story.busy_is(&[]).await;
        story.state_is(|state| state == CalendarState::Works).await;
        node.stop().await;
    }
}

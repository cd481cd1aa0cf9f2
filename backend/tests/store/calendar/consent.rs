//! Google and Outlook, by mock servers.

use std::collections::BTreeMap;

use backend::OAuthApp;
use domain::calendar::CalendarKind;
use serde_json::Value;

use super::{
    mock::{
        Api, Mock, Reply,
        google::{self, Google},
        outlook::{self, Outlook},
    },
    *,
};

pub const REDIRECT: &str = "https://chat.example.com/settings";

pub fn app(kind: CalendarKind, origin: &str) -> OAuthApp {
    let (client, secret) = ("casella".to_owned(), "shh".to_owned());
    let public = match kind {
        CalendarKind::Outlook => OAuthApp::outlook(client, secret),
        _ => OAuthApp::google(client, secret),
    };
    OAuthApp {
        token: format!("{origin}/token"),
        api: format!("{origin}/v1.0"),
        ..public
    }
}

/// A story with a mock server.
pub async fn story<A: Api>(database: Database, kind: CalendarKind, api: A) -> Story<Mock<A>> {
    let mock = Mock::start(api).await;
    let settings = Settings {
        allow_outgoing: vec![format!("127.0.0.1:{}", mock.port)],
        calendar_apps: vec![app(kind, &mock.origin())],
        ..database.settings()
    };
    Story::of(database, settings, mock).await
}

impl<A: Api> Story<Mock<A>> {
    pub async fn consent(&self, kind: CalendarKind) -> Result<(), ConnectTrouble> {
        let node = &self.company.node;
        let address = node.begin_consent(&self.who, kind, REDIRECT).await.unwrap();
        let (state, code) = self.server.consent(&address);
        node.finish_consent(&self.who, &state, Some(&code), REDIRECT)
            .await
            .unwrap()
    }

    fn limit(&self, count: u32, say: fn() -> Reply) {
        self.server.control.lock().unwrap().limit = Some((count, say));
    }

    async fn asked(&self) -> usize {
        self.server.control.lock().unwrap().log.len()
    }

    pub async fn until(&self, what: &str, fits: impl Fn(&A) -> bool) {
        let look = async {
            while !fits(&self.server.api.lock().unwrap()) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(timeout(SOON, look).await.is_ok(), "{what}");
    }
}

/// What is the same whoever's the calendar is.
async fn lives<A: Api>(
    story: &Story<Mock<A>>,
    kind: CalendarKind,
    limit: fn() -> Reply,
    wanted: &[Span],
    own: fn(&A, MeetingId) -> Vec<Value>,
) {
    let node = &story.company.node;
    let account = async || {
        let settings = node.calendar_settings(&story.who).await.unwrap();
        settings.account.unwrap()
    };
    // Refused, and a state that nobody was given.
    let asked = node
        .begin_consent(&story.who, kind, REDIRECT)
        .await
        .unwrap();
    let (state, _) = story.server.consent(&asked);
    let no = node
        .finish_consent(&story.who, &state, None, REDIRECT)
        .await;
    assert_eq!(no.unwrap(), Err(ConnectTrouble::Refused));
    let again = node.finish_consent(&story.who, &state, Some("code1"), REDIRECT);
    assert!(again.await.is_err(), "a state is good once");

    story.consent(kind).await.unwrap();
    let settings = node.calendar_settings(&story.who).await.unwrap();
    assert_eq!(settings.offered, [kind]);
    assert_eq!(account().await.user, "maya@example.com");
    let written: Vec<bool> = account()
        .await
        .calendars
        .iter()
        .map(|calendar| calendar.written)
        .collect();
    assert_eq!(written.iter().filter(|written| **written).count(), 1);
    story.busy_is(wanted).await;

    // Written once although the answer is lost, moved, and no time of the agent's besides.
    let meeting = story.meeting();
    story.server.control.lock().unwrap().lose = true;
    story
        .want(meeting, Some(span(date(story, 8), (9, 10), "UTC")), 0)
        .await;
    story
        .until("it is written", |api| own(api, meeting).len() == 1)
        .await;
    story
        .state_is(|state| matches!(state, CalendarState::Unreachable { .. }))
        .await;
    story.company.clock.advance(Duration::from_secs(600));
    story.state_is(|state| state == CalendarState::Works).await;
    story
        .want(meeting, Some(span(date(story, 8), (11, 12), "UTC")), 1)
        .await;
    let stamp = format!("{}T11:00:00", date(story, 8));
    story
        .until("it is moved", |api| match own(api, meeting).as_slice() {
            [event] => event.to_string().contains(&stamp),
            _ => false,
        })
        .await;

    // A token that ended before its time is exchanged; so is one whose hour is over.
    story.server.expire();
    story.company.clock.advance(Duration::from_secs(301));
    let before = account().await.read_at;
    story.read_after(before).await;
    story.company.clock.advance(Duration::from_secs(3_700));
    let before = account().await.read_at;
    story.read_after(before).await;
    assert_eq!(
        story.busy().await,
        wanted,
        "one's own meeting takes no time"
    );

    // Too many requests: not again before it is asked for.
    story.limit(1, limit);
    story.company.clock.advance(Duration::from_secs(301));
    story
        .state_is(|state| matches!(state, CalendarState::Unreachable { .. }))
        .await;
    assert_eq!(story.busy().await, wanted);
    let asked = story.asked().await;
    story.company.clock.advance(Duration::from_secs(110));
    sleep(Duration::from_secs(5)).await;
    assert_eq!(story.asked().await, asked);
    story.company.clock.advance(Duration::from_secs(60));
    story.state_is(|state| state == CalendarState::Works).await;

    // Withdrawn: what was known counts until the agent connects anew, and so does the choice.
    story.server.revoke();
    story.company.clock.advance(Duration::from_secs(301));
    story
        .state_is(|state| state == CalendarState::Refused)
        .await;
    assert_eq!(story.busy().await, wanted);
    let chosen = account().await.calendars;
    story.want(meeting, None, 2).await;
    story.consent(kind).await.unwrap();
    assert_eq!(account().await.calendars, chosen);
    story.state_is(|state| state == CalendarState::Works).await;
    story
        .until("it is removed", |api| own(api, meeting).is_empty())
        .await;
    node.disconnect_calendar(&story.who).await.unwrap();
    assert_eq!(story.busy().await, []);
    node.stop().await;
}

impl<S> Story<S> {
    /// Waits until busy times are read after an instant.
    pub async fn read_after(&self, before: Option<Timestamp>) {
        let look = async {
            loop {
                let settings = self.company.node.calendar_settings(&self.who).await;
                if settings.unwrap().account.unwrap().read_at > before {
                    return;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(timeout(SOON, look).await.is_ok(), "it is read");
    }
}

pub fn rfc3339(date: Date, hour: i8) -> String {
    format!("{date}T{hour:02}:00:00Z")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn googles_calendar_is_read_and_written() {
    for database in databases().await {
        let story = story(database, CalendarKind::Google, Google::default()).await;
        let d = |ahead| date(&story, ahead);
        let timed = |ahead, hours: (i8, i8)| {
            json!({
                "status": "confirmed",
                "start": { "dateTime": rfc3339(d(ahead), hours.0) },
                "end": { "dateTime": rfc3339(d(ahead), hours.1) },
            })
        };
        let with = |mut event: Value, name: &str, value: Value| {
            event[name] = value;
            event
        };
        let declined = json!([{ "self": true, "responseStatus": "declined" }]);
        let events = [
            ("one", timed(2, (9, 10))),
            ("two", timed(3, (9, 10))),
            (
                "free",
                with(timed(4, (9, 10)), "transparency", "transparent".into()),
            ),
            ("off", with(timed(5, (9, 10)), "status", "cancelled".into())),
            ("no", with(timed(6, (9, 10)), "attendees", declined)),
            (
                "same",
                json!({ "start": { "date": d(9).to_string() }, "end": { "date": d(9).to_string() } }),
            ),
            (
                "day",
                json!({ "start": { "date": d(7).to_string() }, "end": { "date": d(8).to_string() } }),
            ),
        ];
        let events: BTreeMap<String, Value> = events
            .into_iter()
            .map(|(id, event)| (id.to_owned(), with(event, "id", id.into())))
            .collect();
        story
            .server
            .api
            .lock()
            .unwrap()
            .events
            .insert("maya@example.com".to_owned(), events);
        let rome = "Europe/Rome";
        let wanted = [
            span(d(2), (9, 10), "UTC"),
            span(d(3), (9, 10), "UTC"),
            Span::new(at(d(7), 0, rome), at(d(8), 0, rome)).unwrap(),
            Span::new(at(d(9), 0, rome), at(d(10), 0, rome)).unwrap(),
        ];
        lives(
            &story,
            CalendarKind::Google,
            google::limit,
            &wanted,
            |google, meeting| {
                let id = meeting.0.simple().to_string();
                let event = google.events["maya@example.com"].get(&id);
                let there = event.filter(|event| event["status"] == "confirmed");
                there.cloned().into_iter().collect()
            },
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outlooks_calendar_is_read_and_written() {
    for database in databases().await {
        let story = story(database, CalendarKind::Outlook, Outlook::default()).await;
        story.server.control.lock().unwrap().rotates = true;
        let d = |ahead| date(&story, ahead);
        let at_hour = |ahead, hour: i8| json!({ "dateTime": format!("{}T{hour:02}:00:00.0000000", d(ahead)), "timeZone": "UTC" });
        let timed = |ahead, show: &str| {
            json!({
                "start": at_hour(ahead, 9), "end": at_hour(ahead, 10),
                "isAllDay": false, "isCancelled": false, "showAs": show,
            })
        };
        let mut cancelled = timed(6, "busy");
        cancelled["isCancelled"] = true.into();
        let events = [
            ("one", timed(2, "busy")),
            ("two", timed(3, "tentative")),
            ("free", timed(4, "free")),
            ("home", timed(5, "workingElsewhere")),
            ("off", cancelled),
            (
                "day",
                json!({
                    "start": at_hour(7, 0), "end": at_hour(8, 0),
                    "isAllDay": true, "isCancelled": false, "showAs": "oof",
                }),
            ),
        ];
        {
            let mut api = story.server.api.lock().unwrap();
            api.origin = story.server.origin();
            for (id, mut event) in events {
                event["id"] = id.into();
                api.events.insert(id.to_owned(), event);
            }
        }
        let rome = "Europe/Rome";
        let wanted = [
            span(d(2), (9, 10), "UTC"),
            span(d(3), (9, 10), "UTC"),
            Span::new(at(d(7), 0, rome), at(d(8), 0, rome)).unwrap(),
        ];
        lives(
            &story,
            CalendarKind::Outlook,
            outlook::limit,
            &wanted,
            |outlook, meeting| outlook.of_meeting(&meeting.to_string()),
        )
        .await;
    }
}

//! A CalDAV server that refuses one thing, or holds what is odd.

use domain::{Refusal, bound::Bound, calendar::CalendarNotice};

use super::{
    mock::dav::{Dav, PASSWORD, USER},
    *,
};

impl Story<Dav> {
    async fn begin(database: Database) -> Self {
        let server = Dav::start().await;
        let settings = Settings {
            allow_outgoing: vec![format!("127.0.0.1:{}", server.port)],
            ..database.settings()
        };
        Self::of(database, settings, server).await
    }

    /// Connects, with both calendars marked, and meetings written to `A`.
    async fn link(&self) {
        let address = format!("http://127.0.0.1:{}/maya/", self.server.port);
        let connected = self
            .company
            .node
            .connect_caldav(&self.who, &address, USER, PASSWORD);
        connected.await.unwrap().unwrap();
        self.choose(true).await;
    }

    async fn choose(&self, unanswered: bool) {
        let all = ["A", "B"].map(|name| self.server.calendar(name));
        let node = &self.company.node;
        node.choose_calendars(&self.who, &all, Some(&all[0]), unanswered)
            .await
            .unwrap();
    }

    async fn notices(&self) -> Vec<CalendarNotice> {
        let settings = self.company.node.calendar_settings(&self.who).await;
        settings.unwrap().account.unwrap().notices
    }

    async fn told(&self, what: &str, fits: impl Fn(&[CalendarNotice]) -> bool) {
        let look = async {
            while !fits(&self.notices().await) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        let told = timeout(SOON, look).await.is_ok();
        assert!(told, "{what}: {:?}", self.notices().await);
    }

    async fn lies(&self, path: &str) {
        let look = async {
            while !self.server.with(|held| held.items.contains_key(path)) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(timeout(SOON, look).await.is_ok(), "{path}");
    }
}

fn hour(story: &Story<Dav>, ahead: i64) -> Span {
    span(date(story, ahead), (9, 10), "UTC")
}

fn busy_hour(story: &Story<Dav>, ahead: i64) -> String {
    let day = basic(date(story, ahead));
    format!("DTSTART:{day}T090000Z\r\nDTEND:{day}T100000Z")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_that_a_calendar_refuses_waits_alone_and_the_agent_is_told_of_it() {
    for (status, database) in [403, 400, 413, 507, 500].into_iter().zip({
        let mut all = databases().await;
        while all.len() < 5 {
            all.extend(databases().await);
        }
        all
    }) {
        let story = Story::begin(database).await;
        story.link().await;
        story.busy_is(&[]).await;
        let (refused, other) = (story.meeting(), story.meeting());
        let part = refused.to_string();
        story
            .server
            .with(|held| held.refuses = Some((part, status)));
        story.want(refused, Some(hour(&story, 8)), 0).await;
        story.want(other, Some(hour(&story, 9)), 0).await;
        story.lies(&format!("/maya/A/{other}.ics")).await;
        let named = |notices: &[CalendarNotice]| matches!(notices, [CalendarNotice::NotWritten { at, .. }] if *at == hour(&story, 8).start());
        story.told("one meeting is refused", named).await;
        let node = &story.company.node;
        assert!(node.inbox(&story.who).await.unwrap().calendar_trouble);
        story.state_is(|state| state == CalendarState::Works).await;

        // All of it can only be read now. Nothing keeps the other from being read at its pace.
        story
            .server
            .with(|held| held.refuses = Some(("/A/".to_owned(), status)));
        story.want(other, None, 1).await;
        story
            .server
            .put("B", "b", &ics("b", &[&busy_hour(&story, 3)]));
        story.company.clock.advance(Duration::from_secs(301));
        story.busy_is(&[hour(&story, 3)]).await;
        story
            .server
            .put("B", "c", &ics("c", &[&busy_hour(&story, 4)]));
        story.company.clock.advance(Duration::from_secs(301));
        story.busy_is(&[hour(&story, 3), hour(&story, 4)]).await;
        story.state_is(|state| state == CalendarState::Works).await;

        story.server.with(|held| held.refuses = None);
        story.company.clock.advance(Duration::from_secs(2 * 3_600));
        story.told("nothing is wrong", <[_]>::is_empty).await;
        assert!(!node.inbox(&story.who).await.unwrap().calendar_trouble);
        assert!(story.server.with(|held| {
            held.items
                .keys()
                .any(|path| path.contains(&refused.to_string()))
                && !held
                    .items
                    .keys()
                    .any(|path| path.contains(&other.to_string()))
        }));
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_calendar_that_refuses_to_be_read_counts_as_last_known_and_the_other_is_read() {
    for database in databases().await {
        let story = Story::begin(database).await;
        story
            .server
            .put("A", "a", &ics("a", &[&busy_hour(&story, 2)]));
        story.link().await;
        story.busy_is(&[hour(&story, 2)]).await;
        story
            .server
            .with(|held| held.unreadable = Some(("/maya/A/".to_owned(), 403)));
        story
            .server
            .put("B", "b", &ics("b", &[&busy_hour(&story, 3)]));
        story.company.clock.advance(Duration::from_secs(301));
        story.busy_is(&[hour(&story, 2), hour(&story, 3)]).await;
        let wrong = |notices: &[CalendarNotice]| matches!(notices, [CalendarNotice::Refused { calendar }] if calendar == "A");
        story.told("a calendar is not read", wrong).await;
        story.state_is(|state| state == CalendarState::Works).await;
        story.company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_whose_name_lies_in_the_servers_bin_is_written_under_another() {
    for database in databases().await {
        let story = Story::begin(database).await;
        story.link().await;
        let meeting = story.meeting();
        story.want(meeting, Some(hour(&story, 8)), 0).await;
        for number in ["", "-1", "-2"] {
            let path = format!("/maya/A/{meeting}{number}.ics");
            story.lies(&path).await;
            let uid = format!("UID:{meeting}{number}\r\n");
            assert!(story.server.with(|held| held.items[&path].contains(&uid)));
            // Removed by hand; and then the visitor moves it.
            story.server.with(|held| {
                held.items.remove(&path);
                held.bin.insert(path.clone());
            });
            story.want(meeting, Some(hour(&story, 9)), 1).await;
        }
        let path = format!("/maya/A/{meeting}-3.ics");
        story.lies(&path).await;
        // It is the agent's own meeting all the same.
        let before = story.server.with(|held| held.reports);
        story.company.clock.advance(Duration::from_secs(301));
        let read = async {
            while story.server.with(|held| held.reports) < before + 2 {
                sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(timeout(SOON, read).await.is_ok());
        story.busy_is(&[]).await;
        story.want(meeting, None, 2).await;
        let gone = async {
            while story.server.with(|held| held.items.contains_key(&path)) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(timeout(SOON, gone).await.is_ok());
        assert_eq!(story.notices().await, []);
        story.company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_no_password_as_it_is_is_signed_in_to_by_digest() {
    for database in databases().await {
        let story = Story::begin(database).await;
        story.server.with(|held| held.digest = true);
        let address = format!("http://127.0.0.1:{}/maya/", story.server.port);
        let node = &story.company.node;
        let wrong = node.connect_caldav(&story.who, &address, USER, "wrong");
        assert_eq!(wrong.await.unwrap(), Err(ConnectTrouble::Refused));
        story
            .server
            .put("B", "b", &ics("b", &[&busy_hour(&story, 3)]));
        story.link().await;
        story.busy_is(&[hour(&story, 3)]).await;
        let meeting = story.meeting();
        story.want(meeting, Some(hour(&story, 8)), 0).await;
        story.lies(&format!("/maya/A/{meeting}.ics")).await;
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declined_invitations_are_free_and_unanswered_ones_as_the_agent_wants() {
    for database in databases().await {
        let story = Story::begin(database).await;
        for (name, ahead, answer) in [
            ("no", 2, "DECLINED"),
            ("open", 3, "NEEDS-ACTION"),
            ("yes", 4, "ACCEPTED"),
        ] {
            let lines = format!(
                "{}\r\nORGANIZER:mailto:ada@example.org\r\nATTENDEE;PARTSTAT={answer}:mailto:m@example.org",
                busy_hour(&story, ahead)
            );
            story.server.put("B", name, &ics(name, &[&lines]));
        }
        story.link().await;
        story.busy_is(&[hour(&story, 3), hour(&story, 4)]).await;
        story.choose(false).await;
        story.busy_is(&[hour(&story, 4)]).await;
        let settings = story.company.node.calendar_settings(&story.who).await;
        assert!(!settings.unwrap().account.unwrap().unanswered);
        story.choose(true).await;
        story.busy_is(&[hour(&story, 3), hour(&story, 4)]).await;
        story.company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_agent_is_told_of_events_that_cannot_be_read() {
    for database in databases().await {
        let story = Story::begin(database).await;
        story
            .server
            .put("B", "fine", &ics("fine", &[&busy_hour(&story, 3)]));
        story
            .server
            .put("B", "none", &ics("none", &["X-NOTHING:1"]));
        story
            .server
            .put("B", "zcut", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n");
        story.link().await;
        story.busy_is(&[hour(&story, 3)]).await;
        let named = |notices: &[CalendarNotice]| {
            matches!(notices, [CalendarNotice::Unread { calendar, count: 2, first, at: None }]
                if calendar == "B" && first == "none")
        };
        story.told("two events cannot be read", named).await;
        story.server.with(|held| held.items.clear());
        story.company.clock.advance(Duration::from_secs(301));
        story.told("they are gone", <[_]>::is_empty).await;
        story.company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_recur_every_second_leave_no_time_free_and_cost_one_reading_little() {
    for database in databases().await {
        let story = Story::begin(database).await;
        let day = basic(date(&story, -30));
        for n in 0..40 {
            let lines =
                format!("DTSTART:{day}T090000Z\r\nDURATION:PT1S\r\nRRULE:FREQ=SECONDLY;INTERVAL=2");
            let name = format!("tick{n}");
            story.server.put("B", &name, &ics(&name, &[&lines]));
        }
        story.link().await;
        let named = |notices: &[CalendarNotice]| matches!(notices, [CalendarNotice::Unread { count: 40, first, at: Some(_), .. }] if first == "tick0");
        story.told("they recur too often", named).await;
        let busy = story.busy().await;
        assert!(busy.len() <= Bound::CalendarStretches.amount());
        let far = hour(&story, 50);
        assert!(
            busy.iter()
                .any(|span| span.start() <= far.start() && far.end() <= span.end())
        );
        story.company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_looks_through_a_network_by_connecting_calendars() {
    for database in databases().await {
        let story = Story::begin(database).await;
        let node = &story.company.node;
        let connect = async |address: &str| {
            node.connect_caldav(&story.who, address, USER, PASSWORD)
                .await
        };
        for port in [22, 80, 6379] {
            let tried = connect(&format!("https://calendar.example.com:{port}/")).await;
            assert_eq!(tried.unwrap(), Err(ConnectTrouble::Port), "{port}");
        }
        let mut refused = 0;
        for _ in 0..Bound::CalendarConnects.amount() {
            match connect("https://calendar.example.com:22/").await {
                Ok(tried) => assert_eq!(tried, Err(ConnectTrouble::Port)),
                Err(error) => {
                    let too_many = backend::Error::Refused(Refusal::TooMany);
                    assert_eq!(error.to_string(), too_many.to_string());
                    refused += 1;
                }
            }
        }
        assert!(refused >= 2, "{refused}");
        node.stop().await;
    }
}

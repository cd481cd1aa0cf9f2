//! Invitations to meetings, by a mail server and readers of calendars that know nothing of Casella:
//! `end2end/letters`, on the Python that `CASELLA_TEST_PYTHON` names.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use domain::{
    meeting::{MeetingCard, MeetingState, Slot},
    text::Field,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use super::*;
use crate::meeting::{book, booked, chat, own_card, share_own, slots};

/// A mail server of its own process, and the letters that it took.
struct Office {
    python: PathBuf,
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../end2end/letters")
        .join(name)
}

impl Office {
    /// Open, where there is a Python for it.
    async fn open(more: &[&str]) -> Option<Self> {
        let python = std::env::var_os("CASELLA_TEST_PYTHON")?.into();
        let mut office = Self {
            python,
            folder: tempfile::tempdir().unwrap(),
            port: 0,
            process: None,
        };
        office.open_again(more).await;
        Some(office)
    }

    async fn open_again(&mut self, more: &[&str]) {
        let mut process = Command::new(&self.python)
            .arg(script("office.py"))
            .arg(self.folder.path())
            .arg(self.port.to_string())
            .args(more)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let out = process.stdout.take().unwrap();
        let line = BufReader::new(out)
            .lines()
            .next_line()
            .await
            .unwrap()
            .unwrap();
        self.port = line.rsplit(' ').next().unwrap().parse().unwrap();
        self.process = Some(process);
    }

    async fn close(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().await.unwrap();
    }

    fn settings(&self, database: &Database) -> Settings {
        let mut settings = settings_with(database, self.port);
        if let Some(mail) = &mut settings.mail {
            mail.from = Sender::parse("Zoë & Söhne <chat@example.com>").unwrap();
        }
        settings
    }

    fn count(&self) -> usize {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let letter =
            |name: &std::ffi::OsStr| Path::new(name).extension().is_some_and(|end| end == "eml");
        files
            .filter(|file| letter(&file.as_ref().unwrap().file_name()))
            .count()
    }

    /// What the readers say, once so many letters are there.
    async fn read(&self, count: usize) -> Value {
        until("letters come", async || self.count() >= count).await;
        assert_eq!(self.count(), count);
        let read = Command::new(&self.python)
            .arg(script("read.py"))
            .arg(self.folder.path())
            .output()
            .await
            .unwrap();
        assert!(
            read.status.success(),
            "{}",
            String::from_utf8_lossy(&read.stderr)
        );
        serde_json::from_slice(&read.stdout).unwrap()
    }
}

/// The letters to an address, in order.
fn to<'a>(read: &'a Value, address: &str) -> Vec<&'a Value> {
    let letters = read["letters"].as_array().unwrap();
    letters
        .iter()
        .filter(|letter| letter["x-to"] == address)
        .collect()
}

fn said<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn utc(slot: Slot) -> String {
    let at = jiff::Timestamp::from_microsecond(slot.0.0).unwrap();
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// An agent with a text and a room, and Ada, who has booked the first slot.
async fn meeting(company: &Company) -> (Agent, Visitor, MeetingCard, Vec<Slot>) {
    let mut maya = company.agent("Maya").await;
    company
        .node
        .set_meeting_hours(&maya.who, crate::meeting::hours(|_| ()))
        .await
        .unwrap();
    let name = Field::try_from("Maya \"M\" Müller; Ltd, 東京".to_owned()).unwrap();
    company
        .node
        .set_profile(&maya.who, name, None)
        .await
        .unwrap();
    let letters = Letters {
        invitation:
            "Dear {{visitor.name|guest}},\nbring: papers, tea; \\ and 東京 to {{agent.name}}."
                .into(),
        video: "https://meet.example.com/maya?a=1,2;3".into(),
        requests: false,
    };
    company.node.set_letters(&maya.who, letters).await.unwrap();
    let (mut ada, conversation) = chat(company, &mut maya, Some("ada@acme.example")).await;
    let card = own_card(&mut maya, &mut ada, conversation).await;
    let slots = slots(&mut ada, card).await;
    let meeting = book(&mut ada, card, slots[0]).await.unwrap();
    (maya, ada, meeting, slots)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_stands_in_both_calendars_as_it_is_moved_and_cancelled() {
    for database in databases().await {
        let Some(office) = Office::open(&[]).await else {
            return;
        };
        let settings = office.settings(&database);
        let company = Company::start_with(database, settings).await;
        let (_maya, mut ada, meeting, slots) = meeting(&company).await;
        let read = office.read(2).await;
        let summary = "Maya \"M\" Müller; Ltd, 東京 and Ada";
        for (address, other) in [
            ("ada@acme.example", "maya@example.com"),
            ("maya@example.com", "ada@acme.example"),
        ] {
            let [letter] = to(&read, address)[..] else {
                panic!("{read}");
            };
            let invitation = &letter["invitation"];
            assert_eq!(said(invitation, "method"), "REQUEST");
            assert_eq!(said(invitation, "uid"), meeting.meeting.to_string());
            assert_eq!(said(invitation, "sequence"), "0");
            assert_eq!(said(invitation, "status"), "CONFIRMED");
            assert_eq!(said(invitation, "summary"), summary);
            assert_eq!(said(invitation, "dtstart"), utc(slots[0]));
            assert_eq!(
                said(invitation, "location"),
                "https://meet.example.com/maya?a=1,2;3"
            );
            let words =
                "Dear Ada,\nbring: papers, tea; \\ and 東京 to Maya \"M\" Müller; Ltd, 東京.";
            assert!(
                said(invitation, "description").starts_with(words),
                "{invitation}"
            );
            assert!(said(letter, "text").contains(words), "{letter}");
            assert!(said(letter, "reply-to").contains(other), "{letter}");
            assert!(said(letter, "from").contains("Zoë & Söhne"), "{letter}");
            assert_eq!(said(letter, "auto-submitted"), "auto-generated");
            assert_eq!(invitation["organizer"]["address"], "chat@example.com");
            assert_eq!(
                invitation["organizer"]["name"],
                "Maya 'M' Müller; Ltd, 東京"
            );
            let attendees = invitation["attendees"].as_array().unwrap();
            let attendees: Vec<_> = attendees.iter().map(|one| said(one, "address")).collect();
            assert_eq!(attendees, ["ada@acme.example", "maya@example.com"]);
            // The links are the visitor's alone.
            let link = format!("https://chat.example.com/m/{}", meeting.address);
            assert_eq!(
                said(letter, "text").contains(&link),
                address == "ada@acme.example"
            );
        }
        let [letter] = to(&read, "ada@acme.example")[..] else {
            panic!("{read}");
        };
        // In the visitor's zone, with its offset.
        assert!(
            said(letter, "text").contains("(Europe/Rome, UTC+0"),
            "{letter}"
        );

        let answer = ada
            .command(VisitorCommand::Reschedule {
                meeting: meeting.meeting,
                slot: slots[5],
                zone: "Europe/Rome".into(),
            })
            .await;
        assert_eq!(booked(answer).unwrap().sequence, 1);
        company.clock.advance(MINUTE);
        let read = office.read(4).await;
        for address in ["ada@acme.example", "maya@example.com"] {
            let letters = to(&read, address);
            let moved = &letters[1]["invitation"];
            assert_eq!(
                (said(moved, "method"), said(moved, "sequence")),
                ("REQUEST", "1")
            );
            assert_eq!(said(moved, "uid"), meeting.meeting.to_string());
            let shown = read["calendars"][address].as_array().unwrap();
            assert_eq!(shown.len(), 1);
            assert_eq!(shown[0][0], utc(slots[5]));
        }

        let answer = ada
            .command(VisitorCommand::CancelMeeting {
                meeting: meeting.meeting,
            })
            .await;
        assert_eq!(booked(answer).unwrap().state, MeetingState::Cancelled);
        company.clock.advance(MINUTE);
        let read = office.read(6).await;
        for address in ["ada@acme.example", "maya@example.com"] {
            let letters = to(&read, address);
            let cancelled = &letters[2]["invitation"];
            assert_eq!(
                (said(cancelled, "method"), said(cancelled, "sequence")),
                ("CANCEL", "2")
            );
            assert_eq!(said(cancelled, "status"), "CANCELLED");
            assert!(
                said(letters[2], "subject").starts_with("Cancelled: "),
                "{}",
                letters[2]
            );
            assert_eq!(read["calendars"][address].as_array().unwrap().len(), 0);
        }
        let mut ids: Vec<_> = read["letters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|letter| said(letter, "message-id"))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 6);
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invitations_wait_for_a_server_that_is_down_and_go_out_once_by_a_slow_one() {
    for database in databases().await {
        let Some(mut office) = Office::open(&[]).await else {
            return;
        };
        office.close().await;
        let settings = office.settings(&database);
        let company = Company::start_with(database, settings).await;
        let (_maya, _ada, meeting, _) = meeting(&company).await;
        let about = meeting.meeting.0;
        settled(
            &company,
            about,
            &[("meeting", "waiting"), ("meeting", "waiting")],
        )
        .await;
        // What waits outlives a stop.
        company.node.stop().await;
        office.open_again(&["--slow", "2"]).await;
        let settings = office.settings(&company.database);
        let node = Casella::start(settings, company.clock.clone())
            .await
            .unwrap();
        office.read(2).await;
        settled(&company, about, &[("meeting", "sent"), ("meeting", "sent")]).await;
        assert_eq!(office.count(), 2);
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_who_is_refused_costs_the_other_nothing() {
    for database in databases().await {
        let Some(office) = Office::open(&["--login", "casella:secret"]).await else {
            return;
        };
        let mut settings = office.settings(&database);
        if let Some(mail) = &mut settings.mail {
            mail.login = Some(("casella".into(), "secret".into()));
        }
        let company = Company::start_with(database, settings).await;
        let mut maya = company.agent("Maya").await;
        company
            .node
            .set_meeting_hours(&maya.who, crate::meeting::hours(|_| ()))
            .await
            .unwrap();
        for (n, email) in ["no@refused.example", "yes@later.example"]
            .into_iter()
            .enumerate()
        {
            let (mut ada, conversation) = chat(&company, &mut maya, Some(email)).await;
            share_own(&mut maya, conversation).await.unwrap();
            let card = crate::meeting::card(&mut ada).await.card;
            let slots = slots(&mut ada, card).await;
            let meeting = book(&mut ada, card, slots[n]).await.unwrap();
            let about = meeting.meeting.0;
            if n == 0 {
                settled(
                    &company,
                    about,
                    &[("meeting", "refused"), ("meeting", "sent")],
                )
                .await;
            } else {
                settled(
                    &company,
                    about,
                    &[("meeting", "sent"), ("meeting", "waiting")],
                )
                .await;
                company.clock.advance(MINUTE);
                settled(&company, about, &[("meeting", "sent"), ("meeting", "sent")]).await;
            }
        }
        let read = office.read(3).await;
        assert_eq!(to(&read, "maya@example.com").len(), 2);
        assert_eq!(to(&read, "yes@later.example").len(), 1);
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_loses_no_letter() {
    for database in databases().await {
        let Some(office) = Office::open(&["--login", "casella:secret"]).await else {
            return;
        };
        let mut settings = office.settings(&database);
        if let Some(mail) = &mut settings.mail {
            mail.login = Some(("casella".into(), "wrong".into()));
        }
        let company = Company::start_with(database, settings).await;
        let (_maya, _ada, meeting, _) = meeting(&company).await;
        company.node.stop().await;
        let waiting = [("meeting", "waiting"), ("meeting", "waiting")];
        settled(&company, meeting.meeting.0, &waiting).await;
        let mut settings = office.settings(&company.database);
        if let Some(mail) = &mut settings.mail {
            mail.login = Some(("casella".into(), "secret".into()));
        }
        let node = Casella::start(settings, company.clock.clone())
            .await
            .unwrap();
        office.read(2).await;
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_can_be_had_as_a_file_without_any_mail() {
    for database in databases().await {
        let company = Company::start(database).await;
        assert!(!company.node.has_mail());
        let (maya, _ada, meeting, _) = meeting(&company).await;
        settled(&company, meeting.meeting.0, &[]).await;
        let base = "https://chat.example.com";
        let file = company
            .node
            .meeting_file(&meeting.address, base)
            .await
            .unwrap();
        let unfolded = file.replace("\r\n ", "");
        for line in ["METHOD:PUBLISH", "SEQUENCE:0", "STATUS:CONFIRMED"] {
            assert!(unfolded.contains(&format!("\r\n{line}\r\n")), "{unfolded}");
        }
        assert!(
            unfolded.contains(&format!("{base}/m/{}", meeting.address)),
            "{unfolded}"
        );
        assert!(company.node.meeting_file("nothing", base).await.is_err());

        let own = company
            .node
            .agents_meeting_file(&maya.who, meeting.meeting, base, Language::Italian)
            .await
            .unwrap();
        assert!(own.contains("METHOD:PUBLISH"), "{own}");
        assert!(
            !own.replace("\r\n ", "").contains(&meeting.address),
            "{own}"
        );
        let jun = company.agent("Jun").await;
        let others = company
            .node
            .agents_meeting_file(&jun.who, meeting.meeting, base, Language::English)
            .await;
        assert!(others.is_err());
        let sam = company.colleague("Sam", Role::Supervisor).await;
        let all = company
            .node
            .agents_meeting_file(&sam.who, meeting.meeting, base, Language::English)
            .await;
        assert!(all.is_ok());
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_told_of_who_could_not_book_unless_they_book_something_else() {
    for database in databases().await {
        let (company, office) = company(database).await;
        let (mut maya, _ada, meeting, slots) = meeting(&company).await;
        settled(
            &company,
            meeting.meeting.0,
            &[("meeting", "sent"), ("meeting", "sent")],
        )
        .await;
        let failed = async |name: &str, maya: &mut Agent| {
            let (mut visitor, conversation) = chat(&company, maya, Some(name)).await;
            let card = own_card(maya, &mut visitor, conversation).await;
            for _ in 0..2 {
                let taken = book(&mut visitor, card, slots[0]).await;
                assert_eq!(taken, Err(domain::Refusal::Taken));
            }
            (visitor, conversation, card)
        };
        let (_bob, without, _) = failed("bob@acme.example", &mut maya).await;
        let (mut eve, with, card) = failed("eve@acme.example", &mut maya).await;
        book(&mut eve, card, slots[1]).await.unwrap();
        company.clock.advance(MINUTE * 5);
        // The second one was told together with what else would come.
        settled(&company, with.0, &[("booking failed", "together")]).await;
        settled(&company, without.0, &[("booking failed", "sent")]).await;
        let agent = maya.who.agent.id;
        settled(&company, agent.0, &[("together", "needless")]).await;
        let taken = office.taken().await;
        let told: Vec<_> = taken
            .iter()
            .filter(|letter| letter.head("Subject") == "Ada could not book a meeting")
            .collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].to, "maya@example.com");
        company.node.stop().await;
    }
}

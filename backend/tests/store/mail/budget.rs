//! Whatever strangers do, nobody's mailbox is filled, and nobody's words go out in the company's name.

use std::collections::{BTreeMap, HashSet};

use domain::{
    Refusal,
    bound::Bound,
    frame::visitor::Answer,
    meeting::{MeetingCard, MeetingState, Slot},
    visitor::ProfileInput,
};

use super::*;
use crate::{
    meeting::{book, booked, card, chat, met, own_card, share_own, slots},
    support::here,
};

const STRANGER: &str = "stranger@victim.example";

/// Waits until everything is sent that is due.
pub async fn sent(company: &Company) {
    let store = Store::open(&company.database.url).await.unwrap();
    until("what is due is sent", async || {
        let mut connection = store.reader().await.unwrap();
        let now = company.clock.now();
        mail::on_hand(&mut connection, now).await.unwrap() == 0
    })
    .await;
    store.close().await;
}

/// Letters as they came, by the time of the company's clock.
#[derive(Default)]
struct Post {
    seen: usize,
    letters: Vec<(Timestamp, Taken)>,
}

impl Post {
    /// Lets time pass, and takes what comes at its end.
    async fn advance(&mut self, company: &Company, office: &PostOffice, by: Duration) {
        self.take(company, office).await;
        company.clock.advance(by);
        self.take(company, office).await;
    }

    async fn take(&mut self, company: &Company, office: &PostOffice) {
        sent(company).await;
        let now = company.clock.now();
        let taken = office.taken().await;
        let new = taken.iter().skip(self.seen).cloned();
        self.letters.extend(new.map(|letter| (now, letter)));
        self.seen = taken.len();
    }

    fn to(&self, address: &str) -> Vec<&Taken> {
        let those = self
            .letters
            .iter()
            .filter(|(_, letter)| letter.to == address);
        those.map(|(_, letter)| letter).collect()
    }

    /// The most letters that came to each address within any hour.
    fn most(&self) -> BTreeMap<&str, usize> {
        let mut most = BTreeMap::new();
        for (end, last) in &self.letters {
            let within = self.letters.iter().filter(|(at, letter)| {
                letter.to == last.to && at <= end && end.since(*at) < MINUTE * 60
            });
            let count = most.entry(last.to.as_str()).or_default();
            *count = within.count().max(*count);
        }
        most
    }
}

async fn start_named(visitor: &mut Visitor, name: &str, email: Option<&str>) -> ConversationId {
    let form = ProfileInput {
        name: Some(name.into()),
        email: email.map(str::to_owned),
        ..ProfileInput::default()
    };
    let command = VisitorCommand::Start {
        form,
        first_message: Some("Hello".into()),
        views: Vec::new(),
    };
    match visitor.command(command).await.unwrap() {
        Answer::Started { conversation } => conversation,
        other => panic!("{other:?}"),
    }
}

async fn move_to(
    visitor: &mut Visitor,
    meeting: &MeetingCard,
    slot: Slot,
) -> Result<MeetingCard, Refusal> {
    let command = VisitorCommand::Reschedule {
        meeting: meeting.meeting,
        slot,
        zone: "Europe/Rome".into(),
    };
    booked(visitor.command(command).await)
}

async fn cancel(visitor: &mut Visitor, meeting: &MeetingCard) -> Result<MeetingCard, Refusal> {
    let meeting = meeting.meeting;
    let command = VisitorCommand::CancelMeeting { meeting };
    booked(visitor.command(command).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booking_card_is_no_way_to_mail_a_stranger() {
    for database in databases().await {
        let (company, office) = company(database).await;
        let mut maya = met(&company, "Maya").await;
        let letters = Letters {
            invitation: "Hello {{visitor.name|guest}}".into(),
            ..Letters::default()
        };
        company.node.set_letters(&maya.who, letters).await.unwrap();
        let mut eve = company.visitor().await;
        let name = "Your invoice 4711 is overdue, pay at https://evil.example/pay";
        start_named(&mut eve, name, Some(STRANGER)).await;
        let conversation = maya.accept().await;
        eve.state(ChatState::Active).await;
        let card = own_card(&mut maya, &mut eve, conversation).await;
        let slots = slots(&mut eve, card).await;
        let mut post = Post::default();

        let mut meeting = book(&mut eve, card, slots[0]).await.unwrap();
        assert_eq!(meeting.email, STRANGER);
        post.take(&company, &office).await;
        assert_eq!(post.to(STRANGER).len(), 1, "the first at once");
        for slot in &slots[1..=20] {
            meeting = move_to(&mut eve, &meeting, *slot).await.unwrap();
        }
        post.advance(&company, &office, MINUTE).await;
        let moved = post.to(STRANGER);
        assert_eq!(moved.len(), 2, "twenty moves are one letter");
        let last = moved[1].data.replace("\n ", "");
        assert!(last.contains("SEQUENCE:20"), "{last}");

        for slot in &slots[..5] {
            meeting = cancel(&mut eve, &meeting).await.unwrap();
            assert_eq!(meeting.state, MeetingState::Cancelled);
            meeting = book(&mut eve, card, *slot).await.unwrap();
        }
        // It stands, and says that no email was sent.
        assert_eq!(
            (meeting.state, meeting.email.as_str()),
            (MeetingState::Booked, "")
        );
        let file = company
            .node
            .meeting_file(&meeting.address, "https://chat.example.com");
        assert!(file.await.unwrap().contains("BEGIN:VEVENT"));
        for _ in 0..60 {
            post.advance(&company, &office, MINUTE * 2).await;
        }
        let most = post.most();
        assert!(most[STRANGER] <= Bound::MailToStranger.amount(), "{most:?}");
        assert!(most["maya@example.com"] <= 12, "{most:?}");
        for letter in post.to(STRANGER) {
            for words in ["invoice", "evil", "4711"] {
                assert!(!letter.data.contains(words), "{}", letter.data);
            }
            assert!(letter.data.contains("Hello,"), "{}", letter.data);
        }
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_that_was_never_announced_needs_no_news() {
    for database in databases().await {
        let (company, office) = company(database).await;
        office.answer(451);
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@acme.example")).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let slots = slots(&mut ada, card).await;
        let meeting = book(&mut ada, card, slots[0]).await.unwrap();
        // Nobody takes it just now, so that it waits.
        until("it was tried", async || office.asked() >= 2).await;
        sent(&company).await;
        let meeting = move_to(&mut ada, &meeting, slots[1]).await.unwrap();
        let waits = [("meeting", "waiting"), ("meeting", "waiting")];
        settled(&company, meeting.meeting.0, &waits).await;
        cancel(&mut ada, &meeting).await.unwrap();
        let needless = [("meeting", "needless"), ("meeting", "needless")];
        settled(&company, meeting.meeting.0, &needless).await;
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_vouched_for_is_called_by_name_and_told_of_each_change() {
    for database in databases().await {
        let (company, office) = company(database).await;
        let mut maya = met(&company, "Maya").await;
        let mut ada = company.visitor().await;
        let conversation = start_named(&mut ada, "Ada", Some("ada@acme.example")).await;
        maya.accept().await;
        ada.state(ChatState::Active).await;
        let edit = domain::visitor::ProfileEdit {
            name: Some("Ada 4 ever, www.acme.example".into()),
            email: Some("ada@acme.example".into()),
            ..domain::visitor::ProfileEdit::default()
        };
        let edit = AgentCommand::EditVisitor { conversation, edit };
        maya.command(edit).await.unwrap();
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let slots = slots(&mut ada, card).await;
        let mut post = Post::default();
        let mut meeting = book(&mut ada, card, slots[0]).await.unwrap();
        for slot in &slots[1..=5] {
            post.advance(&company, &office, MINUTE).await;
            meeting = move_to(&mut ada, &meeting, *slot).await.unwrap();
        }
        post.advance(&company, &office, MINUTE).await;
        let taken = post.to("ada@acme.example");
        assert_eq!(taken.len(), 6);
        assert!(
            taken[5].data.contains("Hello Ada 4 ever"),
            "{}",
            taken[5].data
        );
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_missed_requests_the_first_is_told_at_once_and_the_others_together_by_name() {
    for database in databases().await {
        let (company, office) = company(database).await;
        company.add("Sam", Role::Supervisor).await;
        let mut post = Post::default();
        let mut visitors = Vec::new();
        for n in 0..60 {
            let mut visitor = company.visitor().await;
            start_named(&mut visitor, &format!("Visitor-{n}-"), None).await;
            visitor.state(ChatState::Fallback).await;
            visitors.push(visitor);
            if n == 0 {
                post.take(&company, &office).await;
            }
        }
        post.take(&company, &office).await;
        let taken = post.to("sam@example.com");
        assert_eq!(taken.len(), 1);
        assert_eq!(
            taken[0].head("Subject"),
            "Nobody took the chat of Visitor-0-"
        );
        post.advance(&company, &office, MINUTE * 5).await;
        let taken = post.to("sam@example.com");
        assert_eq!(taken.len(), 2);
        assert_eq!(taken[1].head("Subject"), "59 things wait in your inbox");
        let most = Bound::MailNames.amount();
        for n in 1..=most {
            let named = format!("Nobody took the chat of Visitor-{n}-");
            assert!(taken[1].data.contains(&named), "{}", taken[1].data);
        }
        let more = format!("and {} more", 59 - most);
        assert!(taken[1].data.contains(&more), "{}", taken[1].data);
        company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_books_and_moves_so_often_and_not_more() {
    for database in databases().await {
        let (company, _office) = company(database).await;
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@acme.example")).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let slots = slots(&mut ada, card).await;
        let mut meeting = book(&mut ada, card, slots[0]).await.unwrap();
        for n in 1..=Bound::MeetingChanges.amount() {
            meeting = move_to(&mut ada, &meeting, slots[n % 2]).await.unwrap();
        }
        let once_more = move_to(&mut ada, &meeting, slots[5]).await;
        assert_eq!(once_more, Err(Bound::MeetingChanges.refusal()));
        cancel(&mut ada, &meeting).await.unwrap();
        for _ in 1..Bound::VisitorBookings.amount() {
            let meeting = book(&mut ada, card, slots[0]).await.unwrap();
            cancel(&mut ada, &meeting).await.unwrap();
        }
        let once_more = book(&mut ada, card, slots[0]).await;
        assert_eq!(once_more, Err(Bound::VisitorBookings.refusal()));
        company.clock.advance(MINUTE * 60 * 24);
        book(&mut ada, card, slots[60]).await.unwrap();
        company.node.stop().await;
    }
}

/// A plain generator, so that a walk can be walked again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_strangers_do_no_hour_brings_anybody_many_letters() {
    for database in databases().await {
        let (company, office) = company(database).await;
        company.add("Sam", Role::Supervisor).await;
        let mut maya = met(&company, "Maya").await;
        let mut visitors = Vec::new();
        for _ in 0..5 {
            let (mut visitor, conversation) = chat(&company, &mut maya, None).await;
            share_own(&mut maya, conversation).await.unwrap();
            let card = card(&mut visitor).await;
            visitors.push((visitor, card));
        }
        let first = visitors[0].1.card;
        let slots = slots(&mut visitors[0].0, first).await;
        maya.switch(false).await;
        let addresses = [STRANGER, "second@victim.example", "maya@example.com"];
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let mut post = Post::default();
        let mut meetings: Vec<MeetingCard> = Vec::new();
        let mut missed = HashSet::new();
        let node = &company.node;
        for step in 0..400 {
            match dice.below(10) {
                0..=3 => {
                    let (_, card) = &visitors[dice.below(visitors.len())];
                    let email = Some(addresses[dice.below(3)].to_owned());
                    let slot = slots[dice.below(200)];
                    let id = company.id();
                    let booked = node
                        .book_by_link(&card.address, id, slot, email, "UTC", here())
                        .await;
                    meetings.extend(booked.ok());
                }
                4 | 5 if !meetings.is_empty() => {
                    let meeting = &meetings[dice.below(meetings.len())];
                    let slot = slots[dice.below(200)];
                    let _ = node
                        .reschedule_by_link(&meeting.address, company.id(), slot, "UTC", here())
                        .await;
                }
                6 if !meetings.is_empty() => {
                    let meeting = &meetings[dice.below(meetings.len())];
                    let _ = node
                        .cancel_by_link(&meeting.address, company.id(), here())
                        .await;
                }
                7 => {
                    let mut visitor = company.visitor().await;
                    let name = format!("Visitor-{step}-");
                    let email = addresses[dice.below(3)];
                    let chat = start_named(&mut visitor, &name, Some(email)).await;
                    visitor.state(ChatState::Fallback).await;
                    visitor.leave(Some(chat), "Call me").await.unwrap();
                    missed.insert(name);
                }
                8 | 9 if step % 4 == 0 => {
                    let minutes = u32::try_from(dice.below(9)).unwrap();
                    post.advance(&company, &office, MINUTE * minutes).await;
                }
                _ => {}
            }
        }
        for _ in 0..40 {
            post.advance(&company, &office, MINUTE * 5).await;
        }
        let most = post.most();
        for (address, count) in &most {
            let bar = if address.ends_with("@example.com") {
                12
            } else {
                5
            };
            assert!(*count <= bar, "{most:?}");
        }
        assert!(most.len() == 4 && missed.len() > 10, "{most:?}");
        for name in missed {
            let named = post
                .to("sam@example.com")
                .iter()
                .any(|letter| letter.data.contains(&name));
            assert!(named, "{name}");
        }
        company.node.stop().await;
    }
}

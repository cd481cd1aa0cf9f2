//! The activity history.

use std::time::Duration;

use domain::{
    ConversationId, Refusal, Timestamp,
    activity::{Activity, ActivityKind as Kind, HISTORY, HISTORY_ENTRIES, Rating},
    agent::Role,
    conversation::EndReason,
    frame::{
        agent::AgentCommand,
        visitor::{Answer, PageView, VisitorCommand, VisitorRequest},
    },
    visitor::{Page, ProfileField, ProfileInput},
};

use crate::{
    on_every_database,
    support::{Agent, Company, here, words},
};

const MINUTE: Duration = Duration::from_secs(60);

async fn history(company: &Company, agent: &Agent, chat: ConversationId) -> Vec<Activity> {
    let page = company.node.history(&agent.who, chat, None).await.unwrap();
    let newest_first = page.activities.is_sorted_by(|one, next| one.at >= next.at);
    assert!(newest_first, "{page:?}");
    page.activities
}

async fn kinds(company: &Company, agent: &Agent, chat: ConversationId) -> Vec<&'static str> {
    let word = |activity: &Activity| match activity.kind {
        Kind::PageViewed { .. } => "page viewed",
        Kind::ChatStarted { .. } => "chat started",
        Kind::ChatEnded { .. } => "chat ended",
        Kind::FormFilled { .. } => "form filled",
        Kind::MessageLeft { .. } => "message left",
        Kind::Identified { .. } => "identified",
        Kind::Rated { .. } => "rated",
        Kind::Reported { .. } => "reported",
        Kind::MeetingScheduled(_) => "meeting scheduled",
        Kind::MeetingRescheduled(_) => "meeting rescheduled",
        Kind::MeetingCancelled(_) => "meeting cancelled",
    };
    let activities = history(company, agent, chat).await;
    activities.iter().map(word).collect()
}

fn page(n: usize) -> Page {
    Page::new(&format!("https://example.com/{n}"), "", "")
}

fn views(activities: &[Activity]) -> Vec<(String, Timestamp)> {
    let view = |activity: &Activity| match &activity.kind {
        Kind::PageViewed { url, .. } => Some((url.clone(), activity.at)),
        _ => None,
    };
    activities.iter().filter_map(view).collect()
}

on_every_database! {
    async fn ninety_days_of_24_hours_show_and_what_ended_in_them_with_all_its_words(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        assert_eq!(kinds(&company, &maya, chat).await, ["chat started", "form filled", "page viewed"]);
        company.clock.advance(5 * MINUTE);
        maya.command(AgentCommand::End { conversation: chat }).await.unwrap();
        let all = ["chat ended", "chat started", "form filled", "page viewed"];
        assert_eq!(kinds(&company, &maya, chat).await, all);
        let entries = history(&company, &maya, chat).await;
        assert!(matches!(&entries[0].kind, Kind::ChatEnded { reason: EndReason::Agent, agent, .. } if agent == "Maya"));
        assert!(matches!(&entries[2].kind, Kind::FormFilled { fields } if *fields == [ProfileField::Name]));

        // The clock goes on while this runs: some seconds inside, and some outside.
        let begun = entries[1].at;
        let inside = begun + HISTORY - Duration::from_secs(30);
        company.clock.advance(inside.since(company.clock.now()));
        assert_eq!(kinds(&company, &maya, chat).await, all);
        company.clock.advance(Duration::from_secs(30));
        assert_eq!(kinds(&company, &maya, chat).await, ["chat ended"]);
        let whole = company.node.messages(&maya.who, chat).await.unwrap();
        assert_eq!((words(&whole), whole.len()), (vec!["Hi".to_owned()], 3));
        company.clock.advance(6 * MINUTE);
        assert!(kinds(&company, &maya, chat).await.is_empty());
        let list = company.node.list(&maya.who, domain::inbox::Tab::All, None).await.unwrap();
        assert_eq!(list.rows.len(), 1, "the list has no such limit");
    }

    async fn a_chat_with_another_agent_shows_nothing(company: Company) {
        let mut maya = company.agent("Maya").await;
        let sue = company.colleague("Sue", Role::Supervisor).await;
        let jun = company.agent_away("Jun").await;
        let mut ada = company.visitor().await;
        let old = ada.start(Some("Hi")).await.unwrap();
        maya.accept().await;
        maya.command(AgentCommand::End { conversation: old }).await.unwrap();
        let before = kinds(&company, &jun, old).await;
        let open = ada.start(Some("Hi again")).await.unwrap();
        let waiting = kinds(&company, &sue, old).await;
        assert_eq!(waiting[1..], before[..], "a form was filled in, and nobody accepted yet");
        assert_eq!(waiting[0], "form filled");
        maya.accept().await;
        assert_eq!(kinds(&company, &jun, old).await, waiting);
        for agent in [&maya, &sue] {
            let seen = kinds(&company, agent, old).await;
            assert_eq!((seen[0], &seen[1..]), ("chat started", &waiting[..]));
        }
        let refused = company.node.history(&jun.who, open, None).await.map(drop);
        assert_eq!(refused.unwrap_err().refusal(), Refusal::NotFound);
        let refused = company.node.messages(&maya.who, open).await.map(drop);
        assert_eq!(refused.unwrap_err().refusal(), Refusal::NotNow);
        maya.command(AgentCommand::End { conversation: open }).await.unwrap();
        assert_eq!(kinds(&company, &jun, old).await[..2], ["chat ended", "chat started"]);
    }

    async fn a_left_message_shows_until_another_agent_answers_it(company: Company) {
        let mut maya = company.agent_away("Maya").await;
        let jun = company.agent_away("Jun").await;
        let mut ada = company.visitor().await;
        let old = ada.leave(None, "First").await.unwrap();
        assert_eq!(kinds(&company, &jun, old).await, ["message left", "page viewed"]);
        maya.command(AgentCommand::PickUp { conversation: old }).await.unwrap();
        assert_eq!(kinds(&company, &maya, old).await[..2], ["chat started", "message left"]);
        maya.command(AgentCommand::End { conversation: old }).await.unwrap();
        let new = ada.leave(None, "Second").await.unwrap();
        assert_eq!(kinds(&company, &jun, old).await[0], "message left");
        maya.command(AgentCommand::PickUp { conversation: new }).await.unwrap();
        assert_eq!(kinds(&company, &jun, old).await[0], "chat ended");
    }

    async fn what_the_site_and_the_visitor_say_is_written_down(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        maya.accept().await;
        let profile = ProfileInput { phone: Some("123".into()), ..ProfileInput::default() };
        let says = || VisitorCommand::Identify { profile: profile.clone() };
        ada.command(says()).await.unwrap();
        ada.command(says()).await.unwrap();
        ada.command(VisitorCommand::Report { name: "Added to cart".into() }).await.unwrap();
        let nameless = ada.command(VisitorCommand::Report { name: " ".into() }).await;
        assert_eq!(nameless, Err(Refusal::Empty));
        ada.command(VisitorCommand::End { conversation: chat }).await.unwrap();
        let rating = Rating::try_from(2).unwrap();
        let rate = VisitorCommand::Rate { conversation: chat, rating, comment: "Slow".into() };
        ada.command(rate).await.unwrap();
        assert_eq!(
            kinds(&company, &maya, chat).await,
            ["rated", "chat ended", "reported", "identified", "chat started", "form filled", "page viewed"]
        );
        let entries = history(&company, &maya, chat).await;
        assert!(matches!(&entries[0].kind, Kind::Rated { rating: given, comment: Some(comment), .. } if *given == rating && &**comment == "Slow"));
        assert!(matches!(&entries[2].kind, Kind::Reported { name } if &**name == "Added to cart"));
        assert!(matches!(&entries[3].kind, Kind::Identified { signed: false }));
    }

    async fn views_of_one_page_within_half_an_hour_are_one(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let chat = ada.start(None).await.unwrap();
        maya.accept().await;
        let site = "demo".parse().unwrap();
        for n in [1, 2, 1, 2] {
            company.clock.advance(Duration::from_secs(1));
            ada.connection.request(VisitorRequest::Page(page(n)));
        }
        // A command after them is answered once they are taken.
        ada.command(VisitorCommand::Report { name: "Then".into() }).await.unwrap();
        company.node.visit(&site, &ada.token, None, page(1), here()).await.unwrap();
        let first = views(&history(&company, &maya, chat).await);
        let pages: Vec<_> = first.iter().map(|(url, _)| url.as_str()).collect();
        assert_eq!(pages, ["https://example.com/2", "https://example.com/1", "https://example.com/pricing"]);
        ada.command(VisitorCommand::End { conversation: chat }).await.unwrap();
        company.clock.advance(31 * MINUTE);
        company.node.visit(&site, &ada.token, None, page(1), here()).await.unwrap();
        ada.command(VisitorCommand::Report { name: "Later".into() }).await.unwrap();
        assert_eq!(views(&history(&company, &maya, chat).await).len(), 4);
    }

    async fn a_new_visitors_last_twenty_pages_are_handed_over(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let now = company.clock.now();
        let view = |n: usize, at: Timestamp| PageView { page: page(n), at };
        let mut waiting: Vec<_> = (0..25)
            .map(|n| view(n, now - MINUTE * u32::try_from(100 - n).unwrap()))
            .collect();
        waiting.insert(0, view(90, now - HISTORY - MINUTE));
        waiting.push(view(91, now + 600 * MINUTE));
        let start = |views: &[PageView]| VisitorCommand::Start {
            form: ProfileInput::default(),
            first_message: None,
            views: views.to_vec(),
        };
        let Answer::Started { conversation } = ada.command(start(&waiting)).await.unwrap() else { panic!() };
        maya.accept().await;
        let seen = views(&history(&company, &maya, conversation).await);
        let now = company.clock.now();
        assert!(seen.iter().all(|(_, at)| *at <= now));
        let urls: Vec<_> = seen.into_iter().map(|(url, _)| url).collect();
        let mut expected: Vec<_> = (6..25).map(|n| page(n).url).collect();
        expected.push(page(91).url);
        expected.push("https://example.com/pricing".to_owned());
        expected.reverse();
        assert_eq!(urls, expected);
        ada.command(VisitorCommand::End { conversation }).await.unwrap();
        ada.command(start(&[view(99, now - MINUTE)])).await.unwrap();
        let seen = views(&history(&company, &maya, conversation).await);
        assert_eq!(seen.len(), expected.len(), "of a new visitor only");
    }

    async fn pages_go_by_key_and_miss_nothing(company: Company) {
        let mut maya = company.agent("Maya").await;
        let mut ada = company.visitor().await;
        let mut chat = None;
        for n in 0..30 {
            let conversation = ada.start(None).await.unwrap();
            chat = Some(conversation);
            maya.accept().await;
            ada.command(VisitorCommand::Report { name: format!("event {n}") }).await.unwrap();
            maya.command(AgentCommand::End { conversation }).await.unwrap();
        }
        // 30 times a form, a beginning, an event and an end; and one page.
        let (mut before, mut all) = (None, Vec::new());
        loop {
            let page = company.node.history(&maya.who, chat.unwrap(), before).await.unwrap();
            all.extend(page.activities.iter().cloned());
            match page.next {
                Some(next) => assert_eq!(page.activities.len(), HISTORY_ENTRIES, "{next:?}"),
                None => break,
            }
            before = page.next;
        }
        assert_eq!(all.len(), 4 * 30 + 1);
        assert!(all.is_sorted_by(|one, next| one.at >= next.at));
        let mut told: Vec<_> = all.iter().map(|activity| format!("{activity:?}")).collect();
        told.sort();
        told.dedup();
        assert_eq!(told.len(), all.len());
    }
}

//! Invitations that came by mail into the agent's calendar, and meetings that move to another one.

use std::collections::BTreeMap;

use domain::calendar::CalendarKind;
use serde_json::Value;

use super::{
    consent::{rfc3339, story},
    mock::{google::Google, outlook::Outlook},
    *,
};

const MAIN: &str = "maya@example.com";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_in_googles_calendar_is_the_meeting_that_was_written() {
    for (database, others) in databases()
        .await
        .into_iter()
        .zip([false, true].into_iter().cycle())
    {
        let events = BTreeMap::from([(MAIN.to_owned(), BTreeMap::new())]);
        let google = Google {
            events,
            invitations_are_others: others,
        };
        let story = story(database, CalendarKind::Google, google).await;
        story.consent(CalendarKind::Google).await.unwrap();
        let meeting = story.meeting();
        let day = date(&story, 8);
        let confirmed = |google: &Google| -> Vec<Value> {
            let all = google.events[MAIN].values();
            all.filter(|event| event["status"] == "confirmed")
                .cloned()
                .collect()
        };
        story
            .want(meeting, Some(span(day, (9, 10), "UTC")), 0)
            .await;
        story
            .until("it is written", |google| confirmed(google).len() == 1)
            .await;
        // The mail is read a moment later.
        let invitation = json!({
            "id": "invitation", "iCalUID": meeting.to_string(), "status": "confirmed",
            "start": { "dateTime": rfc3339(day, 9) }, "end": { "dateTime": rfc3339(day, 10) },
        });
        {
            let mut api = story.server.api.lock().unwrap();
            let events = api.events.get_mut(MAIN).unwrap();
            events.insert("invitation".to_owned(), invitation);
        }
        story.company.clock.advance(Duration::from_secs(301));
        story
            .until(
                "there is one event",
                |google| matches!(confirmed(google).as_slice(), [one] if one["id"] == "invitation"),
            )
            .await;
        assert_eq!(story.busy().await, []);
        story.want(meeting, None, 1).await;
        story
            .until("it is gone", |google| confirmed(google).is_empty())
            .await;
        story.company.node.stop().await;
    }
}

async fn outlook(database: Database) -> Story<mock::Mock<Outlook>> {
    let story = story(database, CalendarKind::Outlook, Outlook::default()).await;
    story.server.api.lock().unwrap().origin = story.server.origin();
    story.consent(CalendarKind::Outlook).await.unwrap();
    story
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_in_outlooks_calendar_is_the_meeting_that_was_written() {
    for database in databases().await {
        let story = outlook(database).await;
        let meeting = story.meeting();
        let day = date(&story, 8);
        story
            .want(meeting, Some(span(day, (9, 10), "UTC")), 0)
            .await;
        story
            .until("it is written", |outlook| outlook.events.len() == 1)
            .await;
        let invitation = json!({
            "id": "invitation", "iCalUId": meeting.to_string(),
            "start": { "dateTime": format!("{day}T09:00:00.0000000"), "timeZone": "UTC" },
            "end": { "dateTime": format!("{day}T10:00:00.0000000"), "timeZone": "UTC" },
        });
        {
            let mut api = story.server.api.lock().unwrap();
            api.events.insert("invitation".to_owned(), invitation);
        }
        story.company.clock.advance(Duration::from_secs(301));
        story
            .until("there is one event", |outlook| {
                outlook.events.keys().eq(["invitation"])
            })
            .await;
        assert_eq!(story.busy().await, []);
        story.want(meeting, None, 1).await;
        story
            .until("it is gone", |outlook| outlook.events.is_empty())
            .await;
        story.company.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_stands_once_in_the_calendar_that_is_chosen_later() {
    for conflicts in [false, true] {
        for database in databases().await {
            let story = outlook(database).await;
            story.server.api.lock().unwrap().conflicts = conflicts;
            let meeting = story.meeting();
            let there = span(date(&story, 8), (9, 10), "UTC");
            story.want(meeting, Some(there), 0).await;
            story
                .until("it is written", |outlook| outlook.events.len() == 1)
                .await;
            {
                // As the version before numbered what it wrote.
                let mut api = story.server.api.lock().unwrap();
                let id = api.events.keys().next().unwrap().clone();
                api.made_before(&meeting.to_string(), &id);
            }
            let node = &story.company.node;
            for calendar in ["cal/2=", "cal/1=", "cal/2="] {
                let all = ["cal/1=".to_owned(), "cal/2=".to_owned()];
                node.choose_calendars(&story.who, &all, Some(calendar), true)
                    .await
                    .unwrap();
                story
                    .until("it stands there, once", |outlook| {
                        let events = outlook.of_meeting(&meeting.to_string());
                        matches!(events.as_slice(), [one] if one["calendar"] == calendar)
                    })
                    .await;
            }
            node.stop().await;
        }
    }
}

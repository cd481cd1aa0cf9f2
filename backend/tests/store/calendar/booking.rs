//! Meetings that visitors book, and the agent's calendar.

use domain::{
    CardId, Refusal,
    agent::Role,
    availability::{Block, Schedule},
    frame::{
        agent::AgentCommand,
        visitor::{Answer, VisitorCommand, VisitorEvent, VisitorRequest},
    },
    meeting::{MeetingCard, MeetingHours, Slot, Terms},
    message::Body,
};

use super::*;
use crate::support::Visitor;

async fn slots(visitor: &mut Visitor, card: CardId) -> Vec<Slot> {
    let asked = VisitorRequest::Slots { card, from: None };
    visitor.connection.request(asked);
    visitor
        .until(|event| match event {
            VisitorEvent::Slots { slots, .. } => Some(slots.clone()),
            _ => None,
        })
        .await
}

async fn book(
    visitor: &mut Visitor,
    card: CardId,
    slot: Timestamp,
) -> Result<MeetingCard, Refusal> {
    let command = VisitorCommand::Book {
        card,
        slot: Slot(slot),
        email: Some("ada@example.org".into()),
        zone: "Europe/Lisbon".into(),
    };
    match visitor.command(command).await? {
        Answer::Booked(card) => Ok(card),
        answer => panic!("{answer:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_leave_out_what_is_busy_and_meetings_reach_the_calendar() {
    for story in Story::all().await {
        let node = &story.company.node;
        let event = format!(
            "DTSTART:{0}T090000Z\r\nDTEND:{0}T110000Z",
            basic(date(&story, 3))
        );
        story.server.put("event", &ics("event", &[&event])).await;
        let day = Block::parse("00:00", "24:00").unwrap();
        let hours = MeetingHours {
            week: Schedule::new(None, std::array::from_fn(|_| vec![day])).unwrap(),
            terms: Terms::default(),
        };
        let id = story.who.agent.id;
        node.set_meeting_hours_of(id, hours).await.unwrap();
        story.connect().await;
        story
            .busy_is(&[span(date(&story, 3), (9, 11), "UTC")])
            .await;

        let mut maya = story.company.sign_in(node, "Maya").await;
        maya.switch(true).await;
        let mut ada = story.company.visitor().await;
        ada.start(None).await.unwrap();
        let conversation = maya.accept().await;
        let share = AgentCommand::ShareCalendar {
            conversation,
            agent: id,
        };
        maya.command(share).await.unwrap();
        let card = ada
            .until(|event| match event {
                VisitorEvent::Chat { messages, .. } => {
                    messages.iter().find_map(|message| match &message.body {
                        Body::Calendar(card) => Some(card.card),
                        _ => None,
                    })
                }
                _ => None,
            })
            .await;
        let free = slots(&mut ada, card).await;
        let utc = |hour| at(date(&story, 3), hour, "UTC");
        assert!(free.contains(&Slot(utc(8))) && free.contains(&Slot(utc(11))));
        assert!(!free.contains(&Slot(utc(9))) && !free.contains(&Slot(utc(10))));
        assert_eq!(book(&mut ada, card, utc(9)).await, Err(Refusal::Taken));

        // Written, moved, called off, each without anybody's doing.
        let booked = book(&mut ada, card, utc(11)).await.unwrap();
        let name = booked.meeting.to_string();
        let stands = async |stamp: String| {
            let stamp = format!("DTSTART:{stamp}");
            let fits = |text: Option<&str>| text.is_some_and(|text| text.contains(&stamp));
            story.stands(&name, fits).await;
        };
        stands(format!("{}T110000Z", basic(date(&story, 3)))).await;
        let text = story.server.get(&name).await.unwrap();
        assert!(text.contains("SUMMARY:Maya & Ada"), "{text}");
        assert!(text.contains("ada@example.org"), "{text}");
        let move_to = VisitorCommand::Reschedule {
            meeting: booked.meeting,
            slot: Slot(utc(13)),
            zone: String::new(),
        };
        ada.command(move_to).await.unwrap();
        stands(format!("{}T130000Z", basic(date(&story, 3)))).await;

        // The feed has it, too, until it ends.
        let path = node.renew_feed(&story.who).await.unwrap();
        let address = path
            .strip_prefix("/feeds/")
            .unwrap()
            .strip_suffix(".ics")
            .unwrap();
        let feed = node.feed(address).await.unwrap();
        assert!(feed.contains(&format!("UID:{name}")), "{feed}");
        assert!(feed.contains("X-WR-CALNAME:Casella"), "{feed}");
        let renewed = node.renew_feed(&story.who).await.unwrap();
        assert_ne!(renewed, path);
        assert!(node.feed(address).await.is_err());
        // Nobody is told the address again.
        assert!(node.calendar_settings(&story.who).await.unwrap().feed);

        // Given to a colleague without a calendar: it is gone from this one.
        let zoe = story.company.add("Zoe", Role::Supervisor).await;
        let hours = node.meeting_hours_of(id).await.unwrap();
        node.set_meeting_hours_of(zoe, hours).await.unwrap();
        let zoe = story.company.sign_in(node, "Zoe").await;
        node.reassign_meeting(&zoe.who, booked.meeting, zoe.who.agent.id)
            .await
            .unwrap();
        story.stands(&name, |text| text.is_none()).await;

        let second = book(&mut ada, card, utc(15)).await.unwrap();
        let name = second.meeting.to_string();
        story.stands(&name, |text| text.is_some()).await;
        let cancel = VisitorCommand::CancelMeeting {
            meeting: second.meeting,
        };
        ada.command(cancel).await.unwrap();
        story.stands(&name, |text| text.is_none()).await;
        node.stop().await;
    }
}

//! Meetings in the inbox: which calendars there are, the list, cancelling and giving away.

use backend::AgentChanges;
use domain::{
    Refusal,
    agent::Role,
    meeting::{MeetingChange, MeetingState, NoCalendar},
};

use super::{HOUR, book, chat, heard, hours, met, own_card, slots, told};
use crate::on_every_database;

fn refusal<T: std::fmt::Debug>(result: Result<T, backend::Error>) -> Refusal {
    result.unwrap_err().refusal()
}

on_every_database! {
    async fn ones_own_calendar_comes_first_and_others_with_the_reason_why_not(company: Company) {
        let zoe = met(&company, "Zoe").await;
        met(&company, "Bea").await;
        company.agent("Abe").await;
        let off = met(&company, "Ann").await.who.agent.id;
        let disabled = AgentChanges { disabled: Some(true), ..Default::default() };
        company.node.set_agent(off, disabled).await.unwrap();
        let choices = company.node.calendars(&zoe.who).await.unwrap();
        let shown: Vec<_> = choices.iter().map(|choice| (choice.agent.name.as_str(), choice.not)).collect();
        assert_eq!(shown, [
            ("Zoe", None),
            ("Abe", Some(NoCalendar::NoHours)),
            ("Bea", None),
            ("Ann", Some(NoCalendar::Disabled)),
        ]);
        assert_eq!(company.node.meeting_hours(&zoe.who).await.unwrap(), hours(|_| ()));
        // Without hours there is nothing to share.
        company.node.set_meeting_hours(&zoe.who, Default::default()).await.unwrap();
        let choices = company.node.calendars(&zoe.who).await.unwrap();
        assert_eq!(choices[0].not, Some(NoCalendar::NoHours));
    }

    async fn agents_list_their_meetings_and_supervisors_everybodys(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let free = slots(&mut ada, card).await;
        let soon = book(&mut ada, card, free[1]).await.unwrap().meeting;
        let sooner = book(&mut ada, card, free[0]).await.unwrap().meeting;
        let late = book(&mut ada, card, free[200]).await.unwrap().meeting;
        let jun = company.agent("Jun").await;
        let sue = company.colleague("Sue", Role::Supervisor).await;
        let node = &company.node;
        let ids = |page: domain::meeting::MeetingPage| -> Vec<_> {
            page.meetings.iter().map(|row| row.meeting).collect()
        };
        assert_eq!(ids(node.meetings(&maya.who, false, false, None).await.unwrap()), [sooner, soon, late]);
        assert!(ids(node.meetings(&jun.who, false, false, None).await.unwrap()).is_empty());
        assert_eq!(refusal(node.meetings(&jun.who, true, false, None).await), Refusal::Forbidden);
        assert_eq!(ids(node.meetings(&sue.who, true, false, None).await.unwrap()), [sooner, soon, late]);
        assert!(ids(node.meetings(&maya.who, false, true, None).await.unwrap()).is_empty());

        // What was cancelled says so where it would have been.
        node.cancel_meeting(&maya.who, late).await.unwrap();
        let page = node.meetings(&maya.who, false, false, None).await.unwrap();
        let states: Vec<_> = page.meetings.iter().map(|row| (row.meeting, row.state)).collect();
        use domain::meeting::MeetingState::{Booked, Cancelled};
        assert_eq!(states, [(sooner, Booked), (soon, Booked), (late, Cancelled)]);

        // One that is on is coming still; one that is over is past, the last first.
        let past = free[1].0.since(company.clock.now()) + HOUR / 4;
        company.clock.advance(past);
        assert_eq!(ids(node.meetings(&sue.who, true, false, None).await.unwrap()), [soon, late]);
        company.clock.advance(HOUR);
        assert_eq!(ids(node.meetings(&sue.who, true, true, None).await.unwrap()), [soon, sooner]);
        assert_eq!(ids(node.meetings(&maya.who, false, true, None).await.unwrap()), [soon, sooner]);
    }

    async fn the_list_goes_on_behind_its_last_row(company: Company) {
        let mut maya = met(&company, "Maya").await;
        for n in 0..6 {
            let email = format!("ada{n}@example.com");
            let (mut ada, conversation) = chat(&company, &mut maya, Some(&email)).await;
            let card = own_card(&mut maya, &mut ada, conversation).await;
            let free = slots(&mut ada, card).await;
            for slot in &free[..10] {
                book(&mut ada, card, *slot).await.unwrap();
            }
            maya.command(domain::frame::agent::AgentCommand::End { conversation }).await.unwrap();
        }
        let node = &company.node;
        for (past, days) in [(false, 0), (true, 30)] {
            company.clock.advance(HOUR * 24 * days);
            let first = node.meetings(&maya.who, false, past, None).await.unwrap();
            assert_eq!(first.meetings.len(), 50);
            let rest = node.meetings(&maya.who, false, past, first.next).await.unwrap();
            assert_eq!((rest.meetings.len(), rest.next), (10, None));
            let all: Vec<_> = first.meetings.iter().chain(&rest.meetings).map(|row| row.span.start()).collect();
            assert!(all.is_sorted_by(|one, next| if past { one > next } else { one < next }));
        }
    }

    async fn an_agent_cancels_and_gives_away_own_meetings_only(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let free = slots(&mut ada, card).await;
        let meeting = book(&mut ada, card, free[0]).await.unwrap().meeting;
        let mut jun = company.agent("Jun").await;
        let node = &company.node;
        let to = jun.who.agent.id;
        assert_eq!(refusal(node.cancel_meeting(&jun.who, meeting).await), Refusal::NotFound);
        assert_eq!(refusal(node.reassign_meeting(&jun.who, meeting, to).await), Refusal::NotFound);
        assert_eq!(refusal(node.reassign_meeting(&maya.who, meeting, to).await), Refusal::NoCalendar);
        node.set_meeting_hours_of(to, hours(|_| ())).await.unwrap();
        node.reassign_meeting(&maya.who, meeting, to).await.unwrap();
        let row = heard(&mut jun, meeting, MeetingChange::Reassigned).await;
        assert_eq!((row.agent, row.sequence), (to, 1));
        heard(&mut maya, meeting, MeetingChange::Reassigned).await;
        assert_eq!(told(&mut ada, meeting, 1).await.agent.name, "Jun");
        assert!(node.meetings(&maya.who, false, false, None).await.unwrap().meetings.is_empty());
        assert_eq!(refusal(node.cancel_meeting(&maya.who, meeting).await), Refusal::NotFound);
        node.cancel_meeting(&jun.who, meeting).await.unwrap();
        assert_eq!(told(&mut ada, meeting, 2).await.state, MeetingState::Cancelled);
        assert_eq!(refusal(node.cancel_meeting(&jun.who, meeting).await), Refusal::NotNow);
    }

    async fn meetings_of_a_disabled_agent_are_given_to_one_who_has_time(company: Company) {
        let mut maya = met(&company, "Maya").await;
        let mut jun = met(&company, "Jun").await;
        let mut sue = company.colleague("Sue", Role::Supervisor).await;
        let (mut ada, conversation) = chat(&company, &mut maya, Some("ada@example.com")).await;
        let card = own_card(&mut maya, &mut ada, conversation).await;
        let free = slots(&mut ada, card).await;
        let meeting = book(&mut ada, card, free[0]).await.unwrap().meeting;
        // Jun has something at that time.
        super::share(&mut maya, conversation, jun.who.agent.id).await.unwrap();
        while super::card(&mut ada).await.card == card {
            ada.seen(4).await;
        }
        let of_jun = super::card(&mut ada).await.card;
        let in_the_way = book(&mut ada, of_jun, free[0]).await.unwrap().meeting;

        let off = AgentChanges { disabled: Some(true), ..Default::default() };
        company.node.set_agent(maya.who.agent.id, off).await.unwrap();
        let node = &company.node;
        let page = node.meetings(&sue.who, true, false, None).await.unwrap();
        let left: Vec<_> = page.meetings.iter().filter(|row| row.agent_disabled).collect();
        assert_eq!(left.len(), 1);
        assert_eq!((left[0].meeting, left[0].agent_name.as_str()), (meeting, "Maya"));
        let to = jun.who.agent.id;
        assert_eq!(refusal(node.reassign_meeting(&sue.who, meeting, to).await), Refusal::Taken);
        node.cancel_meeting(&sue.who, in_the_way).await.unwrap();
        heard(&mut sue, in_the_way, MeetingChange::Cancelled).await;
        node.reassign_meeting(&sue.who, meeting, to).await.unwrap();
        heard(&mut jun, meeting, MeetingChange::Reassigned).await;
        // Who is disabled gets none.
        let back = node.reassign_meeting(&sue.who, meeting, maya.who.agent.id).await;
        assert_eq!(refusal(back), Refusal::NoCalendar);
    }
}

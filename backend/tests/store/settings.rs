//! What agents set for themselves.

use std::time::Duration;

use domain::{
    Language, Refusal,
    availability::{Block, Schedule, Zone},
    frame::agent::{AgentCommand, Change, Cursor},
    settings::{Notifications, PHOTO_BYTES, PushSubscription},
};

use crate::{
    on_every_database,
    support::{Agent, Company},
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\npicture";

/// The same hours on every day.
fn daily(from: &str, to: &str) -> Schedule {
    let zone = Zone::try_from("UTC".to_owned()).unwrap();
    let block = Block::parse(from, to).unwrap();
    Schedule::new(Some(zone), std::array::from_fn(|_| vec![block])).unwrap()
}

async fn sign_in_again(company: &Company, agent: &Agent) -> Agent {
    let email = &agent.who.agent.email;
    let (_, who) = company
        .node
        .sign_in(email, "correct horse", "Test/1.0")
        .await
        .unwrap();
    Agent::connect(&company.node, who, Cursor::default()).await
}

on_every_database! {
    async fn a_schedule_makes_available_and_all_tabs_hear_of_it(company: Company) {
        let mut agent = company.agent_away("Maya").await;
        let mut tab = sign_in_again(&company, &agent).await;
        let schedule = daily("00:00", "24:00");
        company.node.set_schedule(&agent.who, schedule.clone()).await.unwrap();
        for tab in [&mut agent, &mut tab] {
            tab.changed(|change| matches!(change, Change::Availability(now) if now.available && now.over.is_none())).await;
        }
        assert_eq!(company.node.settings(&agent.who).await.unwrap().schedule, schedule);
        company.node.set_schedule(&agent.who, Schedule::default()).await.unwrap();
        agent.changed(|change| matches!(change, Change::Availability(now) if !now.available)).await;
    }

    async fn the_switch_stays_over_a_new_schedule_unless_it_says_the_same(company: Company) {
        let mut agent = company.agent("Maya").await;
        // Hours that do not hold now, whatever the time is.
        let now = company.clock.now().0 / 60_000_000 % 1_440;
        let (from, to) = if now < 720 { ("20:00", "21:00") } else { ("03:00", "04:00") };
        company.node.set_schedule(&agent.who, daily(from, to)).await.unwrap();
        let start = company.node.inbox(&agent.who).await.unwrap();
        assert!(start.availability.over.unwrap().available);
        assert!(start.availability.available);

        company.node.set_schedule(&agent.who, daily("00:00", "24:00")).await.unwrap();
        let start = company.node.inbox(&agent.who).await.unwrap();
        assert_eq!(start.availability.over, None);
        assert!(start.availability.available);
        agent.command(AgentCommand::SetAvailable { available: false }).await.unwrap();
    }

    async fn an_unknown_zone_is_refused(company: Company) {
        let agent = company.agent_away("Maya").await;
        let zone = Zone::try_from("Europe/Atlantis".to_owned()).unwrap();
        let nowhere = Schedule::new(Some(zone), Default::default()).unwrap();
        let refused = company.node.set_schedule(&agent.who, nowhere).await;
        assert_eq!(refused.unwrap_err().refusal(), Refusal::Malformed);
    }

    async fn a_profile_and_notifications_are_kept(company: Company) {
        let agent = company.agent_away("Maya").await;
        let name = "Maya Rossi".to_owned().try_into().unwrap();
        company.node.set_profile(&agent.who, name, Some(Language::Italian)).await.unwrap();
        let quiet = Notifications { sound: false, browser: false, when_closed: true };
        company.node.set_notifications(&agent.who, quiet).await.unwrap();
        let settings = company.node.settings(&agent.who).await.unwrap();
        assert_eq!(&*settings.agent.name, "Maya Rossi");
        assert_eq!(settings.agent.language, Some(Language::Italian));
        assert_eq!(settings.notifications, quiet);
        assert_eq!(settings.push_key, company.node.push_key());
    }

    async fn a_photo_is_what_its_content_says(company: Company) {
        let maya = company.agent_away("Maya").await;
        let jun = company.agent_away("Jun").await;
        let set = company.node.set_photo(&maya.who, Some(PNG.to_vec())).await.unwrap();
        let name = set.unwrap();
        assert!(name.ends_with(".png") && name.len() == 36, "{name}");
        let photo = company.node.photo(&name).await.unwrap().unwrap();
        assert_eq!((photo.kind, &*photo.bytes), ("image/png", PNG));
        let settings = company.node.settings(&maya.who).await.unwrap();
        assert_eq!(settings.agent.photo.as_deref(), Some(&*name));

        for (wrong, why) in [
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), Refusal::Malformed),
            ([PNG, &vec![0; PHOTO_BYTES]].concat(), Refusal::TooLarge),
        ] {
            let refused = company.node.set_photo(&maya.who, Some(wrong)).await;
            assert_eq!(refused.unwrap_err().refusal(), why);
        }
        // Two with the same photo: it goes when neither has it any more.
        company.node.set_photo(&jun.who, Some(PNG.to_vec())).await.unwrap();
        company.node.set_photo(&maya.who, None).await.unwrap();
        assert!(company.node.photo(&name).await.unwrap().is_some());
        company.node.set_photo(&jun.who, Some(b"\xff\xd8\xff\xe0".to_vec())).await.unwrap();
        assert!(company.node.photo(&name).await.unwrap().is_none());
        assert!(company.node.photo("../../etc/passwd").await.unwrap().is_none());
    }

    async fn a_new_password_ends_the_other_sessions(company: Company) {
        let agent = company.agent_away("Maya").await;
        let mut other = sign_in_again(&company, &agent).await;
        let wrong = company.node.change_password(&agent.who, "wrong horse", "battery staple").await;
        assert_eq!(wrong.unwrap_err().refusal(), Refusal::Forbidden);
        let short = company.node.change_password(&agent.who, "correct horse", "short").await;
        assert_eq!(short.unwrap_err().refusal(), Refusal::Empty);
        assert_eq!(company.node.settings(&agent.who).await.unwrap().devices.len(), 2);

        company.node.change_password(&agent.who, "correct horse", "battery staple").await.unwrap();
        other.closed().await;
        let devices = company.node.settings(&agent.who).await.unwrap().devices;
        assert_eq!(devices.len(), 1);
        assert!(devices[0].this);
        let email = &agent.who.agent.email;
        assert!(company.node.sign_in(email, "correct horse", "Test/1.0").await.is_err());
        company.node.sign_in(email, "battery staple", "Test/1.0").await.unwrap();
    }

    async fn a_device_is_signed_out_by_its_own_agent_only(company: Company) {
        let maya = company.agent_away("Maya").await;
        let mut phone = sign_in_again(&company, &maya).await;
        let jun = company.agent_away("Jun").await;
        let stolen = company.node.end_device(&jun.who, phone.who.session).await;
        assert_eq!(stolen.unwrap_err().refusal(), Refusal::NotFound);
        company.node.end_device(&maya.who, phone.who.session).await.unwrap();
        phone.closed().await;
        let devices = company.node.settings(&maya.who).await.unwrap().devices;
        let sessions: Vec<_> = devices.iter().map(|device| device.session).collect();
        assert_eq!(sessions, [maya.who.session]);
        let again = company.node.end_device(&maya.who, phone.who.session).await;
        assert_eq!(again.unwrap_err().refusal(), Refusal::NotFound);
    }

    async fn a_device_that_was_not_used_for_a_month_is_gone(company: Company) {
        let maya = company.agent_away("Maya").await;
        company.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
        assert!(company.node.settings(&maya.who).await.unwrap().devices.is_empty());
    }

    async fn a_browser_subscribes_only_with_keys_to_a_public_address(company: Company) {
        let maya = company.agent_away("Maya").await;
        let fine = PushSubscription {
            endpoint: "https://push.example.com/x".into(),
            p256dh: company.node.push_key(),
            auth: "AAAAAAAAAAAAAAAAAAAAAA".into(),
        };
        let off = company.node.subscribe_push(&maya.who, fine.clone()).await;
        assert_eq!(off.unwrap_err().refusal(), Refusal::NotNow);
        let on = Notifications { when_closed: true, ..Notifications::default() };
        company.node.set_notifications(&maya.who, on).await.unwrap();
        for wrong in [
            PushSubscription { endpoint: "http://push.example.com/x".into(), ..fine.clone() },
            PushSubscription { endpoint: "https://127.0.0.1/x".into(), ..fine.clone() },
            PushSubscription { endpoint: format!("https://a.example/{}", "x".repeat(2_000)), ..fine.clone() },
            PushSubscription { p256dh: "AAAA".into(), ..fine.clone() },
            PushSubscription { auth: "AAAA".into(), ..fine.clone() },
        ] {
            let refused = company.node.subscribe_push(&maya.who, wrong).await;
            assert_eq!(refused.unwrap_err().refusal(), Refusal::Malformed);
        }
        company.node.subscribe_push(&maya.who, fine).await.unwrap();
    }
}

use backend::meeting::Linked;
use domain::{
    availability::{Block, Schedule},
    frame::{agent::AgentCommand, visitor::VisitorEvent},
    meeting::{CalendarCard, MeetingHours, Slot, Terms},
    message::Body,
};
use reqwest::Response;

use crate::{
    agent::{self, Agent},
    app::TestApp,
    visitor::Visitor,
};

/// The page of a card that Maya shared with a visitor without an email, and its free slots.
async fn shared(app: &TestApp) -> (String, Vec<Slot>) {
    let card = shared_card(app).await;
    let slots = slots(app, &card.address).await;
    (format!("/m/{}", card.address), slots)
}

async fn shared_card(app: &TestApp) -> CalendarCard {
    let mut maya = Agent::available(app, "Maya").await;
    let who = agent::signed_in(app, &maya.cookie).await.agent.id;
    let all_day = std::array::from_fn(|_| vec![Block::new(0, 24 * 60).unwrap()]);
    let hours = MeetingHours {
        week: Schedule::new(None, all_day).unwrap(),
        terms: Terms::default(),
    };
    app.casella()
        .set_meeting_hours_of(who, hours)
        .await
        .unwrap();
    let mut visitor = Visitor::connect(app).await;
    let conversation = visitor.ask("Hello").await;
    maya.accept(conversation).await;
    let share = AgentCommand::ShareCalendar {
        conversation,
        agent: who,
    };
    assert!(maya.command(share).await.is_ok());
    visitor
        .until(|event| match event {
            VisitorEvent::Chat { messages, .. } => {
                messages.iter().find_map(|message| match &message.body {
                    Body::Calendar(card) => Some(card.clone()),
                    _ => None,
                })
            }
            _ => None,
        })
        .await
}

async fn slots(app: &TestApp, address: &str) -> Vec<Slot> {
    match app.casella().follow_link(address, None).await.unwrap() {
        Linked::Card(card) => card.free.slots,
        Linked::Meeting(meeting) => meeting.free.slots,
        Linked::Ended(_) => Vec::new(),
    }
}

/// Sends a form of a page as browsers do, without following where it leads.
async fn post(app: &TestApp, path: &str, form: &str) -> Response {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    client
        .build()
        .unwrap()
        .post(app.url(path))
        .header("origin", app.origin())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned())
        .send()
        .await
        .unwrap()
}

/// What stands in a hidden field of a page.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let at = page
        .rsplit_once(&format!("name=\"{name}\" value=\""))
        .unwrap()
        .1;
    at.split('"').next().unwrap()
}

fn seconds(slot: Slot) -> i64 {
    slot.0.0 / 1_000_000
}

stories! {
    async fn the_page_behind_a_link_runs_nothing_and_is_told_to_nobody(app: TestApp) {
        let (path, slots) = shared(&app).await;
        let answer = app.get(&format!("{path}?lang=it&zone=Asia/Tokyo")).await;
        assert_eq!(answer.status(), 200);
        let headers = answer.headers().clone();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
        assert_eq!(headers["x-robots-tag"], "noindex");
        assert_eq!(headers["referrer-policy"], "same-origin");
        assert_eq!(headers["cache-control"], "no-store");
        let page = answer.text().await.unwrap();
        assert!(!page.contains("<script") && page.contains("lang=\"it\""), "{page}");
        assert!(page.contains("Prenota appuntamento"), "{page}");
        let local = domain::meeting::words::Local::new("Asia/Tokyo", domain::Language::Italian);
        let first = local.unwrap().moment(slots[0].0);
        assert!(page.contains(&format!("aria-label=\"{first}\"")), "{first}: {page}");
    }

    async fn a_form_books_once_however_often_it_is_sent(app: TestApp) {
        let (path, slots) = shared(&app).await;
        let chosen = format!("{path}?slot={}", seconds(slots[0]));
        let page = app.get(&chosen).await.text().await.unwrap();
        assert!(page.contains("aria-pressed=\"true\""), "{page}");
        let id = field(&page, "id");
        let form = format!("act=yes&slot={}&id={id}&email=ada@example.com", seconds(slots[0]));
        let first = post(&app, &path, &form).await;
        assert_eq!(first.status(), 303);
        let again = post(&app, &path, &form).await;
        let place = first.headers()["location"].to_str().unwrap();
        assert_eq!(place, again.headers()["location"].to_str().unwrap());
        let page = app.get(place).await.text().await.unwrap();
        assert!(page.contains("Meeting booked") && page.contains("ada@example.com"), "{page}");
    }

    async fn what_was_written_stays_when_the_time_was_taken_or_the_email_is_wrong(app: TestApp) {
        let (path, slots) = shared(&app).await;
        let slot = seconds(slots[0]);
        let answer = post(&app, &path, &format!("act=yes&slot={slot}&email=%22%3Cb%3E")).await;
        assert_eq!(answer.status(), 400);
        let page = answer.text().await.unwrap();
        assert!(page.contains("value=\"&quot;&lt;b&gt;\"") && page.contains("aria-invalid"), "{page}");
        let form = format!("act=yes&slot={slot}&email=ada@example.com");
        assert_eq!(post(&app, &path, &form).await.status(), 303);
        let answer = post(&app, &path, &form).await;
        assert_eq!(answer.status(), 409);
        let page = answer.text().await.unwrap();
        assert!(page.contains("This time was just taken"), "{page}");
        assert!(!page.contains(&format!("value=\"{slot}\" aria-pressed")), "{page}");
        let nothing = post(&app, &path, "act=yes").await;
        assert_eq!(nothing.status(), 422);
    }

    async fn a_meeting_is_moved_and_cancelled_by_forms_only(app: TestApp) {
        let (path, slots) = shared(&app).await;
        let form = format!("act=yes&slot={}&email=ada@example.com", seconds(slots[0]));
        let booked = post(&app, &path, &form).await;
        let place = booked.headers()["location"].to_str().unwrap().to_owned();
        let meeting = place.split('?').next().unwrap();
        // By an address nothing happens, whatever stands in it.
        let cancelled = |page: &str| page.contains("Meeting cancelled");
        let page = app.get(&format!("{meeting}?do=cancel&act=yes")).await.text().await.unwrap();
        assert!(page.contains("Cancel this meeting?") && !cancelled(&page), "{page}");
        let form = format!("do=reschedule&act=yes&slot={}", seconds(slots[5]));
        assert_eq!(post(&app, meeting, &form).await.status(), 303);
        assert_eq!(post(&app, meeting, "do=cancel&act=yes").await.status(), 303);
        let page = app.get(meeting).await.text().await.unwrap();
        assert!(cancelled(&page), "{page}");
        assert_eq!(post(&app, meeting, "do=cancel&act=yes").await.status(), 409);
        let unknown = app.get("/m/no-address").await;
        assert_eq!(unknown.status(), 404);
        assert!(unknown.text().await.unwrap().contains("This link does not work"));
    }

    async fn the_page_of_a_withdrawn_card_says_that_it_has_ended(app: TestApp) {
        let card = shared_card(&app).await;
        let path = format!("/m/{}", card.address);
        let slots = slots(&app, &card.address).await;
        let who = agent::signed_in(&app, &agent::cookie(&app, "Maya").await).await;
        app.casella().withdraw_card(&who, card.card).await.unwrap();
        let ended = app.get(&path).await;
        assert_eq!(ended.status(), 410);
        let page = ended.text().await.unwrap();
        assert!(page.contains("This link has ended"), "{page}");
        let form = format!("act=yes&slot={}&email=ada@example.com", seconds(slots[0]));
        assert_eq!(post(&app, &path, &form).await.status(), 410);
    }
}

//! Meetings by everybody: those of another agent, by a chat's connection, by a link.

use backend::meeting::Linked;
use domain::{
    AgentId, MeetingId, Refusal,
    agent::Role,
    availability::{Block, Schedule},
    frame::{
        agent::{AgentCommand, Answer as AgentAnswer},
        visitor::{Answer, VisitorCommand, VisitorEvent, VisitorRequest},
    },
    meeting::{CalendarCard, MeetingCard, MeetingHours, MeetingState, Slot, Terms},
    message::Body,
    permission::{Action, Stand},
};
use http::Method;

use super::{
    Findings, Outcome, Person, Tried,
    call::send,
    functions::who,
    scene::{Case, SETTINGS, Scene, World},
    visitors::stranger,
};
use crate::{
    app::TestApp,
    line::{Line, here, new_id},
    sign_in::arguments,
};

const ROLES: [Role; 3] = [Role::Agent, Role::Supervisor, Role::Admin];

/// A chat in which an agent shared a calendar.
struct Shared {
    scene: Scene,
    card: CalendarCard,
    /// Slots that nobody has booked yet.
    free: Vec<Slot>,
}

impl Shared {
    /// In the own chat of an agent of this role, the calendar of `of`.
    async fn open(world: &mut World<'_>, role: Role, of: AgentId) -> Self {
        let mut scene = world.scene(role, Case::Own).await;
        let card = share(world, &mut scene, role, of).await;
        let followed = world.app.casella().follow_link(&card.address, None).await;
        let Linked::Card(linked) = followed.unwrap() else {
            panic!("a card's address leads elsewhere");
        };
        Self {
            scene,
            card,
            free: linked.free.slots,
        }
    }

    /// Once more.
    async fn another(&mut self, world: &mut World<'_>, role: Role, of: AgentId) -> CalendarCard {
        share(world, &mut self.scene, role, of).await
    }

    fn slot(&mut self) -> Slot {
        self.free.remove(0)
    }

    fn booking(&mut self) -> VisitorCommand {
        VisitorCommand::Book {
            card: self.card.card,
            slot: self.slot(),
            email: Some("ada@example.com".to_owned()),
            zone: String::new(),
        }
    }

    /// Books by the link; as many as wanted, since each is called off again.
    async fn book(&mut self, world: &World<'_>) -> MeetingCard {
        let slot = self.slot();
        let email = Some("ada@example.com".to_owned());
        let address = &self.card.address;
        let casella = world.app.casella();
        let booked = casella.book_by_link(address, new_id(), slot, email, "", here());
        booked.await.unwrap()
    }
}

/// In the own chat of an agent of this role, the calendar of `of`.
async fn share(world: &mut World<'_>, scene: &mut Scene, role: Role, of: AgentId) -> CalendarCard {
    let command = AgentCommand::ShareCalendar {
        conversation: scene.conversation,
        agent: of,
    };
    let shared = world.agent(role).command(command).await;
    let Ok(AgentAnswer::Message { seq, .. }) = shared else {
        panic!("{shared:?}");
    };
    let visitor = scene.visitor.as_mut().unwrap();
    visitor
        .until(|event| match event {
            VisitorEvent::Chat { messages, .. } => {
                messages.iter().find_map(|message| match &message.body {
                    Body::Calendar(card) if message.seq == seq => Some(card.clone()),
                    _ => None,
                })
            }
            _ => None,
        })
        .await
}

/// The meeting as everybody's list has it: whose it is, when, and whether it takes place.
async fn look(world: &World<'_>, meeting: MeetingId) -> Option<(AgentId, Slot, MeetingState)> {
    let admin = who(world, Role::Admin).await;
    let page = world.app.casella().meetings(&admin, true, false, None);
    let meetings = page.await.unwrap().meetings;
    let found = meetings.into_iter().find(|row| row.meeting == meeting)?;
    Some((found.agent, Slot(found.span.start()), found.state))
}

async fn call_off(world: &World<'_>, meeting: &MeetingCard) {
    let off = world
        .app
        .casella()
        .cancel_by_link(&meeting.address, new_id(), here());
    // Where somebody was let, it is off already.
    let _ = off.await;
}

/// Everybody cancels and gives away the meetings of the agents of each role.
async fn of_agents(world: &mut World<'_>, findings: &mut Findings) {
    let yara = world.yara.0;
    for owner in ROLES {
        let own = who(world, owner).await.agent.id;
        let mut shared = Shared::open(world, owner, own).await;
        for person in Person::ALL {
            let action = if person == Person::Agent(owner) {
                Action::ManageMeetings
            } else {
                Action::ManageAllMeetings
            };
            for path in ["/api/cancel-meeting", "/api/reassign-meeting"] {
                let meeting = shared.book(world).await;
                let body = match path {
                    "/api/cancel-meeting" => arguments(&(meeting.meeting,)),
                    _ => arguments(&(meeting.meeting, yara)),
                };
                let before = look(world, meeting.meeting).await;
                let reply = send(world, person, &Method::POST, path, body).await;
                let tried = Tried {
                    person,
                    action,
                    stand: Stand::None,
                    outcome: reply.outcome,
                    not_now: None,
                    changed: Some(look(world, meeting.meeting).await != before),
                };
                findings.add((path, owner), tried);
                call_off(world, &meeting).await;
            }
        }
        for person in Person::ALL {
            let action = if person == Person::Agent(owner) {
                Action::ManageMeetings
            } else {
                Action::ManageAllMeetings
            };
            let path = "/api/withdraw-card";
            let card = shared.another(world, owner, own).await;
            let body = arguments(&(card.card,));
            let reply = send(world, person, &Method::POST, path, body).await;
            let followed = world.app.casella().follow_link(&card.address, None).await;
            let tried = Tried {
                person,
                action,
                stand: Stand::None,
                outcome: reply.outcome,
                not_now: None,
                changed: Some(matches!(followed, Ok(Linked::Ended(_)))),
            };
            findings.add((path, owner), tried);
        }
        world.clear(shared.scene).await;
    }
}

/// Everybody sends what only the card's visitor may, over a connection of a chat.
async fn of_visitors(world: &mut World<'_>, findings: &mut Findings) {
    let yara = world.yara.0;
    let mut shared = Shared::open(world, Role::Agent, yara).await;
    let card = shared.card.card;
    for person in Person::ALL {
        if person == Person::Nobody {
            continue;
        }
        let mut line = stranger(world, person).await;
        line.send(&VisitorRequest::Slots { card, from: None }).await;
        let told = line.until(|event| match event {
            VisitorEvent::Slots { slots, .. } => Some(!slots.is_empty()),
            _ => None,
        });
        let may = person == Person::Visitor;
        findings.must(format!("slots for {person:?}"), told.await == may);
        let meeting = shared.book(world).await;
        for command in [
            shared.booking(),
            VisitorCommand::Reschedule {
                meeting: meeting.meeting,
                slot: shared.slot(),
                zone: String::new(),
            },
            VisitorCommand::CancelMeeting {
                meeting: meeting.meeting,
            },
        ] {
            let before = look(world, meeting.meeting).await;
            let result = answer(&mut line, command.clone()).await;
            let changed = match &result {
                Ok(Answer::Booked(new)) if new.meeting != meeting.meeting => {
                    call_off(world, new).await;
                    true
                }
                _ => look(world, meeting.meeting).await != before,
            };
            let hidden = may || result == Err(Refusal::NotFound);
            findings.must(format!("{command:?} tells {person:?} of it"), hidden);
            let tried = Tried {
                person,
                action: command.action(),
                stand: Stand::None,
                outcome: Outcome::of(result),
                not_now: None,
                changed: Some(changed),
            };
            findings.add(&command, tried);
        }
        call_off(world, &meeting).await;
    }
    world.clear(shared.scene).await;
}

async fn answer(
    line: &mut Line<VisitorRequest, VisitorEvent>,
    command: VisitorCommand,
) -> Result<Answer, Refusal> {
    let id = new_id();
    line.send(&VisitorRequest::Command { id, command }).await;
    line.until(|event| match event {
        VisitorEvent::Answer { id: of, result } if *of == id => Some(result.clone()),
        _ => None,
    })
    .await
}

/// Everybody who has the address may read what is behind it; nobody else finds anything.
async fn behind_links(world: &mut World<'_>, findings: &mut Findings) {
    let yara = world.yara.0;
    let mut shared = Shared::open(world, Role::Agent, yara).await;
    let meeting = shared.book(world).await;
    let address = shared.card.address.clone();
    let other = format!("{}{}", &address[..20], &meeting.address[20..]);
    for person in Person::ALL {
        for (address, is) in [(&address, true), (&meeting.address, true), (&other, false)] {
            let path = format!("/m/{address}");
            let reply = send(world, person, &Method::GET, &path, Vec::new()).await;
            let tried = Tried {
                person,
                action: Action::FollowMeetingLink,
                stand: Stand::None,
                outcome: reply.outcome,
                not_now: (!is).then_some(Outcome::Status(404)),
                changed: None,
            };
            findings.add(&path, tried);
            let shows = reply.holds("Yara");
            findings.must(
                format!("{path} shows {person:?} the agent: {shows}"),
                shows == is,
            );
        }
    }
    world.clear(shared.scene).await;
}

async fn story(app: TestApp) {
    let mut world = World::open(&app).await;
    let hours = MeetingHours {
        week: Schedule::new(
            None,
            std::array::from_fn(|_| vec![Block::new(0, 24 * 60).unwrap()]),
        )
        .unwrap(),
        terms: Terms::default(),
    };
    let mut agents = vec![world.yara.0];
    for role in ROLES {
        agents.push(who(&world, role).await.agent.id);
    }
    for agent in agents {
        let set = app.casella().set_meeting_hours_of(agent, hours.clone());
        set.await.unwrap();
    }
    let mut findings = Findings::default();
    of_agents(&mut world, &mut findings).await;
    of_visitors(&mut world, &mut findings).await;
    behind_links(&mut world, &mut findings).await;
    findings.judge(80);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    story(TestApp::with(SETTINGS).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    if let Some(app) = TestApp::on_postgres_with(SETTINGS).await {
        story(app).await;
    }
}

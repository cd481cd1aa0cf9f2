//! Everything that can be sent over a visitor's socket, and its two companions by HTTP.

use domain::{
    CardId, ConversationId, FileId, MeetingId, Refusal, Timestamp,
    activity::Rating,
    agent::Role,
    frame::{
        CLOSE_MALFORMED, PollAnswer, PollRequest,
        agent::AgentEvent,
        decode, encode,
        visitor::{Answer, VisitorCommand, VisitorEvent, VisitorRequest},
    },
    meeting::Slot,
    permission::Stand,
    visitor::{Page, ProfileInput},
};
use http::Method;

use super::{
    Findings, Outcome, Person, Tried,
    agents::every,
    call::send,
    scene::{Case, SETTINGS, Scene, World, unknown},
};
use crate::{
    app::{SITE_ORIGIN, TestApp},
    line::{Line, new_id, upgrade},
    visitor::{Visitor, hello, start},
};

/// Every command, about this conversation.
fn commands(conversation: ConversationId) -> Vec<VisitorCommand> {
    use VisitorCommand as C;
    every! { VisitorCommand:
        C::Start { .. } => start("Hello again"),
        C::Message { .. } => C::Message { conversation, text: "Hello from me".to_owned() },
        C::Leave { .. } => C::Leave {
            conversation: Some(conversation),
            form: ProfileInput::default(),
            text: "Left by me".to_owned(),
            views: Vec::new(),
        },
        C::File { .. } => C::File { conversation, file: FileId(unknown().0) },
        C::Rate { .. } => C::Rate {
            conversation,
            rating: Rating::all().last().unwrap(),
            comment: "Thanks".to_owned(),
        },
        C::SetAttributes { .. } => C::SetAttributes {
            attributes: vec![("plan".to_owned(), "gold".to_owned())],
        },
        C::Report { .. } => C::Report { name: "added to cart".to_owned() },
        C::End { .. } => C::End { conversation },
        C::Identify { .. } => C::Identify {
            profile: ProfileInput { phone: Some("123".to_owned()), ..ProfileInput::default() },
        },
        C::Book { .. } => C::Book {
            card: CardId(unknown().0),
            slot: Slot(Timestamp(0)),
            email: Some("ada@example.com".to_owned()),
            zone: String::new(),
        },
        C::Reschedule { .. } => C::Reschedule {
            meeting: MeetingId(unknown().0),
            slot: Slot(Timestamp(0)),
            zone: String::new(),
        },
        C::CancelMeeting { .. } => C::CancelMeeting { meeting: MeetingId(unknown().0) },
    }
}

/// Every frame, about this conversation.
fn frames(conversation: ConversationId) -> Vec<VisitorRequest> {
    use VisitorRequest as R;
    every! { VisitorRequest:
        R::Hello(_) => R::Hello(hello(backend::random(), Vec::new())),
        R::Pong => R::Pong,
        R::Command { .. } => R::Command { id: new_id(), command: VisitorCommand::End { conversation } },
        R::Typing { .. } => R::Typing { conversation, typing: true },
        R::Read { .. } => R::Read { conversation, up_to: 1 },
        R::Page(_) => R::Page(Page::new("https://shop.example/elsewhere", "Elsewhere", "")),
        R::Slots { .. } => R::Slots { card: CardId(unknown().0), from: None },
    }
}

/// Whether a command names a conversation; the others are about the sender alone.
fn names_one(command: &VisitorCommand) -> bool {
    match command {
        VisitorCommand::Message { .. }
        | VisitorCommand::Leave { .. }
        | VisitorCommand::File { .. }
        | VisitorCommand::Rate { .. }
        | VisitorCommand::Book { .. }
        | VisitorCommand::Reschedule { .. }
        | VisitorCommand::CancelMeeting { .. }
        | VisitorCommand::End { .. } => true,
        VisitorCommand::Start { .. }
        | VisitorCommand::Identify { .. }
        | VisitorCommand::SetAttributes { .. }
        | VisitorCommand::Report { .. } => false,
    }
}

/// Whether a frame has no answer.
fn is_notice(frame: &VisitorRequest) -> bool {
    match frame {
        VisitorRequest::Hello(_)
        | VisitorRequest::Pong
        | VisitorRequest::Command { .. }
        | VisitorRequest::Slots { .. } => false,
        VisitorRequest::Typing { .. } | VisitorRequest::Read { .. } | VisitorRequest::Page(_) => {
            true
        }
    }
}

/// The conversations of a visitor as they stand; to whom does not matter here.
const CASES: [Case; 7] = [
    Case::Own,
    Case::Offered,
    Case::HandedOver,
    Case::Left,
    Case::Ended,
    Case::Fallback,
    Case::Cancelled,
];

/// What the state of one's own chat may say; and of a file, that there is none, or that the site
/// takes none.
fn is_not_now(command: &VisitorCommand, refusal: Refusal) -> bool {
    match refusal {
        Refusal::Ended | Refusal::AlreadyOpen | Refusal::NotNow => true,
        Refusal::NotFound | Refusal::Forbidden => {
            matches!(
                command,
                VisitorCommand::File { .. }
                    | VisitorCommand::Book { .. }
                    | VisitorCommand::Reschedule { .. }
                    | VisitorCommand::CancelMeeting { .. }
            )
        }
        _ => false,
    }
}

/// The connection of a person who is not the scene's visitor. An agent is nobody in particular
/// here, whatever their browser sends along.
pub async fn stranger(world: &World<'_>, person: Person) -> Line<VisitorRequest, VisitorEvent> {
    let app = world.app;
    let cookie = world.cookie(person);
    let request = upgrade(app, "/ws/visitor", &app.origin(), cookie.as_deref());
    let mut line = Line::open(request).await;
    let token = world.token(person).unwrap_or_else(backend::random);
    line.send(&VisitorRequest::Hello(hello(token, Vec::new())))
        .await;
    line
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

/// Ends what was asked for beside the scene, so that no agent reaches the limit.
async fn tidy(line: &mut Line<VisitorRequest, VisitorEvent>, result: &Result<Answer, Refusal>) {
    if let Ok(Answer::Started { conversation }) = *result {
        let ended = answer(line, VisitorCommand::End { conversation }).await;
        assert_eq!(ended, Ok(Answer::Done));
    }
}

async fn every_command(world: &mut World<'_>, findings: &mut Findings, case: Case) {
    for n in 0..commands(unknown()).len() {
        let mut scene = world.scene(Role::Agent, case).await;
        let command = commands(scene.conversation).swap_remove(n);
        for person in Person::ALL {
            if matches!(person, Person::Nobody | Person::Visitor) {
                continue;
            }
            let before = world.look(&scene).await;
            let mut line = stranger(world, person).await;
            let result = answer(&mut line, command.clone()).await;
            tidy(&mut line, &result).await;
            let outcome = Outcome::of(result);
            let changed = world.look(&scene).await != before;
            if names_one(&command) {
                let action = command.action();
                let tried = Tried {
                    person,
                    action,
                    stand: Stand::None,
                    outcome,
                    not_now: None,
                    changed: Some(changed),
                };
                findings.add((case, &command), tried);
                let hidden = outcome == Outcome::Refused(Refusal::NotFound);
                findings.must(format!("tells that it exists: {command:?}"), hidden);
            } else {
                // For themselves, whoever they are; it is nothing to this conversation.
                findings.must(format!("{command:?} of {person:?} changes it"), !changed);
            }
        }
        let before = world.look(&scene).await;
        let Some(visitor) = &mut scene.visitor else {
            continue;
        };
        let result = visitor.command(command.clone()).await;
        let changed = world.look(&scene).await != before;
        let refusal = result.clone().err();
        let not_now = refusal.filter(|refusal| is_not_now(&command, *refusal));
        let tried = Tried {
            person: Person::Visitor,
            action: command.action(),
            stand: Stand::None,
            outcome: Outcome::of(result),
            not_now: not_now.map(Outcome::Refused),
            // What a chat does not show may have changed.
            changed: (not_now.is_some() || names_one(&command)).then_some(changed),
        };
        findings.add((case, &command), tried);
        world.clear(scene).await;
    }
}

/// Frames without an answer, about an active chat: whether they did something, its agent sees.
async fn every_notice(world: &mut World<'_>, findings: &mut Findings) {
    for person in Person::ALL {
        for n in 0..frames(unknown()).len() {
            if !is_notice(&frames(unknown())[n]) {
                continue;
            }
            let mut scene = world.scene(Role::Agent, Case::Own).await;
            let frame = frames(scene.conversation).swap_remove(n);
            let told = notice(world, &mut scene, person, &frame).await;
            let outcome = if told {
                Outcome::Done
            } else {
                Outcome::Refused(Refusal::NotFound)
            };
            let tried = Tried {
                person,
                action: frame.action(),
                stand: Stand::None,
                outcome,
                not_now: None,
                changed: Some(told),
            };
            findings.add(&frame, tried);
            world.clear(scene).await;
        }
    }
}

/// Sends a frame and tells whether the agent of the chat saw anything of it.
async fn notice(
    world: &mut World<'_>,
    scene: &mut Scene,
    person: Person,
    frame: &VisitorRequest,
) -> bool {
    let before = world.look(scene).await;
    match person {
        Person::Nobody => {
            let mut silent = Visitor::silent(world.app).await;
            silent.send(frame).await;
            assert_eq!(silent.closed().await, CLOSE_MALFORMED);
        }
        Person::Visitor => {
            let visitor = scene.visitor.as_mut().unwrap();
            visitor.send(frame).await;
            after(visitor).await;
        }
        Person::OtherVisitor | Person::Agent(_) => {
            let mut line = stranger(world, person).await;
            line.send(frame).await;
            after(&mut line).await;
        }
    }
    let conversation = scene.conversation;
    let changed = world.look(scene).await != before;
    let agent = world.agent(Role::Agent);
    let unknown = domain::frame::agent::AgentCommand::End {
        conversation: unknown(),
    };
    assert_eq!(agent.command(unknown).await, Err(Refusal::NotFound));
    let typing = agent.has(|event| match event {
        AgentEvent::Typing {
            conversation: of, ..
        } => *of == conversation,
        _ => false,
    });
    changed || typing
}

/// Waits until what was sent before was taken.
async fn after(line: &mut Line<VisitorRequest, VisitorEvent>) {
    let conversation = unknown();
    let result = answer(line, VisitorCommand::End { conversation }).await;
    assert_eq!(result, Err(Refusal::NotFound));
}

/// Without a first frame nothing is taken, over either carrier.
async fn nobody(world: &mut World<'_>, findings: &mut Findings) {
    let scene = world.scene(Role::Agent, Case::Own).await;
    let before = world.look(&scene).await;
    for frame in frames(scene.conversation) {
        if matches!(frame, VisitorRequest::Hello(_) | VisitorRequest::Pong) {
            continue;
        }
        let mut silent = Visitor::silent(world.app).await;
        silent.send(&frame).await;
        let closed = silent.closed().await == CLOSE_MALFORMED;
        findings.must(format!("taken before the first frame: {frame:?}"), closed);
        let (_, closed) = poll(world, Person::Nobody, vec![encode(&frame)]).await;
        findings.must(
            format!("taken by POST: {frame:?}"),
            closed == Some(CLOSE_MALFORMED),
        );
    }
    let changed = world.look(&scene).await != before;
    findings.must("nobody changed something", !changed);
    world.clear(scene).await;
}

/// The same frames by held requests: whose they are, their first frame says.
async fn by_post(world: &mut World<'_>, findings: &mut Findings) {
    for n in 0..commands(unknown()).len() {
        for person in Person::ALL {
            if person == Person::Nobody {
                continue;
            }
            let scene = world.scene(Role::Agent, Case::Own).await;
            let command = commands(scene.conversation).swap_remove(n);
            let token = match person {
                Person::Visitor => scene.visitor.as_ref().unwrap().token,
                _ => world.token(person).unwrap_or_else(backend::random),
            };
            let before = world.look(&scene).await;
            let action = command.action();
            let (id, named) = (new_id(), names_one(&command));
            let frames = vec![
                encode(&VisitorRequest::Hello(hello(token, Vec::new()))),
                encode(&VisitorRequest::Command {
                    id,
                    command: command.clone(),
                }),
            ];
            let (events, _) = poll(world, person, frames).await;
            let result = events.into_iter().find_map(|event| match event {
                VisitorEvent::Answer { id: of, result } if of == id => Some(result),
                _ => None,
            });
            let result = result.unwrap_or(Err(Refusal::Unavailable));
            if person != Person::Visitor {
                let mut again = Visitor::resume(world.app, token, Vec::new()).await;
                tidy(&mut again, &result).await;
            }
            let refusal = result.clone().err();
            let not_now = refusal.filter(|refusal| is_not_now(&command, *refusal));
            let changed = world.look(&scene).await != before;
            if named || person == Person::Visitor {
                let tried = Tried {
                    person,
                    action,
                    stand: Stand::None,
                    outcome: Outcome::of(result),
                    not_now: not_now.map(Outcome::Refused),
                    changed: named.then_some(changed),
                };
                findings.add(("POST", n), tried);
            } else {
                findings.must(format!("command {n} of {person:?} changes it"), !changed);
            }
            world.clear(scene).await;
        }
    }
}

async fn poll(
    world: &World<'_>,
    person: Person,
    frames: Vec<Vec<u8>>,
) -> (Vec<VisitorEvent>, Option<u16>) {
    let body = encode(&PollRequest { seen: None, frames });
    let reply = send(world, person, &Method::POST, "/poll/visitor", body).await;
    let answer: PollAnswer = decode(&reply.body).unwrap();
    let events = answer.frames.iter().map(|frame| decode(frame).unwrap());
    (events.collect(), answer.closed)
}

/// A page view says how many messages wait, to the visitor whose token comes with it.
async fn visit(world: &mut World<'_>, findings: &mut Findings) {
    let mut scene = world.scene(Role::Agent, Case::Own).await;
    let conversation = scene.conversation;
    let said = world.agent(Role::Agent).say(conversation, "One").await;
    said.unwrap();
    scene.visitor.as_mut().unwrap().reads("One").await;
    for person in Person::ALL {
        let token = match person {
            Person::Visitor => scene.visitor.as_ref().unwrap().token,
            _ => world.token(person).unwrap_or_else(backend::random),
        };
        let hex: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut request = TestApp::browser().post(world.app.url("/w/shop/visit"));
        if let Some(cookie) = world.cookie(person) {
            request = request.header("cookie", cookie);
        }
        let body = format!(r#"{{"token":"{hex}","url":"https://shop.example/b"}}"#);
        let request = request.header("origin", SITE_ORIGIN).body(body);
        let told = request.send().await.unwrap().text().await.unwrap();
        let own = told == r#"{"unread":1}"#;
        findings.must(
            format!("{person:?} is told {told}"),
            own == person.may(domain::permission::Action::Visit, Stand::None),
        );
    }
    world.clear(scene).await;
}

async fn story(app: TestApp) {
    let mut world = World::open(&app).await;
    let mut findings = Findings::default();
    for case in CASES {
        every_command(&mut world, &mut findings, case).await;
    }
    every_notice(&mut world, &mut findings).await;
    nobody(&mut world, &mut findings).await;
    by_post(&mut world, &mut findings).await;
    visit(&mut world, &mut findings).await;
    findings.judge(200);
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

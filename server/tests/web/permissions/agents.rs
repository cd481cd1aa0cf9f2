//! Everything that can be sent over an agent's socket.

use backend::SignedIn;
use domain::{
    AgentId, ConversationId, FileId, Refusal,
    activity::Score,
    agent::Role,
    frame::{
        agent::{AgentCommand, AgentEvent, AgentRequest, Cursor},
        visitor::{VisitorCommand, VisitorEvent},
    },
    permission::{Action, Stand},
    visitor::{ProfileEdit, ProfileInput},
};

use super::{
    Findings, Outcome, Person, Tried,
    scene::{Case, SETTINGS, Scene, World, unknown},
};
use crate::{
    agent::Agent,
    app::TestApp,
    line::{new_id, refused, upgrade},
};

/// One value for each variant; a variant that is left out does not compile.
macro_rules! every {
    ($type:ident: $($variant:pat => $value:expr,)+) => {{
        let _complete = |value: &$type| match value { $($variant => (),)+ };
        let values = vec![$($value),+];
        let mut at = values.iter();
        $(assert!(matches!(at.next(), Some($variant)));)+
        values
    }};
}
pub(super) use every;

/// Every command, about this conversation, this agent.
fn commands(conversation: ConversationId, other: AgentId) -> Vec<AgentCommand> {
    use AgentCommand as C;
    every! { AgentCommand:
        C::Accept { .. } => C::Accept { conversation },
        C::Decline { .. } => C::Decline { conversation },
        C::Message { .. } => C::Message { conversation, text: "Hello from me".to_owned() },
        C::File { .. } => C::File { conversation, file: FileId(unknown().0) },
        C::Note { .. } => C::Note { conversation, text: "Between us".to_owned() },
        C::SetScore { .. } => C::SetScore { conversation, score: Score::all().last() },
        C::EditVisitor { .. } => C::EditVisitor {
            conversation,
            edit: ProfileEdit { phone: Some("123".to_owned()), ..ProfileEdit::default() },
        },
        C::End { .. } => C::End { conversation },
        C::SetAvailable { .. } => C::SetAvailable { available: true },
        C::ResetAvailability => C::ResetAvailability,
        C::PickUp { .. } => C::PickUp { conversation },
        C::Transfer { .. } => C::Transfer { conversation, to: other, note: "Please".to_owned() },
        C::TakeOver { .. } => C::TakeOver { conversation },
        C::SetBlocked { .. } => C::SetBlocked { conversation, blocked: true },
        C::SetUnavailable { .. } => C::SetUnavailable { agent: other },
        C::ShareCalendar { .. } => C::ShareCalendar { conversation, agent: other },
    }
}

/// Whether a command is about a conversation.
fn is_about_one(command: &AgentCommand) -> bool {
    match command {
        AgentCommand::Accept { .. }
        | AgentCommand::Decline { .. }
        | AgentCommand::Message { .. }
        | AgentCommand::File { .. }
        | AgentCommand::Note { .. }
        | AgentCommand::SetScore { .. }
        | AgentCommand::EditVisitor { .. }
        | AgentCommand::End { .. }
        | AgentCommand::PickUp { .. }
        | AgentCommand::Transfer { .. }
        | AgentCommand::ShareCalendar { .. }
        | AgentCommand::TakeOver { .. }
        | AgentCommand::SetBlocked { .. } => true,
        AgentCommand::SetAvailable { .. }
        | AgentCommand::ResetAvailability
        | AgentCommand::SetUnavailable { .. } => false,
    }
}

/// Every frame, about this conversation.
fn frames(conversation: ConversationId) -> Vec<AgentRequest> {
    use AgentRequest as R;
    every! { AgentRequest:
        R::Hello { .. } => R::Hello { cursor: Cursor::default() },
        R::Pong => R::Pong,
        R::Command { .. } => R::Command { id: new_id(), command: AgentCommand::End { conversation } },
        R::Typing { .. } => R::Typing { conversation, typing: true },
        R::Read { .. } => R::Read { conversation, up_to: 1 },
    }
}

/// What the conversation's own state says to a command that the table lets.
fn not_now(command: &AgentCommand, case: Case) -> Option<Outcome> {
    match (command, case) {
        // Nobody has it from whom it could be taken: it is picked up.
        (AgentCommand::TakeOver { .. }, Case::Left) => Some(Outcome::Refused(Refusal::NotNow)),
        // Yara has no meeting hours.
        (AgentCommand::ShareCalendar { .. }, _) => Some(Outcome::Refused(Refusal::NoCalendar)),
        // There is no such file.
        (AgentCommand::File { .. }, _) => Some(Outcome::Refused(Refusal::NotFound)),
        _ => None,
    }
}

const ROLES: [Role; 3] = [Role::Agent, Role::Supervisor, Role::Admin];

async fn every_command(world: &mut World<'_>, findings: &mut Findings, role: Role) {
    let yara = world.yara.0;
    let mut unknown_refusals = Vec::new();
    for case in Case::ALL {
        let mut scene = world.scene(role, case).await;
        for n in 0..commands(scene.conversation, yara).len() {
            let command = commands(scene.conversation, yara).swap_remove(n);
            let about_one = is_about_one(&command);
            if !about_one {
                continue;
            }
            let (action, stand) = (command.action(), case.stand());
            let before = world.look(&scene).await;
            let result = world.agent(role).command(command.clone()).await;
            let changed = world.look(&scene).await != before;
            let outcome = Outcome::of(result);
            // A note is nothing that the visitor, by whose eyes this looks, could notice.
            let is_note = matches!(command, AgentCommand::Note { .. });
            findings.must(format!("{command:?} shows"), !(is_note && changed));
            let tried = Tried {
                person: Person::Agent(role),
                action,
                stand,
                outcome,
                not_now: not_now(&command, case),
                changed: (before.is_some() && !is_note).then_some(changed),
            };
            findings.add((case, &command), tried);
            // What an agent may not know of answers as what does not exist.
            let hidden = !tried.person.may(Action::ReadConversation, stand)
                && matches!(stand, Stand::Others | Stand::Hidden);
            if case == Case::Unknown {
                unknown_refusals.push((n, outcome));
            } else if hidden {
                let same = unknown_refusals.contains(&(n, outcome));
                findings.must(
                    format!("tells that it exists: {command:?}, {tried:?}"),
                    same,
                );
            }
            if outcome == Outcome::Done {
                world.clear(scene).await;
                scene = world.scene(role, case).await;
            }
        }
        world.clear(scene).await;
    }
}

/// Commands about agents. Whether something changed, the page `Agents` tells.
async fn every_command_about_agents(world: &mut World<'_>, findings: &mut Findings, role: Role) {
    let yara = world.yara.0;
    let admin = super::functions::who(world, Role::Admin).await;
    let on = || AgentCommand::SetAvailable { available: true };
    for command in commands(unknown(), yara) {
        if is_about_one(&command) {
            continue;
        }
        assert!(is_available(world, &admin, yara).await);
        let outcome = Outcome::of(world.agent(role).command(command.clone()).await);
        let changed = !is_available(world, &admin, yara).await;
        let about_another = matches!(command, AgentCommand::SetUnavailable { .. });
        let tried = Tried {
            person: Person::Agent(role),
            action: command.action(),
            stand: Stand::None,
            outcome,
            not_now: None,
            changed: about_another.then_some(changed),
        };
        findings.add(&command, tried);
        findings.must(
            format!("{command:?} changes another agent"),
            about_another || !changed,
        );
        world.yara.1.command(on()).await.unwrap();
        world.agent(role).command(on()).await.unwrap();
    }
}

async fn is_available(world: &World<'_>, admin: &SignedIn, agent: AgentId) -> bool {
    let statuses = world.app.casella().agent_statuses(admin).await.unwrap();
    let found = statuses.into_iter().find(|status| status.id == agent);
    found.unwrap().availability.available
}

/// Frames without an answer: whether they did something, the visitor sees.
async fn every_notice(world: &mut World<'_>, findings: &mut Findings, role: Role) {
    for case in Case::ALL {
        let mut scene = world.scene(role, case).await;
        for frame in frames(scene.conversation) {
            let seen = match &frame {
                AgentRequest::Hello { .. } | AgentRequest::Pong | AgentRequest::Command { .. } => {
                    continue;
                }
                AgentRequest::Typing { .. } => typing(world, &mut scene, role, &frame).await,
                AgentRequest::Read { .. } => {
                    let before = world.look(&scene).await;
                    send(world.agent(role), &frame).await;
                    world.look(&scene).await != before
                }
            };
            let outcome = if seen {
                Outcome::Done
            } else {
                Outcome::Refused(Refusal::Forbidden)
            };
            let tried = Tried {
                person: Person::Agent(role),
                action: frame.action(),
                stand: case.stand(),
                outcome,
                not_now: None,
                changed: Some(seen),
            };
            findings.add((case, &frame), tried);
        }
        world.clear(scene).await;
    }
}

/// Sends a frame and waits until it was taken.
async fn send(agent: &mut Agent, frame: &AgentRequest) {
    agent.send(frame).await;
    let conversation = unknown();
    let after = agent.command(AgentCommand::End { conversation }).await;
    assert_eq!(after, Err(Refusal::NotFound));
}

/// Whether the visitor sees the agent typing.
async fn typing(
    world: &mut World<'_>,
    scene: &mut Scene,
    role: Role,
    frame: &AgentRequest,
) -> bool {
    send(world.agent(role), frame).await;
    let Some(visitor) = &mut scene.visitor else {
        return false;
    };
    let profile = ProfileInput::default();
    let after = visitor.command(VisitorCommand::Identify { profile }).await;
    after.unwrap();
    visitor.has(|event| matches!(event, VisitorEvent::Typing { .. }))
}

/// Who is no agent gets no socket, and so no frame of it.
async fn nobody_else(world: &World<'_>, findings: &mut Findings) {
    for person in Person::ALL {
        let cookie = world.cookie(person);
        let app = world.app;
        let request = upgrade(app, "/ws/agent", &app.origin(), cookie.as_deref());
        let outcome = match refused(request).await {
            Some(status) => Outcome::Status(status),
            None => Outcome::Done,
        };
        for frame in frames(unknown()) {
            if matches!(person, Person::Agent(_))
                && !matches!(frame, AgentRequest::Hello { .. } | AgentRequest::Pong)
            {
                continue;
            }
            let tried = Tried {
                person,
                action: frame.action(),
                stand: Stand::None,
                outcome,
                not_now: None,
                changed: None,
            };
            findings.add(&frame, tried);
        }
    }
}

/// A connection has one first frame, and what comes before it counts for nothing.
async fn before_the_first_frame(world: &World<'_>, findings: &mut Findings) {
    let app = world.app;
    let cookie = world.cookie(Person::Agent(Role::Admin));
    for frame in frames(unknown()) {
        if matches!(frame, AgentRequest::Hello { .. } | AgentRequest::Pong) {
            continue;
        }
        let request = upgrade(app, "/ws/agent", &app.origin(), cookie.as_deref());
        let mut line = crate::line::Line::<AgentRequest, AgentEvent>::open(request).await;
        line.send(&frame).await;
        let closed = line.closed().await == domain::frame::CLOSE_MALFORMED;
        findings.must(format!("taken before the first frame: {frame:?}"), closed);
    }
}

async fn story(app: TestApp) {
    let mut world = World::open(&app).await;
    let mut findings = Findings::default();
    for role in ROLES {
        every_command(&mut world, &mut findings, role).await;
        every_command_about_agents(&mut world, &mut findings, role).await;
        every_notice(&mut world, &mut findings, role).await;
    }
    nobody_else(&world, &mut findings).await;
    before_the_first_frame(&world, &mut findings).await;
    findings.judge(350);
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

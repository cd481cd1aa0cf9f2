//! Every function of the inbox.

use app::api::{Failure, FirstPage};
use backend::SignedIn;
use domain::{
    AgentId, CardId, ConversationId, Language, MeetingId, Refusal, ReplyId, SessionId, Timestamp,
    activity::{HistoryKey, HistoryPage},
    agent::Role,
    availability::Schedule,
    calendar::CalendarKind,
    inbox::{ListKey, ListPage, OpenConversation, Tab},
    meeting::{MeetingHours, MeetingKey},
    message::{Message, Seq},
    permission::{Action, Stand},
    search::{SearchKey, SearchPage},
    settings::{Letters, Notifications, PushSubscription},
};
use http::Method;
use server::route::{Route, table};

use super::{
    Findings, Outcome, Person, Tried,
    agents::every,
    call::{Reply, send},
    scene::{Case, SETTINGS, Scene, World},
};
use crate::{
    agent::{cookie, signed_in},
    app::{PASSWORD, TestApp},
    sign_in::arguments,
};

/// Every list.
pub fn tabs() -> Vec<Tab> {
    every! { Tab:
        Tab::Active => Tab::Active,
        Tab::All => Tab::All,
        Tab::Unanswered => Tab::Unanswered,
        Tab::Everyone => Tab::Everyone,
    }
}

/// Who is signed in with an agent's cookie.
pub async fn who(world: &World<'_>, role: Role) -> SignedIn {
    let cookie = world.cookie(Person::Agent(role)).unwrap();
    signed_in(world.app, &cookie).await
}

/// One way to call a function that is about no conversation.
struct Call {
    action: Action,
    body: Vec<u8>,
    /// What is answered where the state does not allow it to those whom the table lets.
    not_now: Option<u16>,
}

/// What a function is called with.
enum Calls {
    /// About no conversation.
    Plain(Vec<Call>),
    /// About one, whose id these arguments begin with.
    Conversation(fn(ConversationId) -> Vec<u8>),
    /// A list.
    List,
    /// A list, in the first page.
    Inbox,
    /// A search.
    Search,
}

/// Every function; one that is missing fails the test.
async fn calls(world: &World<'_>, route: &Route, person: Person) -> Calls {
    let one = |body: Vec<u8>, not_now| {
        Calls::Plain(vec![Call {
            action: route.action,
            body,
            not_now,
        }])
    };
    match route.path {
        "/api/session" | "/api/colleagues" | "/api/agents" | "/api/settings" | "/api/sign-out"
        | "/api/calendars" | "/api/meeting-hours" | "/api/letters" => one(Vec::new(), None),
        "/api/set-letters" => one(arguments(&(Letters::default(),)), None),
        "/api/set-meeting-hours" => one(arguments(&(MeetingHours::default(),)), None),
        "/api/meetings" => Calls::Plain(
            [
                (false, Action::ManageMeetings),
                (true, Action::ManageAllMeetings),
            ]
            .map(|(all, action)| Call {
                action,
                body: arguments(&(all, false, None::<MeetingKey>)),
                not_now: None,
            })
            .into(),
        ),
        // There is no such meeting; of those that there are: `meetings`.
        "/api/cancel-meeting" => one(arguments(&(meeting(),)), Some(404)),
        "/api/withdraw-card" => one(arguments(&(CardId(meeting().0),)), Some(404)),
        "/api/reassign-meeting" => one(arguments(&(meeting(), agent())), Some(404)),
        "/api/sign-in" => one(arguments(&("yara@example.com", PASSWORD)), None),
        // There are agents already.
        "/api/create-first-admin" => one(
            arguments(&("code", "Eve", "eve@x.org", PASSWORD)),
            Some(403),
        ),
        "/api/inbox" => Calls::Inbox,
        "/api/list" => Calls::List,
        "/api/search" => Calls::Search,
        "/api/conversation" => Calls::Conversation(|id| arguments(&(id,))),
        "/api/earlier" => Calls::Conversation(|id| arguments(&(id, Seq::MAX))),
        "/api/history" => Calls::Conversation(|id| arguments(&(id, None::<HistoryKey>))),
        "/api/transcript" => Calls::Conversation(|id| arguments(&(id,))),
        "/api/set-profile" => one(arguments(&("Me", None::<Language>)), None),
        "/api/set-photo" => one(arguments(&(None::<Vec<u8>>,)), None),
        "/api/set-schedule" => one(arguments(&(Schedule::default(),)), None),
        "/api/set-notifications" => one(arguments(&(Notifications::default(),)), None),
        "/api/change-password" => one(arguments(&(PASSWORD, PASSWORD)), None),
        "/api/end-device" => one(arguments(&(device(world, person).await,)), None),
        // Offers while the inbox is closed are switched off.
        "/api/subscribe-push" => one(arguments(&(subscription(),)), Some(409)),
        "/api/unsubscribe-push" => one(arguments(&("https://push.example/1",)), None),
        "/api/calendar" | "/api/disconnect-calendar" | "/api/renew-feed" | "/api/end-feed" => {
            one(Vec::new(), None)
        }
        // Nobody answers there: that is told, and nothing is refused.
        "/api/connect-caldav" => one(arguments(&("https://127.0.0.1:1/", "maya", "x")), None),
        "/api/choose-calendars" => one(
            arguments(&(Vec::<String>::new(), None::<String>, true)),
            None,
        ),
        // Neither Google nor Outlook is set up, and nobody was asked for consent.
        "/api/begin-consent" => one(
            arguments(&(CalendarKind::Google, "https://chat.example.com/settings")),
            Some(409),
        ),
        "/api/finish-consent" => one(
            arguments(&("state", None::<String>, "https://x.org/")),
            Some(404),
        ),
        "/api/replies" => one(Vec::new(), None),
        "/api/save-reply" => Calls::Plain(replies(|shared| {
            let shortcut = format!("{person:?}").replace(['(', ')'], "-");
            arguments(&(None::<ReplyId>, shortcut, "Hello", shared))
        })),
        "/api/delete-reply" => {
            let (own, shared) = (
                reply(world, person, false).await,
                reply(world, person, true).await,
            );
            Calls::Plain(replies(|is_shared| {
                arguments(&(if is_shared { shared } else { own },))
            }))
        }
        path => panic!("{path} is in no test of permissions: add it here"),
    }
}

fn meeting() -> MeetingId {
    MeetingId::new(Timestamp(0), [1; 10])
}

fn agent() -> AgentId {
    AgentId::new(Timestamp(0), [1; 10])
}

/// One's own saved reply, and one of all agents.
fn replies(body: impl Fn(bool) -> Vec<u8>) -> Vec<Call> {
    [
        (false, Action::UseInbox),
        (true, Action::ManageSharedReplies),
    ]
    .map(|(shared, action)| Call {
        action,
        body: body(shared),
        not_now: None,
    })
    .into()
}

/// A saved reply of a person, or of all agents; of who is no agent, the admin's own.
async fn reply(world: &World<'_>, person: Person, shared: bool) -> ReplyId {
    let owner = match person {
        Person::Agent(role) if !shared => role,
        _ => Role::Admin,
    };
    let owner = who(world, owner).await;
    let shortcut = format!("r{:08x}", u32::from_be_bytes(backend::random()));
    let text = "Hello".to_owned();
    let saved = world
        .app
        .casella()
        .save_reply(&owner, None, shortcut, text, shared);
    saved.await.unwrap().id
}

/// Another browser of the same person; of nobody, one of Yara's.
async fn device(world: &World<'_>, person: Person) -> SessionId {
    let name = match person {
        Person::Agent(role) => format!("{role:?}"),
        _ => "Yara".to_owned(),
    };
    let cookie = cookie(world.app, &name).await;
    signed_in(world.app, &cookie).await.session
}

fn subscription() -> PushSubscription {
    PushSubscription {
        endpoint: "https://push.example/1".to_owned(),
        p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
            .to_owned(),
        auth: "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
    }
}

async fn call(world: &World<'_>, person: Person, route: &Route, body: Vec<u8>) -> Reply {
    send(world, person, &route.method, route.path, body).await
}

/// The functions about no conversation, by everybody.
async fn plain(world: &World<'_>, findings: &mut Findings) {
    for route in functions() {
        for person in Person::ALL {
            let Calls::Plain(calls) = calls(world, &route, person).await else {
                continue;
            };
            for Call {
                action,
                body,
                not_now,
            } in calls
            {
                // Both end the session of who asks: with one of its own, the others need theirs.
                let outcome = if ["/api/sign-out", "/api/sign-in"].contains(&route.path) {
                    in_a_session_of_its_own(world, person, route.path, body).await
                } else {
                    call(world, person, &route, body).await.outcome
                };
                let tried = Tried {
                    person,
                    action,
                    stand: Stand::None,
                    outcome,
                    not_now: not_now.map(Outcome::Status),
                    changed: None,
                };
                findings.add(route.path, tried);
            }
        }
    }
}

async fn in_a_session_of_its_own(
    world: &World<'_>,
    person: Person,
    path: &str,
    body: Vec<u8>,
) -> Outcome {
    let app = world.app;
    let mut request = TestApp::browser().post(app.url(path));
    request = request.header("origin", app.origin()).body(body);
    if let Person::Agent(role) = person {
        let name = format!("{role:?}");
        request = request.header("cookie", cookie(app, &name).await);
    }
    Outcome::Status(request.send().await.unwrap().status().as_u16())
}

fn functions() -> Vec<Route> {
    let mut rows = table();
    // Uploads are no functions: `files`.
    rows.retain(|route| route.path.starts_with("/api/") && route.path != "/api/upload");
    rows
}

/// The functions about a conversation, by everybody, in every stand to the agent of each role.
async fn conversations(world: &mut World<'_>, findings: &mut Findings, role: Role) {
    for case in Case::ALL {
        let scene = world.scene(role, case).await;
        for route in functions() {
            for person in Person::ALL {
                if matches!(person, Person::Agent(other) if other != role) {
                    continue;
                }
                let Calls::Conversation(body) = calls(world, &route, person).await else {
                    continue;
                };
                let reply = call(world, person, &route, body(scene.conversation)).await;
                let tried = Tried {
                    person,
                    action: route.action,
                    stand: case.stand(),
                    outcome: reply.outcome,
                    not_now: None,
                    changed: None,
                };
                findings.add((route.path, case), tried);
                let done = reply.outcome == Outcome::Status(200);
                let told = match route.path {
                    "/api/conversation" => is::<OpenConversation>(&reply),
                    "/api/history" => is::<HistoryPage>(&reply),
                    _ => is::<Vec<Message>>(&reply),
                };
                findings.must(format!("{}: no such answer", route.path), !done || told);
                let leaks = !done && (reply.holds(&scene.secret) || reply.holds("Hello"));
                findings.must(
                    format!("{} tells all the same: {tried:?}", route.path),
                    !leaks,
                );
            }
        }
        world.clear(scene).await;
    }
}

fn is<T: serde::de::DeserializeOwned>(reply: &Reply) -> bool {
    postcard::from_bytes::<T>(&reply.body).is_ok()
}

/// Every list, while there is a conversation in every stand: who may not read one of them does not
/// find it.
async fn lists(world: &mut World<'_>, findings: &mut Findings, role: Role) {
    let mut scenes = Vec::new();
    for case in Case::ALL {
        scenes.push((case, world.scene(role, case).await));
    }
    for route in functions() {
        for person in Person::ALL {
            if matches!(person, Person::Agent(other) if other != role) {
                continue;
            }
            for tab in tabs() {
                let (reply, action, page) = match calls(world, &route, person).await {
                    Calls::List => {
                        let body = arguments(&(tab, None::<ListKey>));
                        let reply = call(world, person, &route, body).await;
                        let page = postcard::from_bytes::<ListPage>(&reply.body).ok();
                        (reply, tab.action(), page)
                    }
                    Calls::Inbox => {
                        let body = arguments(&(tab, None::<ConversationId>));
                        let reply = call(world, person, &route, body).await;
                        let first = postcard::from_bytes::<FirstPage>(&reply.body).ok();
                        let list = first.and_then(|first| first.list);
                        let refused = matches!(&list, Some((_, Err(_))));
                        if let Some((_, Err(failure))) = &list {
                            let forbidden = *failure == Failure::Refused(Refusal::Forbidden);
                            findings.must(format!("{tab:?}: {failure:?}"), forbidden);
                        }
                        let forbidden = !person.may(tab.action(), Stand::None);
                        let is_agent = matches!(person, Person::Agent(_));
                        findings.must(
                            format!("{tab:?} in the first page of {person:?}"),
                            !is_agent || refused == forbidden,
                        );
                        (reply, route.action, list.and_then(|(_, page)| page.ok()))
                    }
                    Calls::Plain(_) | Calls::Conversation(_) | Calls::Search => continue,
                };
                let tried = Tried {
                    person,
                    action,
                    stand: Stand::None,
                    outcome: reply.outcome,
                    not_now: None,
                    changed: None,
                };
                findings.add((route.path, tab), tried);
                for (case, scene) in &scenes {
                    found(findings, person, *case, scene, &reply, (route.path, tab));
                    let listed = page.as_ref().is_some_and(|page| {
                        page.rows.iter().any(|row| row.id == scene.conversation)
                    });
                    let should = page.is_some() && stands_in(tab, *case);
                    findings.must(
                        format!("{tab:?}: {case:?} of {person:?} stands there: {listed}"),
                        listed == should,
                    );
                }
            }
        }
    }
    searches(world, findings, role, &scenes).await;
    for (_, scene) in scenes {
        world.clear(scene).await;
    }
}

/// Searching for the visitor of every conversation: who may read it finds it, nobody else.
async fn searches(
    world: &World<'_>,
    findings: &mut Findings,
    role: Role,
    scenes: &[(Case, Scene)],
) {
    for route in functions() {
        for person in Person::ALL {
            if matches!(person, Person::Agent(other) if other != role)
                || !matches!(calls(world, &route, person).await, Calls::Search)
            {
                continue;
            }
            for (case, scene) in scenes {
                let body = arguments(&(&scene.secret, None::<SearchKey>));
                let reply = call(world, person, &route, body).await;
                let tried = Tried {
                    person,
                    action: route.action,
                    stand: Stand::None,
                    outcome: reply.outcome,
                    not_now: None,
                    changed: None,
                };
                findings.add((route.path, case), tried);
                let may = person.may(Action::ReadConversation, case.stand());
                findings.must(
                    format!("a search of {person:?} finds what is {case:?}"),
                    reply.holds(&scene.secret) == may,
                );
                let answered = postcard::from_bytes::<SearchPage>(&reply.body).ok();
                findings.must(
                    format!("a search answers {person:?} otherwise"),
                    answered.is_some() == matches!(person, Person::Agent(_)),
                );
            }
        }
    }
}

/// In which lists a conversation is found by those who may read the list.
fn stands_in(tab: Tab, case: Case) -> bool {
    match tab {
        Tab::Active => case == Case::Own,
        Tab::All => matches!(case, Case::Own | Case::Ended),
        Tab::Unanswered => matches!(case, Case::Left | Case::Abandoned),
        Tab::Everyone => matches!(
            case,
            Case::Own | Case::Others | Case::HandedOver | Case::Abandoned
        ),
    }
}

/// The visitor's name is told only to who may read the conversation, or is offered it.
pub fn found(
    findings: &mut Findings,
    person: Person,
    case: Case,
    scene: &Scene,
    reply: &Reply,
    from: impl std::fmt::Debug,
) {
    let may = person.may(Action::ReadConversation, case.stand())
        || person.may(Action::AnswerOffer, case.stand());
    let told = reply.holds(&scene.secret);
    findings.must(
        format!("{from:?} tells {person:?} of a conversation that is {case:?}"),
        may || !told,
    );
}

/// Another agent's browser is not signed out, by whomever.
async fn devices_of_others(world: &World<'_>, findings: &mut Findings) {
    let session = device(world, Person::Nobody).await;
    for person in Person::ALL {
        let body = arguments(&(session,));
        let reply = send(world, person, &Method::POST, "/api/end-device", body).await;
        let refused = matches!(reply.outcome, Outcome::Status(401 | 404));
        findings.must(format!("{person:?} ends another's session"), refused);
    }
}

async fn story(app: TestApp) {
    let mut world = World::open(&app).await;
    let mut findings = Findings::default();
    for role in [Role::Agent, Role::Supervisor, Role::Admin] {
        conversations(&mut world, &mut findings, role).await;
        lists(&mut world, &mut findings, role).await;
    }
    devices_of_others(&world, &mut findings).await;
    plain(&world, &mut findings).await;
    findings.judge(500);
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

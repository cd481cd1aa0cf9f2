//! Every route that is no function: pages, files, the way in of sockets.

use domain::{
    agent::Role,
    inbox::Tab,
    permission::{Action, Stand},
};
use http::Method;
use server::route::{Route, Who, table};

use super::{
    Findings, Person, Tried,
    call::send,
    functions::{found, tabs},
    scene::{Case, SETTINGS, World},
};
use crate::app::TestApp;

/// A check that stands before a handler fits what the row asks for.
#[test]
fn a_row_that_is_not_open_to_everybody_wants_a_session() {
    for route in table() {
        let open = Person::Nobody.may(route.action, Stand::None)
            || Person::Visitor.may(route.action, Stand::None);
        let looks = match route.who {
            Who::Anyone | Who::Guest => false,
            Who::Agent | Who::AgentPage | Who::AgentFunction => true,
        };
        assert_eq!(looks, !open, "{} {:?}", route.path, route.action);
    }
}

/// What is asked of a route.
enum Asked {
    /// These addresses, with what each asks for.
    Addresses(Vec<(String, Action)>),
    /// Addresses of conversations, as pages.
    Pages,
    /// Transcript files.
    Files,
    /// Elsewhere: `visitors`, `agents`.
    Frames,
}

/// Every route but the functions; one that is missing fails the test.
fn asked(route: &Route) -> Asked {
    let load = |address: &str| Asked::Addresses(vec![(address.to_owned(), route.action)]);
    match route.path {
        "/healthz" | "/readyz" | "/worker.js" => load(route.path),
        // Who has the token may read: `health`.
        "/metrics" => Asked::Addresses(Vec::new()),
        "/assets/{file}" => load("/assets/chat-0000000000b1.js"),
        "/w/{key}" => load("/w/shop.js"),
        "/w/{key}/frame" => load("/w/shop/frame"),
        "/preview/{key}" => load("/preview/shop"),
        "/preview/{key}/page" => load("/preview/shop/page"),
        // There is no such photo: whom it is of does not matter.
        "/photos/{name}" => Asked::Addresses(Vec::new()),
        // There is no such feed: whoever has the address may read.
        "/feeds/{file}" => Asked::Addresses(Vec::new()),
        // Who has the address has the file: `files`.
        "/files/{address}" | "/upload/visitor" => Asked::Addresses(Vec::new()),
        "/w/{key}/visit" | "/ws/visitor" | "/poll/visitor" | "/ws/agent" => Asked::Frames,
        // Who has the address may: `meetings`.
        "/m/{address}" => Asked::Addresses(Vec::new()),
        "/transcripts/{file}" => Asked::Files,
        // Who has the address has the file; which meetings agents have, the store's stories say.
        "/m/{address}/meeting.ics" | "/invitations/{file}" => Asked::Addresses(Vec::new()),
        // Who is signed in is led to the inbox.
        "/sign-in" | "/setup" => Asked::Addresses(Vec::new()),
        "/" => load("/"),
        "/{*page}" => Asked::Pages,
        path => panic!("{path} is in no test of permissions: add it here"),
    }
}

async fn fixed(world: &World<'_>, findings: &mut Findings) {
    for route in table() {
        if route.path.starts_with("/api/") {
            continue;
        }
        let Asked::Addresses(addresses) = asked(&route) else {
            continue;
        };
        for (address, action) in addresses {
            for person in Person::ALL {
                let reply = send(world, person, &route.method, &address, Vec::new()).await;
                let tried = Tried {
                    person,
                    action,
                    stand: Stand::None,
                    outcome: reply.outcome,
                    not_now: None,
                    changed: None,
                };
                findings.add(&address, tried);
            }
        }
    }
}

/// The pages of the inbox, while there is a conversation in every stand: a page that an agent may
/// not see says nothing of what stands on it.
async fn pages(world: &mut World<'_>, findings: &mut Findings, role: Role) {
    let mut scenes = Vec::new();
    for case in Case::ALL {
        scenes.push((case, world.scene(role, case).await));
    }
    let mut addresses = vec![
        ("/meetings".to_owned(), Action::ManageMeetings, None),
        ("/agents".to_owned(), Action::ReadAgents, None),
        ("/settings".to_owned(), Action::ChangeOwnSettings, None),
    ];
    for tab in tabs() {
        let word = match tab {
            Tab::Active => "",
            Tab::All => "all",
            Tab::Unanswered => "unanswered",
            Tab::Everyone => "everyone",
        };
        addresses.push((format!("/{word}"), tab.action(), None));
        for (case, scene) in &scenes {
            let address = format!("/conversations/{}?tab={word}", scene.conversation);
            let open = Some((*case, scene.secret.clone()));
            addresses.push((address, tab.action(), open));
        }
    }
    for (address, action, open) in addresses {
        for person in Person::ALL {
            if matches!(person, Person::Agent(other) if other != role) {
                continue;
            }
            let reply = send(world, person, &Method::GET, &address, Vec::new()).await;
            let tried = Tried {
                person,
                action,
                stand: Stand::None,
                outcome: reply.outcome,
                not_now: None,
                changed: None,
            };
            findings.add(&address, tried);
            for (case, scene) in &scenes {
                found(findings, person, *case, scene, &reply, &address);
            }
            if let Some((case, secret)) = &open {
                let may = person.may(action, Stand::None)
                    && person.may(Action::ReadConversation, case.stand());
                let told = reply.holds(secret);
                findings.must(
                    format!("{address} shows {person:?} a conversation that is {case:?}: {told}"),
                    !may || told,
                );
            }
        }
    }
    for (_, scene) in scenes {
        world.clear(scene).await;
    }
}

async fn files(world: &mut World<'_>, findings: &mut Findings, role: Role) {
    for case in Case::ALL {
        let scene = world.scene(role, case).await;
        for route in table() {
            if route.path.starts_with("/api/") || !matches!(asked(&route), Asked::Files) {
                continue;
            }
            let address = route
                .path
                .replace("{file}", &format!("{}.txt", scene.conversation));
            for person in Person::ALL {
                if matches!(person, Person::Agent(other) if other != role) {
                    continue;
                }
                let reply = send(world, person, &route.method, &address, Vec::new()).await;
                let tried = Tried {
                    person,
                    action: route.action,
                    stand: case.stand(),
                    outcome: reply.outcome,
                    not_now: None,
                    changed: None,
                };
                findings.add((route.path, case), tried);
                let may = person.may(route.action, case.stand());
                findings.must(
                    format!("the file of {case:?} for {person:?}"),
                    reply.holds(&scene.secret) == may,
                );
            }
        }
        world.clear(scene).await;
    }
}

async fn story(app: TestApp) {
    let mut world = World::open(&app).await;
    let mut findings = Findings::default();
    fixed(&world, &mut findings).await;
    for role in [Role::Agent, Role::Supervisor, Role::Admin] {
        files(&mut world, &mut findings, role).await;
        pages(&mut world, &mut findings, role).await;
    }
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

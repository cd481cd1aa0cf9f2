//! Uploads, by everybody, for a conversation in every stand.

use domain::{
    ConversationId, FileId, Refusal,
    agent::Role,
    file::{AgentUpload, FileCard, VisitorUpload},
    frame::{decode, encode},
    permission::{Action, Stand},
};
use http::Method;

use super::{
    Findings, Outcome, Person, Tried,
    call::send,
    scene::{Case, SETTINGS, World},
};
use crate::{
    app::{TestApp, site_key},
    line::new_id,
};

fn by_agent(conversation: ConversationId) -> Vec<u8> {
    encode(&AgentUpload {
        conversation,
        file: FileId(new_id().0),
        name: "a.txt".to_owned(),
        bytes: b"mine".to_vec(),
    })
}

fn by_visitor(world: &World<'_>, person: Person, conversation: ConversationId) -> Vec<u8> {
    encode(&VisitorUpload {
        site: site_key(),
        token: world.token(person).unwrap_or_else(backend::random),
        identity: None,
        conversation,
        file: FileId(new_id().0),
        name: "a.txt".to_owned(),
        bytes: b"mine".to_vec(),
    })
}

async fn every_case(world: &mut World<'_>, findings: &mut Findings, role: Role) {
    for case in Case::ALL {
        let scene = world.scene(role, case).await;
        for person in Person::ALL {
            if matches!(person, Person::Agent(other) if other != role) {
                continue;
            }
            let body = by_agent(scene.conversation);
            let reply = send(world, person, &Method::POST, "/api/upload", body).await;
            let tried = Tried {
                person,
                action: Action::Talk,
                stand: case.stand(),
                outcome: reply.outcome,
                not_now: None,
                changed: None,
            };
            findings.add(("/api/upload", case), tried);
            let card = decode::<Result<FileCard, Refusal>>(&reply.body);
            let told = matches!(card, Ok(Ok(_))) == (reply.outcome == Outcome::Status(200));
            findings.must(format!("another answer: {tried:?}"), told);

            // Whose it is, the token says; the chat must be active.
            let body = by_visitor(world, person, scene.conversation);
            let reply = send(world, person, &Method::POST, "/upload/visitor", body).await;
            let tried = Tried {
                person,
                action: Action::Visit,
                stand: Stand::None,
                outcome: reply.outcome,
                not_now: match case {
                    Case::Own | Case::HandedOver | Case::Others | Case::Abandoned => None,
                    Case::Unknown => Some(Outcome::Status(404)),
                    _ => Some(Outcome::Status(409)),
                },
                changed: None,
            };
            findings.add(("/upload/visitor", case), tried);
        }
        world.clear(scene).await;
    }
}

async fn story(app: TestApp) {
    let mut site = app.casella().sites().await.unwrap().remove(0);
    site.settings.visitor_files = true;
    app.casella().set_site(site).await.unwrap();
    let mut world = World::open(&app).await;
    let mut findings = Findings::default();
    for role in [Role::Agent, Role::Supervisor, Role::Admin] {
        every_case(&mut world, &mut findings, role).await;
    }
    findings.judge(250);
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

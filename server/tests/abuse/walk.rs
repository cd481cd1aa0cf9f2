//! The walk: who sends what, round after round, and what must hold after each.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use backend::NewAgent;
use domain::{
    CommandId,
    agent::Role,
    availability::{Block, Schedule},
    frame::{
        agent::{AgentEvent, AgentRequest},
        encode,
        visitor::{VisitorEvent, VisitorRequest, VisitorToken},
    },
    meeting::{MeetingHours, Terms},
    text::Field,
};
use futures::future::join_all;

use crate::{
    agent,
    app::{PASSWORD, TestApp, email_of},
    client::{Client, Learnt},
    frames::{Mind, Own},
    line::upgrade,
    routes::{self, Asked},
    watch,
};

/// How much is sent between two moments at which all must be answered.
const ROUND: usize = 96;

/// Of these, how many are frames: they cost least.
const FRAMES: usize = 84;

const VISITORS: usize = 8;

/// How long a request is waited for, and one that the server may hold.
const LONG: Duration = Duration::from_secs(60);
const HELD: Duration = Duration::from_secs(1);

const AGENTS: [(&str, Role); 4] = [
    ("Maya", Role::Agent),
    ("Jun", Role::Agent),
    ("Sue", Role::Supervisor),
    ("Ann", Role::Admin),
];

/// Who sends, and what they were told.
#[derive(Default)]
struct Person {
    client: Option<Client>,
    learnt: Arc<Mutex<Learnt>>,
    own: Own,
}

struct Visitor {
    token: VisitorToken,
    person: Person,
}

struct Agent {
    name: &'static str,
    cookie: String,
    person: Person,
}

struct Walk {
    app: TestApp,
    mind: Mind,
    learnt: Learnt,
    browser: reqwest::Client,
    visitors: Vec<Visitor>,
    agents: Vec<Agent>,
}

pub async fn perform(app: TestApp, seed: u64, actions: usize) {
    let begun = Instant::now();
    let mut walk = Walk::begin(app, seed).await;
    let rounds = actions.div_ceil(ROUND);
    for round in 0..rounds {
        walk.round().await;
        if round % 25 == 0 {
            walk.is_ready().await;
        }
        let wrong = watch::taken();
        assert!(
            wrong.is_empty(),
            "seed {seed}, round {round}:\n{}",
            wrong.join("\n")
        );
    }
    walk.is_ready().await;
    for line in walk.app.measures().lines() {
        if line.starts_with("casella_store_refused_total") && !line.ends_with(" 0") {
            watch::note(line.to_owned());
        }
    }
    walk.visitors.clear();
    walk.agents.clear();
    let learnt = &walk.learnt;
    println!(
        "{} conversations, {} cards, {} meetings, {} files; {:?}",
        learnt.conversations.len(),
        learnt.cards.len(),
        learnt.meetings.len(),
        learnt.files.len(),
        begun.elapsed()
    );
    walk.app.stop().await;
    let wrong = watch::taken();
    assert!(
        wrong.is_empty(),
        "seed {seed}, at the end:\n{}",
        wrong.join("\n")
    );
}

impl Walk {
    async fn begin(app: TestApp, seed: u64) -> Self {
        let mut site = app.casella().sites().await.unwrap().remove(0);
        site.settings.visitor_files = true;
        app.casella().set_site(site).await.unwrap();
        let all_day = std::array::from_fn(|_| vec![Block::new(0, 24 * 60).unwrap()]);
        let hours = MeetingHours {
            week: Schedule::new(None, all_day).unwrap(),
            terms: Terms::default(),
        };
        let mut ids = Vec::new();
        let mut agents = Vec::new();
        for (name, role) in AGENTS {
            let new = NewAgent {
                name: Field::try_from(name.to_owned()).unwrap(),
                email: email_of(name),
                password: PASSWORD.to_owned(),
                role,
            };
            let id = app.casella().add_agent(new).await.unwrap().id;
            app.casella()
                .set_meeting_hours_of(id, hours.clone())
                .await
                .unwrap();
            ids.push(id.0);
            let cookie = agent::cookie(&app, name).await;
            agents.push(Agent {
                name,
                cookie,
                person: Person::default(),
            });
        }
        let mut mind = Mind::new(seed, app.clock.now(), ids);
        let visitors = (0..VISITORS)
            .map(|_| Visitor {
                token: mind.random.bytes(),
                person: Person::default(),
            })
            .collect();
        Self {
            mind,
            learnt: Learnt::default(),
            browser: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .pool_max_idle_per_host(64)
                .build()
                .unwrap(),
            visitors,
            agents,
            app,
        }
    }

    /// An address that nobody else has, or one of an office.
    fn address(&mut self) -> String {
        let random = &mut self.mind.random;
        match random.below(3) {
            0 => format!(
                "2001:db8:{:x}::{:x}",
                random.below(60_000),
                random.below(60_000)
            ),
            _ => format!(
                "10.{}.{}.{}",
                random.below(256),
                random.below(256),
                random.below(256)
            ),
        }
    }

    async fn round(&mut self) {
        for _ in 0..FRAMES {
            if self.mind.random.once_in(2) {
                self.by_visitor().await;
            } else {
                self.by_agent().await;
            }
        }
        self.requests(ROUND - FRAMES).await;
        for visitor in &mut self.visitors {
            if let Some(client) = &mut visitor.person.client {
                client.settle().await;
            }
        }
        for agent in &mut self.agents {
            if let Some(client) = &mut agent.person.client {
                client.settle().await;
            }
        }
        self.learn();
    }

    /// What was told in this round is known in the next.
    fn learn(&mut self) {
        let all = self.visitors.iter_mut().map(|visitor| &mut visitor.person);
        for person in all.chain(self.agents.iter_mut().map(|agent| &mut agent.person)) {
            let learnt = person.learnt.lock().unwrap();
            person.own.conversations = learnt.conversations.iter().copied().collect();
            self.learnt.add(&learnt);
        }
        self.mind.learn(&self.learnt);
    }

    async fn by_visitor(&mut self) {
        let at = self.mind.random.below(VISITORS);
        // A new one comes.
        if self.mind.random.once_in(300) {
            self.visitors[at].token = self.mind.random.bytes();
            self.visitors[at].person = Person::default();
        }
        let from = self.address();
        let Visitor { token, person } = &mut self.visitors[at];
        if person.client.as_ref().is_none_or(Client::is_over) {
            let mut request = upgrade(&self.app, "/ws/visitor", &self.app.origin(), None);
            request
                .headers_mut()
                .insert("x-forwarded-for", from.parse().unwrap());
            person.client = Client::open::<VisitorEvent>(request, &person.learnt).await;
            if let Some(client) = &mut person.client {
                let hello = encode(&VisitorRequest::Hello(self.mind.hello(*token)));
                client.send(hello, None).await;
            }
        }
        std::mem::swap(&mut self.mind.own, &mut person.own);
        let request = self.mind.visitor_request(*token);
        std::mem::swap(&mut self.mind.own, &mut person.own);
        let id = match &request {
            VisitorRequest::Command { id, .. } => Some(*id),
            _ => None,
        };
        send(&mut self.mind, person, encode(&request), id).await;
    }

    async fn by_agent(&mut self) {
        let at = self.mind.random.below(AGENTS.len());
        if self.agents[at]
            .person
            .client
            .as_ref()
            .is_none_or(Client::is_over)
        {
            self.open_agent(at).await;
        }
        let person = &mut self.agents[at].person;
        std::mem::swap(&mut self.mind.own, &mut person.own);
        let request = self.mind.agent_request();
        std::mem::swap(&mut self.mind.own, &mut person.own);
        let id = match &request {
            AgentRequest::Command { id, .. } => Some(*id),
            _ => None,
        };
        send(&mut self.mind, person, encode(&request), id).await;
    }

    /// Connects an agent, who signs in anew where the session is over.
    async fn open_agent(&mut self, at: usize) {
        for _ in 0..2 {
            let from = self.address();
            let agent = &mut self.agents[at];
            let mut request = upgrade(
                &self.app,
                "/ws/agent",
                &self.app.origin(),
                Some(&agent.cookie),
            );
            request
                .headers_mut()
                .insert("x-forwarded-for", from.parse().unwrap());
            agent.person.client = Client::open::<AgentEvent>(request, &agent.person.learnt).await;
            if let Some(client) = &mut agent.person.client {
                let cursor = self.mind.cursor();
                client
                    .send(encode(&AgentRequest::Hello { cursor }), None)
                    .await;
                return;
            }
            agent.cookie = agent::cookie(&self.app, agent.name).await;
        }
    }

    /// Requests at once.
    async fn requests(&mut self, count: usize) {
        let tokens: Vec<VisitorToken> = self.visitors.iter().map(|visitor| visitor.token).collect();
        let mut all = Vec::new();
        while all.len() < count {
            let Some(asked) = routes::any(&mut self.mind, &tokens) else {
                continue;
            };
            let from = self.address();
            let who = self.mind.random.below(AGENTS.len() + 1);
            let cookie = self.agents.get(who).map(|agent| agent.cookie.clone());
            all.push(self.request(asked, from, cookie));
        }
        join_all(all).await;
    }

    fn request(
        &self,
        asked: Asked,
        from: String,
        cookie: Option<String>,
    ) -> impl Future<Output = ()> + use<> {
        let Asked {
            method,
            path,
            body,
            kind,
            origin,
        } = asked;
        let own = self.app.origin();
        let mut request = self
            .browser
            .request(method.clone(), self.app.url(&path))
            .header("origin", origin.unwrap_or(&own))
            .header("x-forwarded-for", from)
            .timeout(if path == "/poll/visitor" { HELD } else { LONG })
            .body(body.clone());
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        async move {
            let again = request.try_clone();
            let mut answer = request.send().await;
            // What has a body that the server did not read ends its connection, on which another
            // request may have been sent meanwhile.
            if let (Err(error), Some(again)) = (&answer, again)
                && error.is_request()
            {
                answer = again.header("connection", "close").send().await;
            }
            match answer {
                Ok(answer) => {
                    let status = answer.status();
                    if status.is_server_error() {
                        watch::note(format!("{status} to {method} {path} with {body:?}"));
                    }
                    // Read, so that the connection can be used again.
                    let _ = answer.bytes().await;
                }
                // What no client can send is not sent.
                Err(error) if error.is_builder() => {}
                // Held until something happens, as it should.
                Err(error) if error.is_timeout() && path == "/poll/visitor" => {}
                Err(error) => watch::note(format!("no answer to {method} {path}: {error:?}")),
            }
        }
    }

    async fn is_ready(&self) {
        let status = self.app.get("/readyz").await.status();
        if status != 200 {
            watch::note(format!("/readyz says {status}"));
        }
    }
}

/// Sends what was made, now and then spoiled.
async fn send(mind: &mut Mind, person: &mut Person, bytes: Vec<u8>, id: Option<CommandId>) {
    let (bytes, id) = if mind.random.once_in(25) {
        (mind.random.spoil(bytes), None)
    } else {
        (bytes, id)
    };
    if let Some(client) = &mut person.client {
        client.send(bytes, id).await;
    }
}

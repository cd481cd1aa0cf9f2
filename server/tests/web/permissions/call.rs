//! Requests by HTTP, sent by everybody.

use http::Method;

use super::{Outcome, Person, scene::World};
use crate::app::TestApp;

/// The answer to a request.
pub struct Reply {
    pub outcome: Outcome,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn holds(&self, words: &str) -> bool {
        self.body
            .windows(words.len())
            .any(|window| window == words.as_bytes())
    }
}

/// Sends a request as a person's browser does from Casella's own pages.
pub async fn send(
    world: &World<'_>,
    person: Person,
    method: &Method,
    path: &str,
    body: Vec<u8>,
) -> Reply {
    let url = world.app.url(path);
    let mut request = TestApp::browser().request(method.clone(), url);
    request = request.header("origin", world.app.origin()).body(body);
    if let Some(cookie) = world.cookie(person) {
        request = request.header("cookie", cookie);
    }
    let answer = request.send().await.unwrap();
    Reply {
        outcome: Outcome::Status(answer.status().as_u16()),
        body: answer.bytes().await.unwrap().to_vec(),
    }
}

//! No input makes the store refuse: random sequences of every frame, function and route, well-formed
//! and spoiled, by everybody, with ids used again, odd Unicode, and sizes at every bound, against a
//! running server. Nothing that is sent may lead to an answer of 5xx, to a task that the store
//! refuses, or to a thread that ends. (How memory comes back is measured from outside, by
//! `cargo xtask bench abuse`: here the clients are part of the process.)
//!
//! `cargo xtask test abuse`; `CASELLA_ACTIONS=2000000` for a long walk, `CASELLA_SEED` for one that
//! found something. What is sent follows from the seed, and from what the server answered: ids that
//! it makes are its own. It is a program of its own, since it looks at the whole process.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

#[path = "../web/agent.rs"]
#[expect(dead_code, reason = "the stories need more of it")]
mod agent;
#[path = "../web/app.rs"]
#[expect(dead_code, unused_macros, reason = "the stories need more of it")]
mod app;
mod calls;
mod client;
mod frames;
#[path = "../web/line.rs"]
#[expect(dead_code, reason = "the stories need more of it")]
mod line;
mod random;
mod routes;
mod walk;
mod watch;

use std::sync::LazyLock;

use app::TestApp;
use tokio::sync::Mutex;

/// Limits beside which thousands of requests have room, so that what stands behind them is reached.
const SETTINGS: &[(&str, &str)] = &[
    ("requests-per-second", "100000"),
    ("frames-per-second", "100000"),
    ("sign-ins-per-minute", "100000"),
    ("proxies", "127.0.0.1"),
];

/// How much is sent to each database if nothing else is asked for.
const ACTIONS: usize = 50_000;

/// One walk at a time: errors are the process's.
static TURN: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);

fn number<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

async fn story(app: impl Future<Output = Option<TestApp>>) {
    let _turn = TURN.lock().await;
    watch::begin();
    let Some(app) = app.await else {
        return;
    };
    let seed = number("CASELLA_SEED").unwrap_or_else(|| u64::from_le_bytes(backend::random()));
    let actions = number("CASELLA_ACTIONS").unwrap_or(ACTIONS);
    println!("{}: seed {seed}, {actions} actions", app.database_url);
    walk::perform(app, seed, actions).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_input_makes_sqlite_refuse() {
    story(async { Some(TestApp::with(SETTINGS).await) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_input_makes_postgres_refuse() {
    story(TestApp::on_postgres_with(SETTINGS)).await;
}

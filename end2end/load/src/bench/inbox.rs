//! `load bench inbox`: what the inbox reads from a large database, on each database.

use std::{env, fs, path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use domain::{
    ConversationId,
    activity::{HistoryKey, HistoryPage},
    inbox::{ListKey, ListPage, OpenConversation, Tab},
    search::{SearchKey, SearchPage},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{Bar, Figure, percentile, show};
use crate::{
    database::{self, Database},
    faults::{Ground, on_disk},
    inbox::Inbox,
    node::{Node, Settings},
    seed::{self, words},
};

/// How many pages of each list are read, from the top down.
const LIST_PAGES: usize = 60;

/// How many conversations are opened, and histories read.
const OPENED: usize = 200;

/// How many searches there are of each kind.
const SEARCHES: usize = 100;

/// The variable with the key of a server's secrets, some of which lie in the database.
const SECRET_KEY: &str = "CASELLA_SECRET_KEY";

const READ_MS: f64 = 10.0;
const SEARCH_MS: f64 = 50.0;
const COMMON_MS: f64 = 100.0;

/// Measures on databases of so many conversations, or on the one that `url` names, which was
/// seeded before; returns whether all bars are kept.
///
/// # Errors
/// If something could not be measured.
pub async fn run(binary: PathBuf, conversations: u32, url: Option<String>) -> Result<bool> {
    let folder = tempfile::Builder::new()
        .prefix("casella-inbox-")
        .tempdir_in(on_disk())?;
    let settings = |database_url: String| Settings {
        binary: binary.clone(),
        database_url,
        folder: folder.path().to_owned(),
        variables: vec![
            ("CASELLA_REQUESTS_PER_SECOND", "1000000".to_owned()),
            ("CASELLA_FRAMES_PER_SECOND", "1000000".to_owned()),
            (SECRET_KEY, secret_key()),
        ],
    };
    if let Some(url) = url {
        return Ok(show(&measure("", settings(url)).await?));
    }
    let mut kept = true;
    for ground in super::grounds() {
        let database = match (ground, database::postgres_url()) {
            (Ground::Postgres, Some(cluster)) => Database::postgres(&cluster).await?,
            _ => Database::sqlite(&folder),
        };
        println!("{ground}: a database of {conversations} conversations");
        let settings = settings(database.url());
        let measured = async {
            seed::fill(&settings, conversations).await?;
            measure(&ground.to_string(), settings.clone()).await
        };
        let figures = measured.await;
        if let Database::Sqlite(path) = &database {
            // Gigabytes, for which the next database has more use.
            fs::remove_file(path)?;
        }
        database.remove().await?;
        kept &= show(&figures?);
    }
    Ok(kept)
}

/// The key that the caller names, for a database that another server has used; else always the
/// same one, so that a database which was measured once can be measured again.
fn secret_key() -> String {
    env::var(SECRET_KEY).unwrap_or_else(|_| "5eed".repeat(16))
}

/// An agent at a server.
struct Reader {
    address: String,
    inbox: Inbox,
}

impl Reader {
    async fn sign_in(node: &Node, n: usize) -> Result<Self> {
        let address = node.address();
        let inbox = Inbox::sign_in(&address, &seed::email(n), seed::PASSWORD).await?;
        Ok(Self { address, inbox })
    }

    /// Asks, and says how long it took, in milliseconds.
    async fn ask<T: DeserializeOwned>(
        &self,
        function: &str,
        arguments: &impl Serialize,
    ) -> Result<(T, f64)> {
        let began = Instant::now();
        let answer = self.inbox.ask(&self.address, function, arguments).await?;
        Ok((answer, began.elapsed().as_secs_f64() * 1_000.0))
    }
}

/// The figures of a database: at the client, over HTTP on loopback, so the server's own are less.
async fn measure(ground: &str, settings: Settings) -> Result<Vec<Figure>> {
    let mut node = Node::new(settings)?;
    node.start().await?;
    let supervisor = Reader::sign_in(&node, 1).await?;
    let agent = Reader::sign_in(&node, 2).await?;
    let figure = |what: &str, took: &mut [f64], bar: f64| Figure {
        what: format!("{ground}: {what}, p95")
            .trim_start_matches(": ")
            .to_owned(),
        value: percentile(took, 95),
        unit: "ms",
        bar: Bar::AtMost(bar),
    };
    let mut figures = Vec::new();
    let mut ids = Vec::new();
    for (tab, name) in [
        (Tab::Active, "Active"),
        (Tab::All, "All"),
        (Tab::Unanswered, "Unanswered"),
        (Tab::Everyone, "Everyone"),
    ] {
        let mut took = Vec::new();
        let mut after: Option<ListKey> = None;
        while took.len() < LIST_PAGES {
            let (page, ms): (ListPage, f64) = supervisor.ask("list", &(tab, after)).await?;
            took.push(ms);
            if tab == Tab::All {
                ids.extend(page.rows.iter().map(|row| row.id));
            }
            after = page.next;
        }
        figures.push(figure(
            &format!("a page of the list {name}"),
            &mut took,
            READ_MS,
        ));
    }
    let mut random = fastrand::Rng::with_seed(1);
    random.shuffle(&mut ids);
    ids.truncate(OPENED);
    figures.push(figure(
        "opening a chat",
        &mut opened(&supervisor, &ids).await?,
        READ_MS,
    ));
    figures.push(figure(
        "a page of the history",
        &mut histories(&supervisor, &ids).await?,
        READ_MS,
    ));
    type Word = fn(usize) -> String;
    let kinds: [(&str, Word, f64); 3] = [
        ("search, rare words", words::rare, SEARCH_MS),
        (
            "search, words in a thousandth of the messages",
            words::middle,
            SEARCH_MS,
        ),
        (
            "search, words in a fifth of the messages",
            common,
            COMMON_MS,
        ),
    ];
    for (what, word, bar) in kinds {
        let mut took = searches(&agent, word).await?;
        figures.push(figure(what, &mut took, bar));
    }
    node.kill().await?;
    Ok(figures)
}

fn common(n: usize) -> String {
    let word = words::COMMON.get(n % words::COMMON.len());
    word.copied().unwrap_or_default().to_owned()
}

async fn opened(reader: &Reader, ids: &[ConversationId]) -> Result<Vec<f64>> {
    let mut took = Vec::new();
    for id in ids {
        let (_, ms): (OpenConversation, f64) = reader.ask("conversation", &(id,)).await?;
        took.push(ms);
    }
    Ok(took)
}

async fn histories(reader: &Reader, ids: &[ConversationId]) -> Result<Vec<f64>> {
    let mut took = Vec::new();
    for id in ids {
        let mut before: Option<HistoryKey> = None;
        loop {
            let (page, ms): (HistoryPage, f64) = reader.ask("history", &(id, before)).await?;
            took.push(ms);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
    }
    Ok(took)
}

/// Searches for words of a kind; every fourth time also for the second page.
async fn searches(reader: &Reader, word: fn(usize) -> String) -> Result<Vec<f64>> {
    let mut took = Vec::new();
    let mut found = 0;
    for n in 0..SEARCHES {
        let query = word(n);
        let mut before: Option<SearchKey> = None;
        for _ in 0..=u8::from(n % 4 == 0) {
            let (page, ms): (SearchPage, f64) = reader.ask("search", &(&query, before)).await?;
            took.push(ms);
            found += page.hits.len();
            before = page.next;
            if before.is_none() {
                break;
            }
        }
    }
    (found > 0)
        .then_some(took)
        .context("the searches found nothing: is this a seeded database?")
}

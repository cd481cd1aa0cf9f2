//! `load seed`: a large database, the same each time but for its dates, which lead up to now.
//!
//! Rows are written past the server, in large statements, with indexes made afterwards. What can be
//! searched the server makes itself when it migrates, as it does for an older database.

mod cast;
mod sink;
pub mod words;

use std::{process::Stdio, time::Instant};

use anyhow::{Context, Result, bail};
use domain::{ConversationId, Timestamp};
use uuid::Uuid;

use crate::{identity, node::Settings};
use cast::{Cast, Visitor};
use sink::{Cell, Kind, Rows, Sink, Table};
use words::Words;

/// From which all choices follow.
const SEED: u64 = 20_261_123;

/// How far back the conversations go, in microseconds: two years.
const SPAN: i64 = 2 * 365 * 24 * 60 * 60 * 1_000_000;

/// Messages of each conversation.
const MESSAGES: i64 = 10;

/// The site of a large database.
pub const SITE: &str = "seed";

/// How many agents there are. The first is a supervisor.
pub const AGENTS: usize = 8;

/// The password of all agents.
pub const PASSWORD: &str = "load-generator";

const SECOND: i64 = 1_000_000;

const CONVERSATION: Table = Table {
    name: "conversation",
    columns: &[
        ("id", Kind::Id),
        ("site_id", Kind::Id),
        ("visitor_id", Kind::Id),
        ("state", Kind::Text),
        ("agent_id", Kind::Id),
        ("state_at", Kind::Int),
        ("warned", Kind::Int),
        ("end_reason", Kind::Text),
        ("version", Kind::Int),
        ("last_seq", Kind::Int),
        ("agent_read", Kind::Int),
        ("visitor_read", Kind::Int),
        ("agent_unread", Kind::Int),
        ("visitor_unread", Kind::Int),
        ("created_at", Kind::Int),
        ("accepted_at", Kind::Int),
        ("activity_at", Kind::Int),
        ("preview", Kind::Text),
        ("preview_by_agent", Kind::Int),
    ],
};

const MESSAGE: Table = Table {
    name: "message",
    columns: &[
        ("conversation_id", Kind::Id),
        ("seq", Kind::Int),
        ("at", Kind::Int),
        ("command_id", Kind::Id),
        ("author", Kind::Int),
        ("agent_id", Kind::Id),
        ("body", Kind::Text),
    ],
};

const ACTIVITY: Table = Table {
    name: "activity",
    columns: &[
        ("visitor_id", Kind::Id),
        ("at", Kind::Int),
        ("tie", Kind::Id),
        ("page", Kind::Text),
        ("what", Kind::Text),
    ],
};

/// The address by which an agent signs in, from 1.
pub fn email(n: usize) -> String {
    format!("agent{n}@example.com")
}

/// Fills a database that has no conversations.
///
/// # Errors
/// If it has some, or cannot be written to.
pub async fn fill(settings: &Settings, conversations: u32) -> Result<()> {
    let began = Instant::now();
    let say = |what: &str| println!("  {:>4} s  {what}", began.elapsed().as_secs());
    say("schema, site and agents");
    settings.administer(&["migrate"], "").await?;
    people(settings).await?;
    let mut sink = Sink::open(&settings.database_url).await?;
    if sink.count("conversation").await? > 0 {
        bail!("the database has conversations already: seed a fresh one");
    }
    let cast = Cast {
        site: sink.ids("site").await?.pop().context("there is no site")?,
        agents: sink.ids("agent").await?,
    };
    let indexes = sink
        .take_indexes(&["visitor", "conversation", "message", "activity"])
        .await?;
    write(&mut sink, &cast, conversations, &say).await?;
    sink.mark_as_demo().await?;
    say("indexes");
    sink.give_indexes(indexes).await?;
    sink.close().await?;
    say("words for searching, as the server makes them for an older database");
    let mut command = settings.command();
    let done = command
        .arg("migrate")
        .env("CASELLA_LOG", "info")
        .stdout(Stdio::null())
        .status()
        .await?;
    if !done.success() {
        bail!("`casella migrate` failed");
    }
    Sink::open(&settings.database_url).await?.settle().await?;
    say("done");
    Ok(())
}

async fn people(settings: &Settings) -> Result<()> {
    let origin = "http://127.0.0.1";
    let site = ["site", "add", SITE, "--name", "Seed", "--origin", origin];
    settings.administer(&site, "").await?;
    for n in 1..=AGENTS {
        let (name, email) = (format!("Agent {n}"), email(n));
        let role = if n == 1 { "supervisor" } else { "agent" };
        let add = [
            "agent",
            "add",
            &email,
            "--name",
            &name,
            "--role",
            role,
            "--password-stdin",
        ];
        settings.administer(&add, PASSWORD).await?;
    }
    Ok(())
}

async fn write(
    sink: &mut Sink,
    cast: &Cast,
    conversations: u32,
    say: &impl Fn(&str),
) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(SEED);
    let words = Words::new();
    let now = identity::now().0;
    let begin = now - SPAN;
    let visitors = cast::visitors(&mut random, conversations, begin);
    let mut rows = sink.rows(&cast::VISITOR);
    for visitor in &visitors {
        visitor.push(&mut rows, cast.site, begin);
        sink.write_if_full(&mut rows).await?;
    }
    sink.write(&mut rows).await?;
    say(&format!("{} visitors", visitors.len()));
    let mut tables = [&CONVERSATION, &MESSAGE, &ACTIVITY].map(|table| sink.rows(table));
    let gap = (SPAN - 3_600 * SECOND) / i64::from(conversations.max(1));
    for n in 0..conversations {
        let at = begin + i64::from(n) * gap + random.i64(0..gap.max(1));
        let left = conversations - n;
        let visitor =
            cast::visitor_of(&visitors, left, &mut random).context("there are visitors")?;
        conversation(&mut tables, cast, visitor, &words, &mut random, at, left);
        for rows in &mut tables {
            sink.write_if_full(rows).await?;
        }
        if n > 0 && n % 100_000 == 0 {
            say(&format!("{n} of {conversations} conversations"));
        }
    }
    for rows in &mut tables {
        sink.write(rows).await?;
    }
    Ok(())
}

/// How a conversation stands.
enum Stand {
    Ended,
    /// Nobody accepted it: in nobody's list.
    Missed,
    Unanswered,
    Active,
}

impl Stand {
    /// `left` are the conversations from this one on: the newest are open.
    fn of(left: u32, random: &mut fastrand::Rng) -> Self {
        match left {
            1..=200 => Self::Active,
            201..=400 => Self::Unanswered,
            _ if random.u32(0..100) < 5 => Self::Missed,
            _ => Self::Ended,
        }
    }
}

fn conversation(
    [heads, messages, activities]: &mut [Rows; 3],
    cast: &Cast,
    visitor: &Visitor,
    words: &Words,
    random: &mut fastrand::Rng,
    at: i64,
    left: u32,
) {
    let stand = Stand::of(left, random);
    let id = new_id(at, random);
    let agent = random.choice(&cast.agents).copied();
    let accepted = match stand {
        Stand::Ended | Stand::Active => agent,
        Stand::Missed | Stand::Unanswered => None,
    };
    let mut body = String::new();
    let mut last = at;
    for seq in 1..=MESSAGES {
        let by_agent = seq % 2 == 0 && accepted.is_some();
        last = at + seq * 20 * SECOND;
        body = words.message(random);
        messages.push(&[
            Cell::Id(id),
            Cell::Int(seq),
            Cell::Int(last),
            Cell::Id(new_id(last, random)),
            Cell::Int(by_agent.into()),
            accepted.filter(|_| by_agent).map_or(Cell::Null, Cell::Id),
            Cell::Text(&body),
        ]);
    }
    let (state, reason) = match stand {
        Stand::Ended => ("ended", Some("agent")),
        Stand::Missed => ("ended", Some("missed")),
        Stand::Unanswered => ("unanswered", None),
        Stand::Active => ("active", None),
    };
    heads.push(&[
        Cell::Id(id),
        Cell::Id(cast.site),
        Cell::Id(visitor.id),
        Cell::Text(state),
        accepted.map_or(Cell::Null, Cell::Id),
        Cell::Int(last),
        Cell::Int(0),
        reason.map_or(Cell::Null, Cell::Text),
        Cell::Int(MESSAGES),
        Cell::Int(MESSAGES),
        Cell::Int(MESSAGES),
        Cell::Int(MESSAGES),
        Cell::Int(0),
        Cell::Int(0),
        Cell::Int(at),
        accepted.map_or(Cell::Null, |_| Cell::Int(at + 10 * SECOND)),
        Cell::Int(last),
        Cell::Text(&body),
        Cell::Int(accepted.is_some().into()),
    ]);
    for (before, page) in [(90, "pricing"), (30, "contact")] {
        let at = at - before * SECOND;
        let url = format!("https://www.example.com/{page}");
        let what = format!(r#"{{"kind":"page_viewed","url":"{url}","title":"{page}"}}"#);
        activities.push(&[
            Cell::Id(visitor.id),
            Cell::Int(at),
            Cell::Id(new_id(at, random)),
            Cell::Text(&url),
            Cell::Text(&what),
        ]);
    }
}

/// An id of an instant.
fn new_id(at: i64, random: &mut fastrand::Rng) -> Uuid {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    ConversationId::new(Timestamp(at), bytes).0
}

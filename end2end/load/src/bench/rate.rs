//! How many messages a second are committed when senders send as soon as they have an answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Result, bail};
use domain::{
    Refusal,
    frame::visitor::{Answer, VisitorCommand, VisitorEvent, VisitorRequest},
};
use futures::future::try_join_all;
use tokio::time::{Instant, sleep_until};

use super::{
    Bar, Bench, Figure,
    chats::{self, ActiveChat, Agents, CHATS_AN_AGENT, VisitorSocket},
};
use crate::{faults::Ground, identity};

const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(10);

/// Committed messages a second, each acknowledged before its sender sends the next.
pub async fn measure(
    bench: &Bench,
    ground: Ground,
    senders: usize,
    bar: Bar,
) -> Result<Vec<Figure>> {
    // The limits protect against one client that sends as fast as it can, which is just what is
    // measured here.
    let variables = vec![
        ("CASELLA_FRAMES_PER_SECOND", "1000000".to_owned()),
        ("CASELLA_REQUESTS_PER_SECOND", "1000000".to_owned()),
        ("CASELLA_SIGN_INS_PER_MINUTE", "1000".to_owned()),
    ];
    let count = senders.div_ceil(CHATS_AN_AGENT);
    let stage = bench.stage(ground, count, variables).await?;
    let agents = Agents::gather(&stage, count, false).await?;
    let chats = chats::open(&stage, senders).await?;
    let committed = |result: &Result<Answer, Refusal>| matches!(result, Ok(Answer::Message { .. }));
    let value = closed_loop(chats, committed).await?;
    drop(agents);
    stage.remove().await?;
    Ok(vec![Figure {
        what: format!("{ground}: messages committed a second, {senders} senders"),
        value,
        unit: "/s",
        bar,
    }])
}

/// Lets everybody send, wait for the answer and send again; returns the counted answers a second.
async fn closed_loop(
    chats: Vec<ActiveChat>,
    counts: fn(&Result<Answer, Refusal>) -> bool,
) -> Result<f64> {
    let begin = Instant::now() + WARM_UP;
    let end = begin + MEASURED;
    let total = Arc::new(AtomicU64::new(0));
    let senders = chats.into_iter().map(|chat| {
        let total = total.clone();
        tokio::spawn(async move { send_on(chat, counts, begin, end, &total).await })
    });
    for outcome in try_join_all(senders).await? {
        outcome?;
    }
    sleep_until(end).await;
    let total = u32::try_from(total.load(Ordering::Relaxed))?;
    Ok(f64::from(total) / MEASURED.as_secs_f64())
}

async fn send_on(
    mut chat: ActiveChat,
    counts: fn(&Result<Answer, Refusal>) -> bool,
    begin: Instant,
    end: Instant,
    total: &AtomicU64,
) -> Result<()> {
    let mut random = fastrand::Rng::new();
    loop {
        let id = identity::command(&mut random);
        let command = VisitorCommand::Message {
            conversation: chat.conversation,
            text: "Could you tell me where my order is?".to_owned(),
        };
        chat.socket
            .send(&VisitorRequest::Command { id, command })
            .await?;
        let result = answer(&mut chat.socket).await?;
        let now = Instant::now();
        if now >= end {
            return Ok(());
        }
        if counts(&result) {
            total.fetch_add(u64::from(now >= begin), Ordering::Relaxed);
        } else if result != Err(Refusal::NotFound) {
            // A few frames stay within the limit of the measurement without the store.
            bail!("the server answers something else: {result:?}");
        }
    }
}

async fn answer(socket: &mut VisitorSocket) -> Result<Result<Answer, Refusal>> {
    loop {
        match socket.next().await? {
            VisitorEvent::Answer { result, .. } => return Ok(result),
            VisitorEvent::Ping => socket.send(&VisitorRequest::Pong).await?,
            _ => {}
        }
    }
}

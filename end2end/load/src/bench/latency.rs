//! From a visitor's send to an agent's socket, while nothing else happens.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context, Result};
use domain::frame::visitor::{VisitorCommand, VisitorEvent, VisitorRequest};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{
    Bar, Bench, Figure,
    chats::{self, Agents},
    percentile,
};
use crate::{faults::Ground, identity};

const MESSAGES: usize = 200;

/// Sent before, and not counted: caches and connections are warm in a server at work.
const WARM_UP: usize = 20;

const PACE: Duration = Duration::from_millis(20);

const BAR_MS: f64 = 5.0;

/// How long the last message may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures on one database.
pub async fn measure(bench: &Bench, ground: Ground) -> Result<Vec<Figure>> {
    // A visitor at this pace is on the edge of what one connection may send by default.
    let variables = vec![
        ("CASELLA_FRAMES_PER_SECOND", "1000".to_owned()),
        ("CASELLA_REQUESTS_PER_SECOND", "100000".to_owned()),
    ];
    let stage = bench.stage(ground, 1, variables).await?;
    let mut agents = Agents::gather(&stage, 1, true).await?;
    let mut chats = chats::open(&stage, 1).await?;
    let mut chat = chats.pop().context("no chat was opened")?;
    let mut random = fastrand::Rng::new();
    let mut sent = HashMap::new();
    let mut took = Vec::new();
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut count = 0;
    while took.len() < MESSAGES + WARM_UP {
        tokio::select! {
            _ = ticks.tick(), if count < MESSAGES + WARM_UP => {
                count += 1;
                let id = identity::command(&mut random);
                let command = VisitorCommand::Message {
                    conversation: chat.conversation,
                    text: format!("Message {count} of a quiet hour"),
                };
                sent.insert(id, Instant::now());
                chat.socket.send(&VisitorRequest::Command { id, command }).await?;
            }
            arrival = timeout(PATIENCE, agents.arrivals.recv()) => {
                let (id, at) = arrival
                    .context("a message did not arrive")?
                    .context("the agent is gone")?;
                if let Some(from) = sent.remove(&id) {
                    took.push(at.duration_since(from).as_secs_f64() * 1_000.0);
                }
            }
            event = chat.socket.next() => match event? {
                VisitorEvent::Answer { result, .. } => { result?; }
                VisitorEvent::Ping => chat.socket.send(&VisitorRequest::Pong).await?,
                _ => {}
            },
        }
    }
    drop((chat, agents));
    stage.remove().await?;
    let mut took = took.split_off(WARM_UP);
    let figure = |what: &str, value, bar| Figure {
        what: format!("{ground}: visitor's send → agent's socket, idle, {what}"),
        value,
        unit: "ms",
        bar,
    };
    Ok(vec![
        figure("p50", percentile(&mut took, 50), Bar::None),
        figure("p95", percentile(&mut took, 95), Bar::AtMost(BAR_MS)),
    ])
}

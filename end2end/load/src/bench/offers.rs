//! A thousand requests at once for a team of a thousand agents, on two nodes.

mod promise;
mod team;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::{
    ConversationId,
    frame::visitor::{Answer, ChatState, VisitorCommand, VisitorEvent, VisitorRequest},
};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{Instant, timeout},
};

use super::{Bar, Bench, Figure, chats, percentile};
use crate::{faults::Ground, identity, stage::Stage};
use promise::{Offered, Requested};
use team::Team;

const NODES: usize = 2;
const AGENTS: usize = 1_000;
const VISITORS: usize = 1_000;

/// How many chats an agent may have: so often all visitors ask at once.
const LIMIT: usize = 5;

/// Requests when every agent is at the limit.
const TOO_MANY: usize = 20;

/// Requests before the measurement, ended again: servers at work are warm.
const WARM_UP: usize = 50;

const BAR_MS: f64 = 100.0;

/// How many connections are made at one time.
const CONNECT_AT_ONCE: usize = 32;

/// How long the last banner may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long it is listened for a banner too many.
const QUIET: Duration = Duration::from_secs(1);

/// Visitors who have asked; they stay connected until this is dropped.
struct Wave {
    requests: Vec<Requested>,
    tasks: Vec<JoinHandle<Result<()>>>,
}

impl Drop for Wave {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Measures, and fails if a request is offered twice or not at all, out of turn, or to an agent
/// at the limit.
pub async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let variables = vec![
        // Everybody comes from one address here.
        ("CASELLA_REQUESTS_PER_SECOND", "100000".to_owned()),
        ("CASELLA_CONNECTIONS_PER_ADDRESS", "100000".to_owned()),
    ];
    let mut stage = bench
        .stage_of(Ground::PostgresTwoNodes, 0, 0, variables)
        .await?;
    let tokens = team::add(&stage, AGENTS, LIMIT).await?;
    stage.start(NODES).await?;
    let mut team = Team::gather(&stage, tokens).await?;

    let warm_up = ask(&stage, WARM_UP, true).await?;
    team.offers(WARM_UP, PATIENCE).await?;
    team.offers(0, QUIET).await?;

    let mut took = Vec::new();
    let mut waves = vec![warm_up];
    for n in 1..=LIMIT {
        let wave = ask(&stage, VISITORS, false).await?;
        let mut offers = team.offers(VISITORS, PATIENCE).await?;
        offers.extend(team.offers(0, QUIET).await?);
        let mut wave_took = promise::check(&wave.requests, &offers, AGENTS)?;
        println!(
            "  wave {n}: p50 {:.1} ms, p95 {:.1} ms, slowest {:.1} ms, {} commits",
            percentile(&mut wave_took, 50),
            percentile(&mut wave_took, 95),
            percentile(&mut wave_took, 100),
            promise::batches(&offers),
        );
        took.append(&mut wave_took);
        waves.push(wave);
    }
    refused(&stage, &mut team).await?;
    drop((waves, team));
    stage.remove().await?;

    let figure = |what: &str, value, bar| Figure {
        what: format!("{VISITORS} requests at once, two nodes: request → banner, {what}"),
        value,
        unit: "ms",
        bar,
    };
    Ok(vec![
        figure("p50", percentile(&mut took, 50), Bar::None),
        figure("p95", percentile(&mut took, 95), Bar::AtMost(BAR_MS)),
        figure("p99", percentile(&mut took, 99), Bar::None),
    ])
}

/// Now that every agent is at the limit, nobody may be asked.
async fn refused(stage: &Stage, team: &mut Team) -> Result<()> {
    let wave = ask(stage, TOO_MANY, false).await?;
    let offers: Vec<Offered> = team.offers(0, QUIET).await?;
    let own = |offer: &&Offered| {
        wave.requests
            .iter()
            .any(|request| request.conversation == offer.conversation)
    };
    if let Some(over) = offers.iter().find(own) {
        bail!("agent {} is over the limit of {LIMIT}", over.place);
    }
    if let Some(waiting) = wave.requests.iter().find(|request| !request.fell_back) {
        bail!("{} was not told that nobody is there", waiting.conversation);
    }
    Ok(())
}

/// Connects visitors, lets them all ask at once, and waits for the answers. With `leave` they end
/// their chats again.
async fn ask(stage: &Stage, count: usize, leave: bool) -> Result<Wave> {
    let addresses = stage.addresses();
    let sockets: Vec<chats::VisitorSocket> = stream::iter(0..count)
        .map(async |n| {
            let address = addresses.get(n % NODES).context("there is no node")?;
            chats::connect(address, &stage.site, &mut fastrand::Rng::new()).await
        })
        .buffer_unordered(CONNECT_AT_ONCE)
        .try_collect()
        .await?;
    let (go, start) = watch::channel(false);
    let (tell, mut told) = mpsc::unbounded_channel();
    let tasks = sockets
        .into_iter()
        .map(|socket| tokio::spawn(visit(socket, start.clone(), tell.clone(), leave)))
        .collect();
    let mut wave = Wave {
        requests: Vec::new(),
        tasks,
    };
    drop(tell);
    go.send_replace(true);
    while wave.requests.len() < count {
        let requested = timeout(PATIENCE, told.recv()).await;
        let requested = requested.context("a request was not answered")?;
        wave.requests
            .push(requested.context("a visitor's connection broke")?);
    }
    Ok(wave)
}

async fn visit(
    mut socket: chats::VisitorSocket,
    mut start: watch::Receiver<bool>,
    tell: mpsc::UnboundedSender<Requested>,
    leave: bool,
) -> Result<()> {
    let mut random = fastrand::Rng::new();
    let (id, end) = (
        identity::command(&mut random),
        identity::command(&mut random),
    );
    start.wait_for(|go| *go).await?;
    let at = Instant::now();
    let command = VisitorCommand::Start {
        form: identity::form("Ada"),
        first_message: None,
        views: Vec::new(),
    };
    let request = VisitorRequest::Command { id, command };
    socket.send(&request).await?;
    let mut state = None;
    // Until it is told, once its state is known as well.
    let mut asked: Option<ConversationId> = None;
    loop {
        match socket.next().await? {
            VisitorEvent::Chat { chat, .. } => state = Some(chat.state),
            VisitorEvent::Answer { id: of, result } if of == id => {
                let Answer::Started { conversation } = result? else {
                    bail!("a request was answered with something else");
                };
                asked = Some(conversation);
            }
            VisitorEvent::Answer { result, .. } => {
                result?;
            }
            VisitorEvent::Ping => socket.send(&VisitorRequest::Pong).await?,
            _ => {}
        }
        if let (Some(state), Some(conversation)) = (state, asked) {
            asked = None;
            let fell_back = state == ChatState::Fallback;
            // Nobody listens any more at the end of the run.
            let _ = tell.send(Requested {
                conversation,
                at,
                fell_back,
            });
            if leave {
                let command = VisitorCommand::End { conversation };
                let request = VisitorRequest::Command { id: end, command };
                socket.send(&request).await?;
            }
        }
    }
}

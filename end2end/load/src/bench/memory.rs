//! What the server's process holds in memory.

use std::{fs, time::Duration};

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::sleep;

use super::{
    Bar, Bench, Figure,
    chats::{self, VisitorSocket},
};
use crate::{
    faults::Ground,
    node::{Node, free_port},
    stage::Stage,
};

const SOCKETS: u32 = 2_000;
const SOCKET_BAR_KB: f64 = 16.0;

/// Opened and closed before: what the server makes once is not counted to each socket.
const WARM_UP: u32 = 100;

const CONNECT_AT_ONCE: usize = 32;

/// How long memory may take to come to rest.
const REST: Duration = Duration::from_secs(3);

const IDLE: Duration = Duration::from_secs(60);
const IDLE_BAR_MB: f64 = 40.0;

/// The growth for each idle visitor's socket.
pub async fn measure_sockets(bench: &Bench) -> Result<Vec<Figure>> {
    let stage = bench.stage(Ground::Sqlite, 0, Vec::new()).await?;
    let node = stage.nodes.first().context("there is no node")?;
    drop(connect(&stage, WARM_UP).await?);
    sleep(REST).await;
    let before = resident_kb(process_of(node)?)?;
    let sockets = connect(&stage, SOCKETS).await?;
    sleep(REST).await;
    let growth = resident_kb(process_of(node)?)? - before;
    drop(sockets);
    stage.remove().await?;
    Ok(vec![Figure {
        what: format!("growth of memory for each of {SOCKETS} idle visitor sockets"),
        value: growth / f64::from(SOCKETS),
        unit: "KB",
        bar: Bar::AtMost(SOCKET_BAR_KB),
    }])
}

async fn connect(stage: &Stage, count: u32) -> Result<Vec<VisitorSocket>> {
    let address = chats::address(stage)?;
    stream::iter(0..count)
        .map(async |_| {
            let mut random = fastrand::Rng::new();
            chats::connect(&address, &stage.site, &mut random).await
        })
        .buffer_unordered(CONNECT_AT_ONCE)
        .try_collect()
        .await
}

/// The whole server with demo data, a minute after it was ready, nobody connected.
pub async fn measure_idle(bench: &Bench) -> Result<Vec<Figure>> {
    let demo = format!("127.0.0.1:{}", free_port()?);
    let variables = vec![("CASELLA_DEMO_LISTEN", demo)];
    let mut stage = bench.stage(Ground::Sqlite, 0, variables).await?;
    let node = stage.nodes.first_mut().context("there is no node")?;
    node.kill().await?;
    node.start_as(stage.settings.command(), &["--demo"]).await?;
    println!("(a minute of silence for the server's memory at rest)");
    sleep(IDLE).await;
    let value = resident_kb(process_of(node)?)? / 1024.0;
    stage.remove().await?;
    Ok(vec![Figure {
        what: "the server's memory with demo data, 60 s after it was ready".to_owned(),
        value,
        unit: "MB",
        bar: Bar::AtMost(IDLE_BAR_MB),
    }])
}

fn process_of(node: &Node) -> Result<u32> {
    node.id().context("the server does not run")
}

/// `VmRSS` of a server's process.
pub fn resident_kb(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))
        .context("memory is measured on Linux only")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("the process has no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

//! `load bench`: the speeds and the memory of a real server, each beside its bar.

pub mod abuse;
pub mod chats;
pub mod inbox;
mod latency;
mod memory;
mod offers;
pub mod office;
mod rate;

use std::{fmt, path::PathBuf};

use anyhow::{Result, bail};

use crate::{
    database::{self, Database},
    faults::{Ground, on_disk},
    node::Settings,
    stage::Stage,
};

/// Which side of its bar a figure must be on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bar {
    AtMost(f64),
    AtLeast(f64),
    /// Shown for comparison.
    None,
}

/// One measured value.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub what: String,
    pub value: f64,
    pub unit: &'static str,
    pub bar: Bar,
}

impl Figure {
    /// Whether it is on the right side of its bar.
    pub fn is_kept(&self) -> bool {
        match self.bar {
            Bar::AtMost(bar) => self.value <= bar,
            Bar::AtLeast(bar) => self.value >= bar,
            Bar::None => true,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Large figures need no decimals, small ones do.
        let number = |value: f64| {
            if value < 100.0 {
                format!("{value:.2} {}", self.unit)
            } else {
                format!("{value:.0} {}", self.unit)
            }
        };
        let (bar, verdict) = match self.bar {
            Bar::AtMost(bar) => (format!("≤ {} {}", bar, self.unit), self.verdict()),
            Bar::AtLeast(bar) => (format!("≥ {} {}", bar, self.unit), self.verdict()),
            Bar::None => (String::new(), ""),
        };
        write!(
            f,
            "{:<62} {:>14}  {bar:>12}  {verdict}",
            self.what,
            number(self.value)
        )
    }
}

impl Figure {
    fn verdict(&self) -> &'static str {
        if self.is_kept() { "ok" } else { "over" }
    }
}

/// Measures the offers of a large team alone; returns whether the bar is kept.
///
/// # Errors
/// If they could not be measured, or something promised does not hold.
pub async fn run_offers(binary: PathBuf) -> Result<bool> {
    if database::postgres_url().is_none() {
        bail!(
            "two nodes need a PostgreSQL: set {} to one where databases can be made",
            database::POSTGRES
        );
    }
    let figures = offers::measure(&Bench { binary }).await?;
    Ok(show(&figures))
}

/// Measures how many messages are committed a second alone; returns whether all bars are kept.
///
/// # Errors
/// If it could not be measured.
pub async fn run_rates(binary: PathBuf) -> Result<bool> {
    let bench = Bench { binary };
    let mut kept = true;
    for ground in grounds() {
        for (senders, bar) in senders(ground) {
            kept &= show(&rate::measure(&bench, ground, senders, bar).await?);
        }
    }
    Ok(kept)
}

/// The databases that there are.
fn grounds() -> Vec<Ground> {
    let mut grounds = vec![Ground::Sqlite];
    match database::postgres_url() {
        Some(_) => grounds.push(Ground::Postgres),
        None => println!("PostgreSQL is left out: {} is not set", database::POSTGRES),
    }
    grounds
}

/// How many send at once, and how many messages a second must be committed then. Only the embedded
/// database has a bar with many senders.
fn senders(ground: Ground) -> Vec<(usize, Bar)> {
    match ground {
        Ground::Sqlite => vec![(8, Bar::AtLeast(2_000.0)), (256, Bar::AtLeast(6_000.0))],
        Ground::Postgres | Ground::PostgresTwoNodes => vec![(8, Bar::AtLeast(800.0))],
    }
}

/// Prints figures; returns whether all bars are kept.
fn show(figures: &[Figure]) -> bool {
    for figure in figures {
        println!("{figure}");
    }
    figures.iter().all(Figure::is_kept)
}

/// Measures everything, printing each figure as it is known; returns whether all bars are kept.
///
/// # Errors
/// If something could not be measured.
pub async fn run(binary: PathBuf) -> Result<bool> {
    let bench = Bench { binary };
    let mut kept = true;
    let mut show = |figures: Vec<Figure>| kept &= show(&figures);
    for ground in grounds() {
        show(latency::measure(&bench, ground).await?);
        for (senders, bar) in senders(ground) {
            show(rate::measure(&bench, ground, senders, bar).await?);
        }
    }
    if database::postgres_url().is_some() {
        show(offers::measure(&bench).await?);
    }
    show(memory::measure_sockets(&bench).await?);
    show(memory::measure_idle(&bench).await?);
    Ok(kept)
}

/// What all measurements start from.
struct Bench {
    binary: PathBuf,
}

impl Bench {
    /// One server on a fresh database with some agents.
    async fn stage(
        &self,
        ground: Ground,
        agents: usize,
        variables: Vec<(&'static str, String)>,
    ) -> Result<Stage> {
        self.stage_of(ground, 1, agents, variables).await
    }

    /// The same with any number of servers.
    async fn stage_of(
        &self,
        ground: Ground,
        nodes: usize,
        agents: usize,
        variables: Vec<(&'static str, String)>,
    ) -> Result<Stage> {
        let folder = tempfile::Builder::new()
            .prefix("casella-bench-")
            .tempdir_in(on_disk())?;
        let database = match (ground, database::postgres_url()) {
            (Ground::Sqlite, _) | (_, None) => Database::sqlite(&folder),
            (_, Some(cluster)) => Database::postgres(&cluster).await?,
        };
        let settings = Settings {
            binary: self.binary.clone(),
            database_url: database.url(),
            folder: folder.path().to_owned(),
            variables,
        };
        Stage::set(settings, database, folder, nodes, agents).await
    }
}

/// The value that a share of all values does not exceed; 0 for none at all.
fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() * percent).div_ceil(100).saturating_sub(1);
    values.get(at).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_value_that_so_many_do_not_exceed() {
        let mut values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut values, 95), 190.0);
        assert_eq!(percentile(&mut values, 100), 200.0);
        assert_eq!(percentile(&mut [], 95), 0.0);
    }

    #[test]
    fn a_figure_is_over_on_the_wrong_side_of_its_bar_only() {
        let figure = |bar| Figure {
            what: "x".into(),
            value: 5.0,
            unit: "ms",
            bar,
        };
        assert!(figure(Bar::AtMost(5.0)).is_kept());
        assert!(!figure(Bar::AtMost(4.9)).is_kept());
        assert!(!figure(Bar::AtLeast(5.1)).is_kept());
        assert!(figure(Bar::None).is_kept());
        assert!(figure(Bar::AtMost(4.0)).to_string().ends_with("over"));
    }
}

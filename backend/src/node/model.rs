//! A random walk over everything that agents, visitors, nodes and time can do, compared after each
//! step with a plain reference.
//!
//! `cargo test -p backend --lib node::model`, with `CASELLA_MODEL_STEPS=100000` for the whole walk
//! (else a short one), and with `CASELLA_MODEL_SEED` for one that found a difference.
//!
//! The product is the real one, from the functions that sockets call down to the database, on two
//! nodes whose regular work is done by hand, so that every walk can be repeated. The reference
//! ([`reference`]) says in maps and conditions what the specification says in words. Compared are
//! answers, stored conversations, switches and turns, and what each tab of an agent or a visitor
//! shows after all that it was told.

mod action;
mod cast;
mod check;
mod client;
mod reference;
mod world;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use action::{Action, Random};
use world::World;

/// How many steps a walk has: a new one then begins on an empty database.
const WALK: usize = 5_000;

/// How many steps are walked if nothing else is asked for.
const STEPS: usize = 4_000;

/// Seeds that are always walked, before fresh ones. Under CI (the variable `CI` is set) all are
/// counted on from here, so that a change is judged by what it changes.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=4;

/// How long a difference is made smaller.
const SHRINKING: Duration = Duration::from_secs(20);

/// A walk that came upon a difference.
struct Difference {
    actions: Vec<Action>,
    what: String,
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Walks from a seed; on a difference returns every step up to it.
async fn walk(
    seed: u64,
    steps: usize,
    seen: &mut BTreeMap<String, usize>,
) -> Result<(), Difference> {
    let mut random = Random(seed);
    let mut world = World::new().await;
    let mut actions = Vec::new();
    for _ in 0..steps {
        let action = action::next(&mut random, &world);
        actions.push(action.clone());
        let name = format!("{action:?}");
        let name = name.split(['(', '{', ' ']).next().unwrap_or_default();
        *seen.entry(name.to_owned()).or_default() += 1;
        if let Err(what) = world.step(action).await {
            return Err(Difference { actions, what });
        }
    }
    Ok(())
}

/// Does these steps, and returns the difference that they come upon.
async fn repeat(actions: &[Action]) -> Option<(usize, String)> {
    let mut world = World::new().await;
    for (at, action) in actions.iter().enumerate() {
        if let Err(what) = world.step(action.clone()).await {
            return Some((at, what));
        }
    }
    None
}

/// What sort of difference it is: its first words, without numbers.
fn kind(what: &str) -> String {
    let words = what.split(' ').take(5);
    words
        .filter(|word| !word.contains(|c: char| c.is_ascii_digit()))
        .collect()
}

/// Leaves out what is not needed for a difference, as long as there is time.
async fn shrink(difference: Difference) -> Difference {
    let begun = Instant::now();
    let Difference {
        mut actions,
        mut what,
    } = difference;
    let mut size = actions.len() / 2;
    while size > 0 && begun.elapsed() < SHRINKING {
        let mut at = 0;
        while at < actions.len() && begun.elapsed() < SHRINKING {
            let mut fewer = actions.clone();
            fewer.drain(at..(at + size).min(actions.len()));
            match repeat(&fewer).await {
                Some((last, found)) if kind(&found) == kind(&what) => {
                    fewer.truncate(last + 1);
                    (actions, what) = (fewer, found);
                }
                _ => at += size,
            }
        }
        size /= 2;
    }
    Difference { actions, what }
}

/// One thread's share of the walks; says what a difference is.
fn share(seeds: &[u64], steps: usize) -> Result<BTreeMap<String, usize>, String> {
    let runtime = runtime();
    let mut seen = BTreeMap::new();
    for seed in seeds {
        if let Err(found) = runtime.block_on(walk(*seed, steps, &mut seen)) {
            let (count, what) = (found.actions.len(), found.what.clone());
            let small = runtime.block_on(shrink(found));
            let steps: Vec<_> = small
                .actions
                .iter()
                .map(|action| format!("  {action:?}"))
                .collect();
            return Err(format!(
                "seed {seed}, step {count}: {what}\n{}\n{} steps lead to: {}",
                steps.join("\n"),
                steps.len(),
                small.what
            ));
        }
    }
    Ok(seen)
}

fn number<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn the_product_does_what_the_reference_says() {
    let all: usize = number("CASELLA_MODEL_STEPS").unwrap_or(STEPS);
    let walks = all.div_ceil(WALK);
    let seeds: Vec<u64> = match number("CASELLA_MODEL_SEED") {
        Some(seed) => vec![seed],
        None => {
            let known = if std::env::var_os("CI").is_some() {
                1..=u64::MAX
            } else {
                SEEDS
            };
            let fresh = std::iter::repeat_with(|| u64::from_le_bytes(crate::random()));
            known.chain(fresh).take(walks).collect()
        }
    };
    let steps = all.min(WALK);
    let begun = Instant::now();
    println!("seeds: {seeds:?}");
    let shares: Vec<_> = (0..2)
        .map(|share| {
            seeds
                .iter()
                .copied()
                .skip(share)
                .step_by(2)
                .collect::<Vec<_>>()
        })
        .collect();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = shares
            .iter()
            .map(|seeds| scope.spawn(move || share(seeds, steps)))
            .collect();
        running.into_iter().map(|one| one.join()).collect()
    });
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for outcome in outcomes {
        match outcome.expect("a walk does not panic") {
            Ok(some) => {
                for (name, count) in some {
                    *seen.entry(name).or_default() += count;
                }
            }
            Err(what) => differences.push(what),
        }
    }
    println!("{seen:?} in {:?}", begun.elapsed());
    assert!(differences.is_empty(), "\n{}", differences.join("\n\n"));
}

//! The checker must find the faults of a broken server. Real clients talk to a real server here,
//! through a proxy that makes exactly one fault.

use std::time::Duration;

use anyhow::{Result, ensure};
use load::{
    checker::Report,
    course::Pace,
    crowd::{Crowd, Size},
    database::Database,
    faults::on_disk,
    node::{self, Settings},
    proxy::{Lie, Proxy, Victim},
    stage::Stage,
};
use tokio::time::{Instant, sleep};

/// How long the proxy may take to find an occasion.
const OCCASION: Duration = Duration::from_secs(15);

/// How long what is missing may take to arrive.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lets a few people chat through a proxy that lies once, and returns what the checker finds.
async fn run(lie: Lie, victim: Victim) -> Result<Report> {
    let folder = tempfile::Builder::new().tempdir_in(on_disk())?;
    let database = Database::sqlite(&folder);
    let settings = Settings {
        binary: node::binary("debug")?,
        database_url: database.url(),
        folder: folder.path().to_owned(),
        variables: Vec::new(),
    };
    let stage = Stage::set(settings, database, folder, 1, 2).await?;
    let server = stage.addresses().swap_remove(0);
    let proxy = Proxy::start(server.clone(), lie, victim).await?;
    let size = Size {
        visitors: 3,
        agents: 2,
        pace: Pace {
            pause: Duration::from_millis(40),
            window: 2,
            chat_length: 20..60,
            agent_ends: 60,
        },
    };
    let mut random = fastrand::Rng::with_seed(7);
    let sockets = vec![proxy.address.clone()];
    let mut crowd = Crowd::gather(&stage, sockets, size, &mut random).await?;
    let started = Instant::now();
    while lie != Lie::None && !proxy.told() {
        ensure!(started.elapsed() < OCCASION, "the proxy found no occasion");
        sleep(Duration::from_millis(20)).await;
    }
    // What goes wrong must also be found with much that is right behind it.
    let more = crowd.acknowledged() + 100;
    crowd.reach(more, OCCASION).await?;
    crowd.settle().await?;
    let (report, _) = crowd.judge(&stage, &server, PATIENCE).await?;
    crowd.leave().await?;
    stage.remove().await?;
    Ok(report)
}

/// Asserts that the checker found faults of this kind, and of no other.
fn assert_only(kind: &str, report: &Report) {
    let findings = report.findings();
    assert!(!findings.is_empty(), "nothing was found: {report}");
    let other = findings.iter().find(|finding| !finding.starts_with(kind));
    assert_eq!(other, None, "{report}");
}

#[tokio::test]
async fn an_honest_proxy_is_found_sound() -> Result<()> {
    let report = run(Lie::None, Victim::Visitor).await?;
    assert_eq!(report.findings(), Vec::<String>::new());
    assert!(report.acknowledged >= 100, "{report}");
    Ok(())
}

#[tokio::test]
async fn a_visitors_dropped_commit_is_found() -> Result<()> {
    let report = run(Lie::Drop, Victim::Visitor).await?;
    assert_only("lost", &report);
    assert_eq!(report.lost.len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_agents_dropped_commit_is_found() -> Result<()> {
    let report = run(Lie::Drop, Victim::Agent).await?;
    assert_only("lost", &report);
    assert_eq!(report.lost.len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_event_sent_twice_to_a_visitor_is_found() -> Result<()> {
    assert_only("doubled", &run(Lie::Repeat, Victim::Visitor).await?);
    Ok(())
}

#[tokio::test]
async fn an_event_sent_twice_to_an_agent_is_found() -> Result<()> {
    assert_only("doubled", &run(Lie::Repeat, Victim::Agent).await?);
    Ok(())
}

#[tokio::test]
async fn two_events_swapped_for_a_visitor_are_found() -> Result<()> {
    assert_only("out of order", &run(Lie::Swap, Victim::Visitor).await?);
    Ok(())
}

#[tokio::test]
async fn two_events_swapped_for_an_agent_are_found() -> Result<()> {
    assert_only("out of order", &run(Lie::Swap, Victim::Agent).await?);
    Ok(())
}

#[tokio::test]
async fn an_event_forgotten_when_a_visitor_resumes_is_found() -> Result<()> {
    let report = run(Lie::Forget, Victim::Visitor).await?;
    assert_only("forgotten", &report);
    assert_eq!(report.forgotten.len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_event_forgotten_when_an_agent_resumes_is_found() -> Result<()> {
    let report = run(Lie::Forget, Victim::Agent).await?;
    assert_only("forgotten", &report);
    assert_eq!(report.forgotten.len(), 1);
    Ok(())
}

//! `load bench abuse`: what strangers can do to the people beside them.
//!
//! A release server with its default settings and twenty ordinary chats; then one address, and
//! after it two hundred, do each kind of abuse for a while, one kind after the other, then all at a
//! time. The strangers run in one thread of their own, so that they take at most one core from the
//! server that is measured; how much they took is printed beside what they sent.

mod attack;
mod bystanders;
mod calendar;
mod gauge;
mod raw;
mod sink;
mod stranger;

use std::{
    collections::BTreeMap, fs, net::Ipv4Addr, path::PathBuf, sync::Arc, thread, time::Duration,
};

use anyhow::{Context, Result, anyhow};
use domain::{
    CommandId, Refusal,
    availability::{Block, Schedule},
    file::{FileCard, VisitorUpload},
    frame,
    meeting::{MeetingHours, Terms},
    site::SiteKey,
};
use tokio::{
    runtime,
    task::JoinSet,
    time::{Instant, sleep},
};

use self::{
    attack::Abuse,
    bystanders::{Bystanders, Report},
    calendar::EndlessCalendar,
    gauge::{Held, Watch},
    sink::MailSink,
    stranger::Tally,
};
use super::{
    Bench,
    chats::{self, Agents},
    grounds,
};
use crate::{
    faults::Ground,
    identity,
    inbox::Inbox,
    node::{Node, free_port},
    socket::Whence,
    stage::Stage,
};

/// How many agents there are: 30 places for 20 ordinary chats.
const AGENTS: usize = 3;

/// How many addresses do an abuse together.
const ADDRESSES: usize = 200;

/// How long the ordinary chats go on before it begins.
const BEFORE: Duration = Duration::from_secs(5);

/// The bars: a bystander's message, p95, beside one kind and beside all of them.
const ALONE_MS: f64 = 50.0;
const TOGETHER_MS: f64 = 250.0;

/// The bars of memory: growth during, and half a minute after.
const DURING_MB: f64 = 96.0;
const AFTER_MB: f64 = 24.0;

/// The bars of mail within an hour: to an address nobody vouched for, and to an agent.
const TO_STRANGER: u32 = 5;
const TO_AGENT: u32 = 12;

/// What to do, and how long.
#[derive(Clone, Debug, clap::Args)]
pub struct Plan {
    /// How long each kind goes on, in seconds
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// How long after the end the memory is looked at, in seconds
    #[arg(long, default_value_t = 30)]
    rest: u64,
    /// These kinds alone, each by itself; else all, and then all together
    #[arg(long, value_enum)]
    only: Vec<Abuse>,
    /// From this many addresses alone; else from 1, then from 200
    #[arg(long)]
    addresses: Option<usize>,
    /// On this database alone: sqlite or postgres
    #[arg(long)]
    database: Option<String>,
}

/// What is attacked.
#[derive(Clone)]
pub struct Target {
    /// Host and port.
    pub address: String,
    pub site: SiteKey,
    /// The address of an attached file of 10 MB.
    pub file: String,
    /// An agent who has a calendar elsewhere, and where.
    pub agent: Inbox,
    pub calendar: String,
}

/// Measures; returns whether all bars are kept.
///
/// # Errors
/// If something could not be measured.
pub async fn run(binary: PathBuf, plan: &Plan) -> Result<bool> {
    let bench = Bench { binary };
    let mut kinds: Vec<(String, Vec<Abuse>)> = Vec::new();
    let wanted = if plan.only.is_empty() {
        Abuse::ALL
    } else {
        &plan.only
    };
    for abuse in wanted {
        kinds.push((abuse.to_string(), vec![*abuse]));
    }
    if plan.only.is_empty() {
        kinds.push(("all together".to_owned(), Abuse::ALL.to_vec()));
    }
    let addresses = plan
        .addresses
        .map_or(vec![1, ADDRESSES], |count| vec![count]);
    println!("{}", Row::head());
    let mut kept = true;
    for ground in grounds() {
        let named = ground.to_string().to_lowercase();
        if plan
            .database
            .as_ref()
            .is_some_and(|only| !named.contains(only.as_str()))
        {
            continue;
        }
        for addresses in &addresses {
            for (name, abuses) in &kinds {
                let row = measure(&bench, ground, name, abuses, *addresses, plan).await;
                let row =
                    row.with_context(|| format!("{ground}, {name}, {addresses} addresses"))?;
                kept &= row.print();
            }
        }
    }
    Ok(kept)
}

/// What one kind of abuse led to.
struct Row {
    what: String,
    bystanders: Report,
    bar_ms: f64,
    /// Actions, refusals, ended connections of the strangers, and the processor they took.
    offered: (u64, u64, u64, f64),
    seconds: f64,
    during_mb: f64,
    after_mb: f64,
    handles: usize,
    /// To whichever unvouched address got most, and to whichever agent.
    mails: (u32, u32),
    bounds: BTreeMap<String, u64>,
    store_refused: u64,
}

impl Row {
    fn head() -> String {
        format!(
            "{:<44} {:>7} {:>7} {:>6} {:>5} | {:>9} {:>9} {:>7} {:>5} | {:>7} {:>7} {:>7} | {:>5}",
            "abuse",
            "p50 ms",
            "p95 ms",
            "msgs",
            "harm",
            "done/s",
            "refused/s",
            "ended/s",
            "cores",
            "+MB",
            "+MB 30s",
            "handles",
            "mails"
        )
    }

    /// Prints it; returns whether its bars are kept.
    fn print(&self) -> bool {
        let (actions, refused, ended, cores) = self.offered;
        // Rates are for people to read.
        #[expect(
            clippy::as_conversions,
            clippy::cast_precision_loss,
            reason = "for display"
        )]
        let rate = |count: u64| count as f64 / self.seconds;
        let (to_stranger, to_agent) = self.mails;
        println!(
            "{:<44} {:>7.1} {:>7.1} {:>6} {:>5} | {:>9.1} {:>9.1} {:>7.1} {:>5.2} | {:>7.1} {:>7.1} {:>7} | {}/{}",
            self.what,
            self.bystanders.p50,
            self.bystanders.p95,
            self.bystanders.messages,
            self.bystanders.harmed,
            rate(actions),
            rate(refused),
            rate(ended),
            cores,
            self.during_mb,
            self.after_mb,
            self.handles,
            to_stranger,
            to_agent,
        );
        let met: Vec<String> = self
            .bounds
            .iter()
            .map(|(bound, count)| format!("{bound} {count}"))
            .collect();
        println!(
            "    bounds met: {}",
            if met.is_empty() {
                "none".into()
            } else {
                met.join(", ")
            }
        );
        if let Some(why) = &self.bystanders.why {
            println!("    bystanders: {why}");
        }
        let broken: Vec<String> = [
            (
                self.bystanders.p95 > self.bar_ms,
                format!("p95 over {} ms", self.bar_ms),
            ),
            (
                self.bystanders.messages == 0,
                "no message arrived".to_owned(),
            ),
            (
                self.bystanders.harmed > 0,
                "bystanders were refused or cut off".to_owned(),
            ),
            (
                self.bystanders.came == 0,
                "no new visitor came in".to_owned(),
            ),
            (
                self.during_mb > DURING_MB,
                format!("grew by more than {DURING_MB} MB"),
            ),
            (
                self.after_mb > AFTER_MB,
                format!("{AFTER_MB} MB or more stayed"),
            ),
            (
                to_stranger > TO_STRANGER,
                "too many mails to a stranger".to_owned(),
            ),
            (to_agent > TO_AGENT, "too many mails to an agent".to_owned()),
            (
                self.store_refused > 0,
                format!("the store refused {}", self.store_refused),
            ),
        ]
        .into_iter()
        .filter_map(|(broken, how)| broken.then_some(how))
        .collect();
        if !broken.is_empty() {
            println!("    OVER: {}", broken.join("; "));
        }
        broken.is_empty()
    }
}

async fn measure(
    bench: &Bench,
    ground: Ground,
    name: &str,
    abuses: &[Abuse],
    addresses: usize,
    plan: &Plan,
) -> Result<Row> {
    let mail = MailSink::start().await?;
    let calendar = EndlessCalendar::start().await?;
    let metrics = format!("127.0.0.1:{}", free_port()?);
    let variables = vec![
        ("CASELLA_SMTP_HOST", "127.0.0.1".to_owned()),
        ("CASELLA_SMTP_PORT", mail.port.to_string()),
        ("CASELLA_SMTP_ENCRYPTION", "none".to_owned()),
        ("CASELLA_METRICS_LISTEN", metrics.clone()),
        ("CASELLA_ALLOW_OUTGOING", calendar.address.clone()),
        // Mail needs one; a server that is started names its own.
        ("CASELLA_PUBLIC_URL", "http://127.0.0.1".to_owned()),
        ("CASELLA_MAIL_FROM", "Load <load@example.com>".to_owned()),
    ];
    let stage = bench.stage(ground, AGENTS, variables).await?;
    let node = stage.nodes.first().context("there is no node")?;
    let (target, agents) = prepare(&stage, calendar.calendar()).await?;
    let bystanders = Bystanders::gather(&target, agents).await?;
    sleep(BEFORE).await;
    let before = held(node)?;
    let watch = Watch::begin(node)?;
    bystanders.begin();
    let began = Instant::now();
    let offered = offend(target.clone(), abuses.to_vec(), addresses, plan.seconds).await?;
    let seconds = began.elapsed().as_secs_f64();
    let bystanders = bystanders.report().await;
    let most = watch.end();
    sleep(Duration::from_secs(plan.rest)).await;
    let after = held(node)?;
    let text = raw::body(&metrics, "/metrics").await?;
    let (_, to_stranger) = mail.counts(|whom| whom.ends_with("@stranger.example"));
    let (_, to_agent) = mail.counts(|whom| whom.starts_with("agent"));
    stage.remove().await?;
    Ok(Row {
        what: format!("{ground}: {name}, {addresses}"),
        bar_ms: if abuses.len() == 1 {
            ALONE_MS
        } else {
            TOGETHER_MS
        },
        bystanders,
        offered,
        seconds,
        during_mb: most.memory_mb - before.memory_mb,
        after_mb: after.memory_mb - before.memory_mb,
        handles: most.handles,
        mails: (to_stranger, to_agent),
        bounds: gauge::bounds_met(&text),
        store_refused: gauge::total(&text, "casella_store_refused_total"),
    })
}

fn held(node: &Node) -> Result<Held> {
    gauge::held(node.id().context("the server does not run")?)
}

/// Agents with meeting hours, a site that offers meetings and takes files, and a file.
async fn prepare(stage: &Stage, calendar: String) -> Result<(Target, Agents)> {
    let address = chats::address(stage)?;
    let site = stage.site.to_string();
    let set = [
        "site",
        "set",
        &site,
        "--visitor-files",
        "true",
        "--fallback-meetings",
        "true",
    ];
    stage.settings.administer(&set, "").await?;
    let inboxes = stage.sign_in(AGENTS).await?;
    let day = Block::new(0, 24 * 60).map_err(|error| anyhow!("{error}"))?;
    let week =
        Schedule::new(None, [(); 7].map(|()| vec![day])).map_err(|error| anyhow!("{error}"))?;
    let hours = MeetingHours {
        week,
        terms: Terms::default(),
    };
    for inbox in &inboxes {
        let () = inbox
            .ask(&address, "set-meeting-hours", &(hours.clone(),))
            .await?;
    }
    let agent = inboxes.first().context("there is no agent")?.clone();
    let agents = Agents::connect(&address, inboxes, true).await?;
    let file = attach(&address, &stage.site).await?;
    let target = Target {
        address,
        site: stage.site.clone(),
        file,
        agent,
        calendar,
    };
    Ok((target, agents))
}

/// Somebody attaches a file of 10 MB in an ordinary chat; gives its address.
async fn attach(address: &str, site: &SiteKey) -> Result<String> {
    let chat = chats::open_one(address, site, Whence::at(Ipv4Addr::new(127, 3, 0, 1))).await?;
    let mut random = fastrand::Rng::new();
    let CommandId(id) = identity::command(&mut random);
    let upload = VisitorUpload {
        site: site.clone(),
        token: chat.token,
        identity: None,
        conversation: chat.conversation,
        file: domain::FileId(id),
        name: "plan.bin".to_owned(),
        bytes: vec![7; 10 * 1024 * 1024],
    };
    let answer = reqwest::Client::new()
        .post(format!("http://{address}/upload/visitor"))
        .header("origin", format!("http://{address}"))
        .header("content-type", "application/octet-stream")
        .body(frame::encode(&upload))
        .send()
        .await?
        .bytes()
        .await?;
    let card: Result<FileCard, Refusal> =
        frame::decode(&answer).map_err(|error| anyhow!("no answer to an upload: {error:?}"))?;
    Ok(card
        .map_err(|refusal| anyhow!("an upload was refused: {refusal}"))?
        .address)
}

/// Lets strangers do it, in a thread of their own; gives what they did, and the cores they took.
async fn offend(
    target: Target,
    abuses: Vec<Abuse>,
    addresses: usize,
    seconds: u64,
) -> Result<(u64, u64, u64, f64)> {
    let (tell, done) = tokio::sync::oneshot::channel();
    thread::spawn(move || {
        let outcome = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(anyhow::Error::from)
            .and_then(|runtime| runtime.block_on(strangers(target, abuses, addresses, seconds)));
        // Nobody waits any more if the run was given up.
        let _ = tell.send(outcome);
    });
    done.await?
}

async fn strangers(
    target: Target,
    abuses: Vec<Abuse>,
    addresses: usize,
    seconds: u64,
) -> Result<(u64, u64, u64, f64)> {
    let tally = Arc::new(Tally::default());
    let mut tasks = JoinSet::new();
    let (began, processor) = (Instant::now(), processor_seconds()?);
    for abuse in abuses {
        let count = abuse.strangers(addresses);
        for n in 0..count {
            let (target, tally) = (target.clone(), Arc::clone(&tally));
            let whence = Whence::at(offender(n, addresses));
            tasks.spawn(async move { abuse.perform(&target, whence, count, &tally).await });
        }
    }
    sleep(Duration::from_secs(seconds)).await;
    let cores = (processor_seconds()? - processor) / began.elapsed().as_secs_f64();
    tasks.shutdown().await;
    let (actions, refused, ended) = tally.counts();
    Ok((actions, refused, ended, cores))
}

/// The address of the n-th stranger.
fn offender(n: usize, addresses: usize) -> Ipv4Addr {
    let n = u8::try_from(n % addresses.clamp(1, ADDRESSES)).unwrap_or(0);
    Ipv4Addr::new(127, 9, 0, n + 1)
}

/// The processor time that this thread has taken.
fn processor_seconds() -> Result<f64> {
    /// Of the kernel's clock ticks, as user programs see them on every Linux.
    const TICKS_A_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/thread-self/stat")
        .context("processor time is measured on Linux only")?;
    // Behind the name in brackets; user and system time are its fields 12 and 13.
    let (_, fields) = stat
        .rsplit_once(") ")
        .context("no statistics of the thread")?;
    let ticks: f64 = fields
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    Ok(ticks / TICKS_A_SECOND)
}

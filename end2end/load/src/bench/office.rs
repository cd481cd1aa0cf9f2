//! `load bench office`: three hundred visitors and forty agents who share one address.
//!
//! A company's own people, a school or a hotel reach the server by one address. On an ordinary day
//! none of them may meet a bound that is there for strangers: everything that is refused is counted,
//! and the bar is none.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use domain::{
    Language,
    activity::Rating,
    file::VisitorUpload,
    frame::{
        self, PollAnswer, PollRequest,
        visitor::{VisitorCommand, VisitorEvent, VisitorHello, VisitorRequest},
    },
    inbox::{ListKey, ListPage, Tab},
    visitor::Page,
};
use reqwest::header;
use tokio::{
    sync::{Barrier, Semaphore},
    task::JoinSet,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    Bar, Bench, Figure,
    chats::{self, ActiveChat, Agents},
    grounds, show,
};
use crate::{faults::Ground, identity, inbox::Inbox, socket::Whence, stage::Stage};

const VISITORS: usize = 300;
const AGENTS: usize = 40;

/// How many visitors come within one moment: a lesson begins, a mail goes out.
const COME_AT_ONCE: usize = 30;

/// How many messages each visitor writes, and how long they pause between two.
const MESSAGES: usize = 8;
const PAUSE: Duration = Duration::from_millis(1_500);

/// One of so many visitors attaches a file.
const ATTACH_EVERY: usize = 10;
const ATTACHED_BYTES: usize = 200 * 1024;

/// One of so many visitors cannot use WebSocket.
const POLL_EVERY: usize = 10;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What went wrong.
#[derive(Default)]
struct Trouble {
    count: AtomicU32,
    first: Mutex<Option<String>>,
}

impl Trouble {
    fn note(&self, what: String) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(what);
    }
}

/// Everything of the office that its people need.
struct Office {
    address: String,
    stage: Stage,
    client: reqwest::Client,
    trouble: Trouble,
    /// How many come at a time.
    door: Semaphore,
    /// All have written: now the office's line breaks and everybody connects again.
    line_breaks: Barrier,
}

/// Lets the office work, by IPv4 and behind a proxy by IPv6, on each database; returns whether
/// nobody was refused.
///
/// # Errors
/// If it could not be tried.
pub async fn run(binary: PathBuf) -> Result<bool> {
    let bench = Bench { binary };
    let mut kept = true;
    for ground in grounds() {
        let one = Whence::at(Ipv4Addr::new(127, 4, 0, 1));
        kept &= show(&work(&bench, ground, "one IPv4 address", one, None).await?);
        let behind = Whence::behind_proxy(Ipv6Addr::new(0x2001, 0xdb8, 1, 1, 0, 0, 0, 1));
        let proxy = Some("127.0.0.1");
        kept &= show(&work(&bench, ground, "one /64 behind a proxy", behind, proxy).await?);
    }
    Ok(kept)
}

async fn work(
    bench: &Bench,
    ground: Ground,
    how: &str,
    whence: Whence,
    proxy: Option<&str>,
) -> Result<Vec<Figure>> {
    let variables = proxy.map(|proxy| ("CASELLA_PROXIES", proxy.to_owned()));
    let stage = bench
        .stage(ground, AGENTS, variables.into_iter().collect())
        .await?;
    let site = stage.site.to_string();
    let set = ["site", "set", &site, "--visitor-files", "true"];
    stage.settings.administer(&set, "").await?;
    let address = chats::address(&stage)?;
    let began = Instant::now();
    let inboxes = stage.sign_in_from(AGENTS, whence).await?;
    let agents = Agents::connect_from(&address, inboxes.clone(), false, whence).await?;
    let office = Arc::new(Office {
        client: client(whence)?,
        address,
        stage,
        trouble: Trouble::default(),
        door: Semaphore::new(COME_AT_ONCE),
        line_breaks: Barrier::new(VISITORS),
    });
    let mut desks = JoinSet::new();
    for inbox in inboxes {
        desks.spawn(desk(Arc::clone(&office), inbox));
    }
    let mut visits = JoinSet::new();
    for n in 0..VISITORS {
        let office = Arc::clone(&office);
        let whence = neighbour(whence, n);
        visits.spawn(async move {
            if let Err(error) = visit(&office, n, whence).await {
                office.trouble.note(format!("visitor {n}: {error:#}"));
            }
        });
    }
    while let Some(visit) = visits.join_next().await {
        visit?;
    }
    desks.shutdown().await;
    drop(agents);
    let office = Arc::into_inner(office).context("somebody is still in the office")?;
    let refused = f64::from(office.trouble.count.load(Ordering::Relaxed));
    if let Ok(Some(first)) = office.trouble.first.into_inner() {
        println!("    first: {first}");
    }
    office.stage.remove().await?;
    let what = format!("{ground}: {VISITORS} visitors and {AGENTS} agents of {how}");
    Ok(vec![
        Figure {
            what: format!("{what}: refused"),
            value: refused,
            unit: "",
            bar: Bar::AtMost(0.0),
        },
        Figure {
            what: format!("{what}: took"),
            value: began.elapsed().as_secs_f64(),
            unit: "s",
            bar: Bar::None,
        },
    ])
}

/// The same office, another machine of it: behind a proxy each has an address of the /64.
fn neighbour(whence: Whence, n: usize) -> Whence {
    match whence.forwarded {
        Some(IpAddr::V6(address)) => {
            let host = u128::try_from(n).unwrap_or(0) + 2;
            Whence::behind_proxy(Ipv6Addr::from_bits(address.to_bits() + host))
        }
        Some(IpAddr::V4(_)) | None => whence,
    }
}

fn client(whence: Whence) -> Result<reqwest::Client> {
    let mut headers = header::HeaderMap::new();
    if let Some(client) = whence.forwarded {
        headers.insert("x-forwarded-for", client.to_string().parse()?);
    }
    Ok(reqwest::Client::builder()
        .timeout(PATIENCE)
        .local_address(whence.from)
        .default_headers(headers)
        .build()?)
}

/// An agent looks at lists, opens chats and searches until the day is over.
async fn desk(office: Arc<Office>, inbox: Inbox) {
    let address = office.address.as_str();
    loop {
        let look = async {
            let after: Option<ListKey> = None;
            let page: ListPage = inbox.ask(address, "list", &(Tab::Active, after)).await?;
            if let Some(row) = page.rows.first() {
                inbox.read(address, row.id).await?;
            }
            let all: Option<ListKey> = None;
            let _: ListPage = inbox.ask(address, "list", &(Tab::All, all)).await?;
            let before: Option<domain::search::SearchKey> = None;
            let query = ("ordinary", before);
            let _: domain::search::SearchPage = inbox.ask(address, "search", &query).await?;
            anyhow::Ok(())
        };
        if let Err(error) = look.await {
            office.trouble.note(format!("an agent: {error:#}"));
        }
        sleep(PAUSE * 2).await;
    }
}

/// A visitor's whole visit.
async fn visit(office: &Office, n: usize, whence: Whence) -> Result<()> {
    let outcome = first_part(office, n, whence).await;
    // Whoever failed must not keep the others waiting.
    office.line_breaks.wait().await;
    let mut chat = outcome?;
    chat.socket = chats::connect_as(&office.address, &office.stage.site, chat.token, whence)
        .await
        .context("connecting again")?;
    write(&mut chat, 1).await?;
    let conversation = chat.conversation;
    ask(&mut chat, VisitorCommand::End { conversation }).await?;
    let rating = Rating::try_from(5).map_err(|_| anyhow::anyhow!("no rating"))?;
    let comment = "Thanks".to_owned();
    ask(
        &mut chat,
        VisitorCommand::Rate {
            conversation,
            rating,
            comment,
        },
    )
    .await
}

async fn first_part(office: &Office, n: usize, whence: Whence) -> Result<ActiveChat> {
    let site = &office.stage.site;
    let door = office.door.acquire().await?;
    for path in [format!("/w/{site}.js"), format!("/w/{site}/frame")] {
        let answer = office
            .client
            .get(format!("http://{}{path}", office.address));
        let status = answer.send().await?.status();
        ensure!(status.is_success(), "{path} was answered with {status}");
    }
    if n.is_multiple_of(POLL_EVERY) {
        poll(office).await.context("without WebSocket")?;
    }
    let mut chat = chats::open_one(&office.address, site, whence).await?;
    drop(door);
    if n.is_multiple_of(ATTACH_EVERY) {
        attach(office, &mut chat).await.context("a file")?;
    }
    for view in 0..3 {
        let url = format!("http://127.0.0.1/page/{view}");
        let page = Page::new(&url, "A page", "");
        chat.socket.send(&VisitorRequest::Page(page)).await?;
        tell_page(office, &chat).await.context("a page view")?;
    }
    write(&mut chat, MESSAGES).await?;
    Ok(chat)
}

/// Writes some messages, as people type.
async fn write(chat: &mut ActiveChat, count: usize) -> Result<()> {
    let mut random = fastrand::Rng::new();
    for _ in 0..count {
        let conversation = chat.conversation;
        for typing in [true, false] {
            let typing = VisitorRequest::Typing {
                conversation,
                typing,
            };
            chat.socket.send(&typing).await?;
        }
        let text = "An ordinary question on an ordinary day".to_owned();
        ask(chat, VisitorCommand::Message { conversation, text }).await?;
        let pause = Instant::now() + PAUSE.mul_f64(0.5 + random.f64());
        while let Ok(event) = timeout_at(pause, chat.socket.next()).await {
            take(chat, event?).await?;
        }
    }
    Ok(())
}

/// Sends a command and waits until it is done.
async fn ask(chat: &mut ActiveChat, command: VisitorCommand) -> Result<()> {
    let asked = identity::command(&mut fastrand::Rng::new());
    let request = VisitorRequest::Command {
        id: asked,
        command: command.clone(),
    };
    chat.socket.send(&request).await?;
    loop {
        match timeout(PATIENCE, chat.socket.next()).await?? {
            VisitorEvent::Answer { id, result } if id == asked => {
                result.with_context(|| format!("{command:?}"))?;
                return Ok(());
            }
            event => take(chat, event).await?,
        }
    }
}

async fn take(chat: &mut ActiveChat, event: VisitorEvent) -> Result<()> {
    match event {
        VisitorEvent::Ping => chat.socket.send(&VisitorRequest::Pong).await,
        VisitorEvent::Refused(refusal) => Err(refusal).context("a frame"),
        _ => Ok(()),
    }
}

/// The script in the company's page tells of a page view.
async fn tell_page(office: &Office, chat: &ActiveChat) -> Result<()> {
    let token: String = chat
        .token
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let site = &office.stage.site;
    let answer = office
        .client
        .post(format!("http://{}/w/{site}/visit", office.address))
        .header(header::ORIGIN, "http://127.0.0.1")
        .body(format!(
            r#"{{"token":"{token}","url":"http://127.0.0.1/"}}"#
        ))
        .send()
        .await?;
    ensure!(answer.status().is_success(), "{}", answer.status());
    Ok(())
}

async fn attach(office: &Office, chat: &mut ActiveChat) -> Result<()> {
    let domain::CommandId(id) = identity::command(&mut fastrand::Rng::new());
    let file = domain::FileId(id);
    let upload = VisitorUpload {
        site: office.stage.site.clone(),
        token: chat.token,
        identity: None,
        conversation: chat.conversation,
        file,
        name: "screenshot.bin".to_owned(),
        bytes: vec![3; ATTACHED_BYTES],
    };
    let answer = office
        .client
        .post(format!("http://{}/upload/visitor", office.address))
        .header(header::ORIGIN, format!("http://{}", office.address))
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(frame::encode(&upload))
        .send()
        .await?;
    ensure!(answer.status().is_success(), "{}", answer.status());
    let conversation = chat.conversation;
    ask(chat, VisitorCommand::File { conversation, file }).await
}

/// A chat that has to do without WebSocket asks for the first time.
async fn poll(office: &Office) -> Result<()> {
    let hello = VisitorRequest::Hello(VisitorHello {
        site: office.stage.site.clone(),
        token: identity::token(&mut fastrand::Rng::new()),
        language: Language::English,
        known: Vec::new(),
        page: Page::default(),
        zone: String::new(),
        identity: None,
    });
    let request = PollRequest {
        seen: None,
        frames: vec![frame::encode(&hello)],
    };
    let answer = office
        .client
        .post(format!("http://{}/poll/visitor", office.address))
        .header(header::ORIGIN, format!("http://{}", office.address))
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(frame::encode(&request))
        .send()
        .await?;
    ensure!(answer.status().is_success(), "{}", answer.status());
    let answer: PollAnswer = frame::decode(&answer.bytes().await?)
        .map_err(|error| anyhow::anyhow!("no answer: {error:?}"))?;
    ensure!(!answer.frames.is_empty(), "there was no welcome");
    Ok(())
}

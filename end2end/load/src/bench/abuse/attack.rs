//! What strangers do to a server. Each kind is one function that goes on until it is dropped.

use std::{fmt, time::Duration};

use anyhow::{Context, Result, ensure};
use domain::{
    calendar::ConnectTrouble,
    frame::visitor::{Answer, ChatState, VisitorCommand, VisitorRequest},
    visitor::ProfileInput,
};
use tokio::{
    io::AsyncWriteExt,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{
    Target, raw,
    stranger::{Stranger, Tally},
};
use crate::{bench::chats::ASKS_TO_MEET, socket::Whence};

/// A kind of abuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Abuse {
    /// Asks again for chats under an id that a message has taken.
    UsedIds,
    /// Writes messages of 16 KB as fast as it can, before anybody accepts.
    LargeMessages,
    /// Sends requests with methods that nobody knows, up to 20,000 letters long.
    OddMethods,
    /// Books, moves and cancels meetings in the name of a stranger's address.
    BookingMails,
    /// Opens connections and says nothing.
    IdleConnections,
    /// Asks for files and does not read them; uploads half of one without being anybody.
    UnreadFiles,
    /// Asks for a chat and leaves, again and again.
    Requests,
    /// Uploads at a crawl.
    SlowUploads,
    /// Sends frames without end, most of them nonsense.
    FrameFlood,
    /// Writes one word and cancels, again and again.
    GivingUp,
    /// An agent's calendar with events that recur every second is read again and again.
    EndlessCalendar,
}

impl fmt::Display for Abuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UsedIds => "ids used again",
            Self::LargeMessages => "16 KB messages",
            Self::OddMethods => "odd methods",
            Self::BookingMails => "booking mails",
            Self::IdleConnections => "idle connections",
            Self::UnreadFiles => "unread files",
            Self::Requests => "requests",
            Self::SlowUploads => "slow uploads",
            Self::FrameFlood => "frame flood",
            Self::GivingUp => "word and cancel",
            Self::EndlessCalendar => "endless calendar",
        })
    }
}

/// After a refusal or a lost connection, before the next try.
const PAUSE: Duration = Duration::from_millis(50);

/// How many connections that say nothing are tried in all.
const IDLE: usize = 6_000;

/// How many requests with odd methods are sent a second in all.
const ODD_A_SECOND: u32 = 500;

/// How often an id is used again, a second, on one connection.
const IDS_A_SECOND: u32 = 20;

impl Abuse {
    pub const ALL: &[Self] = &[
        Self::UsedIds,
        Self::LargeMessages,
        Self::OddMethods,
        Self::BookingMails,
        Self::IdleConnections,
        Self::UnreadFiles,
        Self::Requests,
        Self::SlowUploads,
        Self::FrameFlood,
        Self::GivingUp,
        Self::EndlessCalendar,
    ];

    /// How many strangers do it at a time, from this many addresses.
    pub fn strangers(self, addresses: usize) -> usize {
        let of_one = match self {
            // It is an agent who does it, and has one calendar.
            Self::EndlessCalendar => return 1,
            Self::UsedIds | Self::LargeMessages | Self::Requests | Self::GivingUp => 10,
            Self::OddMethods | Self::BookingMails | Self::FrameFlood => 4,
            Self::IdleConnections => 1,
            Self::UnreadFiles | Self::SlowUploads => 16,
        };
        of_one.max(addresses)
    }

    /// One stranger, until it is dropped. `share` of how many this one is.
    pub async fn perform(self, target: &Target, whence: Whence, share: usize, tally: &Tally) {
        loop {
            let done = match self {
                Self::UsedIds => used_ids(target, whence, tally).await,
                Self::LargeMessages => large_messages(target, whence, tally).await,
                Self::OddMethods => odd_methods(target, whence, share, tally).await,
                Self::BookingMails => booking_mails(target, whence, tally).await,
                Self::IdleConnections => idle(target, whence, share, tally).await,
                Self::UnreadFiles => unread_files(target, whence, tally).await,
                Self::Requests => requests(target, whence, tally).await,
                Self::SlowUploads => slow_uploads(target, whence, tally).await,
                Self::FrameFlood => frame_flood(target, whence, tally).await,
                Self::GivingUp => giving_up(target, whence, tally).await,
                Self::EndlessCalendar => endless_calendar(target, tally).await,
            };
            if done.is_err() {
                tally.end();
            }
            sleep(PAUSE).await;
        }
    }
}

async fn used_ids(target: &Target, whence: Whence, tally: &Tally) -> Result<()> {
    let mut stranger = Stranger::arrive(target, whence, tally).await?;
    let conversation = stranger.start("Mallory", None).await?.context("no chat")?;
    let id = stranger.id();
    let message = VisitorCommand::Message {
        conversation,
        text: "taken".to_owned(),
    };
    let _ = stranger.command(id, message).await?;
    let _ = stranger.ask(VisitorCommand::End { conversation }).await?;
    let mut ticks = interval(Duration::from_secs(1) / IDS_A_SECOND);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let form = ProfileInput::default();
        let again = if stranger.random.bool() {
            VisitorCommand::Start {
                form,
                first_message: Some("again".to_owned()),
                views: Vec::new(),
            }
        } else {
            VisitorCommand::Leave {
                conversation: None,
                form,
                text: "again".to_owned(),
                views: Vec::new(),
            }
        };
        let _ = stranger.command(id, again).await?;
    }
}

async fn large_messages(target: &Target, whence: Whence, tally: &Tally) -> Result<()> {
    let mut stranger = Stranger::arrive(target, whence, tally).await?;
    let conversation = stranger.start("Mallory", None).await?.context("no chat")?;
    let text = "x".repeat(16 * 1024);
    loop {
        // Several on their way at a time, as fast as they are answered.
        for _ in 0..16 {
            let (id, text) = (stranger.id(), text.clone());
            let message = VisitorCommand::Message { conversation, text };
            stranger.send(id, message).await?;
        }
        let mut answers = 0;
        while answers < 16 {
            if stranger.take().await?.is_some() {
                answers += 1;
            }
        }
    }
}

async fn odd_methods(target: &Target, whence: Whence, share: usize, tally: &Tally) -> Result<()> {
    let each = u32::try_from(share).unwrap_or(u32::MAX);
    let mut ticks = interval(Duration::from_secs(1) * each / ODD_A_SECOND);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut random = fastrand::Rng::new();
    loop {
        ticks.tick().await;
        tally.act();
        let method = if random.u8(..10) == 0 {
            "M".repeat(20_000)
        } else {
            format!("PROBE-{}", random.u64(..))
        };
        let asked = async {
            let mut stream = whence.connect(&target.address).await?;
            let headers = "connection: close\r\n";
            raw::request(&mut stream, &target.address, &method, "/healthz", headers).await?;
            raw::status(&mut stream).await
        };
        match asked.await {
            Ok(status) if status < 400 => {}
            Ok(_) => tally.refuse(),
            Err(_) => tally.end(),
        }
    }
}

async fn booking_mails(target: &Target, whence: Whence, tally: &Tally) -> Result<()> {
    let mut stranger = Stranger::arrive(target, whence, tally).await?;
    let name = "Your invoice 4711 is overdue, pay at https://evil.example/pay";
    stranger
        .start(name, Some(ASKS_TO_MEET))
        .await?
        .context("no chat")?;
    while stranger.card.is_none() {
        if stranger
            .chat
            .is_some_and(|(_, state)| state == ChatState::Ended)
        {
            return Ok(());
        }
        stranger.take().await?;
    }
    let card = stranger.card.context("no card")?;
    let slots = stranger.slots(card).await?;
    let slot = |random: &mut fastrand::Rng| slots.get(random.usize(..slots.len().max(1))).copied();
    loop {
        let first = slot(&mut stranger.random).context("no slot")?;
        let book = VisitorCommand::Book {
            card,
            slot: first,
            email: Some("victim@stranger.example".to_owned()),
            zone: "UTC".to_owned(),
        };
        let Ok(Answer::Booked(meeting)) = stranger.ask(book).await? else {
            sleep(PAUSE).await;
            continue;
        };
        for _ in 0..20 {
            let other = slot(&mut stranger.random).context("no slot")?;
            let move_it = VisitorCommand::Reschedule {
                meeting: meeting.meeting,
                slot: other,
                zone: "UTC".to_owned(),
            };
            let _ = stranger.ask(move_it).await?;
        }
        let meeting = meeting.meeting;
        let _ = stranger
            .ask(VisitorCommand::CancelMeeting { meeting })
            .await?;
    }
}

async fn idle(target: &Target, whence: Whence, share: usize, tally: &Tally) -> Result<()> {
    let mut open = Vec::new();
    for _ in 0..IDLE.div_ceil(share.max(1)) {
        tally.act();
        match whence.connect(&target.address).await {
            Ok(stream) => open.push(stream),
            Err(_) => tally.refuse(),
        }
        tokio::task::yield_now().await;
    }
    // Held until they are given up: then anew.
    sleep(Duration::from_secs(15)).await;
    drop(open);
    Ok(())
}

async fn unread_files(target: &Target, whence: Whence, tally: &Tally) -> Result<()> {
    let path = format!("/files/{}", target.file);
    let mut held = Vec::new();
    for headers in ["", "accept-encoding: br\r\n", "accept-encoding: gzip\r\n"] {
        tally.act();
        let mut stream = whence.connect(&target.address).await?;
        raw::request(&mut stream, &target.address, "GET", &path, headers).await?;
        held.push(stream);
    }
    // Half of a file, from nobody.
    tally.act();
    let mut stream = whence.connect(&target.address).await?;
    let headers = format!(
        "origin: http://{}\r\ncontent-type: application/octet-stream\r\ncontent-length: 10485760\r\n",
        target.address
    );
    raw::request(
        &mut stream,
        &target.address,
        "POST",
        "/upload/visitor",
        &headers,
    )
    .await?;
    let piece = vec![0; 64 * 1024];
    for _ in 0..80 {
        if stream.write_all(&piece).await.is_err() {
            tally.refuse();
            break;
        }
    }
    held.push(stream);
    sleep(Duration::from_secs(5)).await;
    Ok(())
}

async fn requests(target: &Target, whence: Whence, tally: &Tally) -> Result<()> {
    loop {
        let mut stranger = Stranger::arrive(target, whence, tally).await?;
        let started = stranger
            .start("Mallory", Some("Is somebody there?"))
            .await?;
        if started.is_none() {
            sleep(PAUSE).await;
        }
    }
}

async fn slow_uploads(target: &Target, whence: Whence, tally: &Tally) -> Result<()> {
    tally.act();
    let mut stream = whence.connect(&target.address).await?;
    let headers = format!(
        "origin: http://{}\r\ncontent-type: application/octet-stream\r\ncontent-length: 10485760\r\n",
        target.address
    );
    raw::request(
        &mut stream,
        &target.address,
        "POST",
        "/upload/visitor",
        &headers,
    )
    .await?;
    loop {
        // A byte now and then, so that the connection is never quite silent.
        stream.write_all(&[4]).await?;
        sleep(Duration::from_millis(500)).await;
    }
}

async fn frame_flood(target: &Target, whence: Whence, tally: &Tally) -> Result<()> {
    let mut stranger = Stranger::arrive(target, whence, tally).await?;
    loop {
        for n in 0..64 {
            tally.act();
            if n % 2 == 0 {
                let id = stranger.id();
                let command = VisitorCommand::Report {
                    name: "flood".to_owned(),
                };
                let frame = VisitorRequest::Command { id, command };
                stranger.socket.send(&frame).await?;
            } else {
                stranger.socket.send_bytes(vec![255; 20 * 1024]).await?;
            }
        }
        stranger.take().await?;
    }
}

async fn giving_up(target: &Target, whence: Whence, tally: &Tally) -> Result<()> {
    let mut stranger = Stranger::arrive(target, whence, tally).await?;
    loop {
        match stranger.start("Mallory", Some("word")).await? {
            Some(conversation) => {
                let _ = stranger.ask(VisitorCommand::End { conversation }).await?;
            }
            None => sleep(PAUSE).await,
        }
    }
}

/// What is read of a calendar is read at once when its agent chooses calendars.
async fn endless_calendar(target: &Target, tally: &Tally) -> Result<()> {
    let (address, agent) = (&target.address, &target.agent);
    tally.act();
    let account = (&target.calendar, "agent", "password");
    let trouble: Option<ConnectTrouble> = agent.ask(address, "connect-caldav", &account).await?;
    ensure!(trouble.is_none(), "the calendar was not taken: {trouble:?}");
    loop {
        tally.act();
        let chosen = (vec![&target.calendar], None::<String>, true);
        let () = agent.ask(address, "choose-calendars", &chosen).await?;
        sleep(PAUSE * 10).await;
    }
}

//! `load busy`: active chats at a running server and messages over all of them, so that somebody
//! can watch what an inbox makes of it.

use std::{
    io::{Write as _, stdout},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, Result};
use domain::{
    frame::visitor::{Answer, VisitorCommand, VisitorEvent, VisitorRequest},
    site::SiteKey,
};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    time::{Instant, interval, timeout},
};

use crate::{
    bench::chats::{ActiveChat, Agents, CHATS_AN_AGENT, open_at},
    identity,
    inbox::Inbox,
    node::Settings,
};

/// How long an answer may take after the last message.
const ANSWERS: Duration = Duration::from_secs(10);

/// The agents' password.
const PASSWORD: &str = "load-generator";

#[derive(clap::Args)]
pub struct Busy {
    /// Host and port of the server.
    #[arg(long)]
    address: String,
    /// The key of the site on which the visitors are.
    #[arg(long)]
    site: SiteKey,
    /// The server's database, where the agents are added who accept the chats.
    #[arg(long)]
    database_url: String,
    /// The server's program; else the one that was built for release.
    #[arg(long)]
    binary: Option<PathBuf>,
    #[arg(long, default_value_t = 200)]
    chats: usize,
    #[arg(long, default_value_t = 300)]
    per_second: u32,
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

impl Busy {
    /// Adds agents, opens the chats, prints `READY`, waits for a line on its input, sends, prints
    /// `DONE` with how many messages were committed.
    ///
    /// # Errors
    /// If the server does not keep up: a message is refused, or not acknowledged in time.
    pub async fn run(&self) -> Result<()> {
        let count = self.chats.div_ceil(CHATS_AN_AGENT);
        let inboxes = self.agents(count).await?;
        let agents = Agents::connect(&self.address, inboxes, false).await?;
        let chats: Vec<ActiveChat> = open_at(&self.address, &self.site, self.chats).await?;
        say("READY")?;
        let mut line = String::new();
        BufReader::new(tokio::io::stdin())
            .read_line(&mut line)
            .await?;
        let began = Instant::now();
        let senders = chats.len();
        let sent: Vec<u32> = stream::iter(chats.into_iter().enumerate())
            .map(|(n, chat)| self.send(chat, n, senders, began))
            .buffer_unordered(senders)
            .try_collect()
            .await?;
        drop(agents);
        let sent: u32 = sent.iter().sum();
        say(&format!(
            "DONE {sent} messages in {:.1} s",
            began.elapsed().as_secs_f64()
        ))
    }

    async fn agents(&self, count: usize) -> Result<Vec<Inbox>> {
        let folder = tempfile::tempdir()?;
        let settings = Settings {
            binary: match &self.binary {
                Some(binary) => binary.clone(),
                None => crate::node::binary("release")?,
            },
            database_url: self.database_url.clone(),
            folder: folder.path().to_owned(),
            variables: vec![
                ("CASELLA_REQUESTS_PER_SECOND", "100000".to_owned()),
                ("CASELLA_FRAMES_PER_SECOND", "1000".to_owned()),
            ],
        };
        let mut inboxes = Vec::new();
        for n in 1..=count {
            let (name, email) = (format!("Busy {n}"), format!("busy{n}@example.com"));
            let add = ["agent", "add", &email, "--name", &name, "--password-stdin"];
            settings.administer(&add, PASSWORD).await?;
            let limit = ["agent", "set", &email, "--chat-limit", "10"];
            settings.administer(&limit, "").await?;
            inboxes.push(Inbox::sign_in(&self.address, &email, PASSWORD).await?);
        }
        Ok(inboxes)
    }

    /// Sends one chat's share, evenly, shifted against the others.
    async fn send(
        &self,
        mut chat: ActiveChat,
        n: usize,
        senders: usize,
        began: Instant,
    ) -> Result<u32> {
        let share = f64::from(self.per_second) / f64::from(u32::try_from(senders)?);
        let period = Duration::from_secs_f64(1.0 / share);
        let shift =
            period.mul_f64(f64::from(u32::try_from(n)?) / f64::from(u32::try_from(senders)?));
        tokio::time::sleep_until(began + shift).await;
        let end = began + Duration::from_secs(self.seconds.into());
        let mut beat = interval(period);
        let mut random = fastrand::Rng::new();
        let (mut sent, mut committed) = (0_u32, 0_u32);
        loop {
            tokio::select! {
                _ = beat.tick(), if Instant::now() < end => {
                    sent += 1;
                    let id = identity::command(&mut random);
                    let command = VisitorCommand::Message {
                        conversation: chat.conversation,
                        text: format!("Message {sent} of chat {n}: where is my order?"),
                    };
                    chat.socket.send(&VisitorRequest::Command { id, command }).await?;
                }
                event = timeout(ANSWERS, chat.socket.next()) => {
                    match event.context("the server does not answer any more")?? {
                        VisitorEvent::Answer { result: Ok(Answer::Message { .. }), .. } => committed += 1,
                        VisitorEvent::Answer { result, .. } => { result?; }
                        VisitorEvent::Ping => chat.socket.send(&VisitorRequest::Pong).await?,
                        _ => {}
                    }
                }
            }
            if Instant::now() >= end && committed == sent {
                return Ok(committed);
            }
        }
    }
}

/// Prints a line at once: somebody waits for it.
fn say(line: &str) -> Result<()> {
    println!("{line}");
    stdout().flush()?;
    Ok(())
}

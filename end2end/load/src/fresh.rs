//! Everything that is really there, read by connections that know nothing.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use domain::{
    ConversationId, Language,
    frame::visitor::{VisitorEvent, VisitorHello, VisitorRequest, VisitorToken},
    message::Message,
    site::SiteKey,
    visitor::Page,
};
use tokio::time::timeout;

use crate::{
    checker::{Fresh, Truth},
    journal::Who,
    socket::{Endpoint, Socket, Whence},
};

/// How long one visitor's conversations may take to arrive.
const WHOLE: Duration = Duration::from_secs(20);

/// How long it is listened after the last message, so that one too many is heard as well.
const QUIET: Duration = Duration::from_millis(50);

/// Reads all conversations of these visitors from the server at `address`.
///
/// # Errors
/// If the server does not send what its own welcome announces.
pub async fn read(
    address: &str,
    site: &SiteKey,
    visitors: impl IntoIterator<Item = (Who, VisitorToken)>,
) -> Result<Truth> {
    let mut truth = Truth::new();
    for (visitor, token) in visitors {
        for (conversation, messages) in read_visitor(address, site, token).await? {
            let whole = Fresh { visitor, messages };
            if let Some(other) = truth.insert(conversation, whole) {
                bail!("{conversation} is of {visitor} and of {}", other.visitor);
            }
        }
    }
    Ok(truth)
}

async fn read_visitor(
    address: &str,
    site: &SiteKey,
    token: VisitorToken,
) -> Result<BTreeMap<ConversationId, Vec<Message>>> {
    let endpoint = Endpoint {
        address: address.to_owned(),
        server: address.to_owned(),
        path: "/ws/visitor",
        cookie: None,
        whence: Whence::default(),
    };
    let mut socket = Socket::<VisitorRequest, VisitorEvent>::connect(&endpoint).await?;
    let hello = VisitorHello {
        site: site.clone(),
        token,
        language: Language::English,
        known: Vec::new(),
        page: Page::default(),
        zone: String::new(),
        identity: None,
    };
    socket.send(&VisitorRequest::Hello(hello)).await?;
    let mut read: BTreeMap<ConversationId, Vec<Message>> = BTreeMap::new();
    let mut announced = BTreeMap::new();
    let mut welcomed = false;
    let started = Instant::now();
    loop {
        let whole = welcomed
            && announced.iter().all(|(id, last)| {
                let highest = read.get(id).and_then(|messages| messages.last());
                highest.map_or(0, |message| message.seq) >= *last
            });
        let patience = if whole { QUIET } else { WHOLE };
        let event = match timeout(patience, socket.next()).await {
            Ok(event) => event?,
            Err(_) if whole => return Ok(read),
            Err(_) => bail!("a visitor's conversations did not arrive as announced"),
        };
        if started.elapsed() > WHOLE {
            bail!("a visitor's conversations did not come to an end");
        }
        match event {
            VisitorEvent::Welcome { chats, .. } => {
                welcomed = true;
                for chat in chats {
                    read.entry(chat.id).or_default();
                    announced.insert(chat.id, chat.last);
                }
            }
            VisitorEvent::Chat { chat, messages } => {
                read.entry(chat.id).or_default().extend(messages);
            }
            VisitorEvent::Ping => socket.send(&VisitorRequest::Pong).await?,
            _ => {}
        }
    }
}

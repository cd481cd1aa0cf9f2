//! Web push: offers reach agents who chose so while no tab of the inbox is open.
//!
//! The node whose writer committed an offer tells of it, so that each is told once. Push services
//! may be slow or away: what they did not take is tried again until the offer's deadline.

mod deliver;
pub mod message;

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::{
    AgentId, ConversationId, Language, Refusal, Timestamp,
    frame::agent::{Offer, Position},
    settings::PushSubscription,
    texts::{Table, Words as _, fill, keys::InboxText},
};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Casella, Clock, Error, Settings, SignedIn, StartError,
    directory::SharedDirectory,
    live::{event::Event, hub::Hub},
    outgoing::Guard,
    secret::Secrets,
    store::{self, Store, duty},
};
use message::Keys;

/// How many calls may wait to be looked at; more are dropped, and counted.
const WAITING: usize = 4_096;

/// How many calls one look takes.
const LOOK: usize = 256;

/// How many characters of the visitor's words a notification shows.
const BODY_CHARS: usize = 200;

/// Somebody who is to be called.
#[derive(Clone, Debug)]
pub enum Call {
    /// A conversation is held out to an agent.
    Offer { agent: AgentId, offer: Box<Offer> },
    /// A browser has just subscribed: whether it can be reached is tried out.
    Check {
        agent: AgentId,
        subscription: PushSubscription,
    },
}

/// The way to the worker.
#[derive(Clone)]
pub struct Push {
    keys: Arc<Keys>,
    guard: Guard,
    calls: mpsc::Sender<Call>,
}

impl Push {
    /// Reads or makes this Casella's keys. Also returns what [`Worker::run`] works on.
    ///
    /// # Errors
    /// As [`Secrets::get_or_make`].
    pub async fn open(
        secrets: &Secrets,
        settings: &Settings,
    ) -> Result<(Self, mpsc::Receiver<Call>), StartError> {
        let private = secrets.get_or_make("vapid", Keys::generate).await?;
        let keys = Keys::new(&private, settings.contact.clone()).ok_or_else(|| {
            StartError::SecretKey("the stored key for push services is none; remove the row `vapid` of the table `secret`".to_owned())
        })?;
        let (calls, waiting) = mpsc::channel(WAITING);
        let push = Self {
            keys: Arc::new(keys),
            guard: Guard::new(&settings.allow_outgoing),
            calls,
        };
        Ok((push, waiting))
    }

    /// The public key as browsers take it.
    pub fn key(&self) -> &str {
        self.keys.public()
    }

    /// Hears what this node has committed.
    pub fn hear(&self, events: &[(Position, Event)]) {
        for (_, event) in events {
            let Event::Conversation(changed) = event else {
                continue;
            };
            let Some(agent) = changed.conversation.audience().offered else {
                continue;
            };
            if changed.before.offered == Some(agent) {
                continue;
            }
            if let Some(offer) = changed.offer() {
                let offer = Box::new(offer);
                self.call(Call::Offer { agent, offer });
            }
        }
    }

    fn call(&self, call: Call) {
        if self.calls.try_send(call).is_err() {
            metrics::counter!("casella_push_total", "outcome" => "dropped").increment(1);
        }
    }
}

impl Casella {
    /// The public key for push subscriptions, in URL-safe Base64 without padding; empty when
    /// opened for the command line.
    pub fn push_key(&self) -> String {
        let push = self.push.as_ref();
        push.map_or_else(String::new, |push| push.key().to_owned())
    }

    /// Keeps a browser's subscription, and tries it out: once its push service has taken a
    /// message, the agent counts as reachable by it.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] while `Offers when the inbox is closed` is off; [`Refusal::Malformed`]
    /// for keys that are none, or an address that is not https or not public.
    pub async fn subscribe_push(
        &self,
        who: &SignedIn,
        subscription: PushSubscription,
    ) -> Result<(), Error> {
        let push = self.push.as_ref().ok_or(Refusal::NotNow)?;
        if !message::is_valid(&subscription) {
            return Err(Refusal::Malformed.into());
        }
        if let Err(error) = push.guard.check(&subscription.endpoint) {
            tracing::info!(agent = %who.agent.id, %error, "a push subscription was refused");
            return Err(Refusal::Malformed.into());
        }
        let agent = who.agent.id;
        let mut connection = self.store.writer().await?;
        if !duty::notifications(&mut connection, agent)
            .await?
            .when_closed
        {
            return Err(Refusal::NotNow.into());
        }
        store::push::put(&mut connection, agent, &subscription, self.clock.now()).await?;
        drop(connection);
        push.call(Call::Check {
            agent,
            subscription,
        });
        Ok(())
    }

    /// Forgets a browser's subscription.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn unsubscribe_push(&self, who: &SignedIn, endpoint: &str) -> Result<(), Error> {
        let mut connection = self.store.writer().await?;
        store::push::remove_of(&mut connection, who.agent.id, endpoint).await?;
        Ok(())
    }
}

/// Calls agents.
pub struct Worker {
    pub push: Push,
    pub store: Store,
    pub clock: Clock,
    pub directory: Arc<SharedDirectory>,
    /// This node's connections.
    pub hub: Arc<Hub>,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

impl Worker {
    /// Works until the node stops.
    pub async fn run(self, mut waiting: mpsc::Receiver<Call>) {
        let worker = Arc::new(self);
        let mut calls = Vec::with_capacity(LOOK);
        loop {
            tokio::select! {
                () = worker.stop.cancelled() => return,
                count = waiting.recv_many(&mut calls, LOOK) => if count == 0 {
                    return;
                },
            }
            if let Err(error) = worker.look(&mut calls).await {
                tracing::error!(%error, "agents could not be called by push");
                metrics::counter!("casella_push_total", "outcome" => "dropped").increment(1);
                calls.clear();
            }
        }
    }

    /// Looks up who can be called at all, for all calls at once, and begins calling.
    async fn look(self: &Arc<Self>, calls: &mut Vec<Call>) -> Result<(), sqlx::Error> {
        let agents: Vec<AgentId> = calls
            .iter()
            .filter_map(|call| match call {
                Call::Offer { agent, .. } => Some(*agent),
                Call::Check { .. } => None,
            })
            .collect();
        let subscriptions = if agents.is_empty() {
            Vec::new()
        } else {
            let mut connection = self.store.reader().await?;
            store::push::of_agents(&mut connection, &agents).await?
        };
        for call in calls.drain(..) {
            match call {
                Call::Check {
                    agent,
                    subscription,
                } => self.begin(Arc::clone(self).check(agent, subscription)),
                Call::Offer { agent, offer } => {
                    let own: Vec<PushSubscription> = subscriptions
                        .iter()
                        .filter(|(of, _)| *of == agent)
                        .map(|(_, subscription)| subscription.clone())
                        .collect();
                    if !own.is_empty() {
                        self.begin(Arc::clone(self).offer(agent, *offer, own));
                    }
                }
            }
        }
        Ok(())
    }

    fn begin(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = work => {}
            }
        });
    }

    /// The words for an agent.
    fn words(&self, agent: AgentId) -> Table {
        let directory = self.directory.get();
        let language = directory.agent(agent).and_then(|agent| agent.language);
        Table(language.unwrap_or(Language::English))
    }
}

/// What the service worker is given, as JSON.
fn payload(kind: &str, conversation: Option<ConversationId>, title: &str, body: &str) -> Vec<u8> {
    json!({
        "kind": kind,
        "conversation": conversation.map(|id| id.to_string()),
        "title": title,
        "body": body,
        "url": "/",
    })
    .to_string()
    .into_bytes()
}

/// What an offer says in a notification.
fn offer_payload(offer: &Offer, words: Table) -> Vec<u8> {
    let title = words.word(InboxText::NewChat);
    let title = match &offer.visitor {
        Some(visitor) => format!("{title}: {visitor}"),
        None => title.to_owned(),
    };
    let body = if offer.first_words.is_empty() {
        fill(words.word(InboxText::OnPage), &[("page", &offer.page)])
    } else {
        offer.first_words.clone()
    };
    let body: String = body.chars().take(BODY_CHARS).collect();
    payload("offer", Some(offer.conversation), &title, &body)
}

/// A conversation as a push service's topic: 22 characters.
fn topic(conversation: ConversationId) -> String {
    BASE64.encode(conversation.0.as_bytes())
}

/// How long it is until a deadline; none once it has passed.
fn left(deadline: Timestamp, now: Timestamp) -> Option<std::time::Duration> {
    (now < deadline).then(|| deadline.since(now))
}

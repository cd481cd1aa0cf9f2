//! Bringing one message to a push service, again and again until it takes it or it is too late.

use std::{sync::Arc, time::Duration};

use domain::{
    AgentId, ConversationId, Timestamp,
    frame::agent::Offer,
    settings::PushSubscription,
    texts::{Words as _, keys::InboxText},
};
use futures::future::join_all;
use http::{HeaderMap, StatusCode, header};
use tokio::time::sleep;

use super::{Worker, left, message::Message, offer_payload, payload, topic};
use crate::{
    outgoing::OutgoingError,
    random,
    store::{self, push::Awaited},
};

/// How often it is looked whether a connected agent has gone.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// How long after the first failure it is tried again, and at most.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long it is tried out whether a browser can be reached.
const CHECK_FOR: Duration = Duration::from_secs(60);

/// What is to be brought.
struct Errand {
    /// Held out to the agent; none: it is tried out whether the browser can be reached.
    offer: Option<(AgentId, ConversationId)>,
    payload: Vec<u8>,
    topic: String,
    deadline: Timestamp,
}

/// What a push service said.
enum Said {
    Taken,
    /// The subscription is over.
    Gone,
    /// Not this time; perhaps after this long.
    Later(Option<Duration>),
    /// Never.
    Refused,
}

impl Worker {
    /// Tells an agent of an offer, as soon as they have no connection.
    pub(super) async fn offer(
        self: Arc<Self>,
        agent: AgentId,
        offer: Offer,
        subscriptions: Vec<PushSubscription>,
    ) {
        loop {
            match self.awaited(agent, offer.conversation).await {
                Awaited::Gone => return,
                Awaited::Away => break,
                // A tab may close while the offer stands.
                Awaited::Connected => sleep(LOOK_AGAIN).await,
            }
        }
        let errand = Errand {
            offer: Some((agent, offer.conversation)),
            payload: offer_payload(&offer, self.words(agent)),
            topic: topic(offer.conversation),
            deadline: offer.expires_at,
        };
        join_all(subscriptions.iter().map(|to| self.bring(to, &errand))).await;
    }

    /// Tries out whether a browser can be reached.
    pub(super) async fn check(self: Arc<Self>, agent: AgentId, subscription: PushSubscription) {
        let words = self.words(agent);
        let errand = Errand {
            offer: None,
            payload: payload("check", None, "Casella", words.word(InboxText::PushWorks)),
            topic: "check".to_owned(),
            deadline: self.clock.now() + CHECK_FOR,
        };
        self.bring(&subscription, &errand).await;
    }

    /// Whether the offer stands; until the store answers it does.
    async fn awaited(&self, agent: AgentId, conversation: ConversationId) -> Awaited {
        loop {
            let look = async {
                let mut connection = self.store.reader().await?;
                let now = self.clock.now();
                store::push::is_awaited(&mut connection, conversation, agent, now).await
            };
            match look.await {
                // Connected here a moment ago: not noted yet.
                Ok(Awaited::Away) if self.hub.has_agent(agent) => return Awaited::Connected,
                Ok(awaited) => return awaited,
                Err(error) => tracing::warn!(%error, "cannot look whether an offer stands"),
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn bring(&self, to: &PushSubscription, errand: &Errand) {
        let mut wait = FIRST_WAIT;
        while let Some(left) = left(errand.deadline, self.clock.now()) {
            let said = self.say(to, errand, left).await;
            let outcome = match &said {
                Said::Taken => "taken",
                Said::Gone => "gone",
                Said::Refused => "refused",
                Said::Later(_) => "failed",
            };
            metrics::counter!("casella_push_total", "outcome" => outcome).increment(1);
            let Said::Later(after) = said else {
                self.note(to, &said).await;
                return;
            };
            // Spread out, so that not all come back at the same moment.
            let [spread] = random::<1>();
            let spread = Duration::from_millis(u64::from(spread) * 2);
            sleep(after.unwrap_or(wait).min(LONGEST_WAIT) + spread).await;
            wait = (wait * 2).min(LONGEST_WAIT);
            if let Some((agent, conversation)) = errand.offer
                && self.awaited(agent, conversation).await != Awaited::Away
            {
                return;
            }
        }
    }

    async fn say(&self, to: &PushSubscription, errand: &Errand, left: Duration) -> Said {
        let message = Message {
            subscription: to,
            payload: &errand.payload,
            kept_for: left,
            topic: &errand.topic,
        };
        let Some((headers, body)) = message.request(&self.push.keys, self.clock.now()) else {
            return Said::Refused;
        };
        let service = service(&to.endpoint);
        // Which port it may have was looked at when the browser subscribed.
        let guard = self.push.guard.any_port();
        match guard.post(&to.endpoint, headers, body).await {
            Ok(answer) => {
                let said = meaning(answer.status, &answer.headers);
                if !matches!(said, Said::Taken) {
                    let words: String = String::from_utf8_lossy(&answer.body.unwrap_or_default())
                        .chars()
                        .take(300)
                        .collect();
                    tracing::warn!(service, status = %answer.status, words, "a push service did not take a message");
                }
                said
            }
            Err(error @ (OutgoingError::Address(_) | OutgoingError::Port)) => {
                tracing::warn!(service, %error, "a push service cannot be reached");
                Said::Refused
            }
            Err(error @ OutgoingError::Failed(_)) => {
                tracing::warn!(service, %error, "a push service did not answer; trying again");
                Said::Later(None)
            }
        }
    }

    /// Keeps what became of a subscription.
    async fn note(&self, to: &PushSubscription, said: &Said) {
        let noted = async {
            let mut connection = self.store.writer().await?;
            match said {
                Said::Taken => {
                    store::push::worked(&mut connection, &to.endpoint, self.clock.now()).await
                }
                Said::Gone => store::push::remove(&mut connection, &to.endpoint).await,
                Said::Refused => store::push::failed(&mut connection, &to.endpoint).await,
                Said::Later(_) => Ok(()),
            }
        };
        if let Err(error) = noted.await {
            tracing::error!(%error, "what became of a push message could not be kept");
        }
    }
}

/// What an answer means (RFC 8030, 5 and 7.3).
fn meaning(status: StatusCode, headers: &HeaderMap) -> Said {
    match status {
        status if status.is_success() => Said::Taken,
        StatusCode::NOT_FOUND | StatusCode::GONE => Said::Gone,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Said::Later(wait(headers)),
        status if status.is_server_error() => Said::Later(wait(headers)),
        _ => Said::Refused,
    }
}

/// How long the push service asks to wait.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

/// The host of an address, for the log: the rest is the browser's secret.
fn service(endpoint: &str) -> &str {
    let rest = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

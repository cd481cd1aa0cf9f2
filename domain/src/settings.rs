//! What an agent sets for themselves.

use serde::{Deserialize, Serialize};

use crate::{SessionId, Timestamp, agent::Agent, availability::Schedule};

/// How an agent hears of offers and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notifications {
    /// A sound with each offer, and with messages in chats that are not in front.
    pub sound: bool,
    /// A notification of the browser when no tab of the inbox is in front.
    pub browser: bool,
    /// Offers by web push when the inbox is closed; counts as reachable then.
    pub when_closed: bool,
}

impl Default for Notifications {
    fn default() -> Self {
        Self {
            sound: true,
            browser: true,
            when_closed: false,
        }
    }
}

/// The longest invitation text, in characters.
pub const INVITATION_CHARS: usize = 2_000;

/// The longest address of a video room, in bytes.
pub const VIDEO_BYTES: usize = 500;

/// What an agent sets of mails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letters {
    /// What invitations to this agent's meetings say, with the variables of saved replies
    /// ([`crate::reply::VARIABLES`]); at most [`INVITATION_CHARS`]. Empty: a sentence of Casella's.
    pub invitation: String,
    /// Where this agent's meetings take place: an https or http address of at most
    /// [`VIDEO_BYTES`]; empty: none.
    pub video: String,
    /// A mail for each chat that is offered to this agent.
    pub requests: bool,
}

/// A signed-in browser of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    pub session: SessionId,
    /// What the browser said of itself when it signed in, cut to 300 bytes.
    pub user_agent: String,
    pub signed_in_at: Timestamp,
    pub used_at: Timestamp,
    /// The one that asks.
    pub this: bool,
}

/// Everything on the settings page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSettings {
    pub agent: Agent,
    pub schedule: Schedule,
    pub notifications: Notifications,
    /// The last used first.
    pub devices: Vec<Device>,
    /// The public VAPID key for push subscriptions, in URL-safe Base64 without padding.
    pub push_key: String,
}

/// A browser's push subscription (Web Push, RFC 8030 and 8291), as `PushSubscription.toJSON()`
/// gives it; the keys in URL-safe Base64 without padding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushSubscription {
    /// The push service's address for this browser; https, at most 2,000 bytes.
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

/// The largest photo, in bytes; the inbox makes it small before it is sent.
pub const PHOTO_BYTES: usize = 128 * 1024;

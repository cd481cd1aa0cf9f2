//! What Casella's words mean: ids, values, states, frames and rules.
//!
//! Pure: no input or output, no clock, no random source. Time and randomness
//! are arguments. Compiles to wasm and is shared by server, inbox and chat.

pub mod account;
pub mod activity;
pub mod agent;
pub mod availability;
pub mod bound;
pub mod calendar;
pub mod chat;
pub mod conversation;
pub mod file;
pub mod frame;
pub mod guess;
pub mod id;
pub mod inbox;
pub mod language;
pub mod link;
pub mod markup;
pub mod meeting;
pub mod message;
pub mod name;
pub mod offer;
pub mod permission;
pub mod refusal;
pub mod reply;
pub mod scan;
pub mod search;
pub mod settings;
pub mod site;
pub mod team;
pub mod text;
pub mod texts;
pub mod time;
pub mod transcript;
pub mod visitor;
#[cfg(feature = "zones")]
pub mod zone;

pub use id::{
    AccountId, AgentId, CardId, CommandId, ConversationId, FileId, MeetingId, ReplyId, SessionId,
    SiteId, TeamId, VisitorId,
};
pub use language::Language;
pub use refusal::Refusal;
pub use time::Timestamp;

//! What Casella's words mean: ids, values, states, frames and rules.
//!
//! Pure: no input or output, no clock, no random source. Time and randomness
//! are arguments. Compiles to wasm and is shared by server, inbox and chat.

pub mod agent;
pub mod chat;
pub mod conversation;
pub mod frame;
pub mod id;
pub mod inbox;
pub mod language;
pub mod link;
pub mod message;
pub mod offer;
pub mod refusal;
pub mod site;
pub mod text;
pub mod texts;
pub mod time;
pub mod transcript;
pub mod visitor;

pub use id::{AgentId, CommandId, ConversationId, SessionId, SiteId, VisitorId};
pub use language::Language;
pub use refusal::Refusal;
pub use time::Timestamp;

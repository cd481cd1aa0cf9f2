//! Live delivery: what is committed reaches every connection that may see it.
//!
//! The writer hands over each commit's events; on PostgreSQL those of other nodes are read too.
//! [`hub`] knows this node's connections, [`event`] says what each of them is told, [`nodes`]
//! keeps nodes in step.

pub mod connect;
pub mod event;
pub mod hub;
pub mod nodes;
pub mod outgoing;
pub mod weight;

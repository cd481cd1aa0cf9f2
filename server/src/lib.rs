//! The binary `casella`: configuration, command line, HTTP and WebSocket routes, sessions, what
//! browsers load, start and stop. What the product does is in `backend`; nothing here decides
//! about conversations.
//!
//! # The way of one message
//! 1. [`listener`] takes the connection; [`request`] knows who is at the other end and gives the
//!    request an id; the row of [`route`]'s table says which checks stand before the handler.
//! 2. [`socket`] makes a WebSocket of it (or [`poll`] a connection of held requests): something
//!    that carries frames, a [`line::Wire`].
//! 3. [`line::run`] decodes a frame into a type of `domain`, refuses what is malformed, too large
//!    or too much, and hands the rest to the one function of `backend` that takes it
//!    ([`side::Side::request`]).
//! 4. `backend` commits the message with its number and tells the connections that may see it.
//! 5. Each of these gets it from its own `Outgoing` in [`line::run`], encodes it and writes it out.

// The type of the inbox's page is the tree of everything on it.
#![recursion_limit = "512"]

pub mod asset;
pub mod body;
pub mod chat_page;
pub mod cli;
pub mod config;
pub mod connection;
pub mod demo;
pub mod feed;
mod file;
mod forwarded;
mod handles;
pub mod header;
mod health;
pub mod limit;
pub mod line;
pub mod listener;
pub mod loader;
pub mod log;
pub mod mark;
pub mod measure;
pub mod meeting_file;
mod meeting_page;
pub mod node;
pub mod origin;
pub mod pace;
pub mod page;
pub mod photo;
pub mod poll;
mod preview;
pub mod problem;
pub mod request;
pub mod route;
pub mod serve;
pub mod session;
pub mod side;
pub mod socket;
mod stream;
pub mod transcript;
pub mod turn;
pub mod visit;
pub mod worker;

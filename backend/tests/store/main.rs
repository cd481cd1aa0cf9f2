//! The contract of the store: one suite of stories, run on SQLite and, where
//! `CASELLA_TEST_POSTGRES_URL` names a server, on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod support;

mod account;
mod administration;
mod amount;
mod availability;
mod calendar;
mod chat;
mod deadline;
mod feed;
mod file;
mod history;
mod idempotence;
mod identity;
mod inbox;
mod mail;
mod meeting;
mod note;
mod offer;
mod owner_only;
mod pooler;
mod profile;
mod push;
mod refused;
mod reply;
mod resume;
mod role;
mod search;
mod secret;
mod settings;
mod setup;
mod sign_in;
mod team;
mod text;
mod transfer;
mod unanswered;

//! Casella as its clients meet it: a real server on a free port, real requests, real sockets. Each
//! story runs on SQLite, and on PostgreSQL where `CASELLA_TEST_POSTGRES_URL` names one.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

#[macro_use]
mod app;
mod agent;
mod assets;
mod bad_input;
mod connection;
mod conversation;
mod csrf;
mod demo;
mod file;
mod health;
mod host;
mod limits;
mod line;
mod meeting_page;
mod nodes;
mod pages;
mod permissions;
mod poll;
mod presence;
mod release;
mod resume;
mod routes;
mod sign_in;
mod site;
mod stop;
mod visitor;

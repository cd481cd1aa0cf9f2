//! The contract of the store: one suite of stories, run on SQLite and, where
//! `CASELLA_TEST_POSTGRES_URL` names a server, on PostgreSQL.

mod support;

mod chat;
mod deadline;
mod idempotence;
mod inbox;
mod resume;

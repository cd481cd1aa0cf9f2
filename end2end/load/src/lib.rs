//! Load and faults against real servers: clients that behave like the real ones, journals of what
//! they were told, a checker over the journals, and a proxy that lies so that the checker can be
//! seen to find it.

pub mod agent;
pub mod bench;
pub mod busy;
pub mod checker;
pub mod client;
pub mod course;
pub mod crowd;
pub mod database;
pub mod durability;
pub mod faults;
pub mod fresh;
pub mod identity;
pub mod inbox;
pub mod journal;
pub mod node;
pub mod outbox;
pub mod proxy;
pub mod seed;
pub mod socket;
pub mod stage;
pub mod visitor;

//! Load and faults against real servers: clients that behave like the real ones, journals of what
//! they were told, a checker over the journals, and a proxy that lies so that the checker can be
//! seen to find it.

pub mod checker;
pub mod journal;

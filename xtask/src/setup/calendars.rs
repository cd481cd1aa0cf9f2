//! The two readers of calendars that Casella's is compared with, in Python and in JavaScript.

use std::ffi::OsString;

use anyhow::Result;

use super::{node, python};

pub const FOLDER: &str = "end2end/calendars";
const REQUIREMENTS: &str = "end2end/calendars/requirements.txt";
const ENVIRONMENT: &str = "target/calendars";

/// Makes sure of both; returns a `PATH` with what they run on.
pub fn ready() -> Result<OsString> {
    let node = node::ready_with(FOLDER)?;
    python::ready(ENVIRONMENT, REQUIREMENTS)?.before(&node.path)
}

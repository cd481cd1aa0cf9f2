//! The two readers of calendars that Casella's is compared with, in Python and in JavaScript; and
//! calendar servers.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;

use super::{node, python};

pub const FOLDER: &str = "end2end/calendars";
const REQUIREMENTS: &str = "end2end/calendars/requirements.txt";
const ENVIRONMENT: &str = "target/calendars";

/// Real CalDAV servers: Radicale and Xandikos.
const SERVERS: &str = "end2end/calendars/servers.txt";
const SERVERS_ENVIRONMENT: &str = "target/caldav";

/// Where tests find a Python with the servers, which they start themselves.
pub const PYTHON_VARIABLE: &str = "CASELLA_TEST_CALDAV_PYTHON";

/// Makes sure of the servers; returns a Python that has them.
pub fn servers() -> Result<PathBuf> {
    Ok(python::ready(SERVERS_ENVIRONMENT, SERVERS)?.program())
}

/// Makes sure of both; returns a `PATH` with what they run on.
pub fn ready() -> Result<OsString> {
    let node = node::ready_with(FOLDER)?;
    python::ready(ENVIRONMENT, REQUIREMENTS)?.before(&node.path)
}

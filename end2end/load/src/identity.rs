//! Ids and secrets that clients make themselves.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::{CommandId, Timestamp, frame::visitor::VisitorToken, visitor::ProfileInput};

/// The clock of this process.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A new command id, as a browser makes one.
pub fn command(random: &mut fastrand::Rng) -> CommandId {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    CommandId::new(now(), bytes)
}

/// A new visitor's secret.
pub fn token(random: &mut fastrand::Rng) -> VisitorToken {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    bytes
}

/// What a visitor types into the start form.
pub fn form(name: &str) -> ProfileInput {
    ProfileInput {
        name: Some(name.to_owned()),
        email: Some("visitor@example.com".to_owned()),
        ..ProfileInput::default()
    }
}

//! Handles of the system: each connection takes one, and so do the database and files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is kept for the database, files, and the server's own requests.
const RESERVE: u64 = 512;

/// Raises the process's own limit of handles as far as `connections` need and the system lets it.
/// Returns how many connections there may be.
pub fn raise(connections: usize) -> usize {
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX);
    let limit = getrlimit(Resource::Nofile);
    let needed = wanted.saturating_add(RESERVE);
    let most = limit.maximum.unwrap_or(u64::MAX);
    let mut handles = limit.current.unwrap_or(u64::MAX);
    if handles < needed.min(most) {
        let raised = Rlimit {
            current: Some(needed.min(most)),
            maximum: limit.maximum,
        };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => handles = needed.min(most),
            Err(error) => tracing::warn!(%error, "the limit of handles could not be raised"),
        }
    }
    let room = room(handles).min(wanted);
    if room < wanted {
        tracing::warn!(
            handles,
            connections = room,
            wanted,
            "fewer connections than are set: the system gives too few handles (ulimit -n)"
        );
    }
    usize::try_from(room).unwrap_or(usize::MAX)
}

/// How many of some handles connections may take.
fn room(handles: u64) -> u64 {
    handles
        .saturating_sub(RESERVE)
        // With few handles, half are for connections: better than none.
        .max(handles / 2)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_database_and_files_need_is_kept() {
        assert_eq!(room(20_000), 19_488);
        assert_eq!(room(600), 300);
        assert_eq!(room(0), 1);
    }

    #[test]
    fn the_limit_is_raised_as_far_as_the_system_lets() {
        let hard = getrlimit(Resource::Nofile).maximum;
        let room = raise(64);
        assert_eq!(room, 64);
        let all = raise(usize::MAX);
        let now = getrlimit(Resource::Nofile);
        assert_eq!(now.current, hard);
        assert_eq!(u64::try_from(all).ok(), now.current.map(super::room));
    }
}

//! Threads that do one thing.

use std::{io, thread};

use tokio::runtime;
use tokio_util::sync::CancellationToken;

use super::fall::Part;

/// Does work on a thread of its own, beside those of the runtime. Everybody waits for the writer and
/// for what hands its events out, and they wait for the database with each statement: among the
/// tasks of hundreds of connections that were told something a moment ago they would be woken late,
/// each time.
///
/// # Errors
/// If the system gives no thread.
pub fn alone(
    name: &'static str,
    work: impl Future<Output = ()> + Send + 'static,
    fallen: &CancellationToken,
) -> io::Result<()> {
    let part = Part::new(name, fallen);
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || runtime.block_on(part.run(work)))?;
    Ok(())
}

//! `load durability`: shows by the server's system calls that a message is acknowledged only
//! when it lies on the disk.

mod trace;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use domain::{
    CommandId,
    frame::visitor::{VisitorCommand, VisitorEvent, VisitorRequest},
};
use tokio::{
    process::Command,
    time::{Instant, sleep, timeout},
};

use crate::{
    bench::chats::{self, Agents},
    database::Database,
    faults::on_disk,
    identity,
    node::Settings,
    stage::Stage,
};
use trace::{Call, Trace};

const MESSAGES: usize = 50;

/// How long one answer may take: tracing makes a server many times slower.
const ANSWER: Duration = Duration::from_secs(10);

/// How long the tracer may take to write its last line after the end of the server.
const LAST_LINE: Duration = Duration::from_secs(10);

/// The system calls by which a server writes to its disk and to its sockets.
const CALLS: &str = "trace=fdatasync,fsync,write,writev,pwrite64,pwritev,sendto,sendmsg";

/// What the trace says of the messages of a run.
pub struct Shown {
    pub messages: usize,
    /// Of these messages the acknowledgement left before the synchronisation of the commit.
    pub early: Vec<String>,
    /// Of these the trace does not show everything.
    pub unclear: Vec<String>,
    /// The shortest time between the end of the synchronisation and the acknowledgement.
    pub shortest: Duration,
    /// Synchronisations of the database's log in all.
    pub synchronisations: usize,
}

/// Whether the tracer is there.
pub async fn is_possible() -> bool {
    let version = Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    version.is_ok_and(|status| status.success())
}

/// Sends messages to a traced server on SQLite and reads the trace.
///
/// # Errors
/// If the run could not be made.
pub async fn run(binary: PathBuf) -> Result<Shown> {
    let folder = tempfile::Builder::new()
        .prefix("casella-durability-")
        .tempdir_in(on_disk())?;
    let database = Database::sqlite(&folder);
    let settings = Settings {
        binary,
        database_url: database.url(),
        folder: folder.path().to_owned(),
        variables: vec![
            ("CASELLA_REQUESTS_PER_SECOND", "100000".to_owned()),
            ("CASELLA_FRAMES_PER_SECOND", "1000".to_owned()),
        ],
    };
    let file = folder.path().join("trace");
    let mut stage = Stage::set(settings, database, folder, 1, 1).await?;
    let node = stage.nodes.first_mut().context("there is no node")?;
    node.kill().await?;
    node.start_as(traced(&stage.settings, &file), &[]).await?;
    let sent = send(&stage).await?;
    let node = stage.nodes.first_mut().context("there is no node")?;
    node.kill().await?;
    let trace = read(&file).await?;
    stage.remove().await?;
    Ok(judge(&trace, &sent))
}

/// The server's program, run by a tracer that leaves it our own child: what ends it stays the same.
fn traced(settings: &Settings, file: &Path) -> Command {
    let mut command = Command::new("strace");
    // Every byte in hexadecimal, pages of the database whole, each thread, and the name of what
    // is written to.
    command
        .args([
            "-D", "-f", "-y", "-ttt", "-xx", "-s", "4200", "-e", CALLS, "-o",
        ])
        .arg(file)
        .arg(&settings.binary);
    settings.configure(&mut command);
    command
}

/// One visitor sends, each message after the answer to the one before.
async fn send(stage: &Stage) -> Result<Vec<(CommandId, String)>> {
    let _agents = Agents::gather(stage, 1, false).await?;
    let mut chats = chats::open(stage, 1).await?;
    let mut chat = chats.pop().context("no chat was opened")?;
    let mut random = fastrand::Rng::new();
    let mut sent = Vec::new();
    for n in 1..=MESSAGES {
        let id = identity::command(&mut random);
        let text = format!("Message {n:04} that must lie on the disk");
        let command = VisitorCommand::Message {
            conversation: chat.conversation,
            text: text.clone(),
        };
        chat.socket
            .send(&VisitorRequest::Command { id, command })
            .await?;
        let answered = async {
            loop {
                match chat.socket.next().await? {
                    VisitorEvent::Answer { id: of, result } if of == id => {
                        result?;
                        return anyhow::Ok(());
                    }
                    VisitorEvent::Ping => chat.socket.send(&VisitorRequest::Pong).await?,
                    _ => {}
                }
            }
        };
        timeout(ANSWER, answered)
            .await
            .context("a message was not answered")??;
        sent.push((id, text));
    }
    Ok(sent)
}

/// The trace, once the tracer has written the end of the server.
async fn read(file: &Path) -> Result<Trace> {
    let started = Instant::now();
    loop {
        let text = fs::read(file)?;
        let text = String::from_utf8_lossy(&text);
        if text.trim_end().ends_with("+++ killed by SIGKILL +++") {
            return Ok(Trace::parse(&text));
        }
        if started.elapsed() > LAST_LINE {
            bail!("the trace does not come to an end");
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Compares, message by message, when it was written, synchronised and acknowledged.
fn judge(trace: &Trace, sent: &[(CommandId, String)]) -> Shown {
    let mut shown = Shown {
        messages: sent.len(),
        early: Vec::new(),
        unclear: Vec::new(),
        shortest: Duration::MAX,
        synchronisations: trace.calls(|call| matches!(call, Call::SyncEnded { .. })),
    };
    for (id, text) in sent {
        let written = trace.first_after(0, |call| call.writes_log(text.as_bytes()));
        // Whatever carries the command's id to a client tells that it is done.
        let told = trace.first_after(0, |call| call.sends(id.0.as_bytes()));
        let (Some(written), Some(told)) = (written, told) else {
            shown.unclear.push(text.clone());
            continue;
        };
        match trace.synchronised_after(written) {
            Some(synchronised) if synchronised < told => {
                shown.shortest = shown.shortest.min(trace.between(synchronised, told));
            }
            _ => shown.early.push(text.clone()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITE: &str = r#"7 1.0 pwrite64(9<LOG>, "TEXT", 5, 32) = 5"#;
    const SYNC: &str = "7 1.1 fdatasync(9<LOG>) = 0";
    const SEND: &str = r#"8 1.2 writev(5<SOCKET>, [{iov_base="ID", iov_len=16}], 1) = 16"#;

    /// What a trace of these lines shows of the one message `hallo`.
    fn shown(lines: &[&str]) -> Shown {
        let id = CommandId::new(domain::Timestamp(0), [7; 10]);
        let hex = |bytes: &[u8]| -> String {
            bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect()
        };
        let text = lines
            .join("\n")
            .replace("LOG", &hex(b"/d/casella.db-wal"))
            .replace("SOCKET", &hex(b"socket:[12]"))
            .replace("TEXT", &hex(b"hallo"))
            .replace("ID", &hex(id.0.as_bytes()));
        judge(&Trace::parse(&text), &[(id, "hallo".to_owned())])
    }

    #[test]
    fn an_acknowledgement_after_the_synchronisation_is_sound() {
        let shown = shown(&[WRITE, SYNC, SEND]);
        assert_eq!((shown.early.len(), shown.unclear.len()), (0, 0));
        assert_eq!(shown.synchronisations, 1);
        assert_eq!(shown.shortest.as_millis(), 100);
    }

    #[test]
    fn an_acknowledgement_before_the_synchronisation_is_early() {
        assert_eq!(shown(&[WRITE, SEND, SYNC]).early.len(), 1);
        assert_eq!(shown(&[WRITE, SEND]).early.len(), 1);
    }

    #[test]
    fn an_acknowledgement_while_it_is_synchronised_is_early() {
        let began = "7 1.1 fdatasync(9<LOG> <unfinished ...>";
        let ended = "7 1.3 <... fdatasync resumed>) = 0";
        assert_eq!(shown(&[WRITE, began, SEND, ended]).early.len(), 1);
        assert_eq!(shown(&[WRITE, began, ended, SEND]).early.len(), 0);
    }

    #[test]
    fn a_synchronisation_that_began_before_or_failed_does_not_count() {
        let began = "6 0.9 fdatasync(9<LOG> <unfinished ...>";
        let ended = "6 1.1 <... fdatasync resumed>) = 0";
        assert_eq!(shown(&[began, WRITE, ended, SEND]).early.len(), 1);
        let failed = "7 1.1 fdatasync(9<LOG>) = -1 EIO (Input/output error)";
        assert_eq!(shown(&[WRITE, failed, SEND]).early.len(), 1);
    }

    #[test]
    fn a_message_that_is_not_in_the_trace_is_unclear() {
        assert_eq!(shown(&[WRITE, SYNC]).unclear.len(), 1);
        assert_eq!(shown(&[SYNC, SEND]).unclear.len(), 1);
    }
}

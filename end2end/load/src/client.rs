//! What all clients do alike: connect again and again, send again what has no answer, and note it.

use std::{future::Future, time::Duration};

use anyhow::Result;
use domain::{CommandId, Refusal};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    course::{Course, Pace, Phase},
    journal::{Entry, SharedJournal, Who},
    outbox::Outbox,
    socket::{Endpoint, Socket},
};

/// What the leader of a run keeps of a client.
pub struct Handle {
    pub journal: SharedJournal,
    /// How many commands have no answer yet.
    pub unanswered: watch::Receiver<usize>,
    pub task: JoinHandle<()>,
}

/// What every client has.
pub struct Common<C> {
    pub course: Course,
    pub journal: SharedJournal,
    pub random: fastrand::Rng,
    pub outbox: Outbox<C>,
    /// How many texts it has written.
    pub written: usize,
    /// The connection is welcomed, and what had no answer has been sent again: only then may
    /// anything new follow.
    welcomed: bool,
    /// Unanswered commands, for the leader of the run.
    unanswered: watch::Sender<usize>,
}

impl<C> Common<C> {
    pub fn new(who: Who, course: Course, random: fastrand::Rng) -> Self {
        Self {
            course,
            journal: SharedJournal::new(who),
            random,
            outbox: Outbox::default(),
            written: 0,
            welcomed: false,
            unanswered: watch::Sender::new(0),
        }
    }
}

/// A socket of a client.
pub type SocketOf<T> = Socket<<T as Client>::Request, <T as Client>::Event>;

/// A client of a run: a visitor or an agent.
pub trait Client: Sized + Send + 'static {
    /// What it asks for, to be answered once.
    type Command: Clone + Send + Sync;
    type Request: Serialize + Send + Sync;
    type Event: DeserializeOwned + Send;

    /// Of its sockets.
    const PATH: &'static str;

    fn common(&mut self) -> &mut Common<Self::Command>;

    /// The `Cookie` header of its connections.
    fn cookie(&self) -> Option<String> {
        None
    }

    /// The first frame of a connection.
    fn hello(&mut self) -> Self::Request;

    /// The frame that carries a command.
    fn frame(id: CommandId, command: Self::Command) -> Self::Request;

    /// Takes in a frame of the server, whose host and port is given.
    fn take(
        &mut self,
        event: Self::Event,
        socket: &mut SocketOf<Self>,
        server: &str,
    ) -> impl Future<Output = Result<()>> + Send;

    /// It is its turn to write.
    fn write(&mut self, socket: &mut SocketOf<Self>) -> impl Future<Output = Result<()>> + Send;
}

/// Starts a client; it ends with the course's phase `Stop`.
pub fn spawn<T: Client>(mut client: T) -> Handle {
    let common = client.common();
    Handle {
        journal: common.journal.clone(),
        unanswered: common.unanswered.subscribe(),
        task: tokio::spawn(run(client)),
    }
}

async fn run<T: Client>(mut client: T) {
    let mut attempt: usize = 0;
    let mut failures = 0;
    while client.common().course.phase() != Phase::Stop {
        let cookie = client.cookie();
        let common = client.common();
        let endpoint = common.course.endpoint(attempt, T::PATH, cookie);
        let before = common.journal.len();
        // However a connection ends, the answer is the next one.
        let _ = connection(&mut client, &endpoint).await;
        let common = client.common();
        failures = if common.journal.len() > before {
            0
        } else {
            failures + 1
        };
        attempt += 1;
        back_off(failures, &mut common.random, &mut common.course).await;
    }
}

async fn connection<T: Client>(client: &mut T, endpoint: &Endpoint) -> Result<()> {
    let mut socket = SocketOf::<T>::connect(endpoint).await?;
    socket.send(&client.hello()).await?;
    let common = client.common();
    common.welcomed = false;
    let mut write_at = Instant::now() + pause(&common.course.pace, &mut common.random);
    loop {
        let common = client.common();
        let writes = common.welcomed && common.course.phase() == Phase::Write;
        tokio::select! {
            event = socket.next() => client.take(event?, &mut socket, &endpoint.server).await?,
            () = sleep_until(write_at), if writes => {
                let common = client.common();
                write_at = Instant::now() + pause(&common.course.pace, &mut common.random);
                if common.outbox.len() < common.course.pace.window {
                    client.write(&mut socket).await?;
                }
            }
            changed = common.course.phase.changed() => {
                if changed.is_err() || client.common().course.phase() == Phase::Stop {
                    return Ok(());
                }
            }
        }
    }
}

/// Sends a command and keeps it until its answer.
///
/// # Errors
/// If the connection is gone.
pub async fn send<T: Client>(
    client: &mut T,
    id: CommandId,
    command: T::Command,
    socket: &mut SocketOf<T>,
) -> Result<()> {
    let common = client.common();
    common.outbox.keep(id, command.clone());
    common.unanswered.send_replace(common.outbox.len());
    socket.send(&T::frame(id, command)).await
}

/// Sends again what has no answer; from now on the connection carries what is new.
///
/// # Errors
/// If the connection is gone.
pub async fn send_again<T: Client>(client: &mut T, socket: &mut SocketOf<T>) -> Result<()> {
    for (id, command) in client.common().outbox.iter() {
        socket.send(&T::frame(*id, command.clone())).await?;
    }
    client.common().welcomed = true;
    Ok(())
}

/// The command that has this answer for good. None if it was answered before, or is to be tried
/// again, which is done.
///
/// # Errors
/// If the connection is gone.
pub async fn answered<T: Client, A: Sync>(
    client: &mut T,
    id: CommandId,
    result: &Result<A, Refusal>,
    socket: &mut SocketOf<T>,
) -> Result<Option<T::Command>> {
    let common = client.common();
    if let Err(Refusal::Unavailable | Refusal::TooMany) = result {
        let again = common.outbox.iter().find(|(kept, _)| *kept == id);
        if let Some((_, command)) = again.cloned() {
            common.journal.note(Entry::Postponed { command: id });
            sleep(Duration::from_millis(common.random.u64(50..150))).await;
            socket.send(&T::frame(id, command)).await?;
        }
        return Ok(None);
    }
    let command = common.outbox.answered(id);
    common.unanswered.send_replace(common.outbox.len());
    Ok(command)
}

/// The longest wait before the first new attempt to connect.
const BACK_OFF: Duration = Duration::from_millis(100);

/// The longest wait before any attempt.
const BACK_OFF_LIMIT: Duration = Duration::from_millis(400);

/// Waits before connecting again: exponentially longer, with full jitter; cut short by the end.
async fn back_off(failures: u32, random: &mut fastrand::Rng, course: &mut Course) {
    let longest = BACK_OFF
        .saturating_mul(2_u32.saturating_pow(failures.min(8)))
        .min(BACK_OFF_LIMIT);
    let wait = longest.mul_f64(random.f64());
    tokio::select! {
        () = sleep(wait) => {}
        _ = course.phase.wait_for(|phase| *phase == Phase::Stop) => {}
    }
}

/// How long a client waits before it writes again: around the mean, so that nothing falls into step.
fn pause(pace: &Pace, random: &mut fastrand::Rng) -> Duration {
    pace.pause.mul_f64(0.5 + random.f64())
}

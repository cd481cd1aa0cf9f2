//! Group commit: one writer a node takes what waits at a moment, decides it together, commits
//! once, and only then answers.
//!
//! [`batch`] reads the rows concerned, [`commit`] writes what became of them; [`visitor`],
//! [`activity`], [`agent`], [`offer`], [`meeting`], [`availability`] and [`watch`] decide, each in
//! memory and by the rules of `domain`. A refused task leaves nothing behind. [`queue`] says whose
//! turn it is; [`work`] is the loop, and what happens when the store refuses a commit.

mod activity;
mod agent;
mod availability;
mod batch;
mod commit;
mod file;
mod mail;
mod meeting;
mod offer;
mod pace;
mod queue;
mod visitor;
mod wants;
mod watch;
mod work;
mod working;

use std::sync::Arc;

use domain::{
    AgentId, CardId, CommandId, ConversationId, Refusal, SiteId, Timestamp,
    bound::Bound,
    frame::{
        agent::{self as agent_frame, AgentCommand, Position},
        visitor::{self as visitor_frame, VisitorCommand},
    },
    message::Seq,
    permission::Viewer,
    visitor::Page,
};
use tokio::sync::{Mutex, mpsc};

use crate::{
    Clock,
    bound::Source,
    directory::SharedDirectory,
    identity::Vouched,
    live::event::Event,
    meeting::Addresses,
    store::{Store, visitor::VisitorKey},
};
use queue::Queue;
use work::Work;

pub use mail::Standing;
pub use meeting::{By, Deed};
pub use queue::Origin;

/// How many tasks one commit takes at most. When many ask for a chat at once, what a commit costs
/// anyway (the reading of a thousand agents, one sync) is shared by more.
const BATCH: usize = 512;

/// What the writer can be asked to do.
#[derive(Clone, Debug)]
pub enum Task {
    Visitor {
        who: Arc<VisitorSelf>,
        id: CommandId,
        command: VisitorCommand,
    },
    Agent {
        who: Viewer,
        id: CommandId,
        command: AgentCommand,
    },
    VisitorRead {
        key: VisitorKey,
        conversation: ConversationId,
        up_to: Seq,
    },
    AgentRead {
        who: Viewer,
        conversation: ConversationId,
        up_to: Seq,
    },
    VisitorPage {
        key: VisitorKey,
        page: Page,
        /// With the first frame of a connection: the browser's time zone. A connection that comes
        /// back to the same page is no view of it.
        zone: Option<Arc<str>>,
    },
    /// A visitor is connected for whom the site's server vouches.
    Vouched {
        key: VisitorKey,
        vouched: Arc<Vouched>,
    },
    /// A visitor's first connection to this node came, or the last went at `at`.
    VisitorPresence {
        key: VisitorKey,
        connected: bool,
        at: Timestamp,
    },
    /// The same of an agent.
    AgentPresence {
        agent: AgentId,
        connected: bool,
        at: Timestamp,
    },
    /// The agent's sessions with connections to this node have ended.
    SignedOut(AgentId),
    /// The agent's schedule was replaced, or what it says changes by now.
    Availability(AgentId),
    /// An agent's calendar elsewhere cannot be reached, or can again: told to the agent's tabs.
    CalendarTrouble { agent: AgentId, trouble: bool },
    /// A deadline of the conversation may have passed.
    Watch(ConversationId),
    /// Something is to become of a meeting, by a link or an agent. Answered as the visitor's
    /// commands are.
    Meeting { by: By, id: CommandId, deed: Deed },
    /// Nobody is to book by a card any more.
    WithdrawCard { who: Viewer, card: CardId },
    /// Nothing at all: it is answered when the writer and the store work.
    Nothing,
}

impl Task {
    /// Roughly what it takes while it waits.
    fn bytes(&self) -> usize {
        let brought = match self {
            Self::Visitor { command, .. } => match command {
                VisitorCommand::Message { text, .. } => text.len(),
                VisitorCommand::Start { .. }
                | VisitorCommand::Leave { .. }
                | VisitorCommand::SetAttributes { .. } => Bound::MessageBytes.amount(),
                _ => 0,
            },
            Self::Agent {
                command: AgentCommand::Message { text, .. } | AgentCommand::Note { text, .. },
                ..
            } => text.len(),
            _ => 0,
        };
        size_of::<Job>().saturating_add(brought)
    }

    /// Whose doing it is, for measures.
    fn kind(&self) -> &'static str {
        match self {
            Self::Visitor { .. }
            | Self::VisitorRead { .. }
            | Self::VisitorPage { .. }
            | Self::Vouched { .. }
            | Self::VisitorPresence { .. } => "visitor",
            Self::Agent { .. } | Self::AgentRead { .. } | Self::AgentPresence { .. } => "agent",
            Self::Meeting { .. } | Self::WithdrawCard { .. } => "meeting",
            Self::SignedOut(_)
            | Self::Availability(_)
            | Self::CalendarTrouble { .. }
            | Self::Watch(_)
            | Self::Nothing => "node",
        }
    }
}

/// What a visitor's connection knows of its visitor.
#[derive(Clone, Debug)]
pub struct VisitorSelf {
    pub key: VisitorKey,
    /// Where the connection comes from.
    pub from: Source,
    pub site: SiteId,
    pub language: &'static str,
    pub user_agent: Arc<str>,
    /// The browser's time zone; empty if unknown.
    pub zone: Arc<str>,
    pub page: Page,
    /// For whom the site's server vouches.
    pub vouched: Option<Arc<Vouched>>,
}

/// What a task led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    Visitor(visitor_frame::Answer),
    Agent(agent_frame::Answer),
    /// A task without an answer.
    Silently,
}

/// Why a task was not done. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDone {
    Refused(Refusal),
    /// The store refuses it, however often it is tried.
    ByStore,
}

impl NotDone {
    /// What the client is told: of what the store refuses, that it is not to be sent again.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal,
            Self::ByStore => Refusal::Malformed,
        }
    }
}

/// What became of a task.
pub type Outcome = Result<Done, NotDone>;

/// Called once with the outcome, after the commit. Must not block.
pub type Reply = Box<dyn FnOnce(Outcome) + Send>;

struct Job {
    origin: Origin,
    task: Task,
    reply: Reply,
}

/// The way to the writer.
#[derive(Clone)]
pub struct Writer {
    entrance: Arc<Entrance>,
}

/// What all handles share; with the last of them the queue is closed.
struct Entrance(Arc<Queue>);

impl Drop for Entrance {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What the writer works with.
pub struct Context {
    pub store: Store,
    pub clock: Clock,
    pub directory: Arc<SharedDirectory>,
    /// Makes the addresses of cards and meetings.
    pub addresses: Arc<Addresses>,
    /// The number of this run of the node.
    pub run: i64,
    /// Whether this Casella can send mail: else no letters are enqueued.
    pub mail: bool,
    /// Held from before a commit until its events are handed over, so that who reads other nodes'
    /// events has those that they were built upon.
    pub handing_over: Arc<Mutex<()>>,
    /// Where committed events go, in order.
    pub events: mpsc::UnboundedSender<Vec<(Position, Event)>>,
}

impl Writer {
    /// The way to a writer, and the writer's work, which ends when all handles are gone and what
    /// waited is done.
    pub fn new(context: Context) -> (Self, impl Future<Output = ()> + Send) {
        let queue = Arc::new(Queue::default());
        let work = Work::new(context, Arc::clone(&queue));
        let entrance = Arc::new(Entrance(queue));
        (Self { entrance }, work.run())
    }

    /// Hands over a task, after those of the same origin, without waiting. When too many of them
    /// wait, it is refused at once.
    pub fn submit(&self, origin: Origin, task: Task, reply: impl FnOnce(Outcome) + Send + 'static) {
        let job = Job {
            origin,
            task,
            reply: Box::new(reply),
        };
        if let Err(refused) = self.entrance.0.add(job) {
            let (job, refusal) = *refused;
            (job.reply)(Err(NotDone::Refused(refusal)));
        }
    }

    /// Hands over a task whose outcome is of no interest once it is taken.
    ///
    /// # Errors
    /// Why it was not taken.
    pub fn leave(&self, origin: Origin, task: Task) -> Result<(), Refusal> {
        let job = Job {
            origin,
            task,
            reply: Box::new(drop),
        };
        self.entrance.0.add(job).map_err(|refused| refused.1)
    }

    /// Does a task and waits for its outcome.
    ///
    /// # Errors
    /// Why it was refused.
    pub async fn perform(&self, origin: Origin, task: Task) -> Result<Done, Refusal> {
        let (tell, outcome) = tokio::sync::oneshot::channel();
        self.submit(origin, task, move |result| {
            // Nobody listens any more if the caller was cancelled.
            let _ = tell.send(result);
        });
        outcome
            .await
            .map_err(|_| Refusal::Unavailable)?
            .map_err(NotDone::refusal)
    }
}

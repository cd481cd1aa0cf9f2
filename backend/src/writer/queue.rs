//! What waits for the writer, in a lane for each who sends.
//!
//! The writer takes turns: one task of each lane, and again, until the commit is full. So whoever
//! sends much waits behind themselves, and whoever has waited for nothing goes first. A lane keeps
//! its order; a connection belongs to one lane. Every lane is bounded, and all of them together.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::{AgentId, Refusal, bound::Bound};
use tokio::sync::Notify;

use super::{BATCH, Job, NotDone, pace::Taken};
use crate::bound::{Source, met};

/// Who causes a task: those of one origin wait in one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The node itself. It is always served.
    Node,
    /// An agent, wherever they are: they may share an address with any number of visitors.
    Agent(AgentId),
    /// Anybody else, by where they come from.
    Address(Source),
}

/// What may wait in a lane although all lanes together are full.
const ALWAYS: usize = 16;

/// How many of the node's own tasks may wait: each is looked for again.
const OWN: usize = 16_384;

/// How many of the node's own tasks a commit takes while others wait.
const OWN_SHARE: usize = BATCH / 4;

/// How many empty lanes are kept for those who come.
const SPARE: usize = 64;

/// The lanes, shared by those who send and the writer.
#[derive(Default)]
pub struct Queue {
    lanes: Mutex<Lanes>,
    /// Told when something comes, or nothing will any more.
    arrived: Notify,
}

#[derive(Default)]
struct Lanes {
    own: VecDeque<Job>,
    /// Every other lane in which something waits.
    waiting: HashMap<Origin, VecDeque<Job>>,
    /// Whose turn it is: first those for whom nothing waited before.
    new: VecDeque<Origin>,
    turns: VecDeque<Origin>,
    /// What waits in `waiting`, roughly.
    bytes: usize,
    spare: Vec<VecDeque<Job>>,
    /// Nobody can send any more.
    closed: bool,
    /// The writer is gone.
    ended: bool,
}

impl Queue {
    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a task to its lane.
    ///
    /// # Errors
    /// The task, with why it was not taken.
    pub fn add(&self, job: Job) -> Result<(), Box<(Job, Refusal)>> {
        let added = self.lanes().add(job);
        match added {
            Ok(()) => {
                self.arrived.notify_one();
                Ok(())
            }
            Err(refused) => {
                let (job, bound) = *refused;
                Err(Box::new((job, bound.map_or(Refusal::Unavailable, met))))
            }
        }
    }

    /// Fills `jobs` up to `most`, when something waits; none when nothing will any more.
    pub async fn next(&self, jobs: &mut Vec<Job>, most: usize) -> Option<Taken> {
        loop {
            {
                let mut lanes = self.lanes();
                let taken = lanes.take(jobs, most);
                if !jobs.is_empty() {
                    return Some(taken);
                }
                if lanes.closed {
                    return None;
                }
            }
            self.arrived.notified().await;
        }
    }

    /// Fills `jobs` up to `most` with what waits now.
    pub fn fill(&self, jobs: &mut Vec<Job>, most: usize) -> Taken {
        self.lanes().take(jobs, most)
    }

    /// Nobody can send any more.
    pub fn close(&self) {
        self.lanes().closed = true;
        self.arrived.notify_one();
    }

    /// The writer is gone: what waits is refused, and what comes.
    pub fn end(&self) {
        let jobs = {
            let mut lanes = self.lanes();
            lanes.ended = true;
            let own = std::mem::take(&mut lanes.own);
            let others = std::mem::take(&mut lanes.waiting);
            own.into_iter().chain(others.into_values().flatten())
        };
        for job in jobs {
            (job.reply)(Err(NotDone::Refused(Refusal::Unavailable)));
        }
    }
}

impl Lanes {
    fn add(&mut self, job: Job) -> Result<(), Box<(Job, Option<Bound>)>> {
        let origin = job.origin;
        if self.ended {
            return Err(Box::new((job, None)));
        }
        let bound = match origin {
            Origin::Node if self.own.len() < OWN => {
                self.own.push_back(job);
                return Ok(());
            }
            Origin::Node => return Err(Box::new((job, None))),
            Origin::Agent(_) => Bound::AgentTasks,
            Origin::Address(_) => Bound::AddressTasks,
        };
        let bytes = job.task.bytes();
        let waits = self.waiting.get(&origin).map_or(0, VecDeque::len);
        if waits >= bound.amount() {
            return Err(Box::new((job, Some(bound))));
        }
        if waits >= ALWAYS && self.bytes.saturating_add(bytes) > Bound::WaitingBytes.amount() {
            return Err(Box::new((job, Some(Bound::WaitingBytes))));
        }
        self.bytes = self.bytes.saturating_add(bytes);
        if waits == 0 {
            self.new.push_back(origin);
        }
        let spare = &mut self.spare;
        self.waiting
            .entry(origin)
            .or_insert_with(|| spare.pop().unwrap_or_default())
            .push_back(job);
        Ok(())
    }

    fn take(&mut self, jobs: &mut Vec<Job>, most: usize) -> Taken {
        let several = self.waiting.len() > 1;
        let room = most.saturating_sub(jobs.len());
        let own = if self.waiting.is_empty() {
            room
        } else {
            room.min(OWN_SHARE)
        };
        jobs.extend(self.own.drain(..own.min(self.own.len())));
        while jobs.len() < most
            && let Some(origin) = self.new.pop_front().or_else(|| self.turns.pop_front())
        {
            let Some(lane) = self.waiting.get_mut(&origin) else {
                continue;
            };
            if let Some(job) = lane.pop_front() {
                self.bytes = self.bytes.saturating_sub(job.task.bytes());
                jobs.push(job);
            }
            if !lane.is_empty() {
                self.turns.push_back(origin);
            } else if let Some(lane) = self.waiting.remove(&origin)
                && self.spare.len() < SPARE
                && lane.capacity() <= BATCH
            {
                self.spare.push(lane);
            }
        }
        Taken {
            several,
            more: !self.waiting.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::writer::Task;

    fn address(n: u8) -> Origin {
        Origin::Address(IpAddr::from([10, 0, 0, n]).into())
    }

    fn job(origin: Origin) -> Job {
        Job {
            origin,
            task: Task::Nothing,
            reply: Box::new(drop),
        }
    }

    /// A task that can be told from others.
    fn told(origin: Origin, n: u128) -> Job {
        Job {
            origin,
            task: Task::Watch(domain::ConversationId(uuid::Uuid::from_u128(n))),
            reply: Box::new(drop),
        }
    }

    fn numbers(jobs: &[Job]) -> Vec<u128> {
        let number = |job: &Job| match &job.task {
            Task::Watch(id) => id.0.as_u128(),
            _ => 0,
        };
        jobs.iter().map(number).collect()
    }

    #[test]
    fn who_sends_much_waits_behind_themselves() {
        let queue = Queue::default();
        for _ in 0..1_000 {
            assert!(queue.add(job(address(1))).is_ok());
        }
        let mut jobs = Vec::new();
        assert_eq!(
            queue.fill(&mut jobs, 8),
            Taken {
                several: false,
                more: true
            }
        );
        for n in 1..=3 {
            assert!(queue.add(told(address(2), n)).is_ok());
        }
        jobs.clear();
        assert_eq!(
            queue.fill(&mut jobs, 6),
            Taken {
                several: true,
                more: true
            }
        );
        assert_eq!(numbers(&jobs), [1, 0, 2, 0, 3, 0]);
    }

    #[test]
    fn two_hundred_who_flood_do_not_keep_one_out_of_the_next_commit() {
        let queue = Queue::default();
        for n in 0..200 {
            for _ in 0..100 {
                assert!(queue.add(job(address(n))).is_ok());
            }
        }
        let mut jobs = Vec::new();
        queue.fill(&mut jobs, BATCH);
        jobs.clear();
        assert!(queue.add(told(address(201), 7)).is_ok());
        queue.fill(&mut jobs, 32);
        assert_eq!(numbers(&jobs).first(), Some(&7));
    }

    #[test]
    fn only_the_lane_that_is_full_is_refused() {
        let queue = Queue::default();
        for _ in 0..Bound::AddressTasks.amount() {
            assert!(queue.add(job(address(1))).is_ok());
        }
        let refused = queue.add(job(address(1))).map_err(|refused| refused.1);
        assert_eq!(refused, Err(Refusal::TooMany));
        assert!(queue.add(job(address(2))).is_ok());
        assert!(queue.add(job(Origin::Node)).is_ok());
    }

    #[test]
    fn when_the_writer_is_gone_who_waits_and_who_comes_is_told() {
        let queue = Queue::default();
        let (tell, told) = std::sync::mpsc::channel();
        let job = |origin| Job {
            origin,
            task: Task::Nothing,
            reply: Box::new({
                let tell = tell.clone();
                move |outcome: crate::writer::Outcome| {
                    tell.send(outcome.map_err(NotDone::refusal)).unwrap()
                }
            }),
        };
        assert!(queue.add(job(address(1))).is_ok());
        assert!(queue.add(job(Origin::Node)).is_ok());
        queue.end();
        assert_eq!(
            told.try_iter().collect::<Vec<_>>(),
            vec![Err(Refusal::Unavailable); 2]
        );
        let refused = queue.add(job(address(1))).map_err(|refused| refused.1);
        assert_eq!(refused, Err(Refusal::Unavailable));
    }

    #[test]
    fn the_node_itself_is_served_while_others_flood() {
        let queue = Queue::default();
        for n in 0..200 {
            for _ in 0..10 {
                assert!(queue.add(job(address(n))).is_ok());
            }
        }
        assert!(queue.add(told(Origin::Node, 5)).is_ok());
        let mut jobs = Vec::new();
        queue.fill(&mut jobs, 32);
        assert_eq!(numbers(&jobs).first(), Some(&5));
    }
}

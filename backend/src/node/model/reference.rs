//! The reference: a conversation's life in plain maps and conditions, after the words of the
//! specification. It calls none of the product's rules.

mod agent;
mod hours;
mod time;
mod view;
mod visitor;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{CommandId, ConversationId, Refusal, agent::Role, conversation::EndReason};

pub use hours::{HOURS, Hours};
pub use view::{Shown, State};

/// Instants and spans are microseconds, as everywhere.
pub const SECOND: i64 = 1_000_000;

/// Agents, visitors, sites and teams are named by their places in the cast.
pub type Place = usize;

#[derive(Clone, Debug)]
pub struct Agent {
    pub name: String,
    pub role: Role,
    pub limit: usize,
    pub disabled: bool,
    pub hours: Hours,
    /// Available or not, until when, and whether that is midnight.
    pub over: Option<(bool, i64, bool)>,
    /// What the agent was last told of it.
    pub told: bool,
    pub missed: u8,
    /// Whose request the last of these was; none: a colleague's chat.
    pub missed_by: Option<Place>,
    pub seen: i64,
    /// The runs that the agent is connected to.
    pub on: BTreeSet<i64>,
    pub when_closed: bool,
    /// When a push service last took a notification.
    pub worked: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct Visitor {
    pub site: Place,
    pub name: Option<String>,
    pub email: Option<String>,
    /// An agent set the name, or the email.
    pub held: (bool, bool),
    pub blocked: bool,
    /// Has asked for something before.
    pub known: bool,
    pub seen: i64,
    /// How many tabs each run has.
    pub tabs: BTreeMap<i64, usize>,
    /// The runs that the visitor is connected to: also where the last tab closed just now.
    pub on: BTreeSet<i64>,
}

#[derive(Clone, Debug)]
pub struct Site {
    pub team: Option<Place>,
    pub beyond_team: bool,
    /// Otherwise the visitor of an owner who is away gets the fallback.
    pub owner_away_team: bool,
    pub email_required: bool,
    pub blocked_domain: Option<&'static str>,
    pub offer: i64,
    pub inactivity: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    Owner,
    Team(Place),
    All,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    Offered {
        agent: Place,
        second: bool,
        pool: Pool,
        until: i64,
    },
    Fallback,
    Unanswered,
    Active {
        agent: Place,
        clock: Option<i64>,
        warned: bool,
        away: bool,
        /// To whom, with which note, until when.
        transfer: Option<(Place, String, i64)>,
    },
    Ended {
        agent: Option<Place>,
        reason: EndReason,
        at: i64,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Visitor(String, CommandId),
    Agent(Place, String, CommandId),
    Joined(Place),
    EndedByAgent(Place),
    EndedByVisitor,
    EndedBySilence,
    EndedByNobody,
}

#[derive(Clone, Debug)]
pub struct Chat {
    pub visitor: Place,
    pub stage: Stage,
    pub accepted: bool,
    pub messages: Vec<(Said, i64)>,
    pub agent_read: u32,
    pub visitor_read: u32,
    pub activity: i64,
    /// The last words; all of them while the visitor waits.
    pub words: String,
    pub words_by_agent: bool,
    /// Who wrote which private note, by which command, after which message, when.
    pub notes: Vec<(Place, String, CommandId, u32, i64)>,
    pub score: Option<u8>,
    pub rating: Option<u8>,
    /// Moved by a restart since it was last told: a time that was told before is another now.
    pub moved: bool,
}

/// What an agent is told once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    Transferred(Place),
    PickedUp(Place),
    TakenOver(Place),
    NotTransferred { to: Place, expired: bool },
}

/// Who sent a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    Agent(Place),
    Visitor(Place),
}

/// What a command is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Started(ConversationId),
    Message(ConversationId, u32, i64),
    /// Its number, the message it stands after, and when.
    Note(u32, u32, i64),
    Done,
}

pub type Outcome = Result<Answer, Refusal>;

/// What a visitor says of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    pub name: Option<String>,
    pub email: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Reference {
    pub now: i64,
    pub agents: Vec<Agent>,
    pub visitors: Vec<Visitor>,
    pub sites: Vec<Site>,
    pub teams: Vec<Vec<Place>>,
    pub owners: BTreeMap<&'static str, Place>,
    /// Who was asked last: of a team, or of all.
    pub turns: BTreeMap<Option<Place>, Place>,
    pub chats: BTreeMap<ConversationId, Chat>,
    pub open: BTreeSet<ConversationId>,
    /// When each run was last alive.
    pub runs: BTreeMap<i64, i64>,
    /// Visitors whose request is in the commit that is done now: they are there, also where the
    /// lease of their run was not renewed in time.
    pub asking: BTreeSet<Place>,
    pub answers: HashMap<CommandId, (Person, Answer)>,
    pub placed: HashMap<CommandId, (Person, Answer)>,
    pub noted: HashMap<CommandId, (Place, ConversationId, Answer)>,
    /// Since they were last taken.
    pub notices: Vec<(Place, ConversationId, Notice)>,
    pub ended: Vec<ConversationId>,
}

impl Reference {
    /// The last instant at which somebody connected to these runs was seen.
    fn last_sign(&self, seen: i64, on: &BTreeSet<i64>) -> i64 {
        let alive = on.iter().filter_map(|run| self.runs.get(run).copied());
        alive.chain([seen]).max().unwrap_or(seen)
    }

    /// Whether one of these runs is alive.
    pub fn is_connected(&self, on: &BTreeSet<i64>) -> bool {
        on.iter().any(|run| {
            self.runs
                .get(run)
                .is_some_and(|at| *at > self.now - 10 * SECOND)
        })
    }

    pub fn available(&self, agent: Place) -> bool {
        let agent = &self.agents[agent];
        match agent.over {
            Some((available, until, _)) if self.now < until => available,
            _ => agent.hours.say(self.now),
        }
    }

    /// 0: not at all, 1: by push alone, 2: connected or just now.
    pub fn reach(&self, place: Place) -> u8 {
        let agent = &self.agents[place];
        if self.last_sign(agent.seen, &agent.on) > self.now - 60 * SECOND {
            2
        } else if agent.when_closed
            && agent
                .worked
                .is_some_and(|at| at > self.now - 86_400 * SECOND)
        {
            1
        } else {
            0
        }
    }

    /// Active chats, and all that is held out to the agent.
    pub fn busy(&self, place: Place) -> usize {
        let held = |id: &ConversationId| match &self.chats[id].stage {
            Stage::Offered { agent, .. } => usize::from(*agent == place),
            Stage::Active {
                agent, transfer, ..
            } => {
                usize::from(*agent == place)
                    + usize::from(transfer.as_ref().is_some_and(|(to, ..)| *to == place))
            }
            _ => 0,
        };
        self.open.iter().map(held).sum()
    }

    /// Whether what is held out to the agent may stay so.
    pub fn may_keep(&self, agent: Place) -> bool {
        !self.agents[agent].disabled && self.available(agent) && self.reach(agent) > 0
    }

    pub fn eligible(&self, agent: Place) -> bool {
        self.may_keep(agent) && self.busy(agent) < self.agents[agent].limit
    }

    fn add(&mut self, id: ConversationId, said: Said) -> Answer {
        let now = self.now;
        let chat = self.chats.get_mut(&id).unwrap();
        let words = match &said {
            Said::Visitor(text, _) => Some((text.clone(), None)),
            Said::Agent(agent, text, _) => Some((text.clone(), Some(*agent))),
            _ => None,
        };
        if let Some((text, by)) = words {
            chat.activity = now;
            if matches!(chat.stage, Stage::Offered { .. }) && !chat.words.is_empty() {
                chat.words = format!("{} {text}", chat.words);
            } else {
                chat.words = text;
            }
            chat.words_by_agent = by.is_some();
            if let Stage::Active {
                agent,
                clock,
                warned,
                away,
                ..
            } = &mut chat.stage
            {
                // Only the visitor starts a clock that waits for the visitor.
                if clock.is_some() || by.is_none() {
                    *clock = Some(now);
                }
                *warned = false;
                if by == Some(*agent) {
                    *away = false;
                }
            }
        }
        chat.messages.push((said, now));
        chat.moved = false;
        Answer::Message(id, u32::try_from(chat.messages.len()).unwrap(), now)
    }

    fn end(&mut self, id: ConversationId, reason: EndReason, said: Said) {
        let now = self.now;
        let chat = self.chats.get_mut(&id).unwrap();
        let agent = match chat.stage {
            Stage::Active { agent, .. } => Some(agent),
            _ => None,
        };
        chat.stage = Stage::Ended {
            agent,
            reason,
            at: now,
        };
        chat.activity = now;
        self.open.remove(&id);
        self.ended.push(id);
        self.add(id, said);
    }

    fn give_to(&mut self, id: ConversationId, agent: Place, clock: Option<i64>) {
        let chat = self.chats.get_mut(&id).unwrap();
        chat.stage = Stage::Active {
            agent,
            clock,
            warned: false,
            away: false,
            transfer: None,
        };
        chat.accepted = true;
        self.add(id, Said::Joined(agent));
    }
}

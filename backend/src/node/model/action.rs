//! Steps of a walk, as data: a walk that found a difference is repeated with some of them left out.

use domain::agent::Role;

use super::{
    reference::{Form, Place, Reference, SECOND, Stage},
    world::World,
};

/// Random numbers that a seed repeats (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).cloned()
    }
}

/// A text: a word with a number, nothing to read, or more than is taken.
#[derive(Clone, Copy, Debug)]
pub enum Text {
    Word(u32),
    Empty,
    Huge,
}

impl Text {
    pub fn text(self) -> String {
        match self {
            Self::Word(n) => format!("word{n}"),
            Self::Empty => "  ".into(),
            Self::Huge => "x".repeat(16 * 1024 + 1),
        }
    }
}

/// What an agent corrects of a visitor.
#[derive(Clone, Copy, Debug)]
pub enum Fix {
    Name(u32),
    NoName,
    Email(u32),
    NoEmail,
    WrongEmail,
}

impl Fix {
    pub fn name(self) -> Option<String> {
        match self {
            Self::Name(n) => Some(format!("Fixed{n}")),
            Self::NoName => Some(String::new()),
            _ => None,
        }
    }

    pub fn email(self) -> Option<String> {
        match self {
            Self::Email(n) => Some(format!("fixed{n}@acme.example")),
            Self::NoEmail => Some(String::new()),
            Self::WrongEmail => Some("nobody".into()),
            _ => None,
        }
    }
}

fn some_fix(random: &mut Random) -> Fix {
    let n = u32::try_from(random.below(50)).unwrap();
    match random.below(6) {
        0 | 1 => Fix::Name(n),
        2 => Fix::NoName,
        3 => Fix::Email(n),
        4 => Fix::NoEmail,
        _ => Fix::WrongEmail,
    }
}

fn some_score(random: &mut Random) -> Option<u8> {
    u8::try_from(random.below(5))
        .ok()
        .filter(|score| *score < 4)
}

fn some_rating(random: &mut Random) -> u8 {
    u8::try_from(1 + random.below(5)).unwrap()
}

/// What an agent sends. Chats are named by their place in the order of their creation.
#[derive(Clone, Copy, Debug)]
pub enum Does {
    Accept(usize),
    Decline(usize),
    Say(usize, Text),
    Note(usize, Text),
    Score(usize, Option<u8>),
    Edit(usize, Fix),
    End(usize),
    Switch(bool),
    Reset,
    PickUp(usize),
    Transfer(usize, Place, Text),
    TakeOver(usize),
    Block(usize, bool),
    SetUnavailable(Place),
}

/// What a visitor sends.
#[derive(Clone, Debug)]
pub enum Asks {
    Start(Form, Text),
    Say(usize, Text),
    Leave(Option<usize>, Form, Text),
    End(usize),
    Rate(usize, u8),
    Identify(Form),
}

/// A command on its way. Clients are named by their places.
#[derive(Clone, Debug)]
pub enum Command {
    Agent(usize, Does),
    Visitor(usize, Asks),
    /// One of the last again with the same id, by the same client or by another.
    Again(usize, Option<usize>),
}

#[derive(Clone, Debug)]
pub enum Action {
    /// Commands that reach their nodes at one moment.
    Commands(Vec<Command>),
    AgentReads(usize, usize, u32),
    VisitorReads(usize, usize, u32),
    ConnectAgent(usize, usize),
    DropAgent(usize),
    ConnectVisitor(usize, usize),
    DropVisitor(usize),
    SignOut(usize, usize),
    Disable(Place, bool, usize),
    SetRole(Place, Role, usize),
    SetLimit(Place, u8, usize),
    SetHours(Place, usize, usize),
    WhenClosed(Place, bool, usize),
    PushWorks(Place),
    /// Microseconds pass; then these nodes look what is due, until nothing is.
    Pass(i64, bool),
    /// One node looks once.
    Look(usize),
    /// Committed events reach the other node.
    CatchUp(usize),
    Stop(usize),
    Kill(usize),
    Start(usize, bool),
    Clear(usize),
    /// Everybody reads everything anew and finds it as it should be.
    Read,
}

/// A chat that most steps are about: one of the newest, seldom any, never-known or long past.
fn some_chat(random: &mut Random, world: &World) -> usize {
    let all = world.order.len();
    match random.below(20) {
        0 => random.below(all),
        1 => usize::MAX,
        _ => {
            let open: Vec<usize> = (all.saturating_sub(400)..all)
                .filter(|at| world.reference.open.contains(&world.order[*at]))
                .collect();
            random.pick(&open).unwrap_or(0)
        }
    }
}

fn some_text(random: &mut Random) -> Text {
    match random.below(60) {
        0 => Text::Empty,
        1 => Text::Huge,
        _ => Text::Word(u32::try_from(random.below(1_000_000)).unwrap()),
    }
}

fn some_form(random: &mut Random) -> Form {
    let name = random
        .chance(40)
        .then(|| format!("Name{}", random.below(50)));
    let email = match random.below(24) {
        0..=3 => Some("@acme.example"),
        4..=6 => Some("@globex.example"),
        7 => Some("@spam.example"),
        8..=11 => Some("@other.example"),
        12 => Some(""),
        _ => None,
    };
    let email = email.map(|at| match at {
        "" => "nobody".to_owned(),
        at => format!("v{}{at}", random.below(50)),
    });
    Form { name, email }
}

fn clients_of(world: &World, agent: Place) -> Vec<usize> {
    (0..world.agents.len())
        .filter(|at| world.agents[*at].agent == agent && world.agents[*at].on.is_some())
        .collect()
}

fn tabs_of(world: &World, visitor: Place) -> Vec<usize> {
    (0..world.visitors.len())
        .filter(|at| world.visitors[*at].visitor == visitor && world.visitors[*at].on.is_some())
        .collect()
}

/// Something that makes sense where the chat stands.
fn sensible(random: &mut Random, world: &World, at: usize) -> Option<Command> {
    let reference: &Reference = &world.reference;
    let id = *world.order.get(at)?;
    let chat = reference.chats.get(&id)?;
    let visitor = random.pick(&tabs_of(world, chat.visitor));
    let by = |random: &mut Random, agent| random.pick(&clients_of(world, agent));
    match &chat.stage {
        Stage::Offered { agent, .. } => match random.below(10) {
            0..=4 => Some(Command::Agent(by(random, *agent)?, Does::Accept(at))),
            5 | 6 => Some(Command::Agent(by(random, *agent)?, Does::Decline(at))),
            7 => Some(Command::Visitor(visitor?, Asks::End(at))),
            _ => Some(Command::Visitor(visitor?, Asks::Say(at, some_text(random)))),
        },
        Stage::Active {
            agent, transfer, ..
        } => match (random.below(18), transfer) {
            (0..=2, _) => Some(Command::Visitor(visitor?, Asks::Say(at, some_text(random)))),
            (3 | 4, _) => Some(Command::Agent(
                by(random, *agent)?,
                Does::Say(at, some_text(random)),
            )),
            (5 | 6, _) => Some(Command::Agent(by(random, *agent)?, Does::End(at))),
            (7, _) => Some(Command::Visitor(visitor?, Asks::End(at))),
            (14 | 15, _) => Some(Command::Agent(
                by(random, *agent)?,
                Does::Note(at, some_text(random)),
            )),
            (16, _) => Some(Command::Agent(
                by(random, *agent)?,
                Does::Score(at, some_score(random)),
            )),
            (17, _) => Some(Command::Agent(
                by(random, *agent)?,
                Does::Edit(at, some_fix(random)),
            )),
            (8..=10, Some((to, ..))) => Some(Command::Agent(
                by(random, *to)?,
                if random.chance(50) {
                    Does::Accept(at)
                } else {
                    Does::Decline(at)
                },
            )),
            (8..=10, None) => {
                let to = random.below(reference.agents.len());
                Some(Command::Agent(
                    by(random, *agent)?,
                    Does::Transfer(at, to, some_text(random)),
                ))
            }
            _ => None,
        },
        Stage::Unanswered => Some(Command::Agent(
            random.below(world.agents.len()),
            Does::PickUp(at),
        )),
        Stage::Fallback => Some(Command::Visitor(
            visitor?,
            match random.below(4) {
                0 => Asks::Start(some_form(random), some_text(random)),
                1 => Asks::End(at),
                _ => Asks::Leave(Some(at), some_form(random), some_text(random)),
            },
        )),
        Stage::Ended { .. } => Some(Command::Visitor(
            visitor?,
            if random.chance(50) {
                Asks::Rate(at, some_rating(random))
            } else {
                Asks::Say(at, some_text(random))
            },
        )),
    }
}

fn some_command(random: &mut Random, world: &World) -> Command {
    let at = some_chat(random, world);
    if random.chance(50)
        && let Some(command) = sensible(random, world, at)
    {
        return command;
    }
    if random.chance(6) {
        let other = random.chance(30).then(|| random.below(9));
        return Command::Again(random.below(12), other);
    }
    if random.chance(45) {
        let asks = match random.below(13) {
            0..=5 => Asks::Start(some_form(random), some_text(random)),
            6 => Asks::Say(at, some_text(random)),
            7 => Asks::Leave(Some(at), some_form(random), some_text(random)),
            8 => Asks::Leave(None, some_form(random), some_text(random)),
            9 => Asks::End(at),
            10 => Asks::Rate(at, some_rating(random)),
            _ => Asks::Identify(some_form(random)),
        };
        return Command::Visitor(random.below(world.visitors.len()), asks);
    }
    let to = random.below(world.reference.agents.len() + 1);
    let does = match random.below(21) {
        0 => Does::Accept(at),
        1 => Does::Decline(at),
        2 => Does::Say(at, some_text(random)),
        3 => Does::End(at),
        4..=8 => Does::Switch(random.chance(80)),
        9 => Does::Reset,
        10 | 11 => Does::PickUp(at),
        12 => Does::Transfer(at, to, some_text(random)),
        13 | 14 => Does::TakeOver(at),
        15 => Does::Block(at, random.chance(30)),
        16 => Does::Note(at, some_text(random)),
        17 => Does::Score(at, some_score(random)),
        18 => Does::Edit(at, some_fix(random)),
        _ => Does::SetUnavailable(to),
    };
    Command::Agent(random.below(world.agents.len()), does)
}

fn some_span(random: &mut Random) -> i64 {
    let seconds = match random.below(100) {
        0..=54 => return i64::try_from(1_000 + random.below(3_000_000)).unwrap(),
        55..=74 => 5 + random.below(30),
        75..=92 => 40 + random.below(90),
        93..=97 => 300 + random.below(1_500),
        98 => 3_000 + random.below(4_000),
        _ => 10_000 + random.below(20_000),
    };
    i64::try_from(seconds).unwrap() * SECOND
}

/// The next step of a walk.
pub fn next(random: &mut Random, world: &World) -> Action {
    let agent = random.below(world.reference.agents.len());
    let agent_client = random.below(world.agents.len());
    let visitor_client = random.below(world.visitors.len());
    let node = random.below(world.nodes.len());
    match random.below(1_000) {
        0..=479 => Action::Commands(vec![some_command(random, world)]),
        480..=549 => {
            let count = 2 + random.below(4);
            Action::Commands((0..count).map(|_| some_command(random, world)).collect())
        }
        550..=579 => {
            let at = some_chat(random, world);
            let up_to = u32::try_from(random.below(12)).unwrap();
            if random.chance(50) {
                Action::AgentReads(agent_client, at, up_to)
            } else {
                Action::VisitorReads(visitor_client, at, up_to)
            }
        }
        580..=639 => Action::ConnectAgent(agent_client, node),
        640..=654 => Action::DropAgent(agent_client),
        655..=714 => Action::ConnectVisitor(visitor_client, node),
        715..=739 => Action::DropVisitor(visitor_client),
        740..=745 => Action::SignOut(agent_client, node),
        746..=748 => Action::Disable(agent, true, node),
        749..=757 => Action::Disable(agent, false, node),
        758..=760 => {
            let role = [Role::Agent, Role::Agent, Role::Supervisor, Role::Admin];
            Action::SetRole(agent, role[random.below(4)], node)
        }
        761..=763 => Action::SetLimit(agent, u8::try_from(random.below(12)).unwrap(), node),
        764..=767 => Action::SetHours(agent, random.below(5), node),
        768..=770 => Action::WhenClosed(agent, random.chance(70), node),
        771..=774 => Action::PushWorks(agent),
        775..=959 => Action::Pass(some_span(random), random.chance(85)),
        960..=974 => Action::Look(node),
        975..=986 => Action::CatchUp(node),
        987 => Action::Stop(node),
        988 => Action::Kill(node),
        989..=995 => Action::Start(node, random.chance(50)),
        996 | 997 => Action::Clear(node),
        _ => Action::Read,
    }
}

//! Every frame of a visitor and of an agent, with whatever stands in it.

use domain::{
    AgentId, CardId, CommandId, ConversationId, FileId, Language, MeetingId, Timestamp,
    activity::{Rating, Score},
    frame::{
        agent::{AgentCommand, AgentRequest, Cursor, Position},
        visitor::{Known, PageView, VisitorCommand, VisitorHello, VisitorRequest, VisitorToken},
    },
    meeting::Slot,
    visitor::{Page, ProfileEdit, ProfileInput},
};
use uuid::Uuid;

use crate::{app::site_key, client::Learnt, random::Random};

/// How many ids are remembered to be used again.
const USED: usize = 4_000;

/// How many of the newest things are asked about most.
const NEWEST: usize = 12;

/// What the one who sends has sent and knows: what is asked of one's own goes furthest.
#[derive(Default)]
pub struct Own {
    pub conversations: Vec<Uuid>,
    used: Vec<Uuid>,
}

/// What chooses: from what was sent and told before, and by chance.
pub struct Mind {
    pub random: Random,
    pub now: Timestamp,
    pub agents: Vec<Uuid>,
    /// Of the one who sends now.
    pub own: Own,
    used: Vec<Uuid>,
    conversations: Vec<Uuid>,
    cards: Vec<Uuid>,
    meetings: Vec<Uuid>,
    slots: Vec<i64>,
    pub links: Vec<String>,
    pub files: Vec<String>,
}

/// One of the values, by chance; a variant that is left out does not compile.
macro_rules! any {
    ($mind:ident, $type:ident: $($variant:pat => $value:expr,)+) => {{
        let _complete = |value: &$type| match value { $($variant => (),)+ };
        let mut chosen = $mind.random.below([$(stringify!($variant)),+].len());
        let mut value = None;
        $(
            if chosen == 0 {
                value = Some($value);
            }
            chosen = chosen.wrapping_sub(1);
        )+
        let _ = chosen;
        value.unwrap()
    }};
}

impl Mind {
    pub fn new(seed: u64, now: Timestamp, agents: Vec<Uuid>) -> Self {
        Self {
            random: Random(seed),
            now,
            agents,
            own: Own::default(),
            used: Vec::new(),
            conversations: Vec::new(),
            cards: Vec::new(),
            meetings: Vec::new(),
            slots: Vec::new(),
            links: Vec::new(),
            files: Vec::new(),
        }
    }

    /// From now on what the server told is known.
    pub fn learn(&mut self, learnt: &Learnt) {
        self.conversations = learnt.conversations.iter().copied().collect();
        self.cards = learnt.cards.iter().copied().collect();
        self.meetings = learnt.meetings.iter().copied().collect();
        self.slots = learnt.slots.iter().copied().collect();
        self.links = learnt.links.iter().cloned().collect();
        self.files = learnt.files.iter().cloned().collect();
    }

    /// An id: a new one, or one that was used before, for whatever, mostly by the same.
    pub fn id(&mut self) -> Uuid {
        let own = !self.own.used.is_empty() && self.random.once_in(2);
        let used = if own { &self.own.used } else { &self.used };
        if !used.is_empty() && self.random.once_in(3) {
            let newest = if self.random.once_in(2) {
                used.len().min(20)
            } else {
                used.len()
            };
            return used[used.len() - 1 - self.random.below(newest)];
        }
        let id = self.random.id();
        self.own.used.push(id);
        if self.used.len() == USED {
            let at = self.random.below(USED);
            self.used.swap_remove(at);
        }
        self.used.push(id);
        id
    }

    /// One of the things that there are, mostly of the newest; else any id.
    fn thing(&mut self, things: fn(&Self) -> &[Uuid]) -> Uuid {
        let all = things(self).len();
        if all == 0 || self.random.once_in(8) {
            return if self.random.once_in(2) {
                self.id()
            } else {
                self.random.id()
            };
        }
        let count = if self.random.once_in(5) {
            all
        } else {
            all.min(NEWEST)
        };
        let back = self.random.below(count);
        things(self)[all - 1 - back]
    }

    pub fn conversation(&mut self) -> ConversationId {
        if !self.own.conversations.is_empty() && !self.random.once_in(3) {
            let newest = self.own.conversations.len().min(4);
            let back = self.random.below(newest);
            return ConversationId(self.own.conversations[self.own.conversations.len() - 1 - back]);
        }
        ConversationId(self.thing(|mind| &mind.conversations))
    }

    pub fn agent(&mut self) -> AgentId {
        AgentId(self.thing(|mind| &mind.agents))
    }

    pub fn card(&mut self) -> CardId {
        CardId(self.thing(|mind| &mind.cards))
    }

    pub fn meeting(&mut self) -> MeetingId {
        MeetingId(self.thing(|mind| &mind.meetings))
    }

    pub fn command(&mut self) -> CommandId {
        CommandId(self.id())
    }

    pub fn instant(&mut self) -> Timestamp {
        self.random.instant(self.now)
    }

    pub fn slot(&mut self) -> Slot {
        match self.slots.is_empty() || self.random.once_in(4) {
            true => Slot(self.instant()),
            false => Slot(Timestamp(*self.random.one(&self.slots))),
        }
    }

    fn page(&mut self) -> Page {
        let random = &mut self.random;
        Page {
            url: random.text(),
            title: random.text(),
            referrer: random.text(),
        }
    }

    fn views(&mut self) -> Vec<PageView> {
        let count = if self.random.once_in(20) {
            60
        } else {
            self.random.below(3)
        };
        (0..count)
            .map(|_| PageView {
                page: self.page(),
                at: self.instant(),
            })
            .collect()
    }

    /// Mostly empty, so that what follows is reached.
    fn form(&mut self) -> ProfileInput {
        let random = &mut self.random;
        if random.once_in(2) {
            return ProfileInput::default();
        }
        ProfileInput {
            name: random.maybe(Random::text),
            job_title: random.maybe(Random::text),
            email: random.maybe(Random::email),
            phone: random.maybe(Random::text),
        }
    }

    fn rating(&mut self) -> Rating {
        let all: Vec<_> = Rating::all().collect();
        *self.random.one(&all)
    }

    pub fn hello(&mut self, token: VisitorToken) -> VisitorHello {
        let known = if self.random.once_in(3) {
            self.random.below(5)
        } else {
            0
        };
        VisitorHello {
            site: site_key(),
            token,
            language: *self.random.one(&Language::ALL),
            known: (0..known)
                .map(|_| Known {
                    conversation: self.conversation(),
                    last: self.random.number(),
                })
                .collect(),
            page: self.page(),
            zone: self.random.zone(),
            identity: if self.random.once_in(30) {
                Some(self.random.text())
            } else {
                None
            },
        }
    }

    pub fn visitor_request(&mut self, token: VisitorToken) -> VisitorRequest {
        use VisitorRequest as R;
        if !self.random.once_in(4) {
            return R::Command {
                id: self.command(),
                command: self.visitor_command(),
            };
        }
        any! { self, VisitorRequest:
            R::Hello(_) => R::Hello(self.hello(token)),
            R::Pong => R::Pong,
            R::Command { .. } => R::Command { id: self.command(), command: self.visitor_command() },
            R::Typing { .. } => R::Typing { conversation: self.conversation(), typing: self.random.once_in(2) },
            R::Read { .. } => R::Read { conversation: self.conversation(), up_to: self.random.number() },
            R::Page(_) => R::Page(self.page()),
            R::Slots { .. } => {
                let from = if self.random.once_in(2) { Some(self.instant()) } else { None };
                R::Slots { card: self.card(), from }
            },
        }
    }

    fn visitor_command(&mut self) -> VisitorCommand {
        use VisitorCommand as C;
        // What makes chats and fills them, more often than the rest.
        match self.random.below(10) {
            0 => {
                return C::End {
                    conversation: self.conversation(),
                };
            }
            1..4 => {
                return C::Message {
                    conversation: self.conversation(),
                    text: self.random.text(),
                };
            }
            _ => {}
        }
        any! { self, VisitorCommand:
            C::Start { .. } => C::Start {
                form: self.form(),
                first_message: self.random.maybe(Random::text),
                views: self.views(),
            },
            C::Message { .. } => C::Message { conversation: self.conversation(), text: self.random.text() },
            C::Leave { .. } => C::Leave {
                conversation: if self.random.once_in(2) { Some(self.conversation()) } else { None },
                form: self.form(),
                text: self.random.text(),
                views: self.views(),
            },
            C::File { .. } => C::File { conversation: self.conversation(), file: FileId(self.id()) },
            C::Rate { .. } => C::Rate {
                conversation: self.conversation(),
                rating: self.rating(),
                comment: self.random.text(),
            },
            C::SetAttributes { .. } => {
                let count = if self.random.once_in(10) { 70 } else { self.random.below(4) };
                let attributes = (0..count).map(|_| (self.random.text(), self.random.text())).collect();
                C::SetAttributes { attributes }
            },
            C::Report { .. } => C::Report { name: self.random.text() },
            C::End { .. } => C::End { conversation: self.conversation() },
            C::Identify { .. } => C::Identify { profile: self.form() },
            C::Book { .. } => C::Book {
                card: self.card(),
                slot: self.slot(),
                email: self.random.maybe(Random::email),
                zone: self.random.zone(),
            },
            C::Reschedule { .. } => C::Reschedule {
                meeting: self.meeting(),
                slot: self.slot(),
                zone: self.random.zone(),
            },
            C::CancelMeeting { .. } => C::CancelMeeting { meeting: self.meeting() },
        }
    }

    pub fn agent_request(&mut self) -> AgentRequest {
        use AgentRequest as R;
        if !self.random.once_in(6) {
            return R::Command {
                id: self.command(),
                command: self.agent_command(),
            };
        }
        any! { self, AgentRequest:
            R::Hello { .. } => R::Hello { cursor: self.cursor() },
            R::Pong => R::Pong,
            R::Command { .. } => R::Command { id: self.command(), command: self.agent_command() },
            R::Typing { .. } => R::Typing { conversation: self.conversation(), typing: self.random.once_in(2) },
            R::Read { .. } => R::Read { conversation: self.conversation(), up_to: self.random.number() },
        }
    }

    pub fn cursor(&mut self) -> Cursor {
        if self.random.once_in(2) {
            return Cursor::default();
        }
        let count = self.random.below(3);
        let number = |mind: &mut Self| match mind.random.below(5) {
            0 => *mind.random.one(&[i64::MIN, -1, i64::MAX]),
            _ => i64::from(mind.random.number()),
        };
        Cursor(
            (0..count)
                .map(|_| Position {
                    run: number(self),
                    n: number(self),
                })
                .collect(),
        )
    }

    fn agent_command(&mut self) -> AgentCommand {
        use AgentCommand as C;
        // Else hardly any chat would have an agent.
        if self.random.once_in(4) {
            let conversation = self.conversation();
            return match self.random.below(4) {
                0 => C::PickUp { conversation },
                1 => C::ShareCalendar {
                    conversation,
                    agent: self.agent(),
                },
                _ => C::Accept { conversation },
            };
        }
        any! { self, AgentCommand:
            C::Accept { .. } => C::Accept { conversation: self.conversation() },
            C::Decline { .. } => C::Decline { conversation: self.conversation() },
            C::Message { .. } => C::Message { conversation: self.conversation(), text: self.random.text() },
            C::File { .. } => C::File { conversation: self.conversation(), file: FileId(self.id()) },
            C::Note { .. } => C::Note { conversation: self.conversation(), text: self.random.text() },
            C::SetScore { .. } => {
                let all: Vec<_> = Score::all().collect();
                let score = self.random.maybe(|random| *random.one(&all));
                C::SetScore { conversation: self.conversation(), score }
            },
            C::EditVisitor { .. } => {
                let conversation = self.conversation();
                let random = &mut self.random;
                let edit = ProfileEdit {
                    name: random.maybe(Random::text),
                    job_title: random.maybe(Random::text),
                    email: random.maybe(Random::email),
                    phone: random.maybe(Random::text),
                    crm_status: random.maybe(Random::text),
                };
                C::EditVisitor { conversation, edit }
            },
            C::End { .. } => C::End { conversation: self.conversation() },
            C::SetAvailable { .. } => C::SetAvailable { available: !self.random.once_in(4) },
            C::ResetAvailability => C::ResetAvailability,
            C::PickUp { .. } => C::PickUp { conversation: self.conversation() },
            C::Transfer { .. } => C::Transfer {
                conversation: self.conversation(),
                to: self.agent(),
                note: self.random.text(),
            },
            C::TakeOver { .. } => C::TakeOver { conversation: self.conversation() },
            C::SetBlocked { .. } => C::SetBlocked {
                conversation: self.conversation(),
                blocked: self.random.once_in(6),
            },
            C::SetUnavailable { .. } => {
                // Now and then: else nobody would take anything.
                let agent = if self.random.once_in(10) { self.agent() } else { AgentId(self.random.id()) };
                C::SetUnavailable { agent }
            },
            C::ShareCalendar { .. } => C::ShareCalendar { conversation: self.conversation(), agent: self.agent() },
        }
    }
}

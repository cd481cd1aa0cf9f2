//! Limits of what one address, one person or one connection may ask for in a while.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use backend::bound::{Buckets, Source};
use domain::{
    AgentId, Refusal,
    bound::{Bound, Unit},
    frame::visitor::VisitorToken,
};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::config::LimitSettings;

/// How many seconds' worth of requests may come at once: a whole office reconnects together.
const REQUEST_BURST_SECONDS: u32 = 20;

/// How many seconds' worth of frames may come at once: what was written offline.
const FRAME_BURST_SECONDS: u32 = 8;

/// The settings that the table's amounts are meant for.
const USUAL_REQUESTS: u32 = 200;
const USUAL_FRAMES: u32 = 50;

/// The limits by address and by person.
pub struct Limits {
    requests: Buckets<Source>,
    sign_ins: Buckets<Source>,
    frames: Quota,
    visitors: Visitors,
    addresses: Addresses,
    agents: Agents,
}

/// By visitor, whom a token tells: connecting again fills nothing up.
struct Visitors {
    messages: Buckets<VisitorToken>,
    text: Buckets<VisitorToken>,
    chats: Buckets<VisitorToken>,
    commands: Buckets<VisitorToken>,
    slots: Buckets<VisitorToken>,
    notices: Buckets<VisitorToken>,
}

/// By address, for what visitors send.
struct Addresses {
    messages: Buckets<Source>,
    text: Buckets<Source>,
    chats: Buckets<Source>,
}

struct Agents {
    commands: Buckets<AgentId>,
    text: Buckets<AgentId>,
    notices: Buckets<AgentId>,
}

/// Who sends frames.
#[derive(Clone, Copy, Debug)]
pub enum Who {
    Visitor { token: VisitorToken, from: Source },
    Agent(AgentId),
}

/// What a frame asks for, as far as limits count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// A message, note or file, with so many bytes of text.
    Words(usize),
    /// A chat, with so many bytes of text.
    Chat(usize),
    /// Free times.
    Slots,
    /// Another command.
    Command,
    /// Something that may be lost.
    Notice,
}

/// A bound of the table, where the operator's setting is so many times the usual one.
fn scaled(bound: Bound, setting: u32, usual: u32) -> Quota {
    let amount = u64::try_from(bound.amount()).unwrap_or(u64::MAX);
    let (setting, usual) = (u64::from(setting).max(1), u64::from(usual).max(1));
    let burst = amount.saturating_mul(setting) / usual;
    let burst = NonZeroU32::new(u32::try_from(burst).unwrap_or(u32::MAX));
    let millis = match bound.unit() {
        Unit::OneMoreEachMillis(millis) => millis,
        _ => 1_000,
    };
    let nanos = u64::from(millis)
        .saturating_mul(1_000_000)
        .saturating_mul(usual)
        / setting;
    Quota::with_period(Duration::from_nanos(nanos.max(1)))
        .unwrap_or(Quota::per_second(NonZeroU32::MIN))
        .allow_burst(burst.unwrap_or(NonZeroU32::MIN))
}

/// A text in KB, rounded up.
fn kilobytes(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1_024)).unwrap_or(u32::MAX)
}

impl Limits {
    pub fn new(settings: LimitSettings) -> Self {
        let several = |quota: NonZeroU32, times: u32| {
            quota.saturating_mul(NonZeroU32::MIN.saturating_add(times.saturating_sub(1)))
        };
        let requests = settings.requests_per_second;
        let frames = settings.frames_per_second;
        let of_address =
            |bound| Buckets::with_quota(bound, scaled(bound, requests.get(), USUAL_REQUESTS));
        let of_visitor =
            |bound| Buckets::with_quota(bound, scaled(bound, frames.get(), USUAL_FRAMES));
        let of_agent =
            |bound| Buckets::with_quota(bound, scaled(bound, frames.get(), USUAL_FRAMES));
        let sign_ins = Quota::per_minute(settings.sign_ins_per_minute);
        Self {
            visitors: Visitors {
                messages: of_visitor(Bound::VisitorMessages),
                text: of_visitor(Bound::VisitorText),
                chats: Buckets::new(Bound::VisitorChats),
                commands: Buckets::new(Bound::VisitorCommands),
                slots: Buckets::new(Bound::VisitorSlots),
                notices: Buckets::new(Bound::VisitorNotices),
            },
            addresses: Addresses {
                messages: of_address(Bound::AddressMessages),
                text: of_address(Bound::AddressText),
                chats: of_address(Bound::AddressChats),
            },
            agents: Agents {
                commands: of_agent(Bound::AgentCommands),
                text: of_agent(Bound::AgentText),
                notices: of_agent(Bound::AgentNotices),
            },
            requests: Buckets::with_quota(
                Bound::AddressRequests,
                Quota::per_second(requests).allow_burst(several(requests, REQUEST_BURST_SECONDS)),
            ),
            sign_ins: Buckets::with_quota(Bound::AddressSignIns, sign_ins),
            frames: Quota::per_second(frames).allow_burst(several(frames, FRAME_BURST_SECONDS)),
        }
    }

    /// Takes one request of an address.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn request(&self, address: IpAddr) -> Result<(), Refusal> {
        self.requests.take(&address.into())
    }

    /// Takes one attempt to sign in from an address: each costs a password hash.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn sign_in(&self, address: IpAddr) -> Result<(), Refusal> {
        self.sign_ins.take(&address.into())
    }

    /// The limit of one new connection's frames.
    pub fn frames(&self) -> DefaultDirectRateLimiter {
        RateLimiter::direct(self.frames)
    }

    /// Takes a frame of a person, by whichever connection it came.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn frame(&self, who: &Who, cost: Cost) -> Result<(), Refusal> {
        match who {
            Who::Visitor { token, from } => self.of_visitor(token, from, cost),
            Who::Agent(agent) => match cost {
                Cost::Words(bytes) | Cost::Chat(bytes) => {
                    self.agents.commands.take(agent)?;
                    self.agents.text.take_many(agent, kilobytes(bytes))
                }
                Cost::Slots | Cost::Command => self.agents.commands.take(agent),
                Cost::Notice => self.agents.notices.take(agent),
            },
        }
    }

    fn of_visitor(&self, token: &VisitorToken, from: &Source, cost: Cost) -> Result<(), Refusal> {
        let (visitors, addresses) = (&self.visitors, &self.addresses);
        match cost {
            // The visitor's own first: who has used that up takes nothing from the others there.
            Cost::Words(bytes) => {
                let size = kilobytes(bytes);
                visitors.messages.take(token)?;
                visitors.text.take_many(token, size)?;
                addresses.messages.take(from)?;
                addresses.text.take_many(from, size)
            }
            Cost::Chat(bytes) => {
                let size = kilobytes(bytes);
                visitors.chats.take(token)?;
                visitors.text.take_many(token, size)?;
                addresses.chats.take(from)?;
                addresses.text.take_many(from, size)
            }
            Cost::Slots => visitors.slots.take(token),
            Cost::Command => visitors.commands.take(token),
            Cost::Notice => visitors.notices.take(token),
        }
    }

    /// Forgets who has long been quiet; called once a minute.
    pub fn forget_quiet(&self) {
        self.requests.forget_quiet();
        self.sign_ins.forget_quiet();
        let visitors = &self.visitors;
        for buckets in [
            &visitors.messages,
            &visitors.text,
            &visitors.chats,
            &visitors.commands,
            &visitors.slots,
            &visitors.notices,
        ] {
            buckets.forget_quiet();
        }
        let addresses = &self.addresses;
        for buckets in [&addresses.messages, &addresses.text, &addresses.chats] {
            buckets.forget_quiet();
        }
        let agents = &self.agents;
        for buckets in [&agents.commands, &agents.text, &agents.notices] {
            buckets.forget_quiet();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    fn limits() -> Limits {
        let one = |n| NonZeroU32::new(n).unwrap();
        Limits::new(LimitSettings {
            connections: NonZeroUsize::new(16_384).unwrap(),
            connections_per_address: one(4_096),
            requests_per_second: one(USUAL_REQUESTS),
            sign_ins_per_minute: one(30),
            frames_per_second: one(USUAL_FRAMES),
        })
    }

    fn from(last: u8) -> Source {
        IpAddr::from([192, 0, 2, last]).into()
    }

    fn visitor(number: u8) -> Who {
        let mut token = [0; 32];
        token[0] = number;
        let from = from(1);
        Who::Visitor { token, from }
    }

    /// How many of a kind are taken at once, of at most so many that are tried.
    fn taken(limits: &Limits, who: &Who, cost: Cost, tries: usize) -> usize {
        (0..tries)
            .filter(|_| limits.frame(who, cost).is_ok())
            .count()
    }

    #[test]
    fn a_visitor_may_send_a_whole_outbox_at_once_and_no_flood() {
        let limits = limits();
        let most = Bound::VisitorMessages.amount();
        let sent = taken(&limits, &visitor(1), Cost::Words(100), 2 * most);
        // What the clock adds while the test runs.
        assert!((most..most + 10).contains(&sent), "{sent}");
        let another = limits.frame(&visitor(2), Cost::Words(100));
        assert_eq!(another, Ok(()), "another one of the same address");
    }

    #[test]
    fn large_messages_use_up_their_own_bound() {
        let limits = limits();
        let sent = taken(&limits, &visitor(1), Cost::Words(16 * 1_024), 100);
        let most = Bound::VisitorText.amount() / 16;
        assert!((most..most + 5).contains(&sent), "{sent}");
    }

    #[test]
    fn an_office_behind_one_address_chats_without_a_refusal() {
        let limits = limits();
        for number in 0..=255 {
            assert_eq!(limits.frame(&visitor(number), Cost::Chat(200)), Ok(()));
            for _ in 0..10 {
                assert_eq!(limits.frame(&visitor(number), Cost::Words(300)), Ok(()));
                assert_eq!(limits.frame(&visitor(number), Cost::Notice), Ok(()));
            }
        }
    }

    #[test]
    fn chats_are_bounded_by_visitor_and_by_address() {
        let limits = limits();
        let asked = taken(&limits, &visitor(1), Cost::Chat(0), 80);
        assert_eq!(asked, Bound::VisitorChats.amount());
        let mut asked = 0;
        for number in 2..=255 {
            asked += taken(&limits, &visitor(number), Cost::Chat(0), 10);
        }
        let most = Bound::AddressChats.amount();
        assert!((most - 30..most + 5).contains(&asked), "{asked}");
        let token = [9; 32];
        let elsewhere = Who::Visitor {
            token,
            from: from(2),
        };
        assert_eq!(limits.frame(&elsewhere, Cost::Chat(0)), Ok(()));
    }

    #[test]
    fn an_operator_who_raises_a_setting_raises_what_follows_from_it() {
        let usual = scaled(Bound::AddressChats, USUAL_REQUESTS, USUAL_REQUESTS);
        let twice = scaled(Bound::AddressChats, 2 * USUAL_REQUESTS, USUAL_REQUESTS);
        assert_eq!(twice.burst_size().get(), 2 * usual.burst_size().get());
        assert_eq!(2 * twice.replenish_interval(), usual.replenish_interval());
        let least = scaled(Bound::AddressChats, 1, USUAL_REQUESTS);
        assert_eq!(least.burst_size().get(), 3);
        scaled(Bound::AddressText, u32::MAX, USUAL_REQUESTS);
    }
}

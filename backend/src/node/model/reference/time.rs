//! What time does, and what becomes of people when nodes come and go.

use domain::{ConversationId, conversation::EndReason};

use super::{Place, Reference, SECOND, Said, Stage};

impl Reference {
    /// Does what is due of a conversation: one thing at a time.
    pub fn look(&mut self, id: ConversationId) {
        let Some(chat) = self.chats.get(&id) else {
            return;
        };
        let visitor = &self.visitors[chat.visitor];
        let site = &self.sites[visitor.site];
        let gone_for = if self.is_connected(&visitor.on) {
            -1
        } else {
            self.now - self.last_sign(visitor.seen, &visitor.on)
        };
        let (now, inactivity) = (self.now, site.inactivity);
        match &chat.stage {
            Stage::Offered { .. } if gone_for >= 60 * SECOND => {
                self.end(id, EndReason::Cancelled, Said::EndedByNobody);
            }
            Stage::Fallback if gone_for >= 30 * 60 * SECOND => {
                self.end(id, EndReason::Missed, Said::EndedByNobody);
            }
            Stage::Offered { agent, until, .. } => {
                let (agent, visitor) = (*agent, chat.visitor);
                if *until <= now {
                    self.not_taken(id, true);
                    if gone_for < 0 {
                        self.misses(agent, Some(visitor));
                    }
                } else if !self.may_keep(agent) {
                    self.not_taken(id, false);
                }
            }
            Stage::Active {
                transfer: Some((to, _, until)),
                ..
            } if *until <= now => {
                let to = *to;
                self.not_taken(id, true);
                self.misses(to, None);
            }
            Stage::Active {
                clock: Some(clock),
                warned: true,
                ..
            } if *clock + inactivity <= now => {
                self.end(id, EndReason::Inactivity, Said::EndedBySilence);
            }
            Stage::Active {
                clock: Some(clock),
                warned: false,
                ..
            } if *clock + inactivity - 60 * SECOND <= now => {
                let chat = self.chats.get_mut(&id).unwrap();
                chat.moved = false;
                if let Stage::Active { warned, .. } = &mut chat.stage {
                    *warned = true;
                }
            }
            Stage::Active {
                agent, transfer, ..
            } => {
                let (agent, to) = (*agent, transfer.as_ref().map(|(to, ..)| *to));
                if to.is_some_and(|to| !self.may_keep(to)) {
                    self.not_taken(id, false);
                }
                self.look_after(id, agent);
            }
            _ => {}
        }
    }

    /// The chat's agent may be gone while the visitor waits.
    fn look_after(&mut self, id: ConversationId, agent: Place) {
        let one = &self.agents[agent];
        let sign = self.last_sign(one.seen, &one.on);
        let vanished = sign + 120 * SECOND <= self.now;
        let disabled = one.disabled;
        let chat = self.chats.get_mut(&id).unwrap();
        let waits = !chat.words.is_empty() && !chat.words_by_agent;
        if let Stage::Active { away, .. } = &mut chat.stage {
            if disabled {
                chat.stage = Stage::Unanswered;
            } else if waits && vanished {
                *away = true;
            }
        }
    }

    /// An offer expired at the agent. What else is held out to who takes nothing any more passes
    /// on by the next look.
    fn misses(&mut self, agent: Place, visitor: Option<Place>) {
        let now = self.now;
        let one = &mut self.agents[agent];
        if !one.told {
            return;
        }
        // All are at addresses of their own here.
        let again = visitor.is_some() && one.missed_by == visitor;
        if one.missed == 0 || !again {
            one.missed += 1;
        }
        one.missed_by = visitor;
        if one.missed >= 2 {
            one.over = one.hours.switched(false, now);
            one.told = false;
        }
    }

    /// A tab of a visitor connects to a run.
    pub fn visitor_comes(&mut self, place: Place, run: i64) {
        let now = self.now;
        let visitor = &mut self.visitors[place];
        let tabs = visitor.tabs.entry(run).or_default();
        *tabs += 1;
        // Another tab beside one that is there tells nobody anything new.
        if !visitor.known || *tabs > 1 {
            return;
        }
        visitor.on.insert(run);
        if let Some(open) = self.open_of(place)
            && let Stage::Active {
                clock: clock @ None,
                ..
            } = &mut self.chats.get_mut(&open).unwrap().stage
        {
            *clock = Some(now);
        }
    }

    /// The last tab of a visitor on a run closed at `at`, some seconds ago.
    pub fn visitor_goes(&mut self, place: Place, run: i64, at: i64) {
        let visitor = &mut self.visitors[place];
        if visitor.on.remove(&run) {
            visitor.seen = at;
        }
    }

    pub fn agent_goes(&mut self, place: Place, run: i64, at: i64) {
        let agent = &mut self.agents[place];
        if agent.on.remove(&run) {
            agent.seen = at;
        }
    }

    /// A run begins. If none is alive, everything moves by the time since the last one was.
    pub fn starts(&mut self, run: i64, alone: bool) {
        let last = self.runs.values().max().copied().unwrap_or(self.now);
        let gap = (self.now - last).max(0);
        if gap > 0 && (alone || gap > 10 * SECOND) {
            for at in self.runs.values_mut() {
                *at += gap;
            }
            for agent in &mut self.agents {
                agent.seen += gap;
            }
            for visitor in &mut self.visitors {
                visitor.seen += gap;
            }
            for id in &self.open {
                let chat = self.chats.get_mut(id).unwrap();
                chat.moved = true;
                match &mut chat.stage {
                    Stage::Offered { until, .. } => *until += gap,
                    Stage::Active {
                        clock, transfer, ..
                    } => {
                        *clock = clock.map(|clock| clock + gap);
                        if let Some((_, _, until)) = transfer {
                            *until += gap;
                        }
                    }
                    _ => {}
                }
            }
        }
        self.runs.insert(run, self.now);
    }

    /// A run ends in order: who was connected was seen just now.
    pub fn stops(&mut self, run: i64) {
        let now = self.now;
        for agent in &mut self.agents {
            if agent.on.remove(&run) {
                agent.seen = now;
            }
        }
        for visitor in &mut self.visitors {
            visitor.tabs.remove(&run);
            if visitor.on.remove(&run) {
                visitor.seen = now;
            }
        }
        self.runs.insert(run, now);
    }

    /// A run is killed: nobody hears of it.
    pub fn dies(&mut self, run: i64) {
        for visitor in &mut self.visitors {
            visitor.tabs.remove(&run);
        }
    }
}

//! The inbox as one tab of an agent knows it: what the server has told, what is still to be
//! told, and what follows from both for the eye.
//!
//! Plain data without a browser: the tab passes in events, instants and ids; it is told what to
//! do ([`Effect`]) and what to draw anew ([`Touched`]).

mod answer;
mod edit;
mod effect;
mod lines;
mod meeting;
mod outbox;
mod reading;
mod receive;
mod rows;
mod search;
mod thread;
mod upload;

#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    AgentId, CommandId, ConversationId, Timestamp,
    activity::Score,
    agent::Agent,
    availability::Availability,
    frame::agent::{AgentRequest, Cursor, Offer, Row, RowState},
    inbox::{ListKey, Tab},
    message::{Author, Message, Note},
    permission::{Stand, Viewer},
    settings::Notifications,
    text::{MessageText, TextError},
};

pub use edit::RefusedEdit;
pub use effect::{Alert, Effect, Link, News, Notice, Touched};
pub use lines::{Content, Delivery, Key, Line, Mood, Side};
pub use outbox::{Fate, Intent, Unsent};
pub use rows::{ListView, TABS, stand};
pub use search::Search;
pub use thread::{Reading, Thread};

use crate::api::FirstPage;

/// For how long a notice of typing holds unless it is renewed; writers renew it every 3 s.
const TYPING_HOLDS: Duration = Duration::from_secs(6);

/// The state of one tab's inbox.
#[derive(Debug)]
pub struct InboxState {
    me: Agent,
    cursor: Cursor,
    link: Link,
    /// How far the server's clock is ahead of the browser's, in microseconds.
    ahead: i64,
    availability: Availability,
    /// The agent's calendar elsewhere cannot be reached.
    calendar_trouble: bool,
    notifications: Notifications,
    /// The most urgent first.
    offers: Vec<Offer>,
    rows: rows::Rows,
    search: Search,
    threads: HashMap<ConversationId, Thread>,
    outbox: outbox::Outbox,
    /// Until when each visitor counts as writing, by the browser's clock.
    typing: HashMap<ConversationId, Timestamp>,
    /// Corrections of visitors that the server did not take, until they are dealt with.
    refused_edits: HashMap<ConversationId, RefusedEdit>,
    /// What others did, until it is dealt with.
    news: HashMap<ConversationId, News>,
    touched: Touched,
    /// Where the tab stood before it was told to read everything again.
    stale: Option<Cursor>,
}

impl InboxState {
    /// What a page load starts with. `now` is the browser's clock; the server passes its own.
    pub fn new(page: FirstPage, now: Timestamp) -> Self {
        let start = page.start;
        let mut state = Self {
            me: start.agent,
            cursor: start.cursor,
            link: Link::Fresh,
            ahead: start.now.0 - now.0,
            availability: start.availability,
            calendar_trouble: start.calendar_trouble,
            notifications: start.notifications,
            offers: start.offers,
            rows: rows::Rows::default(),
            search: Search::default(),
            threads: HashMap::new(),
            outbox: outbox::Outbox::default(),
            typing: HashMap::new(),
            refused_edits: HashMap::new(),
            news: HashMap::new(),
            touched: Touched::default(),
            stale: None,
        };
        state.sort_offers();
        state.rows.first_page(Tab::Active, start.active);
        match page.list {
            Some((tab, Ok(list))) => state.rows.first_page(tab, list),
            Some((tab, Err(_))) => state.rows.failed(tab),
            None => {}
        }
        if let Some(Ok(open)) = page.open {
            state.thread_read(open);
        }
        state.touched = Touched::default();
        state
    }

    pub fn me(&self) -> &Agent {
        &self.me
    }

    /// For what agents change about themselves: name and photo.
    pub fn me_mut(&mut self) -> &mut Agent {
        &mut self.me
    }

    /// The agent with the role that decides what they may see.
    pub fn viewer(&self) -> Viewer {
        Viewer {
            agent: self.me.id,
            role: self.me.role,
        }
    }

    pub fn link(&self) -> Link {
        self.link
    }

    /// The first frame of a connection.
    pub fn hello(&self) -> AgentRequest {
        AgentRequest::Hello {
            cursor: self.cursor.clone(),
        }
    }

    /// The server's clock showed `server` when the browser's showed `now`.
    pub fn set_clock(&mut self, server: Timestamp, now: Timestamp) {
        self.ahead = server.0.saturating_sub(now.0);
    }

    /// The server's clock when the browser's shows `now`.
    pub fn server_time(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_add(self.ahead))
    }

    /// What the switch shows: what was asked for last, else what the server says.
    pub fn available(&self) -> bool {
        self.outbox
            .wanted_available()
            .unwrap_or(self.availability.available)
    }

    /// What the server says of the switch.
    pub fn availability(&self) -> Availability {
        self.availability
    }

    /// Whether the agent's calendar elsewhere cannot be reached.
    pub fn calendar_trouble(&self) -> bool {
        self.calendar_trouble
    }

    /// How the agent wants to hear of offers and messages.
    pub fn notifications(&self) -> Notifications {
        self.notifications
    }

    /// The agent chose otherwise, on the settings page.
    pub fn set_notifications(&mut self, notifications: Notifications) {
        self.notifications = notifications;
        self.touched.availability = true;
    }

    /// What others did about a conversation, until it is dealt with.
    pub fn news(&self, id: ConversationId) -> Option<&News> {
        self.news.get(&id)
    }

    /// How many chats the agent has, as far as the list was read.
    pub fn own_chats(&self) -> usize {
        self.rows.view(Tab::Active).ids.len()
    }

    /// What is held out to the agent, the most urgent first.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// A conversation's head, whatever list it stands in.
    pub fn row(&self, id: ConversationId) -> Option<&Row> {
        self.rows.get(id)
    }

    /// A tab of the list.
    pub fn list(&self, tab: Tab) -> ListView {
        self.rows.view(tab)
    }

    pub fn thread(&self, id: ConversationId) -> Option<&Thread> {
        self.threads.get(&id)
    }

    /// How many rows of a tab have newer activity than this.
    pub fn newer(&self, tab: Tab, than: ListKey) -> usize {
        self.rows.newer(tab, than)
    }

    /// The newest activity in a tab.
    pub fn newest(&self, tab: Tab) -> Option<ListKey> {
        self.rows.newest(tab)
    }

    /// Whether the visitor is writing.
    pub fn is_typing(&self, id: ConversationId) -> bool {
        self.typing.contains_key(&id)
    }

    /// Whether an answer to this is awaited.
    pub fn is_asked(&self, intent: &Intent) -> bool {
        self.outbox.is_asked(intent)
    }

    /// Whether an answer is awaited to what a dialog about this conversation asked for.
    pub fn is_asking(&self, id: ConversationId) -> bool {
        self.outbox.is_asking(id)
    }

    /// What waits for the agent: offers, and own chats with unread messages other than the one
    /// `in_front`.
    pub fn waiting_for_me(&self, in_front: Option<ConversationId>) -> usize {
        let unread = self
            .rows
            .view(Tab::Active)
            .ids
            .into_iter()
            .filter(|id| Some(*id) != in_front)
            .filter(|id| self.rows.get(*id).is_some_and(|row| row.unread > 0))
            .count();
        self.offers.len() + unread
    }

    /// Whether an alert is still about something that the agent should know.
    pub fn stands(&self, alert: Alert) -> bool {
        match alert {
            Alert::Offer { conversation, .. } => self
                .offers
                .iter()
                .any(|offer| offer.conversation == conversation),
            Alert::Message { conversation, seq } => self
                .rows
                .get(conversation)
                .is_some_and(|row| stand(row) == Stand::Own && row.agent_read < seq),
        }
    }

    /// What the agent thinks of a chat: what was asked for last, else what the server says.
    pub fn score(&self, id: ConversationId) -> Option<Score> {
        self.outbox
            .wanted_score(id)
            .unwrap_or_else(|| self.rows.get(id)?.score)
    }

    /// What is to be drawn anew since this was last asked.
    pub fn take_touched(&mut self) -> Touched {
        core::mem::take(&mut self.touched)
    }

    /// Takes over what an earlier page of this browser could not send.
    pub fn restore(&mut self, unsent: Vec<Unsent>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for unsent in unsent {
            if let Some(conversation) = unsent.intent.line_of() {
                self.touch_thread(conversation);
            }
            self.outbox.restore(unsent);
        }
        if self.link == Link::Up {
            effects.extend(self.outbox.waiting());
        }
        effects
    }

    /// Asks for something that has no words of its own.
    pub fn ask(&mut self, id: CommandId, intent: Intent, now: Timestamp) -> Vec<Effect> {
        if self.outbox.is_asked(&intent) {
            return Vec::new();
        }
        match &intent {
            Intent::SetAvailable(_) | Intent::ResetAvailability => self.touched.availability = true,
            Intent::Accept(_) | Intent::Decline(_) => self.touched.offers = true,
            Intent::SetUnavailable(_) => self.touched.asked = true,
            Intent::End(conversation)
            | Intent::PickUp(conversation)
            | Intent::TakeOver(conversation)
            | Intent::Message { conversation, .. }
            | Intent::Note { conversation, .. }
            | Intent::File { conversation, .. }
            | Intent::SetScore { conversation, .. }
            | Intent::ShareCalendar { conversation, .. }
            | Intent::SetBlocked { conversation, .. } => self.touched.rows.push(*conversation),
            Intent::EditVisitor { conversation, .. } => {
                self.refused_edits.remove(conversation);
                self.touch_thread(*conversation);
            }
            Intent::Transfer { conversation, .. } => {
                self.news.remove(conversation);
                self.touched.rows.push(*conversation);
            }
        }
        let unsent = Unsent::new(id, intent, now);
        let frame = unsent.frame();
        self.outbox.push(unsent);
        self.send(frame)
    }

    /// Writes a message, or a private note.
    ///
    /// # Errors
    /// [`TextError`] for a text that the server would refuse; nothing is kept.
    pub fn write(
        &mut self,
        id: CommandId,
        conversation: ConversationId,
        text: String,
        note: bool,
        now: Timestamp,
    ) -> Result<Vec<Effect>, TextError> {
        let text: String = MessageText::try_from(text)?.into();
        let text = Arc::from(text);
        let intent = if note {
            Intent::Note { conversation, text }
        } else {
            Intent::Message { conversation, text }
        };
        let unsent = Unsent::new(id, intent, self.server_time(now));
        let frame = unsent.frame();
        self.outbox.push(unsent.clone());
        self.touch_thread(conversation);
        if self.news.remove(&conversation).is_some() {
            self.touched.rows.push(conversation);
        }
        let mut effects = self.send(frame);
        effects.push(Effect::Keep(unsent));
        Ok(effects)
    }

    /// Tries a refused message once more.
    pub fn retry(&mut self, old: CommandId) -> Vec<Effect> {
        let Some(unsent) = self.outbox.renew(old) else {
            return Vec::new();
        };
        if let Some(conversation) = unsent.intent.line_of() {
            self.touch_thread(conversation);
        }
        let mut effects = Vec::new();
        if unsent.id != old {
            effects.push(Effect::Forget(old));
        }
        if matches!(unsent.fate, Fate::Uploading(_)) {
            effects.push(Effect::Upload(unsent.id));
        } else {
            effects.extend(self.send(unsent.frame()));
        }
        effects.push(Effect::Keep(unsent));
        effects
    }

    /// The words of a message that was not sent.
    pub fn unsent_text(&self, id: CommandId) -> Option<Arc<str>> {
        self.outbox.text(id)
    }

    fn send(&self, frame: AgentRequest) -> Vec<Effect> {
        if self.link == Link::Up {
            vec![Effect::Send(frame)]
        } else {
            Vec::new()
        }
    }

    /// Tells the server that the conversation in front was seen up to its last message.
    pub fn seen(&mut self, id: ConversationId) -> Vec<Effect> {
        let (Some(row), Some(thread)) = (self.rows.get(id), self.threads.get_mut(&id)) else {
            return Vec::new();
        };
        let last = thread.last_of_visitor();
        if self.link != Link::Up
            || !row.own
            || row.state != RowState::Active
            || last <= row.agent_read.max(thread.told_read)
        {
            return Vec::new();
        }
        thread.told_read = last;
        vec![Effect::Send(AgentRequest::Read {
            conversation: id,
            up_to: last,
        })]
    }

    /// The connection is lost, or `outdated` for good.
    pub fn disconnected(&mut self, outdated: bool) {
        if self.link != Link::Outdated {
            self.link = if outdated { Link::Outdated } else { Link::Lost };
        }
        self.typing.clear();
        self.touched.typing = true;
        self.touched.link = true;
    }

    /// Drops notices of typing that were not renewed. `now` is the browser's clock.
    pub fn expire_typing(&mut self, now: Timestamp) {
        let before = self.typing.len();
        self.typing.retain(|_, until| *until > now);
        self.touched.typing |= self.typing.len() != before;
    }

    /// What a conversation's region shows. `day` numbers the day of an instant in the reader's zone.
    pub fn lines(&self, id: ConversationId, day: impl Fn(Timestamp) -> i64) -> Vec<Line> {
        let Some(thread) = self.threads.get(&id) else {
            return Vec::new();
        };
        let read = self.rows.get(id).map_or(0, |row| row.visitor_read);
        lines::lines(thread, self.outbox.lines(id), self.me.id, read, day)
    }

    fn upsert(&mut self, row: Row) {
        let id = row.id;
        let stand = stand(&row);
        if self.rows.upsert(row) {
            // It came back, or is over.
            let moved = matches!(self.news.get(&id), Some(News::Moved { .. }));
            if stand == Stand::Ended || (moved && stand == Stand::Own) {
                self.news.remove(&id);
            }
            self.touched.lists = true;
            self.touched.rows.push(id);
            // Read marks stand under the messages.
            self.touched.threads.push(id);
        }
    }

    fn touch_thread(&mut self, id: ConversationId) {
        self.touched.threads.push(id);
    }

    fn sort_offers(&mut self) {
        // A real sort is a lot to load for these few.
        for offer in core::mem::take(&mut self.offers) {
            let at = self
                .offers
                .partition_point(|known| known.expires_at <= offer.expires_at);
            self.offers.insert(at, offer);
        }
        self.touched.offers = true;
    }

    /// Own messages that the server has: they wait no longer.
    fn committed(&mut self, messages: &[Message]) -> Vec<Effect> {
        messages
            .iter()
            .filter(|message| is_of(message, self.me.id))
            .filter_map(|message| message.command)
            .filter_map(|command| {
                Some(match self.outbox.take(command)?.intent {
                    // The answer finds nothing any more that it could close.
                    Intent::ShareCalendar { conversation, .. } => Effect::Asked(conversation),
                    _ => Effect::Forget(command),
                })
            })
            .collect()
    }

    /// Own notes that the server has: they wait no longer.
    fn noted(&mut self, notes: &[Note]) -> Vec<Effect> {
        notes
            .iter()
            .filter(|note| note.agent == self.me.id)
            .filter(|note| self.outbox.take(note.command).is_some())
            .map(|note| Effect::Forget(note.command))
            .collect()
    }
}

/// Whether `agent` wrote the message.
fn is_of(message: &Message, agent: AgentId) -> bool {
    matches!(&message.author, Author::Agent { id, .. } if *id == agent)
}

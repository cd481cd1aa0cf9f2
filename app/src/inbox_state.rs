//! The inbox as one tab of an agent knows it: what the server has told, what is still to be
//! told, and what follows from both for the eye.
//!
//! Plain data without a browser: the tab passes in events, instants and ids; it is told what to
//! do ([`Effect`]) and what to draw anew ([`Touched`]).

mod lines;
mod outbox;
mod receive;
mod rows;
mod thread;

#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    AgentId, CommandId, ConversationId, Refusal, Timestamp,
    agent::Agent,
    frame::agent::{AgentRequest, Cursor, Offer, Row, RowState},
    inbox::{ListPage, OpenConversation, Tab},
    message::{Author, Message, Seq},
    text::{MessageText, TextError},
};

pub use lines::{Content, Delivery, Key, Line, Mood, Side};
pub use outbox::{Fate, Intent, Unsent};
pub use rows::ListView;
pub use thread::{Reading, Thread};

use crate::{
    api::{Failure, FirstPage},
    place::Place,
};

/// For how long a notice of typing holds unless it is renewed; writers renew it every 3 s.
const TYPING_HOLDS: Duration = Duration::from_secs(6);

/// Whether the tab is connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Not yet connected for the first time.
    #[default]
    Fresh,
    /// Welcomed by the server.
    Up,
    /// Was up, or could not be reached; it is tried again.
    Lost,
    /// The server speaks another protocol: only a reload helps.
    Outdated,
}

/// What the agent is told in passing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Somebody else has the conversation, or it is over.
    NoLongerWaiting,
    /// What was asked for was not done.
    Failed(Refusal),
    /// Words were put into the clipboard.
    Copied,
}

/// What the tab is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send this frame, if connected.
    Send(AgentRequest),
    /// Keep these words in the browser until told otherwise.
    Keep(Unsent),
    /// They are no longer needed in the browser.
    Forget(CommandId),
    /// An offer was accepted here: open its conversation.
    Open(ConversationId),
    /// Tell the agent.
    Tell(Notice),
    /// Read the lists and the open conversation again; keep everything else.
    ReadAgain,
    /// Read this conversation again: messages of it are missing.
    ReadThread(ConversationId),
    /// The session is over: sign in again.
    SignedOut,
}

/// What is to be drawn anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    pub offers: bool,
    pub lists: bool,
    pub available: bool,
    pub link: bool,
    pub typing: bool,
    pub rows: Vec<ConversationId>,
    pub threads: Vec<ConversationId>,
}

/// The state of one tab's inbox.
#[derive(Debug)]
pub struct InboxState {
    me: Agent,
    cursor: Cursor,
    link: Link,
    /// How far the server's clock is ahead of the browser's, in microseconds.
    ahead: i64,
    available: bool,
    /// The most urgent first.
    offers: Vec<Offer>,
    rows: rows::Rows,
    threads: HashMap<ConversationId, Thread>,
    outbox: outbox::Outbox,
    /// Until when each visitor counts as writing, by the browser's clock.
    typing: HashMap<ConversationId, Timestamp>,
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
            available: start.available,
            offers: start.offers,
            rows: rows::Rows::default(),
            threads: HashMap::new(),
            outbox: outbox::Outbox::default(),
            typing: HashMap::new(),
            touched: Touched::default(),
            stale: None,
        };
        state.sort_offers();
        state.rows.first_page(Tab::Active, start.active);
        if let Some(all) = page.all {
            state.rows.first_page(Tab::All, all);
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
        self.outbox.wanted_available().unwrap_or(self.available)
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

    /// The visitors who are writing.
    pub fn typing(&self) -> Vec<ConversationId> {
        self.typing.keys().copied().collect()
    }

    /// Whether an answer to this is awaited.
    pub fn is_asked(&self, intent: &Intent) -> bool {
        self.outbox.is_asked(intent)
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

    /// What is to be drawn anew since this was last asked.
    pub fn take_touched(&mut self) -> Touched {
        core::mem::take(&mut self.touched)
    }

    /// Takes over what an earlier page of this browser could not send.
    pub fn restore(&mut self, unsent: Vec<Unsent>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for unsent in unsent {
            if let Some(conversation) = unsent.intent.message_of() {
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
            Intent::SetAvailable(_) => self.touched.available = true,
            Intent::Accept(_) | Intent::Decline(_) => self.touched.offers = true,
            Intent::End(conversation) | Intent::Message { conversation, .. } => {
                let conversation = *conversation;
                self.touched.rows.push(conversation);
            }
        }
        let unsent = Unsent::new(id, intent, now);
        let frame = unsent.frame();
        self.outbox.push(unsent);
        self.send(frame)
    }

    /// Writes a message.
    ///
    /// # Errors
    /// [`TextError`] for a text that the server would refuse; nothing is kept.
    pub fn write(
        &mut self,
        id: CommandId,
        conversation: ConversationId,
        text: String,
        now: Timestamp,
    ) -> Result<Vec<Effect>, TextError> {
        let text: String = MessageText::try_from(text)?.into();
        let intent = Intent::Message {
            conversation,
            text: Arc::from(text),
        };
        let unsent = Unsent::new(id, intent, self.server_time(now));
        let frame = unsent.frame();
        self.outbox.push(unsent.clone());
        self.touch_thread(conversation);
        let mut effects = self.send(frame);
        effects.push(Effect::Keep(unsent));
        Ok(effects)
    }

    /// Tries a refused message once more.
    pub fn retry(&mut self, old: CommandId) -> Vec<Effect> {
        let Some(unsent) = self.outbox.renew(old) else {
            return Vec::new();
        };
        if let Some(conversation) = unsent.intent.message_of() {
            self.touch_thread(conversation);
        }
        let mut effects = Vec::new();
        if unsent.id != old {
            effects.push(Effect::Forget(old));
        }
        effects.extend(self.send(unsent.frame()));
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

    /// The list is being read.
    pub fn list_reading(&mut self, tab: Tab) {
        self.rows.reading(tab);
        self.touched.lists = true;
    }

    /// A page of the list was read, or could not be. `after` is where it began.
    pub fn list_read(
        &mut self,
        tab: Tab,
        after: Option<domain::inbox::ListKey>,
        page: Result<ListPage, Failure>,
    ) {
        match page {
            Ok(page) => {
                self.touched.rows.extend(page.rows.iter().map(|row| row.id));
                match after {
                    None => self.rows.first_page(tab, page),
                    Some(_) => self.rows.next_page(tab, page),
                }
            }
            Err(_) => self.rows.failed(tab),
        }
        self.touched.lists = true;
    }

    /// The conversation is being read.
    pub fn thread_reading(&mut self, id: ConversationId) {
        self.threads.entry(id).or_default().reading();
        self.touch_thread(id);
    }

    /// A conversation could not be read.
    pub fn thread_failed(&mut self, id: ConversationId, failure: Failure) {
        self.threads.entry(id).or_default().failed(failure);
        self.touch_thread(id);
    }

    /// A conversation was read.
    pub fn thread_read(&mut self, open: OpenConversation) -> Vec<Effect> {
        let id = open.row.id;
        self.upsert(open.row);
        let effects = self.committed(&open.messages);
        let thread = self.threads.entry(id).or_default();
        thread.read(open.visitor, open.site, open.messages);
        self.touch_thread(id);
        effects
    }

    /// Messages before the first known one were read, or could not be.
    pub fn earlier_read(&mut self, id: ConversationId, messages: Result<Vec<Message>, Failure>) {
        if let Some(thread) = self.threads.get_mut(&id) {
            match messages {
                Ok(messages) => thread.earlier(messages),
                Err(_) => thread.earlier_failed(),
            }
            self.touch_thread(id);
        }
    }

    /// Earlier messages are being read; where they end, if there are any.
    pub fn earlier_reading(&mut self, id: ConversationId) -> Option<Seq> {
        let before = self.threads.get_mut(&id)?.earlier_reading();
        self.touch_thread(id);
        before
    }

    /// Everything was read again after falling behind: lists and the conversation at `place`.
    /// Other conversations are read when they are opened next.
    pub fn read_again(&mut self, page: FirstPage, place: Place) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.list_read(Tab::Active, None, Ok(page.start.active));
        match page.all {
            Some(all) => self.list_read(Tab::All, None, Ok(all)),
            None => self.rows.forget(Tab::All),
        }
        self.threads.retain(|id, _| Some(*id) == place.open);
        match (page.open, place.open) {
            (Some(Ok(open)), _) => effects.extend(self.thread_read(open)),
            (Some(Err(failure)), Some(id)) => {
                self.threads.remove(&id);
                self.thread_failed(id, failure);
            }
            _ => {}
        }
        effects
    }

    /// Reading everything again failed; the lists stay as they are.
    pub fn reading_again_failed(&mut self) {
        self.rows.failed(Tab::Active);
        self.rows.failed(Tab::All);
        // So that the server says once more how far behind this tab is.
        self.cursor = self.stale.take().unwrap_or_default();
        self.touched.lists = true;
    }

    /// What a conversation's region shows. `day` numbers the day of an instant in the reader's zone.
    pub fn lines(&self, id: ConversationId, day: impl Fn(Timestamp) -> i64) -> Vec<Line> {
        let Some(thread) = self.threads.get(&id) else {
            return Vec::new();
        };
        let read = self.rows.get(id).map_or(0, |row| row.visitor_read);
        lines::lines(thread, self.outbox.messages(id), self.me.id, read, day)
    }

    fn upsert(&mut self, row: Row) {
        let id = row.id;
        if self.rows.upsert(row) {
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
        self.offers.sort_by_key(|offer| offer.expires_at);
        self.touched.offers = true;
    }

    /// Own messages that the server has: they wait no longer.
    fn committed(&mut self, messages: &[Message]) -> Vec<Effect> {
        messages
            .iter()
            .filter(|message| is_of(message, self.me.id))
            .filter_map(|message| message.command)
            .filter(|command| self.outbox.take(*command).is_some())
            .map(Effect::Forget)
            .collect()
    }
}

/// Whether `agent` wrote the message.
fn is_of(message: &Message, agent: AgentId) -> bool {
    matches!(&message.author, Author::Agent { id, .. } if *id == agent)
}

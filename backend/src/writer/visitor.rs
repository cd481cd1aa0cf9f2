//! What visitors do.

mod profile;

use domain::{
    CommandId, ConversationId, Refusal, Timestamp, VisitorId,
    account::EmailDomain,
    activity::ActivityKind,
    conversation::{Conversation, SourceHash},
    frame::visitor::{Answer, PageView, VisitorCommand},
    message::{Author, Body, Seq},
    text::MessageText,
    visitor::{Held, Page, Profile, ProfileInput, Visitor},
};

use super::{
    Done, Task, VisitorSelf,
    batch::Batch,
    file::text_body,
    meeting::{By, Deed},
};
use crate::{
    clock::random,
    store::visitor::{Known, VisitorKey},
};

impl Batch<'_> {
    pub(super) fn visitor_command(
        &mut self,
        who: &VisitorSelf,
        id: CommandId,
        command: &VisitorCommand,
    ) -> Result<Done, Refusal> {
        if let VisitorCommand::Message { conversation, text } = command {
            return self
                .visitor_message(&who.key, id, *conversation, text.len(), |_| text_body(text))
                .map(Done::Visitor);
        }
        if let VisitorCommand::File { conversation, file } = command {
            let conversation = *conversation;
            return self
                .visitor_message(&who.key, id, conversation, 0, |batch| {
                    batch.takes_files(who.site, conversation)?;
                    batch.take_file(*file, conversation, None)
                })
                .map(Done::Visitor);
        }
        if let Some(deed) = Deed::of(command) {
            return self.meeting(&By::Visitor(who.key, who.from), id, &deed);
        }
        if let Some(answer) = self.answer_of::<Answer>(id, &who.key) {
            return answer.map(Done::Visitor);
        }
        let answer = match command {
            VisitorCommand::Start {
                form,
                first_message,
                views,
            } => self.start(who, id, form.clone(), first_message.clone(), views)?,
            VisitorCommand::Leave {
                conversation,
                form,
                text,
                views,
            } => self.leave(who, id, *conversation, form.clone(), text, views)?,
            VisitorCommand::End { conversation } => self.visitor_ends(&who.key, *conversation)?,
            VisitorCommand::Identify { profile } => self.identify(&who.key, profile.clone())?,
            VisitorCommand::SetAttributes { attributes } => {
                self.set_attributes(&who.key, attributes)?
            }
            VisitorCommand::Rate {
                conversation,
                rating,
                comment,
            } => self.rate(&who.key, *conversation, *rating, comment)?,
            VisitorCommand::Report { name } => self.report(&who.key, name)?,
            VisitorCommand::Message { .. }
            | VisitorCommand::File { .. }
            | VisitorCommand::Book { .. }
            | VisitorCommand::Reschedule { .. }
            | VisitorCommand::CancelMeeting { .. } => Answer::Done,
        };
        self.keep_answer(id, &who.key, &answer);
        Ok(Done::Visitor(answer))
    }

    fn start(
        &mut self,
        who: &VisitorSelf,
        id: CommandId,
        form: ProfileInput,
        first_message: Option<String>,
        views: &[PageView],
    ) -> Result<Answer, Refusal> {
        let profile = form.parse()?;
        let text = match first_message.map(MessageText::try_from) {
            None | Some(Err(domain::text::TextError::Empty)) => None,
            Some(text) => Some(text?),
        };
        if text.is_some() {
            self.is_free(id)?;
        }
        self.admit(who, &profile, true)?;
        self.make_room(who)?;
        let known = self.keys.get(&who.key).copied();
        let visitor = self.visitor_for(who, known, profile, views);
        let conversation = ConversationId::new(self.now, random());
        self.insert(Conversation {
            source: Some(SourceHash(who.from.hash(self.addresses).into_bytes())),
            ..Conversation::request(conversation, who.site, visitor, self.now)
        });
        if let Some(text) = text {
            self.append(
                conversation,
                Author::Visitor,
                Body::Text(text.into()),
                Some(id),
            )?;
        }
        self.pass_on(conversation)?;
        Ok(Answer::Started { conversation })
    }

    /// Leaves a message that any agent may pick up.
    fn leave(
        &mut self,
        who: &VisitorSelf,
        id: CommandId,
        conversation: Option<ConversationId>,
        form: ProfileInput,
        text: &str,
        views: &[PageView],
    ) -> Result<Answer, Refusal> {
        if let Some(conversation) = conversation {
            self.own_chat(&who.key, conversation)?;
            // Told before the form is looked at: there is nothing that could be put right in it.
            let mut left = self.chat(conversation)?.head.clone();
            left.leave(self.now)?;
            self.room_for(conversation, &Author::Visitor, text.len())?;
        }
        let profile = form.parse()?;
        let text = MessageText::try_from(text.to_owned())?;
        self.is_free(id)?;
        self.admit(who, &profile, conversation.is_none())?;
        if conversation.is_none() {
            self.make_room(who)?;
        }
        let known = self.keys.get(&who.key).copied();
        let visitor = self.visitor_for(who, known, profile, views);
        let now = self.now;
        let conversation = conversation.unwrap_or_else(|| {
            let conversation = ConversationId::new(now, random());
            self.insert(Conversation {
                source: Some(SourceHash(who.from.hash(self.addresses).into_bytes())),
                ..Conversation::request(conversation, who.site, visitor, now)
            });
            conversation
        });
        let body = Body::Text(text.into());
        let (seq, at) = self.append(conversation, Author::Visitor, body, Some(id))?;
        self.step(conversation, |head| head.leave(now))?;
        self.happened(visitor, ActivityKind::MessageLeft { conversation });
        Ok(Answer::Message {
            conversation,
            seq,
            at,
        })
    }

    /// Whether the site takes a request of this visitor, who now says this of themselves. `whole`:
    /// also what the start form requires must be known.
    fn admit(&self, who: &VisitorSelf, profile: &Profile, whole: bool) -> Result<(), Refusal> {
        let site = self.directory.site(who.site).ok_or(Refusal::NotFound)?;
        let known = self.keys.get(&who.key).and_then(|id| self.visitors.get(id));
        if known.is_some_and(|known| known.visitor.blocked) {
            return Err(Refusal::Blocked);
        }
        let mut held = known.map_or_else(Held::default, |known| known.held);
        let mut all = known.map_or_else(Profile::default, |known| known.visitor.profile.clone());
        all.typed(profile.clone(), held);
        if let Some(vouched) = &who.vouched {
            all.vouched(vouched.profile.clone(), &mut held);
        }
        let domain = all.email.as_ref().and_then(EmailDomain::of);
        if domain.is_some_and(|domain| site.settings.blocked_domains.contains(&domain)) {
            return Err(Refusal::EmailNotTaken);
        }
        if whole {
            site.settings.form.check(&all)?;
        }
        Ok(())
    }

    /// A visitor has one open conversation: one in fallback makes room for the next.
    fn make_room(&mut self, who: &VisitorSelf) -> Result<(), Refusal> {
        let known = self.keys.get(&who.key).copied();
        let Some((open, busy)) = known.and_then(|known| self.open_chat_of(known)) else {
            return Ok(());
        };
        if busy {
            return Err(Refusal::AlreadyOpen);
        }
        let now = self.now;
        let end = self.step(open, |head| head.end_by_visitor(now))?;
        self.announce(open, end)
    }

    /// The open conversation of a visitor, and whether somebody has or may take it.
    fn open_chat_of(&self, visitor: VisitorId) -> Option<(ConversationId, bool)> {
        let chat = self
            .chats
            .values()
            .find(|chat| chat.head.visitor == visitor && chat.head.is_open())?;
        Some((
            chat.head.id,
            !matches!(
                chat.head.state,
                domain::conversation::State::Fallback { .. }
            ),
        ))
    }

    /// The visitor who asks, new or known, with what was typed taken over.
    fn visitor_for(
        &mut self,
        who: &VisitorSelf,
        known: Option<VisitorId>,
        profile: Profile,
        views: &[PageView],
    ) -> VisitorId {
        let is_new = known.is_none();
        let fields = profile.filled();
        let id = known.unwrap_or_else(|| VisitorId::new(self.now, random()));
        let (site, now) = (who.site, self.now);
        let known = self.visitors.entry(id).or_insert_with(|| Known {
            visitor: Visitor {
                id,
                profile: Profile::default(),
                page: Page::default(),
                user_agent: String::new(),
                language: String::new(),
                zone: String::new(),
                attributes: Vec::new(),
                signed: false,
                blocked: false,
                created_at: now,
            },
            site,
            key: who.key,
            held: Held::default(),
            identity: None,
            connected: true,
            seen_at: now,
            new: true,
        });
        known.visitor.profile.typed(profile, known.held);
        known.visitor.page = who.page.clone();
        known.visitor.user_agent = who.user_agent.to_string();
        known.visitor.language = who.language.to_owned();
        if !who.zone.is_empty() {
            known.visitor.zone = who.zone.to_string();
        }
        known.connected = true;
        known.seen_at = now;
        self.keys.insert(who.key, id);
        self.visitor_changed(id);
        self.entering.push(id.0);
        if is_new {
            self.viewed_before(id, &who.page, views);
        }
        if !fields.is_empty() {
            self.happened(id, ActivityKind::FormFilled { fields });
        }
        if let Some(vouched) = &who.vouched {
            self.vouch(id, vouched);
        }
        id
    }

    fn visitor_message(
        &mut self,
        key: &VisitorKey,
        id: CommandId,
        conversation: ConversationId,
        bytes: usize,
        body: impl FnOnce(&mut Self) -> Result<Body, Refusal>,
    ) -> Result<Answer, Refusal> {
        self.own_chat(key, conversation)?;
        if let Some(placed) = self.placed(id) {
            if placed.agent.is_some() || placed.conversation != conversation {
                return Err(Refusal::Forbidden);
            }
            return Ok(Answer::Message {
                conversation,
                seq: placed.seq,
                at: placed.at,
            });
        }
        self.chat(conversation)?.head.open_to_visitor()?;
        if self.is_blocked(key) {
            return Err(Refusal::Blocked);
        }
        self.room_for(conversation, &Author::Visitor, bytes)?;
        let body = body(self)?;
        let (seq, at) = self.append(conversation, Author::Visitor, body, Some(id))?;
        Ok(Answer::Message {
            conversation,
            seq,
            at,
        })
    }

    fn visitor_ends(
        &mut self,
        key: &VisitorKey,
        conversation: ConversationId,
    ) -> Result<Answer, Refusal> {
        self.own_chat(key, conversation)?;
        let now = self.now;
        let end = self.step(conversation, |head| head.end_by_visitor(now))?;
        self.announce(conversation, end)?;
        Ok(Answer::Done)
    }

    pub(super) fn visitor_read(
        &mut self,
        key: &VisitorKey,
        conversation: ConversationId,
        up_to: Seq,
    ) -> Result<Done, Refusal> {
        self.own_chat(key, conversation)?;
        let stored = self
            .unread
            .get(&(conversation, up_to, true))
            .copied()
            .unwrap_or(0);
        let chat = self.chat(conversation)?;
        let up_to = up_to.min(chat.head.last);
        if up_to > chat.head.visitor_read && chat.head.is_open() {
            chat.head.visitor_read = up_to;
            chat.head.visitor_unread = stored.saturating_add(chat.new_after(up_to, true));
            chat.touch();
        }
        Ok(Done::Silently)
    }

    /// Visitors and agents whose last connection to this node has ended.
    pub(super) fn who_leave(&self, tasks: &[&Task]) -> Vec<uuid::Uuid> {
        let subject = |task: &&Task| match task {
            Task::VisitorPresence {
                key,
                connected: false,
                ..
            } => self.keys.get(key).map(|id| id.0),
            Task::AgentPresence {
                agent,
                connected: false,
                ..
            }
            | Task::SignedOut(agent) => Some(agent.0),
            _ => None,
        };
        tasks.iter().filter_map(subject).collect()
    }

    pub(super) fn visitor_presence(
        &mut self,
        key: &VisitorKey,
        connected: bool,
        at: Timestamp,
    ) -> Result<Done, Refusal> {
        let Some(id) = self.keys.get(key).copied() else {
            return Ok(Done::Silently);
        };
        if connected {
            self.entering.push(id.0);
        } else {
            self.leaving.push((id.0, at));
        }
        let connected = connected || self.elsewhere.contains(&id.0);
        if let Some(known) = self.visitors.get_mut(&id)
            && known.connected != connected
        {
            known.connected = connected;
            self.touch_open_chat(id);
            if !connected && let Some((chat, _)) = self.open_chat_of(id) {
                self.mail_left(chat, at)?;
            }
        }
        if connected {
            let now = self.now;
            if let Some((chat, _)) = self.open_chat_of(id)
                && self.chat(chat)?.head.visitor_connected(now)
            {
                self.chat(chat)?.touch();
            }
        }
        Ok(Done::Silently)
    }

    pub(super) fn is_blocked(&self, key: &VisitorKey) -> bool {
        self.visitors
            .values()
            .any(|known| known.key == *key && known.visitor.blocked)
    }

    pub(super) fn touch_open_chat(&mut self, visitor: VisitorId) {
        for chat in self
            .chats
            .values_mut()
            .filter(|chat| chat.head.visitor == visitor && chat.head.is_open())
        {
            chat.touch();
        }
    }

    /// That the conversation is this visitor's.
    pub(super) fn own_chat(
        &self,
        key: &VisitorKey,
        conversation: ConversationId,
    ) -> Result<(), Refusal> {
        let chat = self.chats.get(&conversation).ok_or(Refusal::NotFound)?;
        match self.visitors.get(&chat.head.visitor) {
            Some(known) if known.key == *key => Ok(()),
            _ => Err(Refusal::NotFound),
        }
    }
}

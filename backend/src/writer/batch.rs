//! One commit: the rows that its tasks concern, what becomes of them, and the events of it.

use std::collections::{HashMap, HashSet};

use domain::{
    AgentId, CommandId, ConversationId, FileId, Refusal, TeamId, Timestamp, VisitorId,
    account::EmailDomain,
    conversation::{Conversation, Pool, State},
    message::{Author, Body, Message, Note, Seq, SystemMessage},
};

use super::{Done, Task, mail::Post, meeting::Meetings, wants::Wants, working::Working};
use crate::{
    bound::met,
    directory::Directory,
    live::event::Event,
    meeting::Addresses,
    roster::{Roster, Turn},
    store::{
        self, Connection,
        audit::Deed,
        command::Answered,
        duty::Duty,
        file::Uploaded,
        layout,
        message::Placed,
        visitor::{Known, VisitorKey},
    },
};

/// What a commit stands on.
pub struct Ground<'a> {
    pub directory: &'a Directory,
    pub addresses: &'a Addresses,
    pub run: i64,
    pub now: Timestamp,
}

/// Everything that the tasks of one commit read and change.
pub struct Batch<'a> {
    pub directory: &'a Directory,
    pub addresses: &'a Addresses,
    pub run: i64,
    pub now: Timestamp,
    pub(super) chats: HashMap<ConversationId, Working>,
    pub(super) visitors: HashMap<VisitorId, Known>,
    pub(super) keys: HashMap<VisitorKey, VisitorId>,
    pub(super) changed_visitors: Vec<VisitorId>,
    /// Visitors who are refused from now on, or no longer.
    pub(super) blocked: Vec<(VisitorId, bool)>,
    /// Who could be asked; empty unless a task may have to find somebody.
    pub(super) roster: Roster,
    /// The owners of accounts, as far as there are new requests.
    pub(super) owners: HashMap<EmailDomain, AgentId>,
    pub(super) duties: HashMap<AgentId, Duty>,
    pub(super) changed_duties: Vec<AgentId>,
    /// Agents who answered an offer: what they missed before does not count any more.
    pub(super) answered_offers: Vec<AgentId>,
    pub(super) signed_out: Vec<AgentId>,
    pub(super) deeds: Vec<Deed>,
    /// Something that the page `Agents` shows has changed.
    pub(super) agents_changed: bool,
    pub(super) answered: HashMap<CommandId, Answered>,
    placed: HashMap<CommandId, Placed>,
    pub(super) noted: HashMap<CommandId, (ConversationId, Note)>,
    /// Files that are to be sent, and those that are.
    pub(super) files: HashMap<FileId, Uploaded>,
    pub(super) sent_files: Vec<FileId>,
    /// Of those whose site's server vouches for them: who was identified less than a day ago.
    pub(super) identified: Vec<VisitorId>,
    /// When visitors last viewed pages, by address.
    pub(super) views: HashMap<(VisitorId, String), Timestamp>,
    pub(super) activities: Vec<store::activity::Stored>,
    pub(super) new_answers: Vec<CommandId>,
    /// An answer that cannot be stored: then nothing is.
    pub(super) unwritable: Option<sqlx::Error>,
    /// Messages after a mark, as stored: the agents' (true) or the visitor's.
    pub(super) unread: HashMap<(ConversationId, Seq, bool), u32>,
    pub(super) entering: Vec<uuid::Uuid>,
    pub(super) leaving: Vec<(uuid::Uuid, Timestamp)>,
    pub(super) events: Vec<Event>,
    /// What letters are to be written about.
    pub(super) post: Post,
    /// Who of those that leave this node, or sign out, is connected to another.
    pub(super) elsewhere: Vec<uuid::Uuid>,
    pub(super) meetings: Meetings,
}

impl<'a> Batch<'a> {
    /// Reads and locks what the tasks concern, which is what they want. Locks are taken in one
    /// order by all nodes: the turn, which the caller brings if it has it, then conversations by id,
    /// meetings by id, and the meeting hours of agents by id.
    pub async fn read(
        connection: &mut Connection,
        ground: Ground<'a>,
        turn: Option<Turn>,
        mut wants: Wants,
        tasks: &[&Task],
    ) -> Result<Self, sqlx::Error> {
        let Ground {
            directory,
            addresses,
            run,
            now,
        } = ground;
        // The open conversations of those who ask for one are concerned too.
        let asking = if wants.open_of.is_empty() {
            Vec::new()
        } else {
            store::visitor::find(connection, &wants.keys, &[], now).await?
        };
        let wanted: HashSet<_> = wants.open_of.iter().collect();
        let open_of: Vec<_> = asking
            .iter()
            .filter(|known| wanted.contains(&known.key))
            .map(|known| known.visitor.id)
            .collect();
        wants.conversations.extend(
            store::conversation::concerned(
                connection,
                &open_of,
                &wants.offered_to,
                &wants.active_of,
            )
            .await?,
        );
        let mut meetings = Meetings::default();
        if wants.is_about_meetings() {
            let theirs = meetings.find(connection, &wants).await?;
            wants.conversations.extend(theirs);
        }
        wants.conversations.sort_unstable();
        wants.conversations.dedup();
        let heads =
            store::conversation::lock(connection, wants.conversations.iter().copied()).await?;
        if wants.is_about_meetings() {
            meetings.lock(connection, &wants, now).await?;
            let visitors: Vec<_> = heads.iter().map(|head| head.visitor).collect();
            meetings.count(connection, &visitors, now).await?;
        }
        // With the rest, now that their conversations are locked.
        let known = if heads.is_empty() && !wants.open_of.is_empty() {
            asking
        } else {
            let visitors: Vec<_> = heads.iter().map(|head| head.visitor).collect();
            store::visitor::find(connection, &wants.keys, &visitors, now).await?
        };
        let mut batch = Self {
            directory,
            addresses,
            run,
            now,
            chats: heads
                .into_iter()
                .map(|head| (head.id, Working::existing(head)))
                .collect(),
            keys: known
                .iter()
                .map(|known| (known.key, known.visitor.id))
                .collect(),
            visitors: known
                .into_iter()
                .map(|known| (known.visitor.id, known))
                .collect(),
            changed_visitors: Vec::new(),
            blocked: Vec::new(),
            roster: Roster::default(),
            owners: HashMap::new(),
            duties: HashMap::new(),
            changed_duties: Vec::new(),
            answered_offers: Vec::new(),
            signed_out: Vec::new(),
            deeds: Vec::new(),
            agents_changed: false,
            answered: HashMap::new(),
            placed: HashMap::new(),
            noted: HashMap::new(),
            files: HashMap::new(),
            sent_files: Vec::new(),
            identified: Vec::new(),
            views: HashMap::new(),
            activities: Vec::new(),
            new_answers: Vec::new(),
            unwritable: None,
            unread: HashMap::new(),
            entering: Vec::new(),
            leaving: Vec::new(),
            events: Vec::new(),
            post: Post::default(),
            elsewhere: Vec::new(),
            meetings,
        };
        let leave = batch.who_leave(tasks);
        batch.elsewhere = store::presence::elsewhere(connection, run, &leave, now).await?;
        if let Some(turn) = turn {
            batch.read_roster(connection, turn, &wants).await?;
        }
        if !wants.messages.is_empty() {
            let placed = store::message::placed(connection, wants.messages).await?;
            batch.placed = placed
                .into_iter()
                .map(|placed| (placed.command, placed))
                .collect();
        }
        if !wants.notes.is_empty() {
            let noted = store::note::placed(connection, wants.notes).await?;
            batch.noted = noted
                .into_iter()
                .map(|(conversation, note)| (note.command, (conversation, note)))
                .collect();
        }
        if !wants.files.is_empty() {
            let files = store::file::lock(connection, &wants.files).await?;
            batch.files = files.into_iter().map(|file| (file.card.id, file)).collect();
        }
        if !wants.cards.is_empty() {
            let sources = wants.sources.iter().map(|from| from.hash(addresses));
            let sources: Vec<_> = sources.collect();
            batch
                .read_budget(connection, &wants.emails, &sources)
                .await?;
        }
        if !wants.vouched.is_empty() {
            batch.read_identified(connection, &wants.vouched).await?;
        }
        if !wants.views_of.is_empty() {
            batch.read_last_views(connection, &wants.views_of).await?;
        }
        if !wants.commands.is_empty() {
            let answered = store::command::find(connection, wants.commands).await?;
            batch.answered = answered
                .into_iter()
                .map(|answered| (answered.command, answered))
                .collect();
        }
        for (conversation, up_to, by_agent) in wants.reads {
            let behind = batch
                .chats
                .get(&conversation)
                .is_some_and(|chat| up_to < chat.head.last);
            if behind {
                let count =
                    store::message::unread(connection, conversation, up_to, by_agent).await?;
                batch.unread.insert((conversation, up_to, by_agent), count);
            }
        }
        Ok(batch)
    }

    /// Everything that offering needs. Whoever comes here holds the turn.
    async fn read_roster(
        &mut self,
        connection: &mut Connection,
        turn: Turn,
        wants: &Wants,
    ) -> Result<(), sqlx::Error> {
        let of_sites = wants
            .sites
            .iter()
            .filter_map(|site| self.directory.site(*site)?.settings.team);
        let of_offers = self
            .chats
            .values()
            .filter_map(|chat| match chat.head.state {
                State::Offered {
                    pool: Pool::Team(team),
                    ..
                } => Some(team),
                _ => None,
            });
        // Those of who may have to be offered a meeting instead.
        let of_fallbacks = self
            .chats
            .values()
            .filter(|chat| chat.head.is_waiting())
            .filter_map(|chat| self.directory.site(chat.head.site))
            .filter(|site| site.settings.fallback_meetings)
            .filter_map(|site| site.settings.team);
        let mut teams: Vec<TeamId> = of_sites.chain(of_offers).chain(of_fallbacks).collect();
        teams.sort_unstable();
        teams.dedup();
        let (roster, changing) =
            Roster::read(connection, self.directory, turn, &teams, self.now).await?;
        self.roster = roster;
        let asked = self
            .chats
            .values()
            .filter_map(|chat| chat.head.audience().offered);
        let mut duties: Vec<_> = wants.duties.iter().copied().chain(asked).collect();
        duties.sort_unstable();
        duties.dedup();
        let duties = store::duty::of(connection, duties).await?;
        self.duties = changing
            .into_iter()
            .chain(duties)
            .map(|duty| (duty.agent, duty))
            .collect();
        if !wants.sites.is_empty() {
            let known = self
                .visitors
                .values()
                .filter_map(|known| EmailDomain::of(known.visitor.profile.email.as_ref()?));
            let mut domains: Vec<_> = wants.domains.iter().cloned().chain(known).collect();
            domains.sort_unstable();
            domains.dedup();
            self.owners = store::account::owners_of(connection, &domains).await?;
        }
        Ok(())
    }

    /// Decides one task.
    pub fn decide(&mut self, task: &Task) -> Result<Done, Refusal> {
        match task {
            Task::Visitor { who, id, command } => self.visitor_command(who, *id, command),
            Task::Agent { who, id, command } => self.agent_command(*who, *id, command),
            Task::VisitorRead {
                key,
                conversation,
                up_to,
            } => self.visitor_read(key, *conversation, *up_to),
            Task::AgentRead {
                who,
                conversation,
                up_to,
            } => self.agent_read(*who, *conversation, *up_to),
            Task::VisitorPage { key, page, zone } => self.visitor_page(key, page, zone.as_deref()),
            Task::Vouched { key, vouched } => self.is_vouched(key, vouched),
            Task::VisitorPresence { key, connected, at } => {
                self.visitor_presence(key, *connected, *at)
            }
            Task::AgentPresence {
                agent,
                connected,
                at,
            } => self.agent_presence(*agent, *connected, *at),
            Task::SignedOut(agent) => self.agent_signs_out(*agent),
            Task::Availability(agent) => self.availability_is_due(*agent),
            Task::CalendarTrouble { agent, trouble } => {
                self.events.push(Event::CalendarTrouble {
                    agent: *agent,
                    trouble: *trouble,
                });
                Ok(Done::Silently)
            }
            Task::Watch(conversation) => self.watch(*conversation),
            Task::Meeting { by, id, deed } => self.meeting(by, *id, deed),
            Task::WithdrawCard { who, card } => self.withdraw_card(*who, *card),
            Task::Nothing => Ok(Done::Silently),
        }
    }

    /// A conversation to be changed.
    pub(super) fn chat(&mut self, id: ConversationId) -> Result<&mut Working, Refusal> {
        self.chats.get_mut(&id).ok_or(Refusal::NotFound)
    }

    /// Takes a step in a conversation's life, and keeps right how busy its agents are. A step that
    /// is refused has changed nothing.
    pub(super) fn step<T>(
        &mut self,
        id: ConversationId,
        step: impl FnOnce(&mut Conversation) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let chat = self.chat(id)?;
        let before = held_by(&chat.head);
        let outcome = step(&mut chat.head)?;
        chat.changed = true;
        let after = held_by(&chat.head);
        for agent in before.into_iter().flatten() {
            self.count(agent, -1);
        }
        for agent in after.into_iter().flatten() {
            self.count(agent, 1);
        }
        Ok(outcome)
    }

    fn count(&mut self, agent: AgentId, change: i32) {
        if let Some(candidate) = self.roster.turns.candidate_mut(agent) {
            candidate.open = candidate.open.saturating_add_signed(change);
        }
    }

    /// Takes in a new conversation.
    pub(super) fn insert(&mut self, head: Conversation) {
        self.chats.insert(head.id, Working::new(head));
    }

    /// Marks a visitor as changed.
    pub(super) fn visitor_changed(&mut self, id: VisitorId) {
        if !self.changed_visitors.contains(&id) {
            self.changed_visitors.push(id);
        }
    }

    /// That there is room in a conversation for a message of so many bytes by this author. Asked
    /// before anything is changed for it.
    pub(super) fn room_for(
        &mut self,
        id: ConversationId,
        author: &Author,
        bytes: usize,
    ) -> Result<(), Refusal> {
        self.chat(id)?.head.room_for(author, bytes).map_err(met)
    }

    /// That no message has this id yet, of whatever command: what brings one with an id that was
    /// used before is refused, before it has changed anything.
    pub(super) fn is_free(&self, id: CommandId) -> Result<(), Refusal> {
        match self.placed.get(&id) {
            None => Ok(()),
            Some(_) => Err(Refusal::Forbidden),
        }
    }

    /// Adds a message to a conversation. The only way: so its id is remembered for whatever else
    /// the same commit does.
    pub(super) fn append(
        &mut self,
        id: ConversationId,
        author: Author,
        body: Body,
        command: Option<CommandId>,
    ) -> Result<(Seq, Timestamp), Refusal> {
        if let Some(command) = command {
            self.is_free(command)?;
        }
        let now = self.now;
        let chat = self.chat(id)?;
        let agent = match &author {
            Author::Agent { id, .. } => Some(*id),
            Author::Visitor | Author::System => None,
        };
        let text = match &body {
            Body::Text(text) => Some(text.as_str()),
            Body::File(card) => Some(card.name.as_str()),
            Body::System(_) | Body::Calendar(_) => None,
        };
        let seq = chat.head.append(&author, text, now);
        chat.messages.push(Message {
            seq,
            at: now,
            command,
            author,
            body,
        });
        chat.changed = true;
        if let Some(command) = command {
            let placed = Placed {
                command,
                conversation: id,
                seq,
                at: now,
                agent,
            };
            self.placed.insert(command, placed);
        }
        Ok((seq, now))
    }

    /// Adds a system message.
    pub(super) fn announce(
        &mut self,
        id: ConversationId,
        message: SystemMessage,
    ) -> Result<(), Refusal> {
        self.append(id, Author::System, Body::System(message), None)
            .map(drop)
    }

    /// The answer that a command got before, for its own actor alone.
    pub(super) fn answer_of<T: serde::de::DeserializeOwned>(
        &self,
        id: CommandId,
        actor: &[u8],
    ) -> Option<Result<T, Refusal>> {
        let answered = self.answered.get(&id)?;
        if answered.actor != actor {
            return Some(Err(Refusal::Forbidden));
        }
        let answer = layout::ANSWER.read(&answered.answer);
        if answer.is_none() {
            metrics::counter!("casella_unreadable_total", "what" => "answer").increment(1);
        }
        // It was done, and asking again would bring no other answer.
        Some(answer.ok_or(Refusal::NotNow))
    }

    /// Keeps the answer of a command.
    pub(super) fn keep_answer<T: serde::Serialize>(
        &mut self,
        id: CommandId,
        actor: &[u8],
        answer: &T,
    ) {
        let answer = match layout::ANSWER.write(answer) {
            Ok(answer) => answer,
            Err(error) => {
                self.unwritable = Some(error);
                return;
            }
        };
        self.answered.insert(
            id,
            Answered {
                command: id,
                actor: actor.to_vec(),
                answer,
            },
        );
        self.new_answers.push(id);
    }

    /// Where a message command ended up before.
    pub(super) fn placed(&self, id: CommandId) -> Option<&Placed> {
        self.placed.get(&id)
    }
}

/// The agents for whose limits a conversation counts.
fn held_by(head: &Conversation) -> [Option<AgentId>; 2] {
    let offered = head.audience().offered;
    let own = match &head.state {
        State::Active { agent, .. } => Some(*agent),
        _ => None,
    };
    [own, offered]
}

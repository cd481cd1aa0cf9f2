//! Which rows the tasks of one commit concern.

use domain::{
    AgentId, CardId, CommandId, ConversationId, FileId, MeetingId, SiteId,
    account::EmailDomain,
    frame::{agent::AgentCommand, visitor::VisitorCommand},
    meeting::Slot,
    message::Seq,
    text::Email,
    visitor::ProfileInput,
};

use super::{Task, VisitorSelf, meeting::Deed};
use crate::{bound::Source, store::visitor::VisitorKey};

/// What tasks concern.
#[derive(Default)]
pub struct Wants {
    pub conversations: Vec<ConversationId>,
    pub keys: Vec<VisitorKey>,
    /// Visitors whose last page views are wanted.
    pub views_of: Vec<VisitorKey>,
    /// Keys of visitors whose open conversation is wanted.
    pub open_of: Vec<VisitorKey>,
    pub offered_to: Vec<AgentId>,
    pub active_of: Vec<AgentId>,
    /// Commands that bring messages, and others, to see whether they were done already.
    pub messages: Vec<CommandId>,
    pub notes: Vec<CommandId>,
    pub commands: Vec<CommandId>,
    /// Files that are to be sent.
    pub files: Vec<FileId>,
    /// Visitors for whom their site's server vouches.
    pub vouched: Vec<VisitorKey>,
    /// Whether somebody may have to be found, or is no longer to be asked.
    pub pool: bool,
    /// The sites of new requests, and the domains of the emails typed for them.
    pub sites: Vec<SiteId>,
    pub domains: Vec<EmailDomain>,
    /// Whose switch or schedule is concerned.
    pub duties: Vec<AgentId>,
    /// Marks whose unread messages are to be counted: the agents' (true) or the visitor's.
    pub reads: Vec<(ConversationId, Seq, bool)>,
    /// Cards by which something is booked, meetings that are to be changed, and the slots asked for.
    pub cards: Vec<CardId>,
    pub meetings: Vec<MeetingId>,
    pub slots: Vec<Slot>,
    /// The emails typed for bookings, and from which network addresses those come.
    pub emails: Vec<String>,
    pub sources: Vec<Source>,
    /// Who is to be given meetings, and whose calendars are to be shared.
    pub receivers: Vec<AgentId>,
    pub shared: Vec<AgentId>,
}

impl Wants {
    /// What these tasks concern together.
    pub fn of<'a>(tasks: impl IntoIterator<Item = &'a Task>) -> Self {
        let mut wants = Self::default();
        for task in tasks {
            wants.add(task);
        }
        wants
    }

    /// Whether anything of meetings or calendars is concerned.
    pub fn is_about_meetings(&self) -> bool {
        !(self.cards.is_empty() && self.meetings.is_empty() && self.shared.is_empty())
    }

    fn add_deed(&mut self, deed: &Deed) {
        match deed {
            Deed::Book {
                card, slot, email, ..
            } => {
                self.cards.push(*card);
                self.slots.push(*slot);
                self.emails.extend(email.clone());
            }
            Deed::Reschedule { meeting, slot, .. } => {
                self.meetings.push(*meeting);
                self.slots.push(*slot);
            }
            Deed::Cancel { meeting } => self.meetings.push(*meeting),
            Deed::Reassign { meeting, to } => {
                self.meetings.push(*meeting);
                self.receivers.push(*to);
            }
        }
    }

    /// Also what this task concerns.
    pub fn add(&mut self, task: &Task) {
        match task {
            Task::Visitor { who, id, command } => self.add_visitor(who, *id, command),
            Task::Agent { who, id, command } => self.add_agent(who.agent, *id, command),
            Task::VisitorRead {
                conversation,
                up_to,
                ..
            } => {
                self.conversations.push(*conversation);
                self.reads.push((*conversation, *up_to, true));
            }
            Task::AgentRead {
                conversation,
                up_to,
                ..
            } => {
                self.conversations.push(*conversation);
                self.reads.push((*conversation, *up_to, false));
            }
            Task::VisitorPage { key, .. } => {
                self.keys.push(*key);
                self.open_of.push(*key);
                self.views_of.push(*key);
            }
            Task::VisitorPresence { key, .. } => {
                self.keys.push(*key);
                self.open_of.push(*key);
            }
            Task::Vouched { key, .. } => {
                self.keys.push(*key);
                self.open_of.push(*key);
                self.vouched.push(*key);
            }
            Task::AgentPresence { agent, .. } => self.active_of.push(*agent),
            Task::SignedOut(agent) => {
                self.active_of.push(*agent);
                self.may_release(*agent);
            }
            Task::Availability(agent) => self.may_release(*agent),
            Task::CalendarTrouble { .. } | Task::Nothing => {}
            Task::Watch(conversation) => {
                self.conversations.push(*conversation);
                self.pool = true;
            }
            Task::WithdrawCard { card, .. } => self.cards.push(*card),
            Task::Meeting { by, id, deed } => {
                self.sources.extend(by.from());
                self.add_deed(deed);
                self.commands.push(*id);
            }
        }
    }

    fn add_visitor(&mut self, who: &VisitorSelf, id: CommandId, command: &VisitorCommand) {
        if let Some(vouched) = &who.vouched {
            self.vouched.push(who.key);
            self.domains
                .extend(vouched.profile.email.as_ref().and_then(EmailDomain::of));
        }
        match command {
            VisitorCommand::Message { conversation, .. } => {
                self.messages.push(id);
                self.conversations.push(*conversation);
                return;
            }
            VisitorCommand::File { conversation, file } => {
                self.messages.push(id);
                self.conversations.push(*conversation);
                self.files.push(*file);
                return;
            }
            VisitorCommand::End { conversation } | VisitorCommand::Rate { conversation, .. } => {
                self.conversations.push(*conversation);
            }
            VisitorCommand::SetAttributes { .. } | VisitorCommand::Report { .. } => {
                self.keys.push(who.key);
                self.open_of.push(who.key);
            }
            VisitorCommand::Start {
                form,
                first_message,
                ..
            } => {
                if first_message.is_some() {
                    self.messages.push(id);
                }
                self.pool = true;
                self.sites.push(who.site);
                self.add_domain(form);
                self.keys.push(who.key);
                self.open_of.push(who.key);
            }
            VisitorCommand::Leave {
                conversation, form, ..
            } => {
                self.messages.push(id);
                self.conversations.extend(*conversation);
                self.add_domain(form);
                self.keys.push(who.key);
                self.open_of.push(who.key);
            }
            VisitorCommand::Book { .. }
            | VisitorCommand::Reschedule { .. }
            | VisitorCommand::CancelMeeting { .. } => {
                if let Some(deed) = Deed::of(command) {
                    self.sources.push(who.from);
                    self.add_deed(&deed);
                }
            }
            VisitorCommand::Identify { profile } => {
                self.add_domain(profile);
                self.keys.push(who.key);
                self.open_of.push(who.key);
            }
        }
        self.commands.push(id);
    }

    /// Also what is only said here counts for a request of the same commit.
    fn add_domain(&mut self, form: &ProfileInput) {
        self.domains.extend(
            form.email
                .clone()
                .and_then(|email| Email::try_from(email).ok())
                .and_then(|email| EmailDomain::of(&email)),
        );
    }

    fn add_agent(&mut self, agent: AgentId, id: CommandId, command: &AgentCommand) {
        match command {
            AgentCommand::Message { conversation, .. } => {
                self.messages.push(id);
                self.conversations.push(*conversation);
                return;
            }
            AgentCommand::Note { conversation, .. } => {
                self.notes.push(id);
                self.conversations.push(*conversation);
                return;
            }
            AgentCommand::File { conversation, file } => {
                self.messages.push(id);
                self.conversations.push(*conversation);
                self.files.push(*file);
                return;
            }
            AgentCommand::ShareCalendar {
                conversation,
                agent,
            } => {
                self.messages.push(id);
                self.conversations.push(*conversation);
                self.shared.push(*agent);
                return;
            }
            AgentCommand::SetScore { conversation, .. }
            | AgentCommand::EditVisitor { conversation, .. }
            | AgentCommand::Accept { conversation }
            | AgentCommand::End { conversation }
            | AgentCommand::PickUp { conversation }
            | AgentCommand::TakeOver { conversation }
            | AgentCommand::SetBlocked { conversation, .. } => {
                self.conversations.push(*conversation);
            }
            AgentCommand::Decline { conversation }
            | AgentCommand::Transfer { conversation, .. } => {
                self.conversations.push(*conversation);
                self.pool = true;
            }
            AgentCommand::SetAvailable { .. } | AgentCommand::ResetAvailability => {
                self.may_release(agent);
            }
            AgentCommand::SetUnavailable { agent } => self.may_release(*agent),
        }
        self.commands.push(id);
    }

    /// What is held out to the agent may have to go to others.
    fn may_release(&mut self, agent: AgentId) {
        self.pool = true;
        self.duties.push(agent);
        self.offered_to.push(agent);
    }
}

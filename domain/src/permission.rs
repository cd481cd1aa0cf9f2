//! Who may see and do what: one table, read by the server and by the inbox.
//!
//! [`needed`] is the table. It names the least role that an action asks for, given how the agent
//! stands to the conversation concerned; a state that does not allow an action at all is the
//! business of [`crate::conversation::life`].

use serde::{Deserialize, Serialize};

use crate::{
    AgentId,
    agent::Role,
    conversation::{Conversation, Lists, State},
    frame::{
        agent::{AgentCommand, AgentRequest},
        visitor::{VisitorCommand, VisitorRequest},
    },
    inbox::Tab,
};

/// An agent with the role that decides what they may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Viewer {
    pub agent: AgentId,
    pub role: Role,
}

impl Viewer {
    /// Whether the agent may do this, as far as the role decides.
    pub fn may(self, action: Action, stand: Stand) -> bool {
        needed(action, stand).is_some_and(|least| match least {
            Least::Anyone | Least::Visitor => false,
            Least::Agent(role) => self.role >= role,
        })
    }

    /// Whether other agents' active chats may be read.
    pub fn sees_everyone(self) -> bool {
        self.may(Action::ReadConversation, Stand::Others)
    }

    /// How this agent stands to a conversation.
    pub fn stands(self, conversation: &Conversation) -> Stand {
        if conversation.audience().offered == Some(self.agent) {
            return match conversation.state {
                State::Active { .. } => Stand::HandedOver,
                _ => Stand::Offered,
            };
        }
        match (conversation.audience().lists, &conversation.state) {
            (Lists::Agent(own) | Lists::Unanswered(Some(own)), _) if own == self.agent => {
                Stand::Own
            }
            (Lists::Agent(_), _) => Stand::Others,
            (Lists::Unanswered(_), _) => Stand::Unanswered,
            (Lists::Everyone, State::Ended { .. }) => Stand::Ended,
            (Lists::Everyone | Lists::Nobody, _) => Stand::Hidden,
        }
    }
}

/// How an agent stands to the conversation that an action is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stand {
    /// The action is about no conversation.
    None,
    /// It is the agent's own active chat.
    Own,
    /// It is a request held out to the agent.
    Offered,
    /// It is active with another agent, who holds it out to this one.
    HandedOver,
    /// It is active with another agent.
    Others,
    /// Anybody may pick it up.
    Unanswered,
    /// It has ended, after an acceptance.
    Ended,
    /// It waits for others, or nobody ever accepted it.
    Hidden,
}

impl Stand {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::Own,
        Self::Offered,
        Self::HandedOver,
        Self::Others,
        Self::Unanswered,
        Self::Ended,
        Self::Hidden,
    ];
}

/// The least that somebody must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Least {
    /// Nobody in particular.
    Anyone,
    /// The visitor whom it is about.
    Visitor,
    /// A signed-in agent of at least this role.
    Agent(Role),
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident)*) => {
        /// Everything that somebody may be allowed or refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

actions! {
    /// What a site's pages and operators load: files, the chat's page, health.
    Load
    /// Talking as a visitor: connect, ask for a chat, write, leave a message, end, read.
    Visit
    /// Signing in, and creating the first admin.
    SignIn
    /// Signing out, and everything else about one's own session.
    SignOut
    /// One's own inbox: the connection, the lists `Active`, `All` and `Unanswered`.
    UseInbox
    /// The list `Everyone`.
    ListEveryone
    /// Reading a conversation and its visitor.
    ReadConversation
    /// The transcript file.
    ReadTranscript
    /// Accepting or declining what is held out.
    AnswerOffer
    /// Writing, files, private notes, typing, read marks, the score, what is known of the visitor,
    /// ending, handing over.
    Talk
    PickUp
    TakeOver
    /// Refusing a visitor from now on.
    BlockVisitor
    /// One's own settings, schedule, photo, password and devices.
    ChangeOwnSettings
    /// Who can be asked to take a chat over.
    ReadColleagues
    /// The page `Agents`.
    ReadAgents
    /// Setting another agent unavailable.
    SetUnavailable
    /// Adding, changing and removing the saved replies of all agents.
    ManageSharedReplies
    /// Which agents' calendars can be shared.
    ReadCalendars
    /// One's own meetings: the list, cancelling, giving them to another agent.
    ManageMeetings
    /// The same of every agent's.
    ManageAllMeetings
    /// Booking, rescheduling and cancelling by a card's or a meeting's link.
    FollowMeetingLink
}

/// The table: the least that `action` asks for; none: nobody may.
pub fn needed(action: Action, stand: Stand) -> Option<Least> {
    use Action as A;
    use Least::{Anyone, Visitor};
    use Stand as S;

    const AGENT: Least = Least::Agent(Role::Agent);
    const SUPERVISOR: Least = Least::Agent(Role::Supervisor);

    let least = match (action, stand) {
        (A::Load | A::SignIn | A::SignOut | A::FollowMeetingLink, S::None) => Anyone,
        (A::Visit, S::None) => Visitor,
        (
            A::UseInbox
            | A::ChangeOwnSettings
            | A::ReadColleagues
            | A::ReadCalendars
            | A::ManageMeetings,
            S::None,
        ) => AGENT,
        (
            A::ListEveryone
            | A::ReadAgents
            | A::SetUnavailable
            | A::ManageSharedReplies
            | A::ManageAllMeetings,
            S::None,
        ) => SUPERVISOR,
        (A::ReadConversation, S::Own | S::Unanswered | S::Ended) => AGENT,
        (A::ReadConversation, S::Others | S::HandedOver) => SUPERVISOR,
        (A::ReadTranscript, S::Ended) => AGENT,
        (A::AnswerOffer, S::Offered | S::HandedOver) => AGENT,
        (A::Talk, S::Own) => AGENT,
        (A::PickUp, S::Unanswered) => AGENT,
        (A::TakeOver, S::Others | S::HandedOver | S::Unanswered) => SUPERVISOR,
        (A::BlockVisitor, S::Own | S::Others | S::HandedOver | S::Unanswered | S::Ended) => {
            SUPERVISOR
        }
        _ => return None,
    };
    Some(least)
}

impl Tab {
    /// What reading this list asks for.
    pub fn action(self) -> Action {
        match self {
            Self::Active | Self::All | Self::Unanswered => Action::UseInbox,
            Self::Everyone => Action::ListEveryone,
        }
    }
}

impl AgentCommand {
    /// What this asks for.
    pub fn action(&self) -> Action {
        match self {
            Self::Accept { .. } | Self::Decline { .. } => Action::AnswerOffer,
            Self::Message { .. }
            | Self::File { .. }
            | Self::Note { .. }
            | Self::SetScore { .. }
            | Self::EditVisitor { .. }
            | Self::End { .. }
            | Self::ShareCalendar { .. }
            | Self::Transfer { .. } => Action::Talk,
            Self::SetAvailable { .. } | Self::ResetAvailability => Action::ChangeOwnSettings,
            Self::PickUp { .. } => Action::PickUp,
            Self::TakeOver { .. } => Action::TakeOver,
            Self::SetBlocked { .. } => Action::BlockVisitor,
            Self::SetUnavailable { .. } => Action::SetUnavailable,
        }
    }
}

impl AgentRequest {
    /// What this asks for.
    pub fn action(&self) -> Action {
        match self {
            Self::Hello { .. } | Self::Pong => Action::UseInbox,
            Self::Command { command, .. } => command.action(),
            Self::Typing { .. } | Self::Read { .. } => Action::Talk,
        }
    }
}

impl VisitorCommand {
    /// What this asks for.
    pub fn action(&self) -> Action {
        match self {
            Self::Start { .. }
            | Self::Message { .. }
            | Self::Leave { .. }
            | Self::File { .. }
            | Self::Rate { .. }
            | Self::End { .. }
            | Self::Identify { .. }
            | Self::SetAttributes { .. }
            | Self::Report { .. }
            | Self::Book { .. }
            | Self::Reschedule { .. }
            | Self::CancelMeeting { .. } => Action::Visit,
        }
    }
}

impl VisitorRequest {
    /// What this asks for.
    pub fn action(&self) -> Action {
        match self {
            Self::Command { command, .. } => command.action(),
            Self::Hello(_)
            | Self::Pong
            | Self::Typing { .. }
            | Self::Read { .. }
            | Self::Slots { .. }
            | Self::Page(_) => Action::Visit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_role_may_all_that_a_lower_one_may() {
        let viewer = |role| Viewer {
            agent: AgentId::new(crate::Timestamp(0), [1; 10]),
            role,
        };
        for action in Action::ALL {
            for stand in Stand::ALL {
                let may = [Role::Agent, Role::Supervisor, Role::Admin]
                    .map(|role| viewer(role).may(*action, stand));
                assert!(may.is_sorted(), "{action:?} {stand:?}");
            }
        }
    }

    #[test]
    fn every_action_is_open_to_somebody() {
        for action in Action::ALL {
            assert!(
                Stand::ALL
                    .iter()
                    .any(|stand| needed(*action, *stand).is_some()),
                "{action:?}"
            );
        }
    }
}

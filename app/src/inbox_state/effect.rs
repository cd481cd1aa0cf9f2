//! What the state asks of the tab: what to do, what to tell, what to draw anew.

use std::sync::Arc;

use domain::{
    CommandId, ConversationId, FileId, Refusal, Timestamp,
    frame::agent::{AgentRequest, Moved},
    meeting::{MeetingChange, MeetingRow},
    message::Seq,
};

use super::Unsent;

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

/// What others did about a conversation of this agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It is with the agent of this name now.
    Moved { to: Arc<str>, how: Moved },
    /// The agent who was asked to take it over did not.
    NotTransferred {
        to: Arc<str>,
        /// Not in time; else declined.
        expired: bool,
    },
}

/// What the agent is to hear of, wherever they look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    /// A conversation is held out.
    Offer {
        conversation: ConversationId,
        expires_at: Timestamp,
    },
    /// The visitor of an own chat wrote.
    Message {
        conversation: ConversationId,
        seq: Seq,
    },
}

/// What the agent is told in passing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Somebody else has the conversation, or it is over.
    NoLongerWaiting,
    /// What was asked for was not done.
    Failed(Refusal),
    /// Words were put into the clipboard.
    Copied,
    /// The agent who was to take a chat over could not be asked.
    NotAsked(Refusal),
    /// Others did something about a chat with this visitor.
    News {
        conversation: ConversationId,
        visitor: Option<String>,
        news: News,
    },
    /// A meeting that concerns the agent was booked or changed.
    Meeting(Arc<MeetingRow>, MeetingChange),
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
    /// Upload the file that this command is to send.
    Upload(CommandId),
    /// The file is no longer needed in the browser.
    DropFile(FileId),
    /// An offer was accepted here: open its conversation.
    Open(ConversationId),
    /// Tell the agent.
    Tell(Notice),
    /// Read the lists and the open conversation again; keep everything else.
    ReadAgain,
    /// Read this conversation again: messages of it are missing.
    ReadThread(ConversationId),
    /// An agent was asked to take this conversation over, or a calendar shared in it.
    Asked(ConversationId),
    /// Make the agent hear of this, in one tab only.
    Alert(Alert),
    /// The page beside the chats may show what is no longer so.
    ReadPage,
    /// The session is over: sign in again.
    SignedOut,
}

/// What is to be drawn anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    pub offers: bool,
    pub lists: bool,
    pub availability: bool,
    pub link: bool,
    pub typing: bool,
    pub search: bool,
    /// Something asked for, that no other part shows.
    pub asked: bool,
    pub rows: Vec<ConversationId>,
    pub threads: Vec<ConversationId>,
}

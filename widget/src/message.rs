//! Everything that can happen to the chat. Each is taken in turn, then the page is drawn.

use domain::{
    CardId, CommandId, Refusal,
    activity::Rating,
    file::FileCard,
    meeting::Slot,
    visitor::{Page, ProfileInput},
};

use crate::connection::Attempt;

#[derive(Clone)]
pub enum Msg {
    /// The panel was opened; `focus` if by the visitor.
    Open {
        focus: bool,
        token: Option<String>,
    },
    /// The panel was closed.
    Close,
    /// The site's page is this now; with what was viewed before, as the loader keeps it.
    Page(Page, Option<String>),
    /// What the site's script says of the visitor, and the token that its server signed.
    Identify(ProfileInput, String),
    /// What else it says of them: names and values.
    Attributes(Vec<(String, String)>),
    /// An event that it reports.
    Track(String),

    /// The connection can carry the first frame.
    Carries(Attempt),
    /// A frame came.
    Frame(Attempt, Vec<u8>),
    /// The fallback's request of this number is over; its answer is empty if it failed.
    Polled {
        attempt: Attempt,
        count: u32,
        answer: Vec<u8>,
    },
    /// The connection is over, with the close code of a socket, or 0.
    Gone(Attempt, u16),
    /// The browser says that there is a network again.
    Online,
    /// The browser says that there is none.
    Offline,
    /// The page goes into the back-forward cache, or away.
    Leave,
    /// The page comes out of the back-forward cache.
    Return,
    /// The tab is shown or hidden.
    Visibility,

    /// A deadline of the clock has passed.
    Time,

    /// The visitor wrote into the composer.
    Typed,
    Send,
    /// The visitor wrote into the start form.
    FormTyped,
    /// The form's main button, or Enter in one of its fields.
    Submit,
    StartChat,
    /// A message that was not sent is to be sent again.
    Again(CommandId),
    /// The visitor wants to choose a file.
    ChooseFile,
    /// A file was chosen, dropped or pasted.
    Attach {
        name: String,
        bytes: Vec<u8>,
    },
    /// So many percent of a file are up.
    Progress(CommandId, u32),
    /// A file's upload is over.
    Uploaded(CommandId, Result<FileCard, Refusal>),
    /// The visitor chose how good the chat was.
    Choose(Rating),
    Rate,
    /// The visitor books a slot by a card. The email is empty where none is asked for there.
    Book {
        card: CardId,
        slot: Slot,
        email: String,
        zone: String,
    },
    /// The visitor looks at the last days of a card that are known.
    LaterSlots(CardId),
    /// `End chat`: asks first.
    AskEnd,
    KeepChatting,
    End,
    NewChat,
    Transcript,
    ToBottom,
    Scrolled,
    Escape,
    Reload,
}

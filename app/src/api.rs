//! What the inbox asks of the server by request: typed functions at fixed addresses under `/api`.
//!
//! They only pass on: who may do what is decided in `backend`. Arguments and answers are postcard.

mod asked;
mod calendars;
#[cfg(not(feature = "ssr"))]
mod call;
mod failure;
mod letters;
mod meetings;
mod replies;
mod settings;
mod wire;

use domain::{
    ConversationId,
    activity::{HistoryKey, HistoryPage},
    inbox::{Colleague, InboxStart, ListKey, ListPage, OpenConversation, Tab},
    message::{Message, Seq},
    permission::Viewer,
    search::{SearchKey, SearchPage},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::context::RequestContext;

use asked::asked;
pub use calendars::*;
pub use failure::Failure;
pub use letters::*;
pub use meetings::*;
pub use replies::*;
pub use settings::*;
pub use wire::PagePostcard;

/// Everything that the inbox's page shows first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstPage {
    pub start: InboxStart,
    /// The tab that is in front, with its first page; none if that is `Active`.
    pub list: Option<(Tab, Result<ListPage, Failure>)>,
    /// The open conversation, or why it cannot be shown.
    pub open: Option<Result<OpenConversation, Failure>>,
}

impl FirstPage {
    /// The agent with the role that decides what they may see.
    pub fn viewer(&self) -> Viewer {
        Viewer {
            agent: self.start.agent.id,
            role: self.start.agent.role,
        }
    }
}

asked! {
    "session",
    /// Whether the session is valid: done, or refused as [`Refusal::SignedOut`](domain::Refusal::SignedOut).
    ///
    /// # Errors
    /// Without a session.
    pub async fn check_session() -> Result<(), Failure> {
        RequestContext::current()?.who().map(|_| ())
    }
}

asked! {
    "sign-in",
    /// Signs in and sets the session cookie.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`](domain::Refusal::Forbidden) when email or password are wrong.
    pub async fn sign_in(email: String, password: String) -> Result<(), Failure> {
        let context = RequestContext::current()?;
        let (user_agent, known) = (RequestContext::user_agent(), context.known());
        let browser = backend::Browser {
            user_agent: &user_agent,
            known: known.as_deref(),
            session: context.who.as_ref(),
        };
        let (token, who) = context.casella.sign_in(&email, &password, browser).await?;
        context.set_session(&token);
        context.set_known(&who);
        Ok(())
    }
}

asked! {
    "create-first-admin",
    /// Creates the first agent, an admin, and signs in.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`](domain::Refusal::Forbidden) if there are agents already;
    /// [`Refusal::NotFound`](domain::Refusal::NotFound) for a wrong setup code;
    /// [`Refusal::Malformed`](domain::Refusal::Malformed) for the email, and the password's own.
    pub async fn create_first_admin(
        code: String,
        name: String,
        email: String,
        password: String,
    ) -> Result<(), Failure> {
        use domain::{Refusal, text};

        let context = RequestContext::current()?;
        let refused = |error: text::TextError| Failure::Refused(Refusal::from(error));
        let name = text::Field::try_from(name).map_err(refused)?;
        let email = text::Email::try_from(email).map_err(refused)?;
        let (token, who) = context
            .casella
            .create_first_admin(&code, name, email, &password, &RequestContext::user_agent())
            .await?;
        context.set_session(&token);
        context.set_known(&who);
        Ok(())
    }
}

asked! {
    "sign-out",
    /// Ends the session and clears the cookie.
    ///
    /// # Errors
    /// [`Failure`] if the session could not be ended; it is still valid then.
    pub async fn sign_out() -> Result<(), Failure> {
        let context = RequestContext::current()?;
        if let Some(who) = &context.who {
            context.casella.sign_out(who).await?;
        }
        context.clear_session();
        Ok(())
    }
}

asked! {
    "inbox",
    /// What the inbox starts from: the lists and, if one is asked for, a conversation.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`](domain::Refusal::SignedOut) without a session.
    pub async fn read_inbox(tab: Tab, open: Option<ConversationId>) -> Result<FirstPage, Failure> {
        let context = RequestContext::current()?;
        let who = context.who()?;
        // First, so that its cursor is before everything else that is read: changes from then on
        // come over the connection, and applying one twice is harmless.
        let start = context.casella.inbox(who).await?;
        let list = match tab {
            Tab::Active => None,
            Tab::All | Tab::Unanswered | Tab::Everyone => {
                let page = context.casella.list(who, tab, None).await;
                Some((tab, page.map_err(Failure::from)))
            }
        };
        let open = match open {
            None => None,
            Some(id) => Some(
                context
                    .casella
                    .open_conversation(who, id)
                    .await
                    .map_err(Failure::from),
            ),
        };
        Ok(FirstPage { start, list, open })
    }
}

asked! {
    "list",
    /// A page of the conversation list.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`](domain::Refusal::SignedOut) without a session.
    pub async fn read_list(tab: Tab, after: Option<ListKey>) -> Result<ListPage, Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.list(context.who()?, tab, after).await?)
    }
}

asked! {
    "search",
    /// A page of the conversations that the agent may read in which all these words stand, newest
    /// first; the last word may be the beginning of one.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`](domain::Refusal::SignedOut) without a session,
    /// [`Refusal::TooLarge`](domain::Refusal::TooLarge) for more than
    /// [`SEARCH_CHARS`](domain::search::SEARCH_CHARS).
    pub async fn search(query: String, before: Option<SearchKey>) -> Result<SearchPage, Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .search(context.who()?, &query, before)
            .await?)
    }
}

asked! {
    "colleagues",
    /// Who might be asked to take a chat over: every other agent, those who can be asked first.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`](domain::Refusal::SignedOut) without a session.
    pub async fn read_colleagues() -> Result<Vec<Colleague>, Failure> {
        let context = RequestContext::current()?;
        Ok(context.casella.colleagues(context.who()?).await?)
    }
}

asked! {
    "conversation",
    /// A conversation with its newest messages.
    ///
    /// # Errors
    /// [`Refusal::NotFound`](domain::Refusal::NotFound) unless it stands in the agent's lists.
    pub async fn read_conversation(id: ConversationId) -> Result<OpenConversation, Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .open_conversation(context.who()?, id)
            .await?)
    }
}

asked! {
    "earlier",
    /// The messages before `before`, at most a page, in order.
    ///
    /// # Errors
    /// As [`read_conversation`].
    pub async fn read_earlier(id: ConversationId, before: Seq) -> Result<Vec<Message>, Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .earlier_messages(context.who()?, id, before)
            .await?)
    }
}

asked! {
    "history",
    /// A page of the activity history of a conversation's visitor, newest first.
    ///
    /// # Errors
    /// As [`read_conversation`].
    pub async fn read_history(
        conversation: ConversationId,
        before: Option<HistoryKey>,
    ) -> Result<HistoryPage, Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .history(context.who()?, conversation, before)
            .await?)
    }
}

asked! {
    "transcript",
    /// The newest messages of an ended chat, in order: a thousand, or a megabyte of text. The whole
    /// of a longer one is in its file.
    ///
    /// # Errors
    /// As [`read_conversation`]; [`Refusal::NotNow`](domain::Refusal::NotNow) before the end.
    pub async fn read_transcript(conversation: ConversationId) -> Result<Vec<Message>, Failure> {
        let context = RequestContext::current()?;
        Ok(context
            .casella
            .messages(context.who()?, conversation)
            .await?)
    }
}

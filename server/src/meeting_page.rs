//! `/m/{address}`: the page behind the link of a card or a meeting, for who is not in the chat.
//! Whoever has the address may book, or move and cancel the meeting.
//!
//! Plain HTML without any script. One chooses by addresses, which change nothing; what changes
//! something is a form that is posted from the page itself.

mod booked;
mod choice;
mod look;
mod shell;

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use backend::{CalendarLink, Followed, MeetingLink};
use domain::{
    CommandId, Language, Refusal,
    meeting::{MeetingState, words::Local},
    texts::{
        Table, Words, fill,
        keys::{ChatText, PageText},
    },
};
use http::{HeaderMap, StatusCode};

use self::{
    choice::Offer,
    look::{Fields, Look, Todo},
};
use crate::{node::Node, page, problem};

/// The largest body of a form.
pub const BODY_BYTES: usize = 8 * 1024;

/// `GET /m/{address}`: shows what there is.
pub async fn serve(
    State(node): State<Arc<Node>>,
    Path(address): Path<String>,
    Query(fields): Query<Fields>,
    headers: HeaderMap,
) -> Response {
    let fields = Fields {
        act: None,
        email: None,
        ..fields
    };
    answer(&node, &address, &fields, &headers).await
}

/// `POST /m/{address}`: books, moves or cancels; or shows what there is, where what was written
/// should not stand in an address.
pub async fn change(
    State(node): State<Arc<Node>>,
    Path(address): Path<String>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    answer(&node, &address, &fields, &headers).await
}

/// What a page is drawn with, whatever is on it.
struct Desk<'a> {
    node: &'a Node,
    address: &'a str,
    fields: &'a Fields,
    words: Table,
    style: String,
}

async fn answer(node: &Node, address: &str, fields: &Fields, headers: &HeaderMap) -> Response {
    let language = fields.language();
    let language = language.unwrap_or_else(|| page::language(None, headers));
    let style = match node.assets.manifest().await {
        Ok(manifest) => manifest.address("meeting.css"),
        Err(problem) => Err(problem),
    };
    let style = match style {
        Ok(style) => style,
        Err(problem) => return problem.into_response(),
    };
    let desk = Desk {
        node,
        address,
        fields,
        words: Table(language),
        style,
    };
    let answered = match node.casella.follow(address).await {
        Ok(Followed::Card(card)) => desk.card(&card).await,
        Ok(Followed::Meeting(meeting)) => desk.meeting(&meeting).await,
        Err(error) => Err(error),
    };
    answered.unwrap_or_else(|error| desk.failed(&error))
}

/// What became of what the visitor sent, if it did not become a meeting.
#[derive(Default)]
struct Outcome {
    status: StatusCode,
    alert: Option<ChatText>,
    email_problem: Option<ChatText>,
}

impl Outcome {
    /// The page that one can go on from; an error if there is none.
    fn of(error: backend::Error) -> Result<Self, backend::Error> {
        let refusal = match &error {
            backend::Error::Refused(refusal) => *refusal,
            _ => return Err(error),
        };
        let (alert, email_problem) = match refusal {
            Refusal::Taken | Refusal::NotNow | Refusal::NoCalendar => {
                (Some(ChatText::JustTaken), None)
            }
            Refusal::Required => (None, Some(ChatText::Required)),
            Refusal::Malformed => (None, Some(ChatText::EmailMalformed)),
            Refusal::EmailNotTaken => (None, Some(ChatText::EmailNotTaken)),
            _ => return Err(error),
        };
        Ok(Self {
            status: problem::status(refusal),
            alert,
            email_problem,
        })
    }

    fn nothing_chosen() -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            alert: Some(ChatText::ChooseTime),
            email_problem: None,
        }
    }
}

impl Desk<'_> {
    fn language(&self) -> Language {
        self.words.0
    }

    /// The page as it was asked for; `zone` where no other was chosen.
    fn look(&self, zone: &str) -> Look<'_> {
        let chosen = self.fields.zone.as_deref().unwrap_or(zone);
        let local = |zone: &str| Local::new(zone, self.language());
        Look {
            address: self.address,
            words: &self.words,
            lang: self.fields.language(),
            local: local(chosen)
                .or_else(|| local(zone))
                .unwrap_or_else(|| Local::utc(self.language())),
            from: self.fields.from(),
            slot: self.fields.slot(),
            todo: self.fields.todo(),
            email: self.fields.email.clone().unwrap_or_default(),
            id: CommandId::new(self.node.casella.now(), backend::random()),
        }
    }

    /// The id of the command that was sent.
    fn command(&self, look: &Look<'_>) -> CommandId {
        let sent = self.fields.id.as_deref().and_then(|id| id.parse().ok());
        sent.unwrap_or(look.id)
    }

    async fn card(&self, card: &CalendarLink) -> Result<Response, backend::Error> {
        let look = self.look(&card.zone);
        let mut outcome = Outcome::default();
        let mut fresh = None;
        if self.fields.act.is_some() {
            let Some(slot) = look.slot else {
                return Ok(self.choose(&look, card, Outcome::nothing_chosen(), None));
            };
            let email = Some(look.email.clone()).filter(|_| card.asks_email);
            let id = self.command(&look);
            let zone = look.local.zone().to_owned();
            let booked = self
                .node
                .casella
                .book_by_link(self.address, id, slot, email, zone);
            match booked.await {
                Ok(meeting) => return Ok(self.go(&look, &meeting.address)),
                Err(error) => outcome = Outcome::of(error)?,
            }
            if let Followed::Card(card) = self.node.casella.follow(self.address).await? {
                fresh = Some(card);
            }
        }
        Ok(self.choose(&look, fresh.as_ref().unwrap_or(card), outcome, None))
    }

    async fn meeting(&self, link: &MeetingLink) -> Result<Response, backend::Error> {
        let look = self.look(&link.calendar.zone);
        let meeting = &link.meeting;
        let now = self.node.casella.now();
        let open = meeting.state == MeetingState::Booked && now < meeting.span.start();
        let acts = self.fields.act.is_some();
        let (casella, id) = (&self.node.casella, self.command(&look));
        match look.todo {
            Todo::Reschedule if open => {
                let mut outcome = Outcome::default();
                if let Some(slot) = look.slot.filter(|_| acts) {
                    let zone = look.local.zone().to_owned();
                    match casella
                        .reschedule_by_link(self.address, id, slot, zone)
                        .await
                    {
                        Ok(_) => return Ok(self.go(&look, self.address)),
                        Err(error) => outcome = Outcome::of(error)?,
                    }
                } else if acts {
                    outcome = Outcome::nothing_chosen();
                }
                let fresh = casella.follow(self.address).await?;
                let Followed::Meeting(fresh) = fresh else {
                    return Err(Refusal::NotFound.into());
                };
                let when = look.local.span(fresh.meeting.span);
                Ok(self.choose(&look, &fresh.calendar, outcome, Some(when)))
            }
            Todo::Cancel if open && acts => {
                casella.cancel_by_link(self.address, id).await?;
                Ok(self.go(&look, self.address))
            }
            _ if acts => Err(Refusal::NotNow.into()),
            _ => {
                let content = booked::draw(&look, meeting, Some(&link.calendar.address), now);
                Ok(self.page(StatusCode::OK, &link.calendar.agent.name, &content))
            }
        }
    }

    fn choose(
        &self,
        look: &Look<'_>,
        card: &CalendarLink,
        outcome: Outcome,
        now: Option<String>,
    ) -> Response {
        let offer = Offer {
            agent: &card.agent,
            length: card.length,
            slots: &card.slots,
            asks_email: card.asks_email && now.is_none(),
            alert: outcome.alert,
            email_problem: outcome.email_problem,
            now,
        };
        let content = choice::draw(look, &offer);
        self.page(outcome.status, &card.agent.name, &content)
    }
}

impl Desk<'_> {
    /// To the page of a meeting, once it is booked or changed.
    fn go(&self, look: &Look<'_>, address: &str) -> Response {
        Redirect::to(&look.path(address)).into_response()
    }

    fn page(&self, status: StatusCode, agent: &str, content: &str) -> Response {
        let title = fill(self.words.word(ChatText::Meet), &[("agent", agent)]);
        shell::page(status, self.language(), &title, &self.style, content)
    }

    /// Says calmly why there is nothing to choose from.
    fn failed(&self, error: &backend::Error) -> Response {
        let refusal = error.refusal();
        let (heading, hint) = match refusal {
            Refusal::NotFound => (PageText::LinkUnknown, PageText::LinkUnknownHint),
            Refusal::NotNow | Refusal::Taken | Refusal::NoCalendar => {
                (PageText::NotPossible, PageText::NotPossibleHint)
            }
            _ => (PageText::PageFailed, PageText::PageFailedHint),
        };
        if !matches!(error, backend::Error::Refused(_)) {
            tracing::error!(%error, "a page behind a link failed");
        }
        let status = problem::status(refusal);
        shell::note(status, self.language(), &self.style, heading, hint)
    }
}

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
    Extension, Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use backend::{
    bound::Source,
    meeting::{FreeSlots, LinkEnd, Linked, LinkedCard, LinkedMeeting},
};
use domain::{
    CommandId, Refusal,
    meeting::{MeetingState, words::Local},
    texts::keys::{ChatText, PageText},
};
use http::{HeaderMap, StatusCode};

use self::{
    choice::Offer,
    look::{Fields, Look, Todo},
    shell::Shell,
};
use crate::{node::Node, page, problem, request::Client};

/// The largest body of a form.
pub const BODY_BYTES: usize = 8 * 1024;

/// `GET /m/{address}`: shows what there is.
pub async fn serve(
    State(node): State<Arc<Node>>,
    Extension(client): Extension<Client>,
    Path(address): Path<String>,
    Query(fields): Query<Fields>,
    headers: HeaderMap,
) -> Response {
    let fields = Fields {
        act: None,
        email: None,
        ..fields
    };
    answer(&node, &client, &address, &fields, &headers).await
}

/// `POST /m/{address}`: books, moves or cancels; or shows what there is, where what was written
/// should not stand in an address.
pub async fn change(
    State(node): State<Arc<Node>>,
    Extension(client): Extension<Client>,
    Path(address): Path<String>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    answer(&node, &client, &address, &fields, &headers).await
}

/// What every page is drawn with.
struct Desk<'a> {
    node: &'a Node,
    address: &'a str,
    /// Where it is asked for from.
    from: Source,
    fields: &'a Fields,
    shell: Shell,
}

async fn answer(
    node: &Node,
    client: &Client,
    address: &str,
    fields: &Fields,
    headers: &HeaderMap,
) -> Response {
    let style = match node.assets.manifest().await {
        Ok(manifest) => manifest.address("meeting.css"),
        Err(problem) => Err(problem),
    };
    let style = match style {
        Ok(style) => style,
        Err(problem) => return problem.into_response(),
    };
    let language = fields.language();
    let browsers = language.unwrap_or_else(|| page::language(None, headers));
    let mut desk = Desk {
        node,
        address,
        from: client.address.into(),
        fields,
        shell: Shell::new(browsers, style),
    };
    let linked = desk.follow().await;
    if let Ok(
        Linked::Card(LinkedCard {
            site, language: of, ..
        })
        | Linked::Meeting(LinkedMeeting {
            site, language: of, ..
        })
        | Linked::Ended(LinkEnd { site, language: of }),
    ) = &linked
    {
        // In the language of the chat, where the address names no other.
        let language = language.or_else(|| of.parse().ok()).unwrap_or(browsers);
        desk.shell.of_site(site, language);
    }
    let answered = match linked {
        Ok(Linked::Card(card)) => desk.card(card).await,
        Ok(Linked::Meeting(meeting)) => desk.meeting(meeting).await,
        Ok(Linked::Ended(_)) => Ok(desk.ended()),
        Err(error) => Err(error),
    };
    answered.unwrap_or_else(|error| desk.failed(&error))
}

/// What became of what the visitor sent, if it did not become a meeting.
#[derive(Default)]
struct Outcome {
    status: StatusCode,
    alert: Option<PageText>,
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
                (Some(PageText::JustTaken), None)
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
            alert: Some(PageText::ChooseTime),
            email_problem: None,
        }
    }
}

impl Desk<'_> {
    /// What the address leads to, with all free slots.
    async fn follow(&self) -> Result<Linked, backend::Error> {
        let casella = &self.node.casella;
        let mut linked = casella.follow_link(self.address, None).await?;
        // They come in large parts.
        while let Some(from) = free(&linked).and_then(|free| free.next) {
            let later = casella.follow_link(self.address, Some(from)).await?;
            let (Some(known), Some(later)) = (free_mut(&mut linked), free(&later)) else {
                // It ended meanwhile.
                return Ok(later);
            };
            known.slots.extend(&later.slots);
            known.next = later.next.filter(|next| *next > from);
        }
        if let Linked::Meeting(link) = &mut linked {
            // Its own time is no other time.
            let now = link.meeting.span.start();
            link.free.slots.retain(|slot| slot.0 != now);
        }
        Ok(linked)
    }

    /// The page as it was asked for; `zone` where no other was chosen.
    fn look(&self, zone: &str) -> Look<'_> {
        let words = &self.shell.words;
        let chosen = self.fields.zone.as_deref().unwrap_or(zone);
        let local = |zone: &str| Local::new(zone, words.0);
        Look {
            address: self.address,
            words,
            lang: self.fields.language(),
            local: local(chosen)
                .or_else(|| local(zone))
                .unwrap_or_else(|| Local::utc(words.0)),
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

    async fn card(&self, mut card: LinkedCard) -> Result<Response, backend::Error> {
        let look = self.look(&card.zone);
        let mut outcome = Outcome::default();
        if self.fields.act.is_some() {
            let Some(slot) = look.slot else {
                return Ok(self.choose(&look, &card, Outcome::nothing_chosen()));
            };
            let email = Some(look.email.clone());
            let zone = look.local.zone();
            let casella = &self.node.casella;
            let id = self.command(&look);
            let booked = casella.book_by_link(self.address, id, slot, email, zone, self.from);
            match booked.await {
                Ok(meeting) => {
                    return Ok(Redirect::to(&look.path(&meeting.address)).into_response());
                }
                Err(error) => outcome = Outcome::of(error)?,
            }
            if let Linked::Card(fresh) = self.follow().await? {
                card = fresh;
            }
        }
        Ok(self.choose(&look, &card, outcome))
    }

    fn choose(&self, look: &Look<'_>, card: &LinkedCard, outcome: Outcome) -> Response {
        let offer = Offer {
            agent: &card.agent,
            free: &card.free,
            // The server may want one that it once knew.
            asks_email: card.asks_email || outcome.email_problem.is_some(),
            alert: outcome.alert,
            email_problem: outcome.email_problem,
            now: None,
        };
        self.offer(outcome.status, look, &offer)
    }

    async fn meeting(&self, link: LinkedMeeting) -> Result<Response, backend::Error> {
        let look = self.look(&link.zone);
        let now = self.node.casella.now();
        let meeting = &link.meeting;
        let open = meeting.state == MeetingState::Booked && now < meeting.span.start();
        let acts = self.fields.act.is_some();
        match look.todo {
            Todo::Reschedule if open => self.reschedule(&look, link, acts).await,
            Todo::Cancel if open && acts => {
                let id = self.command(&look);
                self.node
                    .casella
                    .cancel_by_link(self.address, id, self.from)
                    .await?;
                Ok(Redirect::to(&look.path(self.address)).into_response())
            }
            _ if acts => Err(Refusal::NotNow.into()),
            _ => {
                let content = booked::draw(&look, meeting, &link.card, now);
                Ok(self
                    .shell
                    .page(StatusCode::OK, &meeting.agent.name, &content))
            }
        }
    }

    async fn reschedule(
        &self,
        look: &Look<'_>,
        mut link: LinkedMeeting,
        acts: bool,
    ) -> Result<Response, backend::Error> {
        let mut outcome = Outcome::default();
        if acts {
            let Some(slot) = look.slot else {
                outcome = Outcome::nothing_chosen();
                return Ok(self.choose_another(look, &link, outcome));
            };
            let id = self.command(look);
            let zone = look.local.zone();
            let casella = &self.node.casella;
            match casella
                .reschedule_by_link(self.address, id, slot, zone, self.from)
                .await
            {
                Ok(_) => return Ok(Redirect::to(&look.path(self.address)).into_response()),
                Err(error) => outcome = Outcome::of(error)?,
            }
            if let Linked::Meeting(fresh) = self.follow().await? {
                link = fresh;
            }
        }
        Ok(self.choose_another(look, &link, outcome))
    }

    fn choose_another(&self, look: &Look<'_>, link: &LinkedMeeting, outcome: Outcome) -> Response {
        let offer = Offer {
            agent: &link.meeting.agent,
            free: &link.free,
            asks_email: false,
            alert: outcome.alert,
            email_problem: None,
            now: Some(look.local.span(link.meeting.span)),
        };
        self.offer(outcome.status, look, &offer)
    }

    fn offer(&self, status: StatusCode, look: &Look<'_>, offer: &Offer<'_>) -> Response {
        let content = choice::draw(look, offer);
        self.shell.page(status, &offer.agent.name, &content)
    }

    /// Says what to do where a link has ended.
    fn ended(&self) -> Response {
        let (heading, hint) = (PageText::LinkEnded, PageText::LinkEndedHint);
        self.shell.note(StatusCode::GONE, heading, hint)
    }

    /// Says calmly why there is nothing to choose from.
    fn failed(&self, error: &backend::Error) -> Response {
        let refusal = error.refusal();
        let (heading, hint) = match refusal {
            Refusal::NotFound => (PageText::LinkUnknown, PageText::LinkUnknownHint),
            Refusal::NotNow | Refusal::Taken | Refusal::NoCalendar => {
                (PageText::NotPossible, PageText::NotPossibleHint)
            }
            Refusal::TooMany => (PageText::EnoughMeetings, PageText::EnoughMeetingsHint),
            _ => (PageText::PageFailed, PageText::PageFailedHint),
        };
        if !matches!(error, backend::Error::Refused(_)) {
            tracing::error!(%error, "a page behind a link failed");
        }
        self.shell.note(problem::status(refusal), heading, hint)
    }
}

fn free(linked: &Linked) -> Option<&FreeSlots> {
    match linked {
        Linked::Card(card) => Some(&card.free),
        Linked::Meeting(meeting) => Some(&meeting.free),
        Linked::Ended(_) => None,
    }
}

fn free_mut(linked: &mut Linked) -> Option<&mut FreeSlots> {
    match linked {
        Linked::Card(card) => Some(&mut card.free),
        Linked::Meeting(meeting) => Some(&mut meeting.free),
        Linked::Ended(_) => None,
    }
}

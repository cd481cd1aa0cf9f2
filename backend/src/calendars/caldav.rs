//! Calendars by CalDAV (RFC 4791).

mod discover;
mod request;
mod xml;

use ::calendar::Calendar;
use domain::{MeetingId, Timestamp, availability::Zone, calendar::ListedCalendar, meeting::Span};
use http::{HeaderValue, Method, StatusCode, header};
use url::Url;

use super::{DAY, Taken, Trouble, event::Event};
use crate::{outgoing::Guard, store::calendar::event::Place};
use request::{Dav, Response, unexpected};
use xml::Space;

/// How often a write is begun anew because somebody else changed the event meanwhile.
const ATTEMPTS: usize = 3;

/// A person's account on a server.
pub struct CalDav {
    dav: Dav,
    /// What the agent typed: a server's address, a host, or an email address.
    typed: String,
}

impl CalDav {
    /// None for a name or password that cannot be sent.
    pub fn new(guard: &Guard, typed: &str, user: &str, password: &str) -> Option<Self> {
        Some(Self {
            dav: Dav::new(guard, user, password)?,
            typed: typed.to_owned(),
        })
    }

    /// The calendars of the account that hold events.
    pub async fn calendars(&self) -> Result<Vec<ListedCalendar>, Trouble> {
        discover::calendars(&self.dav, &self.typed).await
    }

    /// What the events of a calendar take of a stretch.
    pub async fn busy(
        &self,
        calendar: &str,
        window: Span,
        zone: &Zone,
    ) -> Result<Vec<Taken>, Trouble> {
        let at = parsed(calendar)?;
        // Servers place whole days, and times of no zone, in zones of their own.
        let (start, end) = (window.start() - DAY, window.end() + DAY);
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <c:calendar-query xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">\
             <d:prop><c:calendar-data/></d:prop><c:filter><c:comp-filter name=\"VCALENDAR\">\
             <c:comp-filter name=\"VEVENT\"><c:time-range start=\"{}\" end=\"{}\"/></c:comp-filter>\
             </c:comp-filter></c:filter></c:calendar-query>",
            utc(start),
            utc(end)
        );
        let (_, responses) = self.dav.multistatus("REPORT", &at, "1", body).await?;
        if responses.iter().any(|response| response.cut) {
            let why = "the server left events out: there are too many";
            return Err(Trouble::Unreachable(why.to_owned(), None));
        }
        let zone = zone.clone();
        let read = tokio::task::spawn_blocking(move || taken(&responses, window, &zone)).await;
        read.map_err(|error| Trouble::Unreachable(error.to_string(), None))
    }

    /// Writes a meeting's event, where it stood before or anew.
    pub async fn write(
        &self,
        before: Option<&Place>,
        calendar: &str,
        event: &Event,
    ) -> Result<Place, Trouble> {
        let here = before.filter(|place| place.calendar == calendar);
        let item = match here {
            Some(place) => parsed(&place.item)?,
            None => item(calendar, event.meeting)?,
        };
        let tag = here.and_then(|place| place.tag.clone());
        let (item, tag) = self.put(item, tag, &event.text()).await?;
        // It was written to another calendar before.
        if let Some(before) = before.filter(|place| place.calendar != calendar) {
            self.remove(before).await?;
        }
        Ok(Place {
            calendar: calendar.to_owned(),
            item: item.into(),
            tag,
        })
    }

    /// Removes an event. One that is gone already is fine.
    pub async fn remove(&self, place: &Place) -> Result<(), Trouble> {
        // Whatever became of it there: without a tag, since the meeting is off.
        let at = parsed(&place.item)?;
        let reply = self.dav.send(Method::DELETE, &at, &[], String::new());
        match reply.await?.status {
            status if status.is_success() => Ok(()),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(()),
            status => Err(unexpected(status)),
        }
    }

    /// Puts an event. Who changed or removed it there meanwhile is overwritten: what the visitor
    /// was told counts.
    async fn put(
        &self,
        mut item: Url,
        mut tag: Option<String>,
        text: &str,
    ) -> Result<(Url, Option<String>), Trouble> {
        for _ in 0..ATTEMPTS {
            let condition = match &tag {
                Some(tag) => (header::IF_MATCH, HeaderValue::try_from(tag)),
                None => (header::IF_NONE_MATCH, Ok(HeaderValue::from_static("*"))),
            };
            let (condition, Ok(value)) = condition else {
                return Err(Trouble::Unreachable(
                    "the event's tag is none".to_owned(),
                    None,
                ));
            };
            let kind = HeaderValue::from_static("text/calendar; charset=utf-8");
            let headers = [(condition, value), (header::CONTENT_TYPE, kind)];
            let reply = self
                .dav
                .send(Method::PUT, &item, &headers, text.to_owned())
                .await?;
            match reply.status {
                status if status.is_success() => return Ok((item, reply.tag)),
                StatusCode::PRECONDITION_FAILED => tag = self.tag(&item).await?,
                StatusCode::NOT_FOUND if tag.is_some() => tag = None,
                StatusCode::NOT_FOUND | StatusCode::GONE => return Err(Trouble::Gone),
                // A program of the agent's has put the invitation there (RFC 4791, 5.3.2.1).
                StatusCode::FORBIDDEN | StatusCode::CONFLICT => {
                    match conflicting(&reply.body, &item) {
                        Some(other) if other != item => {
                            item = other;
                            tag = self.tag(&item).await?;
                        }
                        _ if reply.status == StatusCode::CONFLICT => return Err(Trouble::Gone),
                        _ => return Err(Trouble::Refused),
                    }
                }
                status => return Err(unexpected(status)),
            }
        }
        Err(Trouble::Unreachable(
            "the event changes all the time".to_owned(),
            None,
        ))
    }

    /// The mark of the version that stands there now; none: nothing does.
    async fn tag(&self, item: &Url) -> Result<Option<String>, Trouble> {
        match self.dav.propfind(item, "0", "<d:getetag/>").await {
            Ok((_, responses)) => Ok(responses
                .first()
                .and_then(|response| response.get(Space::Dav, "getetag"))
                .map(|tag| tag.text.trim().to_owned())),
            Err(Trouble::Gone) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }
}

/// The event that has the same `UID`, as an error's body names it; it is on the same server.
fn conflicting(body: &str, base: &Url) -> Option<Url> {
    let error = xml::parse(body)?;
    let href = error.child(Space::CalDav, "no-uid-conflict")?.href()?;
    let other = base.join(href).ok()?;
    (other.origin() == base.origin()).then_some(other)
}

fn parsed(address: &str) -> Result<Url, Trouble> {
    Url::parse(address).map_err(|_| Trouble::Address("the calendar's address is none"))
}

/// Where a meeting's event lies in a calendar.
fn item(calendar: &str, meeting: MeetingId) -> Result<Url, Trouble> {
    let mut folder = calendar.to_owned();
    if !folder.ends_with('/') {
        folder.push('/');
    }
    let item = parsed(&folder)?.join(&format!("{meeting}.ics"));
    item.map_err(|_| Trouble::Address("the calendar's address is none"))
}

fn taken(responses: &[Response], window: Span, zone: &Zone) -> Vec<Taken> {
    let texts = responses
        .iter()
        .filter_map(|response| response.get(Space::CalDav, "calendar-data"));
    let mut all = Vec::new();
    for text in texts {
        match Calendar::parse(&text.text) {
            Ok(calendar) => {
                let reading = calendar.busy(window, zone);
                all.extend(reading.busy.iter().map(|busy| Taken {
                    span: busy.span,
                    event: busy.uid.to_owned(),
                }));
            }
            Err(error) => tracing::debug!(%error, "an event of a calendar was left out"),
        }
    }
    all
}

/// An instant as RFC 5545 writes it.
fn utc(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

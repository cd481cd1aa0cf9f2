//! Calendars by CalDAV (RFC 4791).

mod digest;
mod discover;
mod request;
mod xml;

use domain::{MeetingId, Timestamp, calendar::ListedCalendar};
use http::{HeaderValue, Method, StatusCode, header};
use url::Url;

use super::{
    DAY, Trouble,
    event::{Event, Name},
    reading::{Reading, Texts},
    unexpected,
};
use crate::{outgoing::Guard, store::calendar::event::Place};
use request::{Dav, Response};
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

    /// Under which addresses the person is invited (RFC 6638, 2.4.1); none if the server does not
    /// say.
    pub async fn addresses(&self) -> Result<Vec<String>, Trouble> {
        discover::addresses(&self.dav, &self.typed).await
    }

    /// Reads what the events of a calendar take.
    pub async fn busy(&self, calendar: &str, reading: &mut Reading) -> Result<(), Trouble> {
        let at = parsed(calendar)?;
        // Servers place whole days, and times of no zone, in zones of their own.
        let window = reading.window;
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
        reading.apart(move |texts| read(&responses, texts)).await
    }

    /// Writes a meeting's event, where it stood before or anew.
    pub async fn write(
        &self,
        before: Option<&Place>,
        calendar: &str,
        event: &Event,
    ) -> Result<Place, Trouble> {
        let here = before.filter(|place| place.calendar == calendar);
        let mut name = here.map_or(Name::first(event.meeting), |place| {
            name_of(&place.item, event.meeting)
        });
        let mut item = match here {
            Some(place) => parsed(&place.item)?,
            None => item(calendar, name)?,
        };
        let mut tag = here.and_then(|place| place.tag.clone());
        loop {
            match self.put(item, tag, &event.text(&name)).await {
                Ok((item, tag)) => {
                    return Ok(Place {
                        calendar: calendar.to_owned(),
                        item: item.into(),
                        tag,
                    });
                }
                // What was removed by hand lies in the server's bin, where it keeps its name.
                Err(Put::Taken(trouble)) => {
                    name = name.next().ok_or(trouble)?;
                    item = self::item(calendar, name)?;
                    tag = None;
                }
                Err(Put::Trouble(trouble)) => return Err(trouble),
            }
        }
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
    ) -> Result<(Url, Option<String>), Put> {
        for _ in 0..ATTEMPTS {
            let condition = match &tag {
                Some(tag) => (header::IF_MATCH, HeaderValue::try_from(tag)),
                None => (header::IF_NONE_MATCH, Ok(HeaderValue::from_static("*"))),
            };
            let (condition, Ok(value)) = condition else {
                let why = "the event's tag is none".to_owned();
                return Err(Trouble::NotAllowed(why).into());
            };
            let kind = HeaderValue::from_static("text/calendar; charset=utf-8");
            let headers = [(condition, value), (header::CONTENT_TYPE, kind)];
            let sent = self.dav.send(Method::PUT, &item, &headers, text.to_owned());
            let reply = sent.await?;
            match reply.status {
                status if status.is_success() => return Ok((item, reply.tag)),
                StatusCode::PRECONDITION_FAILED => {
                    let before = tag.take();
                    tag = self.tag(&item).await?;
                    if before.is_none() && tag.is_none() {
                        return Err(Put::Taken(unexpected(reply.status)));
                    }
                }
                StatusCode::NOT_FOUND if tag.is_some() => tag = None,
                StatusCode::NOT_FOUND | StatusCode::GONE => return Err(Trouble::Gone.into()),
                StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN | StatusCode::CONFLICT => {
                    match conflicting(&reply.body, &item) {
                        // A program of the agent's has put the invitation there (RFC 4791,
                        // 5.3.2.1).
                        Some(other) if other != item => {
                            item = other;
                            tag = self.tag(&item).await?;
                        }
                        // There is nothing, and nothing may be put there.
                        _ if reply.status != StatusCode::FORBIDDEN
                            && self.tag(&item).await?.is_none() =>
                        {
                            return Err(Put::Taken(unexpected(reply.status)));
                        }
                        _ => return Err(unexpected(reply.status).into()),
                    }
                }
                status => return Err(unexpected(status).into()),
            }
        }
        let why = "the event changes all the time".to_owned();
        Err(Trouble::NotAllowed(why).into())
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

/// Why an event was not put.
enum Put {
    /// Its name is taken, by nothing that can be seen.
    Taken(Trouble),
    Trouble(Trouble),
}

impl From<Trouble> for Put {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
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

/// Where an event lies in a calendar.
fn item(calendar: &str, name: Name) -> Result<Url, Trouble> {
    let mut folder = calendar.to_owned();
    if !folder.ends_with('/') {
        folder.push('/');
    }
    let item = parsed(&folder)?.join(&format!("{name}.ics"));
    item.map_err(|_| Trouble::Address("the calendar's address is none"))
}

/// Under which name a meeting was put there.
fn name_of(item: &str, meeting: MeetingId) -> Name {
    let file = item.rsplit('/').next().unwrap_or_default();
    let name = file.strip_suffix(".ics").and_then(Name::parse);
    name.filter(|name| name.meeting == meeting)
        .unwrap_or(Name::first(meeting))
}

fn read(responses: &[Response], texts: &mut Texts) {
    if responses.iter().any(|response| response.cut) {
        texts.cut();
    }
    for response in responses {
        let text = response.get(Space::CalDav, "calendar-data");
        if text.is_some_and(|text| !texts.read(&text.text)) {
            return;
        }
    }
}

/// An instant as RFC 5545 writes it.
fn utc(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

//! Google Calendar, by its API of version 3.

use domain::{availability::Zone, calendar::ListedCalendar, meeting::Span};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    Taken, Trouble,
    event::Event,
    moment::{day, instant, rfc3339},
    oauth::{Session, unexpected},
};
use crate::store::calendar::event::Place;

/// How many pages of one list are read.
const PAGES: usize = 50;

/// A person's account.
pub struct Google(pub Session);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    #[serde(default = "Vec::new")]
    items: Vec<T>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: String,
    #[serde(default)]
    summary: String,
    summary_override: Option<String>,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    access_role: String,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    status: Option<String>,
    transparency: Option<String>,
    start: Option<Moment>,
    end: Option<Moment>,
    #[serde(default)]
    attendees: Vec<Attendee>,
}

/// A date, or an instant with an offset.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Moment {
    date: Option<String>,
    date_time: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attendee {
    #[serde(default, rename = "self")]
    own: bool,
    response_status: Option<String>,
}

impl Google {
    /// The account's calendars; meetings go to the primary one unless another is chosen.
    pub async fn calendars(&mut self) -> Result<Vec<ListedCalendar>, Trouble> {
        let url = self.url(&["users", "me", "calendarList"])?;
        let listed: Vec<Listed> = self.pages(url).await?;
        Ok(listed
            .into_iter()
            // Of the others not even the times can be listed.
            .filter(|listed| listed.access_role != "freeBusyReader")
            .map(|listed| ListedCalendar {
                name: listed.summary_override.unwrap_or(listed.summary),
                writable: matches!(listed.access_role.as_str(), "owner" | "writer"),
                busy: listed.primary,
                written: listed.primary,
                address: listed.id,
            })
            .collect())
    }

    /// Who the account is: the primary calendar is called by its address.
    pub async fn user(&mut self) -> Result<String, Trouble> {
        let calendars = self.calendars().await?;
        let primary = calendars.into_iter().find(|calendar| calendar.written);
        Ok(primary.map(|calendar| calendar.address).unwrap_or_default())
    }

    /// What the events of a calendar take of a stretch, each occurrence of its own.
    pub async fn busy(
        &mut self,
        calendar: &str,
        window: Span,
        zone: &Zone,
    ) -> Result<Vec<Taken>, Trouble> {
        let mut url = self.url(&["calendars", calendar, "events"])?;
        url.query_pairs_mut().extend_pairs([
            ("singleEvents", "true"),
            ("timeMin", &rfc3339(window.start())),
            ("timeMax", &rfc3339(window.end())),
            ("maxResults", "2500"),
            (
                "fields",
                "items(id,status,transparency,start,end,attendees(self,responseStatus)),nextPageToken",
            ),
        ]);
        let items: Vec<Item> = self.pages(url).await?;
        Ok(items
            .into_iter()
            .filter(Item::is_busy)
            .filter_map(|item| {
                let at = |moment: Option<Moment>| {
                    let moment = moment?;
                    match (&moment.date_time, &moment.date) {
                        (Some(instant_of), _) => instant(instant_of),
                        (None, Some(date)) => day(date, zone),
                        (None, None) => None,
                    }
                };
                Some(Taken {
                    span: Span::new(at(item.start)?, at(item.end)?)?,
                    event: item.id,
                })
            })
            .collect())
    }

    /// Writes a meeting under an id that follows from it, so that it is there once.
    pub async fn write(
        &mut self,
        before: Option<&Place>,
        calendar: &str,
        event: &Event,
    ) -> Result<Place, Trouble> {
        let id = event.meeting.0.simple().to_string();
        let body = body(&id, event);
        let all = self.written(&["calendars", calendar, "events"])?;
        let one = self.written(&["calendars", calendar, "events", &id])?;
        let known = before.is_some_and(|place| place.calendar == calendar);
        let mut status = StatusCode::NOT_FOUND;
        if known {
            (status, _) = self.0.call(Method::PUT, &one, &[], Some(&body)).await?;
        }
        if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) {
            (status, _) = self.0.call(Method::POST, &all, &[], Some(&body)).await?;
            // It was written, and the answer was lost; or it was removed there, which keeps its id.
            if status == StatusCode::CONFLICT {
                (status, _) = self.0.call(Method::PUT, &one, &[], Some(&body)).await?;
            }
        }
        if !status.is_success() {
            return Err(unexpected(status));
        }
        if let Some(before) = before.filter(|place| place.calendar != calendar) {
            self.remove(before).await?;
        }
        Ok(Place {
            calendar: calendar.to_owned(),
            item: id,
            tag: None,
        })
    }

    /// Removes an event. One that is gone already is fine.
    pub async fn remove(&mut self, place: &Place) -> Result<(), Trouble> {
        let url = self.written(&["calendars", &place.calendar, "events", &place.item])?;
        let (status, _) = self.0.call(Method::DELETE, &url, &[], None).await?;
        match status {
            status if status.is_success() => Ok(()),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(()),
            status => Err(unexpected(status)),
        }
    }

    /// All items of a list.
    async fn pages<T: for<'a> Deserialize<'a>>(&mut self, url: Url) -> Result<Vec<T>, Trouble> {
        let mut all = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..PAGES {
            let mut page = url.clone();
            if let Some(token) = &next {
                page.query_pairs_mut().append_pair("pageToken", token);
            }
            let (status, value) = self.0.call(Method::GET, &page, &[], None).await?;
            if !status.is_success() {
                return Err(unexpected(status));
            }
            let read: Page<T> = serde_json::from_value(value)
                .map_err(|error| Trouble::Unreachable(error.to_string(), None))?;
            all.extend(read.items);
            next = read.next_page_token;
            if next.is_none() {
                return Ok(all);
            }
        }
        Err(Trouble::Unreachable("the list has no end".to_owned(), None))
    }

    fn url(&self, path: &[&str]) -> Result<Url, Trouble> {
        super::moment::url(&self.0.app.api, path)
    }

    /// The same for what changes something: nobody is sent mail about it.
    fn written(&self, path: &[&str]) -> Result<Url, Trouble> {
        let mut url = self.url(path)?;
        url.query_pairs_mut().append_pair("sendUpdates", "none");
        Ok(url)
    }
}

impl Item {
    fn is_busy(&self) -> bool {
        let declined = self.attendees.iter().any(|attendee| {
            attendee.own && attendee.response_status.as_deref() == Some("declined")
        });
        self.status.as_deref() != Some("cancelled")
            && self.transparency.as_deref() != Some("transparent")
            && !declined
    }
}

fn body(id: &str, event: &Event) -> Value {
    json!({
        "id": id,
        "status": "confirmed",
        "summary": event.summary,
        "description": event.description,
        "location": event.location,
        "start": { "dateTime": rfc3339(event.span.start()) },
        "end": { "dateTime": rfc3339(event.span.end()) },
        "transparency": "opaque",
    })
}

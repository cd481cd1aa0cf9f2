//! Google Calendar, by its API of version 3.

use domain::{MeetingId, calendar::ListedCalendar, meeting::Span};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    Trouble,
    event::Event,
    moment::{days, instant, rfc3339},
    oauth::Session,
    reading::{Reading, Taken},
    unexpected,
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
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    #[serde(default, rename = "iCalUID")]
    uid: String,
    #[serde(default)]
    summary: String,
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
    #[serde(default)]
    organizer: bool,
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

    /// Reads what the events of a calendar take, each occurrence of its own.
    pub async fn busy(&mut self, calendar: &str, reading: &mut Reading) -> Result<(), Trouble> {
        let mut url = self.url(&["calendars", calendar, "events"])?;
        url.query_pairs_mut().extend_pairs([
            ("singleEvents", "true"),
            ("timeMin", &rfc3339(reading.window.start())),
            ("timeMax", &rfc3339(reading.window.end())),
            ("maxResults", "2500"),
            (
                "fields",
                "items(id,iCalUID,summary,status,transparency,start,end,\
                 attendees(self,organizer,responseStatus)),nextPageToken",
            ),
        ]);
        self.each(url, |item: Item| {
            if !item.is_busy(reading.whose.unanswered) || item.takes_no_time() {
                return Ok(());
            }
            let Some(span) = item.span(reading) else {
                reading.unread(&item.summary, None);
                return Ok(());
            };
            let (uid, id) = (item.uid.as_str(), Some(item.id.as_str()));
            match reading.add(&Taken { uid, id, span }) {
                true => Ok(()),
                false => Err(Trouble::TooLarge("there are too many events")),
            }
        })
        .await
    }

    /// The event that the mailed invitation has made there, if any.
    async fn twin(&mut self, calendar: &str, meeting: MeetingId) -> Result<Option<Item>, Trouble> {
        let mut url = self.url(&["calendars", calendar, "events"])?;
        url.query_pairs_mut()
            .append_pair("iCalUID", &meeting.to_string());
        let mut found = None;
        self.each(url, |item: Item| {
            if item.status.as_deref() != Some("cancelled") {
                found = Some(item);
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// Has the invitation's event say what the meeting is, so that there are not two. None: it
    /// could not be had, and is gone.
    async fn adopt(
        &mut self,
        calendar: &str,
        twin: Item,
        event: &Event,
    ) -> Result<Option<String>, Trouble> {
        let url = self.written(&["calendars", calendar, "events", &twin.id])?;
        let body = body(event);
        match self.0.call(Method::PATCH, &url, &[], Some(&body)).await {
            Ok((status, _)) if status.is_success() => return Ok(Some(twin.id)),
            Ok(_) | Err(Trouble::NotAllowed(_)) => {}
            Err(trouble) => return Err(trouble),
        }
        // What somebody else invited to can only be left as it is.
        if twin.timed() == Some(event.span) {
            return Ok(Some(twin.id));
        }
        match self.0.call(Method::DELETE, &url, &[], None).await {
            Ok(_) | Err(Trouble::NotAllowed(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Writes a meeting under an id that follows from it, so that it is there once.
    pub async fn write(
        &mut self,
        before: Option<&Place>,
        calendar: &str,
        event: &Event,
    ) -> Result<Place, Trouble> {
        if let Some(twin) = self.twin(calendar, event.meeting).await?
            && let Some(item) = self.adopt(calendar, twin, event).await?
        {
            return Ok(Place {
                calendar: calendar.to_owned(),
                item,
                tag: None,
            });
        }
        let id = event.meeting.0.simple().to_string();
        let mut body = body(event);
        if let Some(fields) = body.as_object_mut() {
            fields.insert("id".to_owned(), id.as_str().into());
        }
        let all = self.written(&["calendars", calendar, "events"])?;
        let one = self.written(&["calendars", calendar, "events", &id])?;
        let known = before.is_some_and(|place| place.calendar == calendar && place.item == id);
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
        self.each(url, |item| {
            all.push(item);
            Ok(())
        })
        .await?;
        Ok(all)
    }

    /// Hands on each item of a list, page by page.
    async fn each<T: for<'a> Deserialize<'a>>(
        &mut self,
        url: Url,
        mut each: impl FnMut(T) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
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
                .map_err(|error| Trouble::NotAllowed(error.to_string()))?;
            read.items.into_iter().try_for_each(&mut each)?;
            next = read.next_page_token;
            if next.is_none() {
                return Ok(());
            }
        }
        Err(Trouble::TooLarge("the list has no end"))
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
    fn is_busy(&self, unanswered: bool) -> bool {
        let answer = self
            .attendees
            .iter()
            .find(|attendee| attendee.own && !attendee.organizer)
            .and_then(|attendee| attendee.response_status.as_deref());
        self.status.as_deref() != Some("cancelled")
            && self.transparency.as_deref() != Some("transparent")
            && match answer {
                Some("declined") => false,
                Some("needsAction") => unanswered,
                _ => true,
            }
    }

    fn span(&self, reading: &Reading) -> Option<Span> {
        self.timed().or_else(|| {
            let date = |moment: &Option<Moment>| moment.as_ref()?.date.clone();
            days(&date(&self.start)?, &date(&self.end)?, &reading.whose.zone)
        })
    }

    /// If it is not of whole days.
    fn timed(&self) -> Option<Span> {
        let at = |moment: &Option<Moment>| instant(moment.as_ref()?.date_time.as_deref()?);
        Span::new(at(&self.start)?, at(&self.end)?)
    }

    /// It begins and ends at one instant.
    fn takes_no_time(&self) -> bool {
        let at = |moment: &Option<Moment>| instant(moment.as_ref()?.date_time.as_deref()?);
        at(&self.start).is_some_and(|start| at(&self.end) == Some(start))
    }
}

fn body(event: &Event) -> Value {
    json!({
        "status": "confirmed",
        "summary": event.summary,
        "description": event.description,
        "location": event.location,
        "start": { "dateTime": rfc3339(event.span.start()) },
        "end": { "dateTime": rfc3339(event.span.end()) },
        "transparency": "opaque",
    })
}

//! Outlook's calendars, by Microsoft Graph of version 1.0.

use domain::{MeetingId, availability::Zone, calendar::ListedCalendar, meeting::Span};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    Taken, Trouble,
    event::Event,
    moment::{day, instant, rfc3339, url},
    oauth::{Session, unexpected},
};
use crate::store::calendar::event::Place;

/// How many pages of one list are read.
const PAGES: usize = 100;

/// A property of events that only Casella reads: which meeting an event is.
const MEETING: &str = "String {6f0c8a1e-9d2b-4c57-8e43-b1f5a7d09c62} Name CasellaMeeting";

/// A person's account.
pub struct Outlook(pub Session);

#[derive(Deserialize)]
struct Page<T> {
    #[serde(default = "Vec::new")]
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    can_edit: bool,
    #[serde(default)]
    is_default_calendar: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    start: Moment,
    end: Moment,
    #[serde(default)]
    is_all_day: bool,
    #[serde(default)]
    is_cancelled: bool,
    show_as: Option<String>,
}

/// A time on the clock of UTC, which is asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Moment {
    date_time: String,
}

#[derive(Deserialize)]
struct Written {
    id: String,
}

impl Outlook {
    /// The account's calendars; meetings go to the default one unless another is chosen.
    pub async fn calendars(&mut self) -> Result<Vec<ListedCalendar>, Trouble> {
        let mut url = self.url(&["me", "calendars"])?;
        let select = "id,name,canEdit,isDefaultCalendar";
        url.query_pairs_mut()
            .extend_pairs([("$top", "100"), ("$select", select)]);
        let listed: Vec<Listed> = self.pages(url).await?;
        Ok(listed
            .into_iter()
            .map(|listed| ListedCalendar {
                address: listed.id,
                name: listed.name,
                writable: listed.can_edit,
                busy: listed.is_default_calendar,
                written: listed.is_default_calendar && listed.can_edit,
            })
            .collect())
    }

    /// Who the account is.
    pub async fn user(&mut self) -> Result<String, Trouble> {
        let mut url = self.url(&["me"])?;
        url.query_pairs_mut()
            .append_pair("$select", "userPrincipalName");
        let (status, value) = self.0.call(Method::GET, &url, &[], None).await?;
        let name = value.get("userPrincipalName").and_then(Value::as_str);
        match status.is_success() {
            true => Ok(name.unwrap_or_default().to_owned()),
            false => Err(unexpected(status)),
        }
    }

    /// What the events of a calendar take of a stretch, each occurrence of its own.
    pub async fn busy(
        &mut self,
        calendar: &str,
        window: Span,
        zone: &Zone,
    ) -> Result<Vec<Taken>, Trouble> {
        let mut url = self.url(&["me", "calendars", calendar, "calendarView"])?;
        url.query_pairs_mut().extend_pairs([
            ("startDateTime", rfc3339(window.start()).as_str()),
            ("endDateTime", &rfc3339(window.end())),
            ("$top", "500"),
            ("$select", "id,start,end,isAllDay,isCancelled,showAs"),
        ]);
        let items: Vec<Item> = self.pages(url).await?;
        Ok(items
            .into_iter()
            .filter(|item| {
                let free = matches!(item.show_as.as_deref(), Some("free" | "workingElsewhere"));
                !item.is_cancelled && !free
            })
            .filter_map(|item| {
                // Whole days are dates, in whatever zone they are told.
                let at = |moment: &Moment| match item.is_all_day {
                    true => day(moment.date_time.split('T').next()?, zone),
                    false => instant(&format!("{}Z", moment.date_time.trim_end_matches('Z'))),
                };
                Some(Taken {
                    span: Span::new(at(&item.start)?, at(&item.end)?)?,
                    event: item.id.clone(),
                })
            })
            .collect())
    }

    /// Writes a meeting. One whose answer was lost is found again by the property that names it.
    pub async fn write(
        &mut self,
        before: Option<&Place>,
        calendar: &str,
        event: &Event,
    ) -> Result<Place, Trouble> {
        let body = body(event);
        let here = before.filter(|place| place.calendar == calendar);
        let known = match here {
            Some(place) => Some(place.item.clone()),
            None => self.find(calendar, event.meeting).await?,
        };
        if let Some(id) = known {
            let url = self.url(&["me", "events", &id])?;
            let (status, value) = self.call(Method::PATCH, &url, Some(&body)).await?;
            match status {
                status if status.is_success() => {
                    return self.stands(before, calendar, value).await;
                }
                // It was removed there: written anew.
                StatusCode::NOT_FOUND | StatusCode::GONE => {}
                status => return Err(unexpected(status)),
            }
        }
        let url = self.url(&["me", "calendars", calendar, "events"])?;
        let (status, value) = self.call(Method::POST, &url, Some(&body)).await?;
        match status.is_success() {
            true => self.stands(before, calendar, value).await,
            false => Err(unexpected(status)),
        }
    }

    /// Where an event stands now; what stood in another calendar is removed there.
    async fn stands(
        &mut self,
        before: Option<&Place>,
        calendar: &str,
        value: Value,
    ) -> Result<Place, Trouble> {
        let written: Written = read(value)?;
        if let Some(before) = before.filter(|place| place.calendar != calendar) {
            self.remove(before).await?;
        }
        Ok(Place {
            calendar: calendar.to_owned(),
            item: written.id,
            tag: None,
        })
    }

    async fn find(
        &mut self,
        calendar: &str,
        meeting: MeetingId,
    ) -> Result<Option<String>, Trouble> {
        let mut url = self.url(&["me", "calendars", calendar, "events"])?;
        let filter = format!(
            "singleValueExtendedProperties/Any(ep: ep/id eq '{MEETING}' and ep/value eq '{meeting}')"
        );
        url.query_pairs_mut()
            .extend_pairs([("$filter", filter.as_str()), ("$select", "id")]);
        let found: Vec<Written> = self.pages(url).await?;
        Ok(found.into_iter().next().map(|written| written.id))
    }

    /// Removes an event. One that is gone already is fine.
    pub async fn remove(&mut self, place: &Place) -> Result<(), Trouble> {
        let url = self.url(&["me", "events", &place.item])?;
        match self.call(Method::DELETE, &url, None).await?.0 {
            status if status.is_success() => Ok(()),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(()),
            status => Err(unexpected(status)),
        }
    }

    /// All items of a list.
    async fn pages<T: for<'a> Deserialize<'a>>(&mut self, url: Url) -> Result<Vec<T>, Trouble> {
        let mut all = Vec::new();
        let mut next = Some(url);
        for _ in 0..PAGES {
            let Some(page) = next else {
                return Ok(all);
            };
            let (status, value) = self.call(Method::GET, &page, None).await?;
            if !status.is_success() {
                return Err(unexpected(status));
            }
            let read: Page<T> = read(value)?;
            all.extend(read.value);
            next = match read.next {
                Some(link) => Some(self.same(&link)?),
                None => None,
            };
        }
        Err(Trouble::Unreachable("the list has no end".to_owned(), None))
    }

    /// The address of a next page, which is given whole: only where the token belongs.
    fn same(&self, link: &str) -> Result<Url, Trouble> {
        let api = Url::parse(&self.0.app.api).map(|url| url.origin());
        let link = Url::parse(link).ok();
        link.filter(|link| api.is_ok_and(|api| link.origin() == api))
            .ok_or_else(|| Trouble::Unreachable("the next page lies elsewhere".to_owned(), None))
    }

    async fn call(
        &mut self,
        method: Method,
        url: &Url,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), Trouble> {
        let prefer = HeaderName::from_static("prefer");
        let headers = [
            (
                prefer.clone(),
                HeaderValue::from_static("outlook.timezone=\"UTC\""),
            ),
            // Ids that stay when an event is moved to another folder.
            (prefer, HeaderValue::from_static("IdType=\"ImmutableId\"")),
        ];
        self.0.call(method, url, &headers, body).await
    }

    fn url(&self, path: &[&str]) -> Result<Url, Trouble> {
        url(&self.0.app.api, path)
    }
}

fn read<T: for<'a> Deserialize<'a>>(value: Value) -> Result<T, Trouble> {
    serde_json::from_value(value).map_err(|error| Trouble::Unreachable(error.to_string(), None))
}

fn body(event: &Event) -> Value {
    let at = |at| {
        let text = rfc3339(at);
        json!({ "dateTime": text.trim_end_matches('Z'), "timeZone": "UTC" })
    };
    json!({
        "subject": event.summary,
        "body": { "contentType": "text", "content": event.description },
        "location": { "displayName": event.location },
        "start": at(event.span.start()),
        "end": at(event.span.end()),
        "showAs": "busy",
        "transactionId": event.meeting.to_string(),
        "singleValueExtendedProperties": [
            { "id": MEETING, "value": event.meeting.to_string() }
        ],
    })
}

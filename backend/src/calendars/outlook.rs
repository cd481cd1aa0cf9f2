//! Outlook's calendars, by Microsoft Graph of version 1.0.

use domain::{MeetingId, Timestamp, calendar::ListedCalendar, meeting::Span};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    Trouble,
    event::Event,
    moment::{days, instant, rfc3339, url},
    oauth::Session,
    reading::{Reading, Taken},
    unexpected,
};
use crate::{random, store::calendar::event::Place};

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
    #[serde(default, rename = "iCalUId")]
    uid: String,
    #[serde(default)]
    subject: String,
    start: Moment,
    end: Moment,
    #[serde(default)]
    is_all_day: bool,
    #[serde(default)]
    is_cancelled: bool,
    show_as: Option<String>,
    response_status: Option<Response>,
}

#[derive(Deserialize)]
struct Response {
    response: Option<String>,
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

    /// Reads what the events of a calendar take, each occurrence of its own.
    pub async fn busy(&mut self, calendar: &str, reading: &mut Reading) -> Result<(), Trouble> {
        let mut url = self.url(&["me", "calendars", calendar, "calendarView"])?;
        url.query_pairs_mut().extend_pairs([
            ("startDateTime", rfc3339(reading.window.start()).as_str()),
            ("endDateTime", &rfc3339(reading.window.end())),
            ("$top", "500"),
            (
                "$select",
                "id,iCalUId,subject,start,end,isAllDay,isCancelled,showAs,responseStatus",
            ),
        ]);
        self.each(url, |item: Item| {
            if !item.is_busy(reading.whose.unanswered) || item.takes_no_time() {
                return Ok(());
            }
            let Some(span) = item.span(reading) else {
                reading.unread(&item.subject, None);
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

    /// Writes a meeting. One whose answer was lost is found again by the property that names it,
    /// and what the mailed invitation has made there is taken for it.
    pub async fn write(
        &mut self,
        before: Option<&Place>,
        calendar: &str,
        event: &Event,
    ) -> Result<Place, Trouble> {
        let meeting = event.meeting;
        let here = before.filter(|place| place.calendar == calendar);
        let stands = |item| Place {
            calendar: calendar.to_owned(),
            item,
            tag: None,
        };
        if let Some(twin) = self.twin(calendar, meeting).await?
            && let Some(item) = self.adopt(twin, event).await?
        {
            return Ok(stands(item));
        }
        let known = match here {
            Some(place) => Some(place.item.clone()),
            None => self.find(calendar, meeting).await?,
        };
        if let Some(id) = known {
            let url = self.url(&["me", "events", &id])?;
            let (status, value) = self.call(Method::PATCH, &url, Some(&body(event))).await?;
            match status {
                status if status.is_success() => return Ok(stands(read::<Written>(value)?.id)),
                // It was removed there: written anew.
                StatusCode::NOT_FOUND | StatusCode::GONE => {}
                status => return Err(unexpected(status)),
            }
        }
        // A number that was used before is answered by what was made then, wherever that stands:
        // another for each change, and one that was surely never used for the rest.
        let number = format!("{meeting}-{}", event.revision);
        let unused = format!("{number}-{}", u64::from_le_bytes(random()));
        for number in [number, unused] {
            let url = self.url(&["me", "calendars", calendar, "events"])?;
            let mut body = body(event);
            if let Some(fields) = body.as_object_mut() {
                fields.insert("transactionId".to_owned(), number.into());
            }
            let (status, value) = self.call(Method::POST, &url, Some(&body)).await?;
            match status {
                StatusCode::CONFLICT => {
                    if let Some(item) = self.find(calendar, meeting).await? {
                        return Ok(stands(item));
                    }
                }
                status if status.is_success() => {
                    let item = read::<Written>(value)?.id;
                    if before.is_none_or(|before| before.item != item) {
                        return Ok(stands(item));
                    }
                }
                status => return Err(unexpected(status)),
            }
        }
        let why = "the account takes the meeting for one that it has elsewhere";
        Err(Trouble::NotAllowed(why.to_owned()))
    }

    /// The event of a meeting that was written there before.
    async fn find(
        &mut self,
        calendar: &str,
        meeting: MeetingId,
    ) -> Result<Option<String>, Trouble> {
        let filter = format!(
            "singleValueExtendedProperties/Any(ep: ep/id eq '{MEETING}' and ep/value eq '{meeting}')"
        );
        let found: Vec<Written> = self.filtered(calendar, &filter, "id").await?;
        Ok(found.into_iter().next().map(|written| written.id))
    }

    /// The event that the mailed invitation has made there, if any.
    async fn twin(&mut self, calendar: &str, meeting: MeetingId) -> Result<Option<Item>, Trouble> {
        let filter = format!("iCalUId eq '{meeting}'");
        let select = "id,start,end,isAllDay,isCancelled";
        match self.filtered(calendar, &filter, select).await {
            Ok(found) => Ok(found.into_iter().find(|item: &Item| !item.is_cancelled)),
            // An account that cannot be asked so shows two events at worst.
            Err(Trouble::NotAllowed(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    async fn filtered<T: for<'a> Deserialize<'a>>(
        &mut self,
        calendar: &str,
        filter: &str,
        select: &str,
    ) -> Result<Vec<T>, Trouble> {
        let mut url = self.url(&["me", "calendars", calendar, "events"])?;
        url.query_pairs_mut()
            .extend_pairs([("$filter", filter), ("$select", select)]);
        self.pages(url).await
    }

    /// Has the invitation's event say what the meeting is, so that there are not two. None: it
    /// could not be had, and is gone.
    async fn adopt(&mut self, twin: Item, event: &Event) -> Result<Option<String>, Trouble> {
        let url = self.url(&["me", "events", &twin.id])?;
        match self.call(Method::PATCH, &url, Some(&body(event))).await {
            Ok((status, _)) if status.is_success() => return Ok(Some(twin.id)),
            Ok(_) | Err(Trouble::NotAllowed(_)) => {}
            Err(trouble) => return Err(trouble),
        }
        // What somebody else invited to can only be left as it is.
        if twin.timed() == Some(event.span) {
            return Ok(Some(twin.id));
        }
        match self.call(Method::DELETE, &url, None).await {
            Ok(_) | Err(Trouble::NotAllowed(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
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
        let mut next = Some(url);
        for _ in 0..PAGES {
            let Some(page) = next else {
                return Ok(());
            };
            let (status, value) = self.call(Method::GET, &page, None).await?;
            if !status.is_success() {
                return Err(unexpected(status));
            }
            let read: Page<T> = read(value)?;
            read.value.into_iter().try_for_each(&mut each)?;
            next = match read.next {
                Some(link) => Some(self.same(&link)?),
                None => None,
            };
        }
        Err(Trouble::TooLarge("the list has no end"))
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
    serde_json::from_value(value).map_err(|error| Trouble::NotAllowed(error.to_string()))
}

impl Item {
    fn is_busy(&self, unanswered: bool) -> bool {
        let answer = self.response_status.as_ref();
        !self.is_cancelled
            && !matches!(self.show_as.as_deref(), Some("free" | "workingElsewhere"))
            && match answer.and_then(|answer| answer.response.as_deref()) {
                Some("declined") => false,
                Some("notResponded") => unanswered,
                _ => true,
            }
    }

    fn span(&self, reading: &Reading) -> Option<Span> {
        // Whole days are dates, in whatever zone they are told.
        let date = |moment: &Moment| moment.date_time.split('T').next().map(str::to_owned);
        match self.is_all_day {
            true => days(&date(&self.start)?, &date(&self.end)?, &reading.whose.zone),
            false => self.timed(),
        }
    }

    /// If it is not of whole days.
    fn timed(&self) -> Option<Span> {
        Span::new(self.start.instant()?, self.end.instant()?).filter(|_| !self.is_all_day)
    }

    /// It begins and ends at one instant.
    fn takes_no_time(&self) -> bool {
        let start = self.start.instant();
        !self.is_all_day && start.is_some() && start == self.end.instant()
    }
}

impl Moment {
    fn instant(&self) -> Option<Timestamp> {
        instant(&format!("{}Z", self.date_time.trim_end_matches('Z')))
    }
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
        "singleValueExtendedProperties": [
            { "id": MEETING, "value": event.meeting.to_string() }
        ],
    })
}

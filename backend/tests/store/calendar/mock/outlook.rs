//! Microsoft Graph.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Api, Reply, Request};

/// Two events a page.
const PAGE: usize = 2;

/// The events, by id; each lies in the calendar that its `calendar` names, else in the default one.
#[derive(Default)]
pub struct Outlook {
    pub events: BTreeMap<String, Value>,
    /// Which event each number of a request has made, whatever became of it.
    made: BTreeMap<String, Value>,
    /// A number that is known is answered by 409 instead of what it made.
    pub conflicts: bool,
    /// Where it is reached, for the addresses of next pages.
    pub origin: String,
    count: u32,
}

/// Too many requests.
pub fn limit() -> Reply {
    let mut reply = Reply::new(429, json!({ "error": { "code": "ApplicationThrottled" } }));
    reply.retry_after = Some(120);
    reply
}

impl Api for Outlook {
    fn answer(&mut self, request: &Request) -> Reply {
        assert!(request.prefers("outlook.timezone=\"UTC\"") || request.url.path() == "/v1.0/me");
        let path = request.path();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["me"]) => Reply::new(200, json!({ "userPrincipalName": "maya@example.com" })),
            ("GET", ["me", "calendars"]) => {
                let all = [
                    json!({ "id": "hols=", "name": "Holidays", "canEdit": false }),
                    json!({ "id": "bdays=", "name": "Birthdays", "canEdit": false }),
                    json!({ "id": "cal/1=", "name": "Calendar", "canEdit": true, "isDefaultCalendar": true }),
                    json!({ "id": "cal/2=", "name": "Other", "canEdit": true }),
                ];
                self.list(request, &all)
            }
            (
                "GET",
                [
                    "me",
                    "calendars",
                    calendar @ ("cal/1=" | "cal/2="),
                    "calendarView",
                ],
            ) => {
                assert!(request.asked("startDateTime") < request.asked("endDateTime"));
                let all = self.lie_in(calendar);
                self.list(request, &all)
            }
            (
                "GET",
                [
                    "me",
                    "calendars",
                    calendar @ ("cal/1=" | "cal/2="),
                    "events",
                ],
            ) => {
                let filter = request.asked("$filter").unwrap();
                let mut all = self.lie_in(calendar);
                all.retain(|event| {
                    if let Some(uid) = filter.strip_prefix("iCalUId eq ") {
                        return event["iCalUId"] == uid.trim_matches('\'');
                    }
                    let property = &event["singleValueExtendedProperties"][0];
                    let (id, value) = (&property["id"], &property["value"]);
                    id.is_string()
                        && filter.contains(&format!("ep/id eq '{}'", id.as_str().unwrap()))
                        && filter.contains(&format!("ep/value eq '{}'", value.as_str().unwrap()))
                });
                self.list(request, &all)
            }
            (
                "POST",
                [
                    "me",
                    "calendars",
                    calendar @ ("cal/1=" | "cal/2="),
                    "events",
                ],
            ) => {
                assert!(request.prefers("IdType=\"ImmutableId\""));
                let number = request.body["transactionId"].as_str().unwrap().to_owned();
                match self.made.get(&number) {
                    Some(_) if self.conflicts => return Reply::new(409, Value::Null),
                    Some(made) => return Reply::new(201, made.clone()),
                    None => {}
                }
                self.count += 1;
                let id = format!("AAMk{}=", self.count);
                let mut event = request.body.clone();
                event["id"] = id.clone().into();
                event["calendar"] = (*calendar).into();
                self.events.insert(id, event.clone());
                self.made.insert(number, event.clone());
                Reply::new(201, event)
            }
            ("PATCH", ["me", "events", id]) => match self.events.get_mut(*id) {
                Some(event) => {
                    for (name, value) in request.body.as_object().unwrap() {
                        event[name] = value.clone();
                    }
                    Reply::new(200, event.clone())
                }
                None => missing(),
            },
            ("DELETE", ["me", "events", id]) => match self.events.remove(*id) {
                Some(_) => Reply::new(204, Value::Null),
                None => missing(),
            },
            (_, ["me", "calendars", ..]) => missing(),
            asked => panic!("{asked:?}"),
        }
    }
}

impl Outlook {
    /// What was written of a meeting.
    pub fn of_meeting(&self, meeting: &str) -> Vec<Value> {
        let is = |event: &&Value| event["singleValueExtendedProperties"][0]["value"] == meeting;
        self.events.values().filter(is).cloned().collect()
    }

    /// An event that an earlier version made, with the meeting's id as its number.
    pub fn made_before(&mut self, meeting: &str, id: &str) {
        self.made
            .insert(meeting.to_owned(), self.events[id].clone());
    }

    fn lie_in(&self, calendar: &str) -> Vec<Value> {
        let is = |event: &&Value| event["calendar"].as_str().unwrap_or("cal/1=") == calendar;
        self.events.values().filter(is).cloned().collect()
    }

    fn list(&self, request: &Request, all: &[Value]) -> Reply {
        let skip: usize = request
            .asked("$skip")
            .map_or(0, |skip| skip.parse().unwrap());
        let items = &all[skip.min(all.len())..(skip + PAGE).min(all.len())];
        let mut answer = json!({ "value": items });
        if skip + PAGE < all.len() {
            let mut next = request.url.clone();
            let pairs: Vec<(String, String)> = request
                .url
                .query_pairs()
                .filter(|(name, _)| name != "$skip")
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            next.query_pairs_mut()
                .clear()
                .extend_pairs(pairs)
                .append_pair("$skip", &(skip + PAGE).to_string());
            let next = next.as_str().replace("http://mock", &self.origin);
            answer["@odata.nextLink"] = next.into();
        }
        Reply::new(200, answer)
    }
}

fn missing() -> Reply {
    Reply::new(404, json!({ "error": { "code": "ErrorItemNotFound" } }))
}

//! Google Calendar.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Api, Reply, Request};

/// Two events a page.
const PAGE: usize = 2;

/// The calendars, with their events by id.
#[derive(Default)]
pub struct Google {
    pub events: BTreeMap<String, BTreeMap<String, Value>>,
    /// Who is invited may not change an invitation's event.
    pub invitations_are_others: bool,
}

/// Too many requests, as Google says it to an application.
pub fn limit() -> Reply {
    let error = json!({ "domain": "usageLimits", "reason": "rateLimitExceeded" });
    let mut reply = Reply::new(403, json!({ "error": { "code": 403, "errors": [error] } }));
    reply.retry_after = Some(120);
    reply
}

impl Api for Google {
    fn answer(&mut self, request: &Request) -> Reply {
        let path = request.path();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let page: usize = request
            .asked("pageToken")
            .map_or(0, |page| page.parse().unwrap());
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["users", "me", "calendarList"]) => {
                let all = [
                    json!({ "id": "team@group.calendar.google.com", "summary": "Team", "accessRole": "reader" }),
                    json!({ "id": "maya@example.com", "summary": "maya@example.com", "primary": true, "accessRole": "owner" }),
                    json!({ "id": "other@example.com", "summary": "Other", "accessRole": "freeBusyReader" }),
                ];
                list(&all, page)
            }
            ("GET", ["calendars", calendar, "events"]) if request.asked("iCalUID").is_some() => {
                let Some(events) = self.events.get(*calendar) else {
                    return missing();
                };
                let uid = request.asked("iCalUID").unwrap();
                let found: Vec<Value> = events
                    .values()
                    .filter(|event| event["status"] != "cancelled" && event["iCalUID"] == uid)
                    .cloned()
                    .collect();
                list(&found, page)
            }
            ("GET", ["calendars", calendar, "events"]) => {
                assert_eq!(request.asked("singleEvents").as_deref(), Some("true"));
                assert!(request.asked("timeMin") < request.asked("timeMax"));
                let Some(events) = self.events.get(*calendar) else {
                    return missing();
                };
                let shown: Vec<Value> = events
                    .values()
                    .filter(|event| event["status"] != "cancelled")
                    .cloned()
                    .collect();
                list(&shown, page)
            }
            ("POST", ["calendars", calendar, "events"]) => {
                assert_eq!(request.asked("sendUpdates").as_deref(), Some("none"));
                let id = request.body["id"].as_str().unwrap().to_owned();
                assert!(
                    id.bytes()
                        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v'))
                );
                let Some(events) = self.events.get_mut(*calendar) else {
                    return missing();
                };
                if events.contains_key(&id) {
                    let error = json!({ "reason": "duplicate" });
                    return Reply::new(409, json!({ "error": { "errors": [error] } }));
                }
                events.insert(id, request.body.clone());
                Reply::new(200, request.body.clone())
            }
            ("PUT", ["calendars", calendar, "events", id]) => {
                match self
                    .events
                    .get_mut(*calendar)
                    .and_then(|events| events.get_mut(*id))
                {
                    Some(event) => {
                        *event = request.body.clone();
                        Reply::new(200, request.body.clone())
                    }
                    None => missing(),
                }
            }
            ("PATCH", ["calendars", calendar, "events", id]) => {
                match self
                    .events
                    .get_mut(*calendar)
                    .and_then(|events| events.get_mut(*id))
                {
                    Some(_) if self.invitations_are_others => {
                        let error = json!({ "reason": "forbiddenForNonOrganizer" });
                        Reply::new(403, json!({ "error": { "errors": [error] } }))
                    }
                    Some(event) => {
                        for (name, value) in request.body.as_object().unwrap() {
                            event[name] = value.clone();
                        }
                        Reply::new(200, event.clone())
                    }
                    None => missing(),
                }
            }
            // What was removed keeps its id.
            ("DELETE", ["calendars", calendar, "events", id]) => {
                match self
                    .events
                    .get_mut(*calendar)
                    .and_then(|events| events.get_mut(*id))
                {
                    Some(event) if event["status"] != "cancelled" => {
                        event["status"] = "cancelled".into();
                        Reply::new(204, Value::Null)
                    }
                    Some(_) => Reply::new(410, Value::Null),
                    None => missing(),
                }
            }
            asked => panic!("{asked:?}"),
        }
    }
}

fn list(all: &[Value], page: usize) -> Reply {
    let items = &all[(page * PAGE).min(all.len())..((page + 1) * PAGE).min(all.len())];
    let mut answer = json!({ "items": items });
    if (page + 1) * PAGE < all.len() {
        answer["nextPageToken"] = (page + 1).to_string().into();
    }
    Reply::new(200, answer)
}

fn missing() -> Reply {
    Reply::new(404, json!({ "error": { "code": 404 } }))
}

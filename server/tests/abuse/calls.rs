//! Every function of the inbox, with whatever stands in its arguments.

use domain::{
    Language, ReplyId, SessionId,
    activity::HistoryKey,
    calendar::CalendarKind,
    inbox::{ListKey, Tab},
    meeting::{MeetingHours, MeetingKey},
    search::SearchKey,
    settings::{Letters, Notifications, PushSubscription},
};
use serde::Serialize;

use crate::{app::PASSWORD, frames::Mind, random::Random};

fn arguments(arguments: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(arguments).unwrap()
}

fn tab(random: &mut Random) -> Tab {
    *random.one(&[Tab::Active, Tab::All, Tab::Unanswered, Tab::Everyone])
}

/// The body of a call; none: this one is not called now, since it costs much or ends too much.
pub fn body(mind: &mut Mind, path: &str) -> Option<Vec<u8>> {
    let seldom = match path {
        // Each costs a password's hash, or ends what the others need.
        "/api/sign-in" | "/api/create-first-admin" | "/api/change-password" | "/api/sign-out" => 20,
        // Each looks for a server, and takes the calendar away.
        "/api/connect-caldav" | "/api/finish-consent" => 4,
        _ => 1,
    };
    if !mind.random.once_in(seldom) {
        return None;
    }
    let random = &mut mind.random;
    Some(match path {
        "/api/session"
        | "/api/colleagues"
        | "/api/agents"
        | "/api/settings"
        | "/api/sign-out"
        | "/api/calendars"
        | "/api/meeting-hours"
        | "/api/letters"
        | "/api/replies"
        | "/api/calendar"
        | "/api/disconnect-calendar"
        | "/api/renew-feed"
        | "/api/end-feed" => Vec::new(),
        "/api/set-letters" => arguments(&(Letters {
            invitation: random.text(),
            video: match random.below(3) {
                0 => random.text(),
                1 => format!("https://video.example/{}", random.text()),
                _ => String::new(),
            },
            requests: random.once_in(2),
        },)),
        // Its hours are checked when they are read: as bytes, so that wrong ones are sent as well.
        "/api/set-meeting-hours" => {
            let hours = arguments(&(MeetingHours::default(),));
            random.spoil(hours)
        }
        "/api/set-schedule" => {
            let zone = random.maybe(Random::zone);
            let mut day = || -> Vec<(u16, u16)> {
                let count = if random.once_in(10) {
                    30
                } else {
                    random.below(3)
                };
                let mut minute = || u16::try_from(random.below(1_500)).unwrap();
                (0..count).map(|_| (minute(), minute())).collect()
            };
            let week: [Vec<(u16, u16)>; 7] = std::array::from_fn(|_| day());
            arguments(&(zone, week))
        }
        "/api/meetings" => {
            let (all, past) = (random.once_in(2), random.once_in(2));
            let after = match random.once_in(2) {
                true => Some(MeetingKey {
                    start: mind.instant(),
                    id: mind.meeting(),
                }),
                false => None,
            };
            arguments(&(all, past, after))
        }
        "/api/withdraw-card" => arguments(&(mind.card(),)),
        "/api/cancel-meeting" => arguments(&(mind.meeting(),)),
        "/api/reassign-meeting" => arguments(&(mind.meeting(), mind.agent())),
        "/api/sign-in" => arguments(&(random.email(), random.text())),
        "/api/create-first-admin" => arguments(&(random.text(), random.email(), random.text())),
        "/api/inbox" => {
            let tab = tab(random);
            let open = match random.once_in(2) {
                true => Some(mind.conversation()),
                false => None,
            };
            arguments(&(tab, open))
        }
        "/api/list" => {
            let tab = tab(random);
            let after = match random.once_in(2) {
                true => Some(ListKey {
                    activity_at: mind.instant(),
                    id: mind.conversation(),
                }),
                false => None,
            };
            arguments(&(tab, after))
        }
        "/api/search" => {
            let before = match random.below(4) {
                0 => Some(SearchKey(*random.one(&[i64::MIN, -1, 0, 1, i64::MAX]))),
                1 => Some(SearchKey(i64::from(random.number()))),
                _ => None,
            };
            arguments(&(random.text(), before))
        }
        "/api/conversation" | "/api/transcript" => arguments(&(mind.conversation(),)),
        "/api/earlier" => arguments(&(mind.conversation(), mind.random.number())),
        "/api/history" => {
            let before = match random.once_in(2) {
                true => Some(HistoryKey {
                    at: mind.instant(),
                    tie: mind.id(),
                }),
                false => None,
            };
            arguments(&(mind.conversation(), before))
        }
        "/api/set-profile" => {
            let language = random.maybe(|random| *random.one(&Language::ALL));
            arguments(&(random.text(), language))
        }
        "/api/set-photo" => arguments(&(random.maybe(|random| {
            let mut picture = (*random.one(&[
                &b"\x89PNG\r\n\x1a\n"[..],
                b"\xff\xd8\xff",
                b"GIF89a",
                b"RIFF",
            ]))
            .to_vec();
            picture.extend(random.text().into_bytes());
            picture
        }),)),
        "/api/set-notifications" => arguments(&(Notifications {
            sound: random.once_in(2),
            browser: random.once_in(2),
            when_closed: random.once_in(2),
        },)),
        // The password stays, so that the agent can sign in again.
        "/api/change-password" => match random.once_in(2) {
            true => arguments(&(random.text(), random.text())),
            false => arguments(&(PASSWORD, PASSWORD)),
        },
        "/api/end-device" => arguments(&(SessionId(mind.id()),)),
        "/api/subscribe-push" => arguments(&(PushSubscription {
            endpoint: match random.once_in(2) {
                true => random.text(),
                false => format!("https://127.0.0.1:1/{}", random.text()),
            },
            p256dh: random.text(),
            auth: random.text(),
        },)),
        "/api/unsubscribe-push" => arguments(&(random.text(),)),
        // Nothing outside this machine is asked.
        "/api/connect-caldav" => {
            let address = match random.below(3) {
                0 => format!("https://127.0.0.1:1/{}", random.text()),
                1 => format!("https://[::1]:1/{}", random.text()),
                _ => "https://127.0.0.1:1/".to_owned(),
            };
            arguments(&(address, random.text(), random.text()))
        }
        "/api/choose-calendars" => {
            let count = if random.once_in(10) {
                200
            } else {
                random.below(3)
            };
            let busy: Vec<String> = (0..count).map(|_| random.text()).collect();
            arguments(&(busy, random.maybe(Random::text)))
        }
        "/api/begin-consent" => {
            let kind = *random.one(&[
                CalendarKind::CalDav,
                CalendarKind::Google,
                CalendarKind::Outlook,
            ]);
            arguments(&(kind, random.text()))
        }
        "/api/finish-consent" => {
            arguments(&(random.text(), random.maybe(Random::text), random.text()))
        }
        "/api/save-reply" => {
            let shortcut = match random.once_in(2) {
                true => random.text(),
                false => format!("r{}", random.below(600)),
            };
            let (text, shared) = (random.text(), random.once_in(2));
            let id = match random.once_in(3) {
                true => Some(ReplyId(mind.id())),
                false => None,
            };
            arguments(&(id, shortcut, text, shared))
        }
        "/api/delete-reply" => arguments(&(ReplyId(mind.id()),)),
        path => panic!("{path} is not tried with spoiled arguments: add it here"),
    })
}

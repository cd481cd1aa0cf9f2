//! The loader in the site's page, at the other end of the port: it keeps what the frame cannot.

use domain::{
    CommandId,
    activity::WAITING_VIEWS,
    chat::{Notice, Outgoing},
    frame::visitor::{PageView, VisitorToken},
    visitor::{Page, ProfileInput},
};
use js_sys::{Array, JsString, Number, Object};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, MessagePort};

use crate::{
    bytes::{from_hex, hex, random},
    dom::{hear, words_of},
    message::Msg,
    words::instant,
};

/// The port to the loader, and a copy of what it keeps.
pub struct Loader {
    port: MessagePort,
    kept: Vec<(String, String)>,
    unread: u32,
}

/// Names of what is kept, other than the form's fields and the outbox.
pub const DRAFT: &str = "draft";
pub const FIRST_MESSAGE: &str = "f.first_message";
const TOKEN: &str = "token";
/// There is a conversation, open or ended.
const CHAT: &str = "chat";
/// Something goes on: the next page loads the frame though nobody opens it.
const LIVE: &str = "live";
const OUTBOX: &str = "o.";
/// What was viewed before there was a conversation, written by the loader: a line for each page.
const VIEWS: &str = "views";

/// How many bytes of page views go with a start, so that the frame holds them and a message.
const VIEWS_BYTES: usize = 6 * 1024;

impl Loader {
    /// Takes the port and the pairs of name and value that came with it. Nothing is heard
    /// before [`listen`](Self::listen).
    pub fn new(port: MessagePort, kept: &Array) -> Self {
        let kept = kept
            .iter()
            .filter_map(|pair| {
                let pair: Array = pair.dyn_into().ok()?;
                Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
            })
            .collect();
        Self {
            port,
            kept,
            unread: 0,
        }
    }

    /// Begins to take what the loader says, and tells it that the chat is there.
    pub fn listen(&self) {
        let said = Box::new(|event: Event| {
            let event: MessageEvent = event.unchecked_into();
            if let Some(msg) = event.data().dyn_into().ok().and_then(|said| heard(&said)) {
                crate::dispatch(msg);
            }
        });
        hear(&self.port, "message", said);
        self.port.start();
        self.say(&["ready".into()]);
    }

    fn say(&self, words: &[JsValue]) {
        let said: Array = words.iter().collect();
        // Fails only for what cannot be copied; these are texts and numbers.
        let _ = self.port.post_message(&said);
    }

    pub fn kept(&self, name: &str) -> Option<&str> {
        self.kept
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Keeps a value; an empty one is forgotten.
    pub fn keep(&mut self, name: &str, value: &str) {
        if self.kept(name).unwrap_or_default() == value {
            return;
        }
        self.kept.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.kept.push((name.to_owned(), value.to_owned()));
        }
        self.say(&["keep".into(), name.into(), value.into()]);
    }

    /// The visitor's token; made now if there is none.
    pub fn token(&mut self) -> VisitorToken {
        if let Some(token) = self.kept(TOKEN).and_then(token) {
            return token;
        }
        let token = random();
        self.keep(TOKEN, &hex(&token));
        token
    }

    /// Takes over the token that another tab has made meanwhile.
    pub fn learn_token(&mut self, new: String) {
        if token(&new).is_some() {
            self.learn(TOKEN, new);
        }
    }

    /// Takes over the page views that the loader has kept meanwhile.
    pub fn learn_views(&mut self, views: String) {
        self.learn(VIEWS, views);
    }

    fn learn(&mut self, name: &str, value: String) {
        self.kept.retain(|(known, _)| known != name);
        self.kept.push((name.to_owned(), value));
    }

    /// What was viewed before there was a conversation, oldest first: the last pages, as many as
    /// a frame takes. Lines that are no page are passed over: anything may be kept there.
    pub fn views(&self) -> Vec<PageView> {
        let mut views = Vec::new();
        let mut bytes = 0;
        let lines = JsString::from(self.kept(VIEWS).unwrap_or_default()).split("\n");
        while lines.length() > 0 {
            let Some(view) = view(&lines.pop()) else {
                continue;
            };
            bytes += view.page.url.len() + view.page.title.len() + view.page.referrer.len() + 16;
            if bytes > VIEWS_BYTES || views.len() == WAITING_VIEWS {
                break;
            }
            views.insert(0, view);
        }
        views
    }

    /// The page views are with the server.
    pub fn forget_views(&mut self) {
        self.keep(VIEWS, "");
    }

    pub fn has_chat(&self) -> bool {
        self.kept(CHAT).is_some()
    }

    pub fn is_live(&self) -> bool {
        self.kept(LIVE).is_some()
    }

    pub fn keep_chat(&mut self, chat: bool, live: bool) {
        let word = |yes| if yes { "1" } else { "" };
        self.keep(CHAT, word(chat));
        self.keep(LIVE, word(live));
    }

    /// What earlier page loads could not send; what cannot be read is left alone.
    pub fn outbox(&self) -> Vec<Outgoing> {
        self.kept
            .iter()
            .filter(|(name, _)| name.starts_with(OUTBOX))
            .filter_map(|(_, value)| Outgoing::kept(&from_hex(value)?))
            .collect()
    }

    pub fn keep_outgoing(&mut self, outgoing: &Outgoing) {
        let kept = outgoing.keep().unwrap_or_default();
        self.keep(&outbox_name(outgoing.id), &hex(&kept));
    }

    pub fn forget_outgoing(&mut self, id: CommandId) {
        self.keep(&outbox_name(id), "");
    }

    pub fn unread(&mut self, unread: u32) {
        if self.unread != unread {
            self.unread = unread;
            self.say(&["unread".into(), unread.into()]);
        }
    }

    pub fn tell(&self, notice: Notice) {
        let name = match notice {
            Notice::Requested => "requested",
            Notice::Accepted => "accepted",
            Notice::Ended => "ended",
            Notice::TimedOut => "timedout",
            Notice::MeetingBooked => "booked",
        };
        self.say(&["tell".into(), name.into()]);
    }

    pub fn close(&self) {
        self.say(&["close".into()]);
    }
}

fn outbox_name(id: CommandId) -> String {
    let mut name = OUTBOX.to_owned();
    name.push_str(&hex(id.0.as_bytes()));
    name
}

fn heard(said: &Array) -> Option<Msg> {
    let word = |at| said.get(at).as_string();
    match word(0)?.as_str() {
        "open" => Some(Msg::Open {
            focus: said.get(1).is_truthy(),
            token: word(2),
        }),
        "close" => Some(Msg::Close),
        "page" => Some(Msg::Page(page(said), word(4))),
        "setAttributes" => Some(Msg::Attributes(pairs(said.get(1))?)),
        "track" => Some(Msg::Track(word(1)?)),
        "identify" => {
            let mut person = pairs(said.get(1))?;
            let mut field = |name| {
                let at = person.iter().position(|(known, _)| known == name)?;
                Some(person.swap_remove(at).1).filter(|text| !text.is_empty())
            };
            let profile = ProfileInput {
                name: field("name"),
                job_title: field("jobTitle"),
                email: field("email"),
                phone: field("phone"),
            };
            Some(Msg::Identify(profile, field("token").unwrap_or_default()))
        }
        _ => None,
    }
}

/// Names and values as the loader says them; one that the page has loaded long ago says an object.
fn pairs(said: JsValue) -> Option<Vec<(String, String)>> {
    let pairs = match said.dyn_into::<Array>() {
        Ok(pairs) => pairs,
        Err(object) => Object::entries(&object.dyn_into().ok()?),
    };
    let pair = |pair: JsValue| {
        let pair: Array = pair.unchecked_into();
        (words_of(&pair.get(0)), words_of(&pair.get(1)))
    };
    Some(pairs.iter().map(pair).collect())
}

/// The token of these digits.
fn token(digits: &str) -> Option<VisitorToken> {
    from_hex(digits)?.try_into().ok()
}

/// The page that a list names behind its first word: address, title, referrer.
fn page(said: &Array) -> Page {
    let word = |at| said.get(at).as_string().unwrap_or_default();
    Page::new(&word(1), &word(2), &word(3))
}

/// A view as the loader keeps it: when, in milliseconds since 1970, address, title and referrer.
fn view(line: &JsValue) -> Option<PageView> {
    let words: &Array = &line.dyn_ref::<JsString>()?.split("\t");
    let at = Number::parse_float(&words.get(0).as_string()?);
    (words.length() == 4 && at.is_finite()).then(|| PageView {
        page: page(words),
        at: instant(at),
    })
}

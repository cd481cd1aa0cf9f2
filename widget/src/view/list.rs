//! The list `Messages`, patched by keys: what stays is not touched, so nothing jumps and no
//! selection is lost.

use domain::{
    CardId, Refusal, Timestamp,
    chat::{Again, Entry, Key, Mark, Said},
    file::FileCard,
    link::{Piece, pieces},
    texts::{
        Words, fill,
        keys::{ChatText, SharedText},
    },
    transcript::{Reader, system_text},
};
use web_sys::HtmlElement;

use super::{Shown, card::Card, file};
use crate::{
    app::reason,
    dom::{add, add_button, add_link, add_text, add_words, attribute, element, insert, text},
    message::Msg,
    site::Site,
    words::{Texts, day, machine, now, number},
};

/// A line of the list, and what of it can change.
struct Row {
    key: Key,
    item: HtmlElement,
    said: HtmlElement,
    time: HtmlElement,
    mark: HtmlElement,
    /// `Retry` or `Send in a new chat`.
    button: Option<HtmlElement>,
    /// A calendar to book a meeting in.
    card: Option<Card>,
    drawn: Option<Drawn>,
}

#[derive(Clone, Copy, PartialEq)]
struct Drawn {
    at: Timestamp,
    mark: Option<Mark>,
    /// The next line is of the same run and has the time.
    runs_on: bool,
    /// It is the first of its day.
    begins_day: bool,
    /// How much of the file is up, in percent, while it is on its way.
    percent: Option<u32>,
    /// The file is with the server.
    up: bool,
    /// The day on which it was drawn; times of today are shorter.
    today: u32,
}

pub struct List {
    list: HtmlElement,
    rows: Vec<Row>,
}

impl List {
    pub fn new(parent: &HtmlElement, words: &Texts) -> Self {
        let list = add(parent, "ol", "messages");
        attribute(&list, "aria-label", words.word(SharedText::Messages));
        // Lists without bullets are no lists to some browsers.
        attribute(&list, "role", "list");
        Self {
            list,
            rows: Vec::new(),
        }
    }

    /// From now on new lines are read out.
    pub fn announce(&self) {
        if !self.list.has_attribute("aria-live") {
            attribute(&self.list, "aria-live", "polite");
            attribute(&self.list, "aria-relevant", "additions");
        }
    }

    /// Says at a booking card why it was refused.
    pub fn refuse_card(&self, id: CardId, site: &Site, of_email: bool, words: &str) {
        for card in self.rows.iter().filter_map(|row| row.card.as_ref()) {
            if card.id == id {
                card.refuse(site, of_email, words);
            }
        }
    }

    /// Draws the entries; returns how many of the other side are new at the end. `starts`: the form
    /// to start a chat is there, and asks for the email.
    pub fn draw(&mut self, shown: &Shown<'_>, starts: bool) -> usize {
        let entries = shown.chat.entries();
        super::show(&self.list, !entries.is_empty());
        let today = day(now());
        let mut new = 0;
        for (index, entry) in entries.iter().enumerate() {
            new += usize::from(self.place(index, entry, shown));
            let next = entries.get(index + 1);
            let before = index.checked_sub(1).and_then(|index| entries.get(index));
            let drawn = Drawn {
                at: entry.at,
                mark: entry.mark,
                runs_on: next.is_some_and(|next| entry.runs_on(next)),
                begins_day: match before {
                    Some(before) => day(before.at) != day(entry.at),
                    None => day(entry.at) != today,
                },
                percent: percent(entry, shown),
                up: card(entry).is_some_and(|card| !card.address.is_empty()),
                today,
            };
            let Some(row) = self.rows.get_mut(index) else {
                continue;
            };
            if row.drawn != Some(drawn) {
                row.draw(entry, drawn, shown);
            }
            if let (Said::Calendar(_, calendar), Some(card)) = (entry.said, &mut row.card) {
                card.draw(calendar, shown, starts);
            }
        }
        for row in self.rows.drain(entries.len()..) {
            row.item.remove();
        }
        new
    }

    /// Sees to it that the row of an entry is at `index`; whether it is new and not one's own.
    fn place(&mut self, index: usize, entry: &Entry<'_>, shown: &Shown<'_>) -> bool {
        if self.rows.get(index).is_some_and(|row| row.key == entry.key) {
            return false;
        }
        let known = self.rows.iter().position(|row| row.key == entry.key);
        let row = match known {
            Some(at) => self.rows.remove(at),
            None => Row::new(entry, shown.words),
        };
        let next = self.rows.get(index).map(|row| &row.item);
        insert(&self.list, &row.item, next.map(AsRef::as_ref));
        self.rows.insert(index.min(self.rows.len()), row);
        known.is_none() && !matches!(entry.said, Said::Own(_) | Said::OwnFile(_))
    }
}

impl Row {
    fn new(entry: &Entry<'_>, words: &Texts) -> Self {
        let (class, author) = match entry.said {
            Said::Own(_) | Said::OwnFile(_) => ("own", words.word(SharedText::You)),
            Said::Agent(name, _) | Said::AgentFile(name, _) | Said::Calendar(name, _) => {
                ("their", name)
            }
            Said::System(_) => ("system", ""),
        };
        let item = element("li", class);
        if !author.is_empty() {
            add_text(&item, "span", "unseen", author);
        }
        let mut card = None;
        let said = if let Said::Calendar(_, calendar) = entry.said {
            let said = add(&item, "div", "card");
            card = Some(Card::new(calendar.card, &said));
            said
        } else {
            add(&item, "p", "text")
        };
        attribute(&said, "dir", "auto");
        match entry.said {
            Said::Own(text) | Said::Agent(_, text) => link(&said, text),
            Said::System(system) => link(&said, &system_text(system, Reader::Visitor, words)),
            Said::OwnFile(_) | Said::AgentFile(..) => said.set_class_name("text file"),
            Said::Calendar(..) => {}
        }
        let meta = add(&item, "p", "meta");
        let time = add(&meta, "time", "");
        let mark = add(&meta, "span", "mark");
        Self {
            key: entry.key,
            item,
            said,
            time,
            mark,
            button: None,
            card,
            drawn: None,
        }
    }

    fn draw(&mut self, entry: &Entry<'_>, drawn: Drawn, shown: &Shown<'_>) {
        let words = shown.words;
        attribute(&self.time, "datetime", &machine(entry.at));
        text(&self.time, &shown.times.short(entry.at));
        if let Some(card) = card(entry)
            && self.drawn.is_none_or(|before| before.up != drawn.up)
        {
            file::draw(&self.said, card);
        }
        let mark = match drawn.percent {
            Some(percent) => {
                let percent = number(i32::try_from(percent).unwrap_or(0));
                fill(words.word(ChatText::Uploading), &[("percent", &percent)])
            }
            None => mark_text(entry, words),
        };
        text(&self.mark, &mark);
        let failed = matches!(entry.mark, Some(Mark::NotSent(..)));
        let runs = drawn.runs_on && !failed && entry.mark != Some(Mark::Waiting);
        let _ = self.item.class_list().toggle_with_force("runs", runs);
        let _ = self.item.class_list().toggle_with_force("failed", failed);
        if drawn.begins_day {
            attribute(&self.item, "data-day", &shown.times.day(entry.at));
        } else {
            let _ = self.item.remove_attribute("data-day");
        }
        if self.drawn.map(|before| before.mark) != Some(entry.mark) {
            self.draw_button(entry, words);
        }
        self.drawn = Some(drawn);
    }

    fn draw_button(&mut self, entry: &Entry<'_>, words: &Texts) {
        if let Some(button) = self.button.take() {
            button.remove();
        }
        let (Some(Mark::NotSent(_, again)), Key::Command(id)) = (entry.mark, entry.key) else {
            return;
        };
        let label = match again {
            Again::Retry => words.word(SharedText::Retry),
            Again::NewChat => words.word(ChatText::SendInANewChat),
            Again::Nothing => return,
        };
        self.button = Some(add_button(&self.item, "quiet", label, Msg::Again(id)));
    }
}

fn card<'a>(entry: &Entry<'a>) -> Option<&'a FileCard> {
    match entry.said {
        Said::OwnFile(card) | Said::AgentFile(_, card) => Some(card),
        _ => None,
    }
}

/// How much of an entry's file is up, while it is on its way.
fn percent(entry: &Entry<'_>, shown: &Shown<'_>) -> Option<u32> {
    let id = match (entry.key, entry.mark) {
        (Key::Command(id), Some(Mark::Waiting)) => id,
        _ => return None,
    };
    let mut uploads = shown.uploads.iter();
    uploads
        .find(|upload| upload.id == id)
        .map(|upload| upload.percent)
}

fn mark_text(entry: &Entry<'_>, words: &Texts) -> String {
    let key = match entry.mark {
        None => return String::new(),
        Some(Mark::Waiting) => SharedText::Waiting,
        Some(Mark::Sent) => SharedText::Sent,
        Some(Mark::Read) => SharedText::Read,
        Some(Mark::NotSent(Refusal::Ended, _)) => SharedText::NotSentEnded,
        Some(Mark::NotSent(refusal, _)) => {
            let mut text = words.word(SharedText::NotSent).to_owned();
            text.push_str(". ");
            text.push_str(match refusal {
                Refusal::TooLarge if card(entry).is_some() => {
                    words.word(SharedText::TooLargeForServer)
                }
                _ => reason(words, refusal),
            });
            return text;
        }
    };
    words.word(key).to_owned()
}

/// Puts a text into an element; its addresses become links, everything else stays text.
fn link(parent: &HtmlElement, said: &str) {
    for piece in pieces(said) {
        match piece {
            Piece::Text(said) => add_words(parent, said),
            Piece::Link(address) => {
                add_link(parent, address, address);
            }
        }
    }
}

//! A booking card: free times of an agent's calendar, then what was booked.

mod days;

use domain::{
    CardId, Refusal, Timestamp,
    meeting::{CalendarCard, MeetingCard, MeetingState, Slot},
    texts::{
        Words, fill,
        keys::{ChatText, SharedText},
    },
};
use web_sys::HtmlElement;

use self::days::Days;
use super::{Shown, form::Labelled, head::picture};
use crate::{
    app::reason,
    bytes::hex,
    dom::{
        add, add_button, add_link, add_text, attribute, change_text, document, focus, on,
        set_value, show, text, value,
    },
    message::{Msg, Step},
    site::Site,
    words::{Texts, machine, now, number},
};

pub struct Card {
    pub id: CardId,
    length: HtmlElement,
    /// That it was cancelled, or where a newer card is.
    note: HtmlElement,
    choice: HtmlElement,
    zone: HtmlElement,
    days: Days,
    alert: HtmlElement,
    chosen: HtmlElement,
    email: Labelled,
    /// The server wants an email, though it knew one.
    wants_email: bool,
    book: HtmlElement,
    booked: HtmlElement,
    when: HtmlElement,
    goes_to: HtmlElement,
    links: HtmlElement,
    /// Whose links are drawn.
    linked: String,
}

impl Card {
    pub fn new(parent: &HtmlElement, card: &CalendarCard, shown: &Shown<'_>) -> Self {
        let (id, words) = (card.card, shown.words);
        let agent = &card.agent;
        let name = fill(words.word(ChatText::Meet), &[("agent", &agent.name)]);
        attribute(parent, "role", "group");
        attribute(parent, "aria-label", &name);
        let who = add(parent, "div", "meet");
        let avatar = add(&who, "span", "avatar");
        attribute(&avatar, "aria-hidden", "true");
        picture(
            &avatar,
            &agent.name,
            agent.photo.as_deref().unwrap_or_default(),
        );
        let who = add(&who, "div", "");
        add_text(&who, "p", "ask", &name);
        let length = add(&who, "p", "optional");
        let note = add(parent, "p", "optional");
        let choice = add(parent, "div", "form");
        // Its days come and go without a word.
        attribute(&choice, "aria-live", "off");
        let mut key = hex(id.0.as_bytes());
        let zone = Labelled::new(&choice, "select", &key, words.word(ChatText::TimeZone)).input;
        zone.set_inner_html(&shown.site.zones);
        set_value(&zone, &shown.site.zone);
        on(&zone, "change", Msg::Booking(id, Step::Zone));
        let days = Days::new(&choice, id, shown.site, words);
        let chosen = add(&choice, "p", "chosen");
        let alert = add(&choice, "p", "error");
        attribute(&alert, "role", "alert");
        key.push('e');
        let email = Labelled::new(&choice, "input", &key, words.word(SharedText::Email));
        email.takes_email();
        attribute(&email.input, "aria-required", "true");
        on(&email.input, "input", Msg::Booking(id, Step::Email));
        let book = add_button(&choice, "main", "", Msg::Booking(id, Step::Book));
        let booked = add(parent, "div", "booked");
        attribute(&booked, "tabindex", "-1");
        let status = add(&booked, "p", "");
        let label = words.word(ChatText::MeetingBooked);
        attribute(&status, "role", "status");
        attribute(&status, "aria-label", label);
        add_text(&status, "strong", "", label);
        let when = add(&status, "time", "");
        let goes_to = add(&booked, "p", "optional");
        let links = add(&booked, "p", "links");
        Self {
            id,
            length,
            note,
            choice,
            zone,
            days,
            alert,
            chosen,
            email,
            wants_email: false,
            book,
            booked,
            when,
            goes_to,
            links,
            linked: String::new(),
        }
    }

    /// `starts`: the form to start a chat is there, and asks for the email.
    pub fn draw(&mut self, card: &CalendarCard, shown: &Shown<'_>, starts: bool) {
        let meeting = shown.chat.meeting_of(self.id);
        let is_booked = |meeting: &&MeetingCard| meeting.state == MeetingState::Booked;
        let booked = meeting.filter(is_booked);
        let newest = shown.chat.is_newest(card);
        let mut note = String::new();
        if let Some(meeting) = meeting.filter(|_| booked.is_none()) {
            note.push_str(shown.words.word(ChatText::MeetingCancelled));
            note.push_str(": ");
            note.push_str(&self.moment(meeting.span.start()));
        } else if booked.is_none() && !newest {
            note.push_str(shown.words.word(ChatText::NewerCard));
        }
        change_text(&self.note, &note);
        show(&self.note, !note.is_empty());
        let active = document().active_element();
        let held = !self.choice.hidden() && self.choice.contains(active.as_deref());
        show(&self.choice, booked.is_none() && newest);
        show(&self.booked, booked.is_some());
        if let Some(meeting) = booked {
            self.draw_meeting(meeting, shown);
            if held {
                focus(&self.booked);
            }
        } else {
            self.draw_choice(shown, starts);
        }
    }

    fn draw_meeting(&mut self, meeting: &MeetingCard, shown: &Shown<'_>) {
        let (start, end) = (meeting.span.start(), meeting.span.end());
        let mut words = self.moment(start);
        words.push_str("\u{a0}–\u{a0}");
        words.push_str(&self.days.words.moment(end).time);
        change_text(&self.when, &words);
        attribute(&self.when, "datetime", &machine(start));
        change_text(&self.goes_to, &meeting.email);
        show(&self.links, start > now());
        if self.linked != meeting.address {
            self.linked.clone_from(&meeting.address);
            text(&self.links, "");
            for (label, end) in [
                (ChatText::RescheduleMeeting, "?do=reschedule&lang="),
                (ChatText::CancelMeeting, "?do=cancel&lang="),
                (ChatText::AddToCalendar, "/meeting.ics?lang="),
            ] {
                let mut address = String::from("/m/");
                address.push_str(&meeting.address);
                address.push_str(end);
                address.push_str(shown.site.language.tag());
                add_link(&self.links, &address, shown.words.word(label));
            }
        }
    }

    fn draw_choice(&mut self, shown: &Shown<'_>, starts: bool) {
        let words = shown.words;
        let free = shown.chat.slots_of(self.id);
        self.days.draw(free);
        if let Some(free) = free {
            let minutes = number(free.length.into());
            let length = fill(words.word(ChatText::Minutes), &[("count", &minutes)]);
            change_text(&self.length, &length);
        }
        let none = free.is_some_and(|free| free.slots.is_empty());
        let _ = self.choice.class_list().toggle_with_force("none", none);
        let chosen = match self.days.chosen {
            _ if none => words.word(ChatText::NoFreeTimes).to_owned(),
            None => words.word(ChatText::ChooseTime).to_owned(),
            Some(slot) => self.moment(slot.0),
        };
        change_text(&self.chosen, &chosen);
        let booking = shown.chat.booking(self.id).is_some();
        let label = if booking {
            ChatText::Booking
        } else {
            ChatText::BookMeeting
        };
        change_text(&self.book, words.word(label));
        dim(&self.book, booking || free.is_none());
        let asked = free.is_some_and(|free| free.asks_email) && !starts;
        show(&self.email.line, asked || self.wants_email);
    }

    /// Whether the visitor is asked for an email here.
    pub fn asks_email(&self) -> bool {
        self.email.is_shown() && !self.choice.hidden()
    }

    /// What was written as email.
    pub fn email(&self) -> String {
        value(&self.email.input)
    }

    /// Takes a step that needs nobody else. True if later slots should be asked for.
    pub fn step(&mut self, step: Step, site: &Site) -> bool {
        match step {
            Step::Zone => self.days.change_zone(site, &value(&self.zone)),
            Step::Earlier => self.days.earlier(),
            Step::Later => return self.days.later(),
            Step::Choose(slot) => {
                self.days.choose(slot);
                self.warn("");
            }
            Step::Email => self.email.complain(""),
            Step::Book => {}
        }
        false
    }

    /// What is to be booked: slot, email and zone. None if something is missing, which it says.
    pub fn wish(&self, words: &Texts) -> Option<(Slot, Option<String>, String)> {
        let Some(slot) = self.days.chosen else {
            self.warn(words.word(ChatText::ChooseTime));
            return None;
        };
        let asked = self.email.is_shown();
        if asked && !self.email.is_email() {
            self.complain(words.word(ChatText::EmailMalformed));
            return None;
        }
        Some((slot, asked.then(|| self.email()), value(&self.zone)))
    }

    /// The booking was refused; what was chosen and written stays.
    pub fn refused(&mut self, refusal: Refusal, words: &Texts) {
        let problem = match refusal {
            Refusal::Required => ChatText::Required,
            Refusal::Malformed => ChatText::EmailMalformed,
            Refusal::EmailNotTaken => ChatText::EmailNotTaken,
            Refusal::Taken | Refusal::NotNow => {
                self.warn(words.word(ChatText::JustTaken));
                return;
            }
            // That there are no free times is said in their place.
            Refusal::NoCalendar => return,
            refusal => {
                self.warn(reason(words, refusal));
                return;
            }
        };
        self.wants_email = true;
        show(&self.email.line, true);
        self.complain(words.word(problem));
    }

    fn moment(&self, at: Timestamp) -> String {
        self.days.words.moment(at).whole()
    }

    fn complain(&self, problem: &str) {
        self.email.complain(problem);
        focus(&self.email.input);
    }

    fn warn(&self, words: &str) {
        change_text(&self.alert, words);
        attribute(&self.alert, "aria-label", words);
    }
}

/// Shows that a button does nothing just now. It keeps the focus, which `disabled` would not.
fn dim(button: &HtmlElement, dim: bool) {
    attribute(button, "aria-disabled", if dim { "true" } else { "false" });
}

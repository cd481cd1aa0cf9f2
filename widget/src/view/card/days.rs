//! The free times of a card, three days beside each other, in a zone of the visitor's choice.

use domain::{
    CardId, Language, Timestamp,
    chat::FreeSlots,
    meeting::Slot,
    texts::{Words, keys::ChatText},
};
use web_sys::HtmlElement;

use super::dim;
use crate::{
    dom::{add, add_button, add_text, attribute, text},
    message::{Msg, Step},
    words::{Texts, ZoneTimes, number},
};

/// How many days stand beside each other.
const DAYS: usize = 3;
/// Their columns in the style sheet.
const COLUMNS: [&str; DAYS] = ["", "b", "c"];

/// A day with free times.
struct Day {
    words: String,
    short: String,
    slots: Vec<Slot>,
}

pub struct Days {
    card: CardId,
    language: Language,
    earlier: HtmlElement,
    heads: HtmlElement,
    later: HtmlElement,
    times: HtmlElement,
    pub words: ZoneTimes,
    /// The slots that `days` are made of.
    free: Vec<Slot>,
    days: Vec<Day>,
    /// The first day that is shown.
    first: usize,
    /// Those of the days that are shown.
    buttons: Vec<(Slot, HtmlElement)>,
    pub chosen: Option<Slot>,
}

impl Days {
    pub fn new(
        parent: &HtmlElement,
        card: CardId,
        language: Language,
        zone: &str,
        words: &Texts,
    ) -> Self {
        let line = add(parent, "div", "days");
        let arrow = |class, label, step| {
            let made = add_button(&line, class, "", Msg::Booking(card, step));
            attribute(&made, "aria-label", words.word(label));
            attribute(&made, "title", words.word(label));
            made
        };
        let earlier = arrow("arrow", ChatText::EarlierDays, Step::Earlier);
        let heads = add(&line, "div", "heads");
        // Each time's name has its day.
        attribute(&heads, "aria-hidden", "true");
        let later = arrow("arrow later", ChatText::LaterDays, Step::Later);
        let times = add(parent, "div", "times");
        attribute(&times, "role", "group");
        attribute(&times, "aria-label", words.word(ChatText::FreeTimes));
        Self {
            card,
            language,
            earlier,
            heads,
            later,
            times,
            words: ZoneTimes::new(language, zone),
            free: Vec::new(),
            days: Vec::new(),
            first: 0,
            buttons: Vec::new(),
            chosen: None,
        }
    }

    pub fn draw(&mut self, free: Option<&FreeSlots>) {
        if let Some(free) = free
            && self.free != free.slots
        {
            self.free.clone_from(&free.slots);
            self.find_days();
        }
        let more = free.is_some_and(|free| free.next.is_some());
        dim(&self.earlier, self.first == 0);
        dim(&self.later, self.is_last() && !more);
    }

    /// Shows the times in this zone from now on.
    pub fn change_zone(&mut self, zone: &str) {
        self.words = ZoneTimes::new(self.language, zone);
        self.find_days();
    }

    pub fn earlier(&mut self) {
        self.first = self.first.saturating_sub(DAYS);
        self.draw_days();
    }

    /// True if slots after the known ones should be asked for: one page ahead, so that no day is
    /// shown while a part of it is missing.
    pub fn later(&mut self) -> bool {
        if !self.is_last() {
            self.first += DAYS;
            self.draw_days();
        }
        self.first + 2 * DAYS >= self.days.len()
    }

    pub fn choose(&mut self, slot: Slot) {
        self.chosen = Some(slot);
        self.press();
    }

    /// `Tuesday 24 November, 10:00`.
    pub fn moment(&self, at: Timestamp) -> String {
        of_day(&self.words.day(at), &self.words.time(at))
    }

    /// Puts the slots together to days, and stays at the day that was shown.
    fn find_days(&mut self) {
        let shown = self.days.get(self.first).and_then(|day| day.slots.first());
        let shown = shown.copied();
        self.days.clear();
        let mut most = 1;
        for slot in &self.free {
            let words = self.words.day(slot.0);
            match self.days.last_mut() {
                Some(day) if day.words == words => {
                    day.slots.push(*slot);
                    most = most.max(day.slots.len());
                }
                _ => self.days.push(Day {
                    short: self.words.short_day(slot.0),
                    words,
                    slots: vec![*slot],
                }),
            }
        }
        let before = |day: &Day| day.slots.last().copied() < shown;
        let last = self.days.len().saturating_sub(1);
        self.first = self.days.partition_point(before).min(last);
        self.chosen = self.chosen.filter(|slot| self.free.contains(slot));
        // As high for every day, so that nothing moves on the way through them.
        let rows = number(i32::try_from(most).unwrap_or(1));
        let _ = self.times.style().set_property("--rows", &rows);
        self.draw_days();
    }

    fn draw_days(&mut self) {
        text(&self.heads, "");
        text(&self.times, "");
        self.times.set_scroll_top(0);
        self.buttons.clear();
        for (day, column) in self.days.iter().skip(self.first).zip(COLUMNS) {
            add_text(&self.heads, "span", "", &day.short);
            for slot in &day.slots {
                let time = self.words.time(slot.0);
                let choose = Msg::Booking(self.card, Step::Choose(*slot));
                let button = add_button(&self.times, column, &time, choose);
                attribute(&button, "aria-label", &of_day(&day.words, &time));
                self.buttons.push((*slot, button));
            }
        }
        self.press();
    }

    /// Shows which slot is chosen.
    fn press(&self) {
        for (slot, button) in &self.buttons {
            let pressed = self.chosen == Some(*slot);
            attribute(
                button,
                "aria-pressed",
                if pressed { "true" } else { "false" },
            );
        }
    }

    fn is_last(&self) -> bool {
        self.first + DAYS >= self.days.len()
    }
}

fn of_day(day: &str, time: &str) -> String {
    let mut words = day.to_owned();
    words.push_str(", ");
    words.push_str(time);
    words
}

//! The free times of a card, three days beside each other, in a zone of the visitor's choice.

use domain::{
    CardId,
    chat::FreeSlots,
    meeting::Slot,
    texts::{Words, keys::ChatText},
};
use web_sys::HtmlElement;

use super::dim;
use crate::{
    dom::{add, add_button, add_text, attribute, text},
    message::{Msg, Step},
    site::Site,
    words::{Moment, Texts, ZoneTimes, number},
};

/// How many days stand beside each other.
const DAYS: usize = 3;
/// Their columns in the style sheet.
const COLUMNS: [&str; DAYS] = ["", "b", "c"];

/// A slot, and how it is worded.
type Time = (Slot, Moment);

pub struct Days {
    card: CardId,
    earlier: HtmlElement,
    heads: HtmlElement,
    later: HtmlElement,
    times: HtmlElement,
    pub words: ZoneTimes,
    /// The slots that `days` are made of.
    free: Vec<Slot>,
    days: Vec<Vec<Time>>,
    /// The first day that is shown.
    first: usize,
    /// Those of the days that are shown.
    buttons: Vec<(Slot, HtmlElement)>,
    pub chosen: Option<Slot>,
}

impl Days {
    pub fn new(parent: &HtmlElement, card: CardId, site: &Site, words: &Texts) -> Self {
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
            earlier,
            heads,
            later,
            times,
            words: ZoneTimes::new(site, &site.zone),
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
    pub fn change_zone(&mut self, site: &Site, zone: &str) {
        self.words = ZoneTimes::new(site, zone);
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

    /// Puts the slots together to days, and stays at the day that was shown.
    fn find_days(&mut self) {
        let shown = self.days.get(self.first).and_then(|day| day.first());
        let shown = shown.map(|(slot, _)| *slot);
        self.first = 0;
        self.days.clear();
        let mut most = 1;
        let mut last = String::new();
        for slot in &self.free {
            let moment = self.words.moment(slot.0);
            if moment.day != last {
                last.clone_from(&moment.day);
                self.days.push(Vec::new());
            }
            let at = self.days.len() - 1;
            if let Some(day) = self.days.get_mut(at) {
                day.push((*slot, moment));
                most = most.max(day.len());
            }
            if Some(*slot) <= shown {
                self.first = at;
            }
        }
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
            if let Some((_, moment)) = day.first() {
                add_text(&self.heads, "span", "", &moment.short_day);
            }
            for (slot, moment) in day {
                let choose = Msg::Booking(self.card, Step::Choose(*slot));
                let button = add_button(&self.times, column, &moment.time, choose);
                attribute(&button, "aria-label", &moment.whole());
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

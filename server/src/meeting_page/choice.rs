//! Choosing a time: by links and forms that change nothing, until one books.

use backend::meeting::FreeSlots;
use domain::{
    agent::AgentCard,
    meeting::{
        Slot,
        words::{Local, zones},
    },
    texts::{
        Words, fill,
        keys::{ChatText, PageText, SharedText},
    },
};

use super::look::{Look, Todo, seconds};
use crate::chat_page::escape;

/// How many days stand beside each other.
const DAYS: usize = 3;
/// Their columns in the style sheet.
const COLUMNS: [&str; DAYS] = ["a", "b", "c"];

/// What there is to choose from, and what was said about the choice.
pub struct Offer<'a> {
    pub agent: &'a AgentCard,
    pub free: &'a FreeSlots,
    pub asks_email: bool,
    /// Why it was not booked.
    pub alert: Option<PageText>,
    /// What is wrong with what was written as email.
    pub email_problem: Option<ChatText>,
    /// When the meeting takes place that is to be moved.
    pub now: Option<String>,
}

/// A day with free times.
struct Day<'a> {
    words: String,
    slots: &'a [Slot],
}

/// The group `Meet {agent}` with everything that is chosen in it.
pub fn draw(look: &Look<'_>, offer: &Offer<'_>) -> String {
    let words = look.words;
    let name = escape(&fill(
        words.word(PageText::Meet),
        &[("agent", &offer.agent.name)],
    ));
    let length = match offer.free.slots.as_slice() {
        [] => String::new(),
        _ => fill(
            words.word(PageText::Minutes),
            &[("count", &offer.free.length.to_string())],
        ),
    };
    let mut page = format!(
        "<section class=\"card\" role=\"group\" aria-label=\"{name}\">\n<div class=\"meet\">{}\n\
         <div><h1 class=\"ask\">{name}</h1>\n<p class=\"optional\">{}</p></div></div>\n",
        picture(offer.agent),
        escape(&length),
    );
    if let Some(now) = &offer.now {
        let hint = words.word(PageText::RescheduleHint);
        page += &format!(
            "<p class=\"now\">{}</p>\n<p class=\"optional\">{}</p>\n",
            escape(&unbroken(now)),
            escape(hint)
        );
    }
    if offer.free.slots.is_empty() {
        let none = escape(words.word(PageText::NoFreeTimes));
        page += &format!("<p class=\"now\" role=\"status\">{none}</p>\n");
    } else {
        page += &zone_choice(look);
        page += &days(look, &offer.free.slots);
        page += &confirmation(look, offer);
    }
    if offer.now.is_some() {
        page += &format!(
            "<p class=\"ways\"><a class=\"quiet\" href=\"{}\">{}</a></p>\n",
            look.link(""),
            escape(words.word(PageText::KeepMeeting))
        );
    }
    page += "</section>\n";
    page
}

/// When a meeting is, in words that break nowhere between its two times.
pub fn unbroken(span: &str) -> String {
    span.replace(" – ", "\u{a0}–\u{2060}\u{a0}")
}

/// Initials, and over them the photo.
pub fn picture(agent: &AgentCard) -> String {
    let mut parts = agent.name.split_whitespace();
    let first = parts.next().and_then(|part| part.chars().next());
    let last = parts.next_back().and_then(|part| part.chars().next());
    let initials: String = first.into_iter().chain(last).collect();
    let photo = agent.photo.as_deref().map_or(String::new(), |photo| {
        format!("<img src=\"/photos/{}\" alt=\"\">", escape(photo))
    });
    let initials = escape(&initials);
    format!("<span class=\"avatar\" aria-hidden=\"true\">{initials}{photo}</span>")
}

fn zone_choice(look: &Look<'_>) -> String {
    let words = look.words;
    let own = look.local.zone();
    let mut names = zones();
    if !names.iter().any(|name| name == own) {
        names.insert(0, own.to_owned());
    }
    let options: String = names
        .iter()
        .map(|name| {
            let chosen = if name == own { " selected" } else { "" };
            let label = name.replace('_', " ");
            format!("<option value=\"{name}\"{chosen}>{label}</option>")
        })
        .collect();
    format!(
        "{}<label for=\"zone\">{}</label>\n\
         <select id=\"zone\" name=\"zone\">{options}</select>\n\
         <button class=\"quiet\">{}</button>\n</form>\n",
        look.form("class=\"field\"", "", &["zone"]),
        escape(words.word(PageText::TimeZone)),
        escape(words.word(PageText::ChangeZone)),
    )
}

fn days(look: &Look<'_>, slots: &[Slot]) -> String {
    let (words, local) = (look.words, &look.local);
    let days = by_day(local, slots);
    let last = days.len().saturating_sub(1);
    // The first day that has not passed what the address says.
    let first = days
        .partition_point(|day| day.slots.last().copied() < look.from)
        .min(last);
    let start = |at: usize| {
        let slot = days.get(at).and_then(|day| day.slots.first());
        slot.copied().map(seconds)
    };
    let earlier = start(first.saturating_sub(DAYS)).filter(|_| first > 0);
    let later = start(first + DAYS);
    let arrow = |label, class, to: Option<i64>| {
        let label = escape(words.word(label));
        let to = to.map_or("disabled".to_owned(), |to| format!("value=\"{to}\""));
        format!(
            "<button class=\"arrow {class}\" name=\"from\" aria-label=\"{label}\" \
             title=\"{label}\" {to}></button>"
        )
    };
    let shown = || days.iter().skip(first).take(DAYS);
    let head = |slot: &Slot| {
        let day = local.short_day(slot.0);
        let (weekday, date) = day.split_once(' ').unwrap_or(("", &day));
        format!("<span><b>{}</b> {}</span>", escape(weekday), escape(date))
    };
    let heads: String = shown()
        .filter_map(|day| day.slots.first())
        .map(head)
        .collect();
    let group = escape(words.word(PageText::FreeTimes));
    let mut page = format!(
        "{}{}\n<div class=\"heads\" aria-hidden=\"true\">{heads}</div>\n{}\n</form>\n{}\
         <div class=\"times\" role=\"group\" aria-label=\"{group}\">\n",
        look.form("class=\"days\"", "", &["from"]),
        arrow(PageText::EarlierDays, "", earlier),
        arrow(PageText::LaterDays, "later", later),
        look.form("", "#chosen", &["slot"]),
    );
    for (day, column) in shown().zip(COLUMNS) {
        for slot in day.slots {
            let time = local.time(slot.0);
            page += &format!(
                "<button class=\"{column}\" name=\"slot\" value=\"{}\" aria-pressed=\"{}\" \
                 aria-label=\"{}, {time}\">{time}</button>\n",
                seconds(*slot),
                look.slot == Some(*slot),
                escape(&day.words),
            );
        }
    }
    page += "</div>\n</form>\n";
    page
}

/// What was chosen, the email if it is unknown, and the button that books it.
fn confirmation(look: &Look<'_>, offer: &Offer<'_>) -> String {
    let words = look.words;
    let slot = look.slot.filter(|slot| offer.free.slots.contains(slot));
    let chosen = match slot {
        Some(slot) => look.local.moment(slot.0),
        None => words.word(PageText::ChooseTime).to_owned(),
    };
    let alert = offer.alert.map_or(String::new(), |alert| {
        let alert = escape(words.word(alert));
        format!("<p class=\"error\" role=\"alert\" aria-label=\"{alert}\">{alert}</p>\n")
    });
    // Before a time is chosen nothing is written that choosing would lose.
    let email = if offer.asks_email && (slot.is_some() || !look.email.is_empty()) {
        email(look, offer)
    } else {
        String::new()
    };
    let label = match look.todo {
        Todo::Reschedule => PageText::RescheduleMeeting,
        _ => PageText::BookMeeting,
    };
    format!(
        "<form id=\"chosen\" class=\"form\" method=\"post\" action=\"/m/{}\">\n{}\
         <p class=\"chosen\">{}</p>\n{alert}{email}\
         <button class=\"main\" name=\"act\" value=\"yes\">{}</button>\n</form>\n",
        escape(look.address),
        look.act(&[]),
        escape(&chosen),
        escape(words.word(label)),
    )
}

fn email(look: &Look<'_>, offer: &Offer<'_>) -> String {
    let words = look.words;
    let (wrong, error) = match offer.email_problem {
        None => ("", String::new()),
        Some(problem) => {
            let problem = escape(words.word(problem));
            let error = format!("<p class=\"error\" id=\"email-error\">{problem}</p>\n");
            (
                " aria-invalid=\"true\" aria-describedby=\"email-error\" autofocus",
                error,
            )
        }
    };
    format!(
        "<div class=\"field\"><label for=\"email\">{}</label>\n\
         <input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"email\" \
         maxlength=\"254\" required value=\"{}\"{wrong}>\n{error}</div>\n",
        escape(words.word(SharedText::Email)),
        escape(&look.email),
    )
}

/// Slots in order, by the day on which they begin in the zone.
fn by_day<'a>(local: &Local, slots: &'a [Slot]) -> Vec<Day<'a>> {
    slots
        .chunk_by(|one, next| local.day(one.0) == local.day(next.0))
        .map(|slots| Day {
            words: slots
                .first()
                .map_or(String::new(), |slot| local.day(slot.0)),
            slots,
        })
        .collect()
}

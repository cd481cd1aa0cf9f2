//! A meeting: when it is, and what can still be done about it.

use domain::{
    Timestamp,
    meeting::{MeetingCard, MeetingState, words::utc},
    texts::{Words, fill, keys::PageText},
};

use super::{
    choice::{picture, unbroken},
    look::{Look, Todo},
};
use crate::chat_page::escape;

/// The card of a meeting.
pub fn draw(look: &Look<'_>, meeting: &MeetingCard, again: &str, now: Timestamp) -> String {
    let words = look.words;
    let span = meeting.span;
    let is_booked = meeting.state == MeetingState::Booked;
    let open = is_booked && now < span.start();
    let label = match meeting.state {
        MeetingState::Booked => PageText::MeetingBooked,
        MeetingState::Cancelled => PageText::MeetingCancelled,
    };
    let label = escape(words.word(label));
    let class = if is_booked { "" } else { " class=\"off\"" };
    let mut page = format!(
        "<section class=\"card\">\n<div class=\"meet\">{}\n<div><h1 class=\"ask\">{}</h1></div></div>\n\
         <div class=\"booked\"><p role=\"status\" aria-label=\"{label}\">\
         <strong{class}>{label}</strong>\n<time datetime=\"{}\">{}</time></p>\n\
         <p class=\"optional\">{}<br>{}</p></div>\n",
        picture(&meeting.agent),
        escape(&fill(
            words.word(PageText::Meet),
            &[("agent", &meeting.agent.name)]
        )),
        utc(span.start()),
        escape(&unbroken(&look.local.span(span))),
        escape(&fill(
            words.word(PageText::TimesInZone),
            &[("zone", &look.local.zone().replace('_', " "))]
        )),
        escape(match meeting.email.as_str() {
            "" => words.word(PageText::NoMailSent),
            email => email,
        }),
    );
    if open && look.todo == Todo::Cancel {
        page += &question(look, meeting);
    } else if open {
        page += &actions(look);
    } else {
        let hint = if is_booked {
            format!(
                "{}. {}",
                words.word(PageText::MeetingOver),
                words.word(PageText::MeetingOverHint)
            )
        } else {
            words.word(PageText::CancelledHint).to_owned()
        };
        page += &format!("<p class=\"optional\">{}</p>\n", escape(&hint));
        page += &format!(
            "<p class=\"ways\"><a class=\"quiet\" href=\"{}\">{}</a></p>\n",
            escape(&look.path(again)),
            escape(words.word(PageText::BookAnother))
        );
    }
    page += "</section>\n";
    page
}

fn actions(look: &Look<'_>) -> String {
    let link = |class: &str, address: &str, label: PageText| {
        let label = escape(look.words.word(label));
        format!("<a class=\"{class}\" href=\"{address}\">{label}</a>\n")
    };
    let file = format!("/m/{}/meeting.ics", escape(look.address));
    format!(
        "<p class=\"ways\">{}{}{}</p>\n",
        link("main", &file, PageText::AddToCalendar),
        link(
            "quiet",
            &look.link("reschedule"),
            PageText::RescheduleMeeting
        ),
        link("quiet", &look.link("cancel"), PageText::CancelMeeting),
    )
}

/// Asks once before a meeting is called off.
fn question(look: &Look<'_>, meeting: &MeetingCard) -> String {
    let words = look.words;
    let hint = fill(
        words.word(PageText::CancelHint),
        &[("agent", &meeting.agent.name)],
    );
    format!(
        "<form class=\"form\" method=\"post\" action=\"/m/{}\">\n{}<h2>{}</h2>\n\
         <p class=\"optional\">{}</p>\n<p class=\"ways\">\
         <button class=\"danger\" name=\"act\" value=\"yes\">{}</button>\n\
         <a class=\"quiet\" href=\"{}\">{}</a></p>\n</form>\n",
        escape(look.address),
        look.act(&["slot", "from"]),
        escape(words.word(PageText::CancelQuestion)),
        escape(&hint),
        escape(words.word(PageText::CancelMeeting)),
        look.link(""),
        escape(words.word(PageText::KeepMeeting)),
    )
}

//! Words what came together for an agent: one line for each.

use domain::texts::{Table, Words as _, fill, keys::LetterText as T};

use super::{
    MailServer,
    letter::{News, Reader, Told, What},
    when::When,
    words::{Worded, hello, inbox},
};

/// One letter about all of it; `more` things are not named.
pub fn word(server: &MailServer, to: &Reader, told: &[Told], more: u32) -> Worded {
    let words = Table(to.language);
    let when = When::new(to.language, to.zone.as_deref());
    let count = u32::try_from(told.len())
        .unwrap_or(u32::MAX)
        .saturating_add(more);
    let mut text = hello(&words, to.name.as_deref());
    text.push_str(words.word(T::Together));
    text.push_str("\n\n");
    for told in told {
        text.push_str("- ");
        text.push_str(&line(&words, &when, told));
        text.push('\n');
    }
    if more > 0 {
        let more = more.to_string();
        text.push_str("- ");
        text.push_str(&fill(words.word(T::AndMore), &[("count", &more)]));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&inbox(&words, server));
    let subject = match told {
        [one] if more == 0 => line(&words, &when, one),
        _ => fill(
            words.word(T::TogetherSubject),
            &[("count", &count.to_string())],
        ),
    };
    Worded {
        name: to.name.clone(),
        email: to.email.clone(),
        answers_to: None,
        subject,
        text,
        invitation: None,
    }
}

/// The sentence that a letter of its own would have as its subject, and when it was.
fn line(words: &Table, when: &When, told: &Told) -> String {
    let key = match &told.what {
        What::ChatFailed => T::ChatFailedSubject,
        What::BookingFailed(_) => T::BookingFailedSubject,
        What::Offered => T::RequestSubject,
        What::Meeting(News::Booked) => T::BookedSubject,
        What::Meeting(News::Moved) => T::MovedSubject,
        What::Meeting(News::Cancelled) => T::CancelledSubject,
        What::Meeting(News::PassedOn) => T::PassedOnSubject,
        What::Meeting(News::GivenAway) => T::GivenAwaySubject,
    };
    let sentence = words.word(key);
    let unnamed = if sentence.starts_with("{visitor}") {
        T::AVisitor
    } else {
        T::Somebody
    };
    let visitor = told.visitor.as_deref().unwrap_or(words.word(unnamed));
    let time = when.moment(told.at);
    let values = [("visitor", visitor), ("name", visitor), ("time", &time)];
    let said = fill(sentence, &values);
    match told.what {
        // These say when already.
        What::Meeting(_) => said,
        What::ChatFailed | What::BookingFailed(_) | What::Offered => format!("{said} ({time})"),
    }
}

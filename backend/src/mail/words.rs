//! Words letters in the reader's language and zone: short, plain text.

use calendar::invitation::{Invitation, Method, Person};
use domain::{
    meeting::MeetingState,
    text::{one_line, plain},
    texts::{Table, Words as _, fill, keys::LetterText as T},
};

use super::{
    MailServer,
    facts::{Facts, Party},
    letter::{News, Reader, Request},
    when::When,
};

/// A letter as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worded {
    pub name: Option<String>,
    pub email: String,
    /// Who reads answers, if somebody does.
    pub answers_to: Option<Party>,
    pub subject: String,
    pub text: String,
    /// An invitation (iCalendar), and the method that it names.
    pub invitation: Option<(&'static str, String)>,
}

/// A reply that a visitor has not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    pub to: Reader,
    pub agent: String,
    /// What was written, in order.
    pub texts: Vec<String>,
    /// The way back, if it is known.
    pub page: Option<String>,
}

/// What a visitor missed.
pub fn unseen(reply: &Unseen) -> Worded {
    let words = Table(reply.to.language);
    let agent = one_line(&reply.agent);
    let named = [("agent", agent.as_str())];
    let mut text = hello(&words, reply.to.name.as_deref());
    text.push_str(&fill(words.word(T::Reply), &named));
    text.push('\n');
    for written in &reply.texts {
        text.push('\n');
        // Quoted, so that nothing in it passes for words of this letter.
        for line in plain(written).lines() {
            text.push_str("> ");
            text.push_str(line);
            text.push('\n');
        }
    }
    if let Some(page) = &reply.page {
        text.push('\n');
        text.push_str(&fill(words.word(T::Back), &[("link", page)]));
        text.push('\n');
    }
    Worded {
        name: reply.to.name.clone(),
        email: reply.to.email.clone(),
        answers_to: None,
        subject: fill(words.word(T::ReplySubject), &named),
        text,
        invitation: None,
    }
}

pub(super) fn hello(words: &Table, name: Option<&str>) -> String {
    let hello = match name {
        Some(name) => fill(words.word(T::Hello), &[("name", &one_line(name))]),
        None => words.word(T::HelloAnybody).to_owned(),
    };
    format!("{hello}\n\n")
}

/// Something became of a meeting.
pub fn meeting(
    server: &MailServer,
    to: &Reader,
    to_visitor: bool,
    news: News,
    facts: &Facts,
) -> Worded {
    let words = Table(to.language);
    let when = When::new(to.language, to.zone.as_deref());
    let other = if to_visitor {
        &facts.agent
    } else {
        &facts.visitor
    };
    let name = &one_line(other.name.as_deref().unwrap_or(&other.email));
    let (subject, sentence) = match news {
        News::Booked => (T::BookedSubject, T::Booked),
        News::Moved => (T::MovedSubject, T::Moved),
        News::Cancelled => (T::CancelledSubject, T::Cancelled),
        News::PassedOn => (T::PassedOnSubject, T::PassedOn),
        News::GivenAway => (T::GivenAwaySubject, T::GivenAway),
    };
    let span = facts.meeting.span;
    let time = when.moment(span.start());
    let mut text = hello(&words, to.name.as_deref());
    text.push_str(&fill(words.word(sentence), &[("name", name)]));
    text.push_str(&format!("\n\n    {}\n", when.span(span)));
    if !to_visitor {
        let contact = fill(words.word(T::Contact), &[("email", &facts.visitor.email)]);
        text.push_str(&format!("    {contact}\n"));
    }
    let details = details(&words, facts, &server.public_url, to_visitor);
    if !news.is_over() && !details.is_empty() {
        text.push_str(&format!("\n{details}\n"));
    }
    if !to_visitor {
        text.push('\n');
        text.push_str(&inbox(&words, server));
    }
    let method = if news.is_over() {
        Method::Cancel
    } else {
        Method::Request
    };
    let sender = server.from.person();
    let organizer = Person {
        // Not the agent's address: calendars take no invitation from their own owner.
        name: facts.agent.name.as_deref().unwrap_or(sender.name),
        email: sender.email,
    };
    let attendees = [facts.visitor.person(), facts.agent.person()];
    let summary = summary(&words, facts);
    let invitation = Invitation {
        description: if news.is_over() { "" } else { &details },
        ..invitation(facts, method, &summary, organizer, &attendees)
    };
    Worded {
        name: to.name.clone(),
        email: to.email.clone(),
        answers_to: Some(other.clone()),
        subject: fill(words.word(subject), &[("name", name), ("time", &time)]),
        text,
        invitation: Some((
            if news.is_over() { "CANCEL" } else { "REQUEST" },
            invitation.write(),
        )),
    }
}

/// A meeting as a file that both sides can take into a calendar. `base` is the origin under which
/// the reader knows this Casella; `links`: with the way to reschedule and cancel.
pub fn file(words: &Table, facts: &Facts, base: &str, links: bool) -> String {
    let (summary, details) = (summary(words, facts), details(words, facts, base, links));
    Invitation {
        description: &details,
        ..invitation(facts, Method::Publish, &summary, facts.agent.person(), &[])
    }
    .write()
}

fn invitation<'a>(
    facts: &'a Facts,
    method: Method,
    summary: &'a str,
    organizer: Person<'a>,
    attendees: &'a [Person<'a>],
) -> Invitation<'a> {
    Invitation {
        method,
        uid: &facts.uid,
        sequence: facts.meeting.sequence,
        stamp: facts.at,
        span: facts.meeting.span,
        cancelled: method == Method::Cancel || facts.meeting.state == MeetingState::Cancelled,
        summary,
        description: "",
        location: &facts.video,
        organizer,
        attendees,
    }
}

fn summary(words: &Table, facts: &Facts) -> String {
    let unnamed = if facts.to_stranger {
        words.word(T::Somebody)
    } else {
        &facts.visitor.email
    };
    let visitor = facts.visitor.name.as_deref();
    let agent = facts.agent.name.as_deref();
    fill(
        words.word(T::MeetingOf),
        &[
            ("agent", agent.unwrap_or(&facts.agent.email)),
            ("visitor", visitor.unwrap_or(unnamed)),
        ],
    )
}

/// The agent's words, where it takes place, and the ways to change it.
fn details(words: &Table, facts: &Facts, base: &str, links: bool) -> String {
    let mut parts = Vec::new();
    if !facts.words.trim().is_empty() {
        parts.push(facts.words.trim().to_owned());
    }
    if !facts.video.is_empty() {
        parts.push(fill(words.word(T::Where), &[("video", &facts.video)]));
    }
    if links && facts.meeting.state == MeetingState::Booked {
        let link = format!("{base}/m/{}", facts.address);
        let link = [("link", link.as_str())];
        parts.push(format!(
            "{}\n{}",
            fill(words.word(T::Reschedule), &link),
            fill(words.word(T::Cancel), &link)
        ));
    }
    parts.join("\n\n")
}

/// Why an agent is told of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why<'a> {
    /// Nobody took it.
    ChatFailed,
    /// Its visitor could not book a meeting with this agent.
    BookingFailed(&'a str),
    /// It is held out to the reader.
    Offered,
}

/// An agent is told of a request.
pub fn told(server: &MailServer, to: &Reader, request: &Request, why: Why<'_>) -> Worded {
    let (subject, sentence, agent) = match why {
        Why::ChatFailed => (T::ChatFailedSubject, T::ChatFailed, ""),
        Why::BookingFailed(agent) => (T::BookingFailedSubject, T::BookingFailed, agent),
        Why::Offered => (T::RequestSubject, T::Request, ""),
    };
    let words = Table(to.language);
    let when = When::new(to.language, to.zone.as_deref());
    // What was kept before one-line texts were made of one line.
    let visitor = request.visitor.as_deref().map(one_line);
    let (begins, inside) = match &visitor {
        Some(name) => (name.as_str(), name.as_str()),
        None => (words.word(T::AVisitor), words.word(T::Somebody)),
    };
    let mut text = hello(&words, to.name.as_deref());
    let values = [("visitor", begins), ("agent", agent)];
    text.push_str(&fill(words.word(sentence), &values));
    text.push_str("\n\n");
    let mut line = |key, name, value: &str| {
        if !value.is_empty() {
            text.push_str(&fill(words.word(key), &[(name, &one_line(value))]));
            text.push('\n');
        }
    };
    line(T::AskedAt, "time", &when.moment_and_zone(request.at));
    line(T::Site, "site", &request.site);
    line(T::Page, "page", &request.page);
    line(
        T::Contact,
        "email",
        request.email.as_deref().unwrap_or_default(),
    );
    line(T::FirstWords, "text", &request.words);
    text.push('\n');
    text.push_str(&inbox(&words, server));
    let in_subject = if words.word(subject).starts_with("{visitor}") {
        begins
    } else {
        inside
    };
    Worded {
        name: to.name.clone(),
        email: to.email.clone(),
        answers_to: None,
        subject: fill(words.word(subject), &[("visitor", in_subject)]),
        text,
        invitation: None,
    }
}

pub(super) fn inbox(words: &Table, server: &MailServer) -> String {
    let link = format!("{}/", server.public_url);
    format!("{}\n", fill(words.word(T::Inbox), &[("link", &link)]))
}

impl Party {
    fn person(&self) -> Person<'_> {
        Person {
            name: self.name.as_deref().unwrap_or_default(),
            email: &self.email,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::*;

    #[test]
    fn words_from_before_lines_broke_in_one_way_forge_no_line_of_a_letter() {
        for end in [
            "\n", "\r", "\r\n", "\u{b}", "\u{85}", "\u{2028}", "\u{2029}",
        ] {
            let letter = unseen(&Unseen {
                to: Reader {
                    name: Some(format!("Ada{end}Pay here")),
                    email: "ada@example.com".into(),
                    language: Language::English,
                    zone: None,
                },
                agent: format!("Maya\u{202e}{end}Pay here"),
                texts: vec![format!("Hi{end}Pay here")],
                page: None,
            });
            for line in letter.text.lines().chain([letter.subject.as_str()]) {
                assert!(!line.starts_with("Pay here"), "{end:?}: {}", letter.text);
                assert!(!line.chars().any(char::is_control), "{end:?}: {line:?}");
                assert!(
                    !line.contains(['\u{2028}', '\u{2029}', '\u{202e}']),
                    "{line:?}"
                );
            }
        }
    }
}

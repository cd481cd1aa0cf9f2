//! The form: asks for a chat, or leaves a message where nobody is there to have one.

mod field;

use domain::{
    site::Ask,
    texts::{Words, keys::ChatText},
    visitor::ProfileInput,
};
use web_sys::{Event, HtmlElement};

use self::field::Asked;
pub use self::field::Labelled;
use crate::{
    dom::{
        add, add_button, add_text, attribute, change_text, focus, hear, insert, on, set_value,
        show, text, value,
    },
    loader::{FIRST_MESSAGE, Loader},
    message::Msg,
    site::{Field, Site},
    words::Texts,
};

/// What the form is there for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To ask for a chat.
    Start,
    /// To leave a message, since nobody is there. A chat can still be asked for: somebody may
    /// have come since the page was made.
    Absent,
    /// To leave a message in the chat that nobody took.
    Leave,
}

pub struct Form {
    form: HtmlElement,
    asked: Vec<Asked>,
    message: Labelled,
    problem: HtmlElement,
    submit: HtmlElement,
    start: HtmlElement,
    purpose: Option<Purpose>,
    /// The email is asked for.
    asks_email: bool,
}

impl Form {
    pub fn new(parent: &HtmlElement, site: &Site, words: &Texts, loader: &Loader) -> Self {
        let form = add(parent, "form", "form");
        attribute(&form, "novalidate", "");
        form.set_hidden(true);
        let asked = site
            .form
            .iter()
            .map(|(field, ask)| Asked::new(&form, *field, *ask, words, loader))
            .collect();
        let message = Labelled::new(&form, "textarea", "message", "");
        attribute(&message.input, "rows", "3");
        attribute(&message.input, "dir", "auto");
        set_value(
            &message.input,
            loader.kept(FIRST_MESSAGE).unwrap_or_default(),
        );
        let problem = add(&form, "p", "problem");
        attribute(&problem, "role", "alert");
        let submit = add_text(&form, "button", "main", "");
        let start = add_button(
            &form,
            "quiet",
            words.word(ChatText::StartChat),
            Msg::StartChat,
        );
        on(&form, "input", Msg::FormTyped);
        let submits = Box::new(|event: Event| {
            event.prevent_default();
            crate::dispatch(Msg::Submit);
        });
        hear(&form, "submit", submits);
        Self {
            form,
            asked,
            message,
            problem,
            submit,
            start,
            purpose: None,
            asks_email: false,
        }
    }

    /// What it is there for now; none if it is not shown.
    pub fn purpose(&self) -> Option<Purpose> {
        self.purpose
    }

    /// Where the first message, or the one to leave, is written.
    pub fn message(&self) -> &HtmlElement {
        &self.message.input
    }

    /// What stands in a field; empty if it is not asked for.
    pub fn value(&self, field: Field) -> String {
        self.asked
            .iter()
            .find(|asked| asked.field == field)
            .map(Asked::value)
            .unwrap_or_default()
    }

    pub fn profile(&self) -> ProfileInput {
        let given = |field| Some(self.value(field)).filter(|value| !value.is_empty());
        ProfileInput {
            name: given(Field::Name),
            job_title: given(Field::JobTitle),
            email: given(Field::Email),
            phone: given(Field::Phone),
        }
    }

    /// Fills what is empty with what the site's script says.
    pub fn suggest(&self, person: &ProfileInput) {
        for asked in &self.asked {
            let suggestion = match asked.field {
                Field::Name => &person.name,
                Field::Email => &person.email,
                Field::Phone => &person.phone,
                Field::JobTitle => &person.job_title,
            };
            if let Some(words) = suggestion
                && asked.value().is_empty()
            {
                set_value(&asked.place.input, words);
            }
        }
    }

    /// Keeps what is in the fields over a reload, and takes back what was said against those
    /// that are right now.
    pub fn keep(&self, loader: &mut Loader) {
        for asked in &self.asked {
            asked.keep(loader);
            if asked.problem().is_none() {
                asked.place.complain("");
            }
        }
        let words = value(self.message());
        if !words.trim().is_empty() {
            self.message.complain("");
        }
        loader.keep(FIRST_MESSAGE, &words);
    }

    /// Whether everything is right; if not, says what is wrong beside each field and puts the
    /// focus into the first. `message`: there must be one.
    pub fn check(&self, message: bool, words: &Texts) -> bool {
        let mut wrong = None;
        let mut look = |place: &Labelled, problem: Option<ChatText>| {
            place.complain(problem.map_or("", |problem| words.word(problem)));
            if problem.is_some() && wrong.is_none() {
                wrong = Some(place.input.clone());
            }
        };
        let missing = message && value(self.message()).trim().is_empty();
        let missing = missing.then_some(ChatText::Required);
        if self.purpose == Some(Purpose::Leave) {
            look(&self.message, missing);
        }
        for asked in &self.asked {
            look(
                &asked.place,
                asked.problem().filter(|_| asked.place.is_shown()),
            );
        }
        look(&self.message, missing);
        if let Some(input) = &wrong {
            focus(input);
        }
        wrong.is_none()
    }

    /// The server does not take the email, for this reason. False if the reason must be another,
    /// since none is given; the server may know one that the form does not.
    pub fn refuse_email(&mut self, reason: ChatText, words: &Texts) -> bool {
        let may = |asked: &&mut Asked| {
            asked.field == Field::Email
                && (reason == ChatText::EmailNotTaken || !asked.value().is_empty())
        };
        let Some(asked) = self.asked.iter_mut().find(may) else {
            return false;
        };
        asked.refuse(reason);
        asked.place.complain(words.word(reason));
        self.asks_email = true;
        true
    }

    /// Where the visitor would write first.
    pub fn first(&self) -> &HtmlElement {
        let mut shown = self.asked.iter().filter(|asked| asked.place.is_shown());
        let leaves = self.purpose == Some(Purpose::Leave);
        shown
            .find(|asked| match asked.value().is_empty() {
                true => !leaves,
                false => asked.problem().is_some(),
            })
            .map_or(self.message(), |asked| &asked.place.input)
    }

    /// `elsewhere`: a booking card asks for the email as well. One place is enough, until the visitor
    /// writes a message to leave.
    pub fn draw(
        &mut self,
        purpose: Option<Purpose>,
        elsewhere: bool,
        problem: &str,
        words: &Texts,
    ) {
        if self.purpose != purpose {
            self.purpose = purpose;
            show(&self.form, purpose.is_some());
            if let Some(purpose) = purpose {
                self.turn_to(purpose, words);
            }
        }
        if let Some(email) = self.email() {
            let spared = elsewhere && value(self.message()).is_empty();
            show(&email.place.line, self.asks_email && !spared);
        }
        change_text(&self.problem, problem);
        show(&self.problem, !problem.is_empty());
    }

    fn email(&self) -> Option<&Asked> {
        self.asked.iter().find(|asked| asked.field == Field::Email)
    }

    fn turn_to(&mut self, purpose: Purpose, words: &Texts) {
        let leaves = purpose != Purpose::Start;
        let (label, submit, hint) = if leaves {
            (ChatText::YourMessage, ChatText::LeaveAMessage, "")
        } else {
            let optional = words.word(ChatText::Optional);
            (ChatText::FirstMessage, ChatText::StartChat, optional)
        };
        text(&self.message.label, words.word(label));
        text(&self.message.hint, hint);
        text(&self.submit, words.word(submit));
        show(&self.start, purpose == Purpose::Absent);
        for asked in &self.asked {
            let wanted = match purpose {
                Purpose::Start => asked.ask != Ask::Off,
                // Without an address there is no way to answer who has gone.
                Purpose::Absent => asked.ask != Ask::Off || asked.field == Field::Email,
                Purpose::Leave => {
                    asked.field == Field::Email
                        && (asked.value().is_empty() || asked.problem().is_some())
                }
            };
            show(&asked.place.line, wanted);
            if asked.field == Field::Email {
                self.asks_email = wanted;
            }
        }
        // Who has asked for a chat is known, mostly: the message comes first.
        let first = self.asked.first().filter(|_| purpose == Purpose::Leave);
        let next = first.map_or(&self.problem, |asked| &asked.place.line);
        insert(&self.form, &self.message.line, Some(next));
    }
}

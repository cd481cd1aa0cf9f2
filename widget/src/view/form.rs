//! The start form.

use domain::{
    chat::Phase,
    site::Ask,
    texts::{
        Words,
        keys::{ChatText, SharedText},
    },
    visitor::ProfileInput,
};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, HtmlInputElement};

use crate::{
    dom::{
        add, add_text, attribute, change_text, element, focus, hear, insert, on, set_value, show,
        text, value,
    },
    loader::{FIRST_MESSAGE, Loader},
    message::Msg,
    site::{Field, Site},
    words::Texts,
};

/// A field with the place for what is wrong with it.
struct Asked {
    field: Field,
    ask: Ask,
    input: HtmlElement,
    error: HtmlElement,
}

pub struct Form {
    form: HtmlElement,
    asked: Vec<Asked>,
    first_message: HtmlElement,
    problem: HtmlElement,
}

impl Form {
    pub fn new(parent: &HtmlElement, site: &Site, words: &Texts, loader: &Loader) -> Self {
        let form = add(parent, "form", "form");
        attribute(&form, "novalidate", "");
        let asked = site
            .form
            .iter()
            .map(|(field, ask)| ask_for(&form, *field, *ask, words, loader))
            .collect();
        let (first_message, _) = labelled(
            &form,
            "textarea",
            "first_message",
            words.word(ChatText::FirstMessage),
            true,
            words,
        );
        attribute(&first_message, "rows", "3");
        attribute(&first_message, "dir", "auto");
        set_value(
            &first_message,
            loader.kept(FIRST_MESSAGE).unwrap_or_default(),
        );
        let problem = add(&form, "p", "problem");
        attribute(&problem, "role", "alert");
        let start = add_text(&form, "button", "main", words.word(ChatText::StartChat));
        attribute(&start, "type", "submit");
        on(&form, "input", Msg::FormTyped);
        let submit = Box::new(|event: Event| {
            event.prevent_default();
            crate::dispatch(Msg::StartChat);
        });
        hear(&form, "submit", submit);
        Self {
            form,
            asked,
            first_message,
            problem,
        }
    }

    pub fn first_message(&self) -> &HtmlElement {
        &self.first_message
    }

    /// What stands in a field; empty if it is not asked for.
    pub fn value(&self, field: Field) -> String {
        self.asked
            .iter()
            .find(|asked| asked.field == field)
            .map(|asked| value(&asked.input).trim().to_owned())
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
                && value(&asked.input).is_empty()
            {
                set_value(&asked.input, words);
            }
        }
    }

    /// Keeps what is in the fields over a reload, and takes back what was said against those
    /// that are right now.
    pub fn keep(&self, loader: &mut Loader) {
        for asked in &self.asked {
            loader.keep(&kept_as(asked.field), &value(&asked.input));
            if !asked.error.hidden() && asked.problem().is_none() {
                asked.complain("");
            }
        }
        loader.keep(FIRST_MESSAGE, &value(&self.first_message));
    }

    /// Whether everything is right; if not, says what is wrong beside each field and puts the
    /// focus into the first.
    pub fn check(&self, words: &Texts) -> bool {
        let mut right = true;
        for asked in &self.asked {
            match asked.problem() {
                None => asked.complain(""),
                Some(problem) => {
                    asked.complain(words.word(problem));
                    if right {
                        focus(&asked.input);
                    }
                    right = false;
                }
            }
        }
        right
    }

    /// Where the visitor would write first.
    pub fn first_empty(&self) -> &HtmlElement {
        self.asked
            .iter()
            .map(|asked| &asked.input)
            .find(|input| value(input).is_empty())
            .unwrap_or(&self.first_message)
    }

    pub fn draw(&self, phase: Phase, problem: &str) {
        show(&self.form, phase == Phase::Form);
        change_text(&self.problem, problem);
        show(&self.problem, !problem.is_empty());
    }
}

impl Asked {
    fn problem(&self) -> Option<ChatText> {
        let words = value(&self.input);
        let words = words.trim();
        if words.is_empty() {
            return (self.ask == Ask::Required).then_some(ChatText::Required);
        }
        if self.field != Field::Email {
            return None;
        }
        // The browser's own look, and a dot in the domain, which it does not ask for.
        let input: &HtmlInputElement = self.input.unchecked_ref();
        let dotted = words
            .rsplit_once('@')
            .is_some_and(|(_, domain)| domain.contains('.'));
        (input.validity().type_mismatch() || !dotted).then_some(ChatText::EmailMalformed)
    }

    fn complain(&self, words: &str) {
        change_text(&self.error, words);
        show(&self.error, !words.is_empty());
        if words.is_empty() {
            let _ = self.input.remove_attribute("aria-invalid");
        } else {
            attribute(&self.input, "aria-invalid", "true");
        }
    }
}

fn kept_as(field: Field) -> String {
    let mut name = String::from("f.");
    name.push_str(field.name());
    name
}

fn ask_for(form: &HtmlElement, field: Field, ask: Ask, words: &Texts, loader: &Loader) -> Asked {
    let (label, kind, completes) = match field {
        Field::Name => (SharedText::Name, "text", "name"),
        Field::Email => (SharedText::Email, "email", "email"),
        Field::Phone => (SharedText::Phone, "tel", "tel"),
        Field::JobTitle => (SharedText::JobTitle, "text", "organization-title"),
    };
    let (input, error) = labelled(
        form,
        "input",
        field.name(),
        words.word(label),
        ask == Ask::Optional,
        words,
    );
    attribute(&input, "type", kind);
    attribute(&input, "autocomplete", completes);
    attribute(&input, "maxlength", "254");
    if ask == Ask::Required {
        attribute(&input, "aria-required", "true");
    }
    set_value(&input, loader.kept(&kept_as(field)).unwrap_or_default());
    Asked {
        field,
        ask,
        input,
        error,
    }
}

/// A field under its label, with the word `optional` beside and a place for an error below.
fn labelled(
    form: &HtmlElement,
    kind: &str,
    id: &str,
    label: &str,
    optional: bool,
    words: &Texts,
) -> (HtmlElement, HtmlElement) {
    let line = add(form, "div", "field");
    let name = add_text(&line, "label", "", label);
    attribute(&name, "for", id);
    let input = element(kind, "");
    attribute(&input, "id", id);
    let mut described = String::from(id);
    described.push_str("-error");
    if optional {
        let hint = add(&line, "span", "optional");
        text(&hint, words.word(ChatText::Optional));
        let mut hint_id = String::from(id);
        hint_id.push_str("-hint");
        attribute(&hint, "id", &hint_id);
        hint_id.push(' ');
        described.insert_str(0, &hint_id);
    }
    insert(&line, &input, None);
    let error = add(&line, "p", "error");
    error.set_hidden(true);
    let mut error_id = String::from(id);
    error_id.push_str("-error");
    attribute(&error, "id", &error_id);
    attribute(&input, "aria-describedby", &described);
    (input, error)
}

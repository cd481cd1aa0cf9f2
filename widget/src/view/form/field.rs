//! The form's fields.

use domain::{
    site::Ask,
    texts::{
        Words,
        keys::{ChatText, SharedText},
    },
};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};

use crate::{
    dom::{add, add_text, attribute, change_text, set_value, show, value},
    loader::Loader,
    site::Field,
    words::Texts,
};

/// A field under its label, with a hint beside and a place for what is wrong below.
pub struct Labelled {
    pub line: HtmlElement,
    pub label: HtmlElement,
    pub hint: HtmlElement,
    pub input: HtmlElement,
    error: HtmlElement,
}

impl Labelled {
    pub fn new(form: &HtmlElement, kind: &str, id: &str, label: &str) -> Self {
        let line = add(form, "div", "field");
        let label = add_text(&line, "label", "", label);
        attribute(&label, "for", id);
        let hint = add(&line, "span", "optional");
        let input = add(&line, kind, "");
        attribute(&input, "id", id);
        let error = add(&line, "p", "error");
        error.set_hidden(true);
        let mut described = String::new();
        for (part, ending) in [(&hint, "-hint"), (&error, "-error")] {
            let mut name = String::from(id);
            name.push_str(ending);
            attribute(part, "id", &name);
            described.push_str(&name);
            described.push(' ');
        }
        attribute(&input, "aria-describedby", &described);
        Self {
            line,
            label,
            hint,
            input,
            error,
        }
    }

    pub fn is_shown(&self) -> bool {
        !self.line.hidden()
    }

    /// Says what is wrong with it; nothing if empty.
    pub fn complain(&self, words: &str) {
        change_text(&self.error, words);
        show(&self.error, !words.is_empty());
        if words.is_empty() {
            let _ = self.input.remove_attribute("aria-invalid");
        } else {
            attribute(&self.input, "aria-invalid", "true");
        }
    }
}

/// A field of the visitor's profile.
pub struct Asked {
    pub field: Field,
    pub ask: Ask,
    pub place: Labelled,
    /// What the server did not take, and why.
    refused: Option<(String, ChatText)>,
}

impl Asked {
    pub fn new(form: &HtmlElement, field: Field, ask: Ask, words: &Texts, loader: &Loader) -> Self {
        let (label, kind, completes, longest) = match field {
            Field::Name => (SharedText::Name, "text", "name", "200"),
            Field::Email => (SharedText::Email, "email", "email", "254"),
            Field::Phone => (SharedText::Phone, "tel", "tel", "200"),
            Field::JobTitle => (SharedText::JobTitle, "text", "organization-title", "200"),
        };
        let place = Labelled::new(form, "input", field.name(), words.word(label));
        attribute(&place.input, "type", kind);
        attribute(&place.input, "autocomplete", completes);
        attribute(&place.input, "maxlength", longest);
        if ask == Ask::Required {
            attribute(&place.input, "aria-required", "true");
        } else {
            change_text(&place.hint, words.word(ChatText::Optional));
        }
        let made = Self {
            field,
            ask,
            place,
            refused: None,
        };
        set_value(
            &made.place.input,
            loader.kept(&made.kept_as()).unwrap_or_default(),
        );
        made
    }

    pub fn value(&self) -> String {
        value(&self.place.input).trim().to_owned()
    }

    fn kept_as(&self) -> String {
        let mut name = String::from("f.");
        name.push_str(self.field.name());
        name
    }

    /// Keeps what stands in it over a reload.
    pub fn keep(&self, loader: &mut Loader) {
        loader.keep(&self.kept_as(), &value(&self.place.input));
    }

    /// The server does not take what stands in it.
    pub fn refuse(&mut self, reason: ChatText) {
        self.refused = Some((self.value(), reason));
    }

    /// What is wrong with what stands in it.
    pub fn problem(&self) -> Option<ChatText> {
        let words = self.value();
        if words.is_empty() {
            return (self.ask == Ask::Required).then_some(ChatText::Required);
        }
        if let Some((refused, reason)) = &self.refused
            && *refused == words
        {
            return Some(*reason);
        }
        if self.field != Field::Email {
            return None;
        }
        // The browser's own look, and a dot in the domain, which it does not ask for.
        let input: &HtmlInputElement = self.place.input.unchecked_ref();
        let dotted = words
            .split_once('@')
            .is_some_and(|(_, domain)| domain.contains('.'));
        (input.validity().type_mismatch() || !dotted).then_some(ChatText::EmailMalformed)
    }
}

//! What the site's script says of the visitor.

use domain::{
    chat::Link,
    frame::visitor::{VisitorCommand, VisitorRequest},
    text::{EMAIL_BYTES, FIELD_CHARS, LABEL_CHARS},
    visitor::{ATTRIBUTES, ProfileInput},
};
use wasm_bindgen::prelude::wasm_bindgen;

use super::App;
use crate::clock::Due;

/// How many events wait for a connection.
const EVENTS: usize = 50;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn warn(what: &str, name: &str);
}

/// Tells whoever writes the site's script what was not taken. The rest is.
fn left_out(name: &str) {
    warn("Casella: not taken:", name);
}

/// Whether there is something in a text, and no more than the server takes. What else makes a text
/// right, the server looks at: the tables for it would be a fifth of the chat.
fn fits(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most
}

/// Whether somebody typed an email, and no word in its place.
fn could_be_email(text: &str) -> bool {
    let domain = text.split_once('@').map_or("", |(_, domain)| domain);
    domain.contains('.') && !domain.contains(['@', ' '])
}

/// All that was said, so that it can be said again to another connection.
#[derive(Default)]
pub struct Said {
    person: Option<ProfileInput>,
    /// A token that the site's server signed; empty if there is none.
    identity: String,
    attributes: Vec<(String, String)>,
    /// Events that the server has not been told of.
    events: Vec<String>,
}

impl Said {
    pub fn identity(&self) -> Option<String> {
        Some(self.identity.clone()).filter(|identity| !identity.is_empty())
    }

    /// Takes what is right, and as much as is kept of a visitor; names the rest.
    pub fn attributes(&mut self, new: Vec<(String, String)>) {
        for (name, value) in new {
            if !fits(&name, LABEL_CHARS) || !fits(&value, FIELD_CHARS) {
                left_out(&name);
                continue;
            }
            self.attributes.retain(|(known, _)| *known != name);
            self.attributes.push((name, value));
        }
        let more = self.attributes.len().saturating_sub(ATTRIBUTES);
        self.attributes.drain(..more);
    }

    pub fn event(&mut self, name: String) {
        if !fits(&name, LABEL_CHARS) {
            left_out(&name);
        } else if self.events.len() < EVENTS {
            self.events.push(name);
        }
    }

    pub fn forget_events(&mut self) {
        self.events.clear();
    }
}

impl App {
    pub(super) fn identified(&mut self, mut person: ProfileInput, identity: String) {
        for (name, field) in [
            ("name", &mut person.name),
            ("jobTitle", &mut person.job_title),
            ("email", &mut person.email),
            ("phone", &mut person.phone),
        ] {
            let fits = |text: &String| match name {
                "email" => fits(text, EMAIL_BYTES) && could_be_email(text),
                _ => fits(text, FIELD_CHARS),
            };
            if !field.as_ref().is_none_or(fits) {
                *field = None;
                left_out(name);
            }
        }
        self.view.form().suggest(&person);
        self.said.person = Some(person);
        if self.said.identity != identity {
            self.said.identity = identity;
            // Whoever it is now has conversations of their own: they come with a new connection.
            if self.connection.is_open() {
                self.connection.close();
                self.clock.cancel(Due::Silence);
                self.chat.lost();
            }
            if let Link::Refused(_) = self.chat.link() {
                self.chat.lost();
            }
        } else {
            self.introduce_if_known();
        }
    }

    /// Says it, if there is somebody to say it of. Before the first chat there is nobody.
    pub(super) fn introduce_if_known(&mut self) {
        if !self.chat.threads().is_empty() {
            self.introduce();
        } else if self.is_up() {
            self.said.forget_events();
        }
    }

    /// Tells the server what the site's script said.
    pub(super) fn introduce(&mut self) {
        if !self.is_up() {
            return;
        }
        let mut commands = Vec::new();
        if let Some(profile) = self.said.person.clone() {
            commands.push(VisitorCommand::Identify { profile });
        }
        if !self.said.attributes.is_empty() {
            let attributes = self.said.attributes.clone();
            commands.push(VisitorCommand::SetAttributes { attributes });
        }
        for name in std::mem::take(&mut self.said.events) {
            commands.push(VisitorCommand::Report { name });
        }
        for command in commands {
            let id = Self::fresh_id();
            self.connection
                .send(&VisitorRequest::Command { id, command });
        }
    }
}

//! What the address of a page behind a link says, or the form that it was sent with.

use domain::{
    CommandId, Language, Timestamp,
    meeting::{Slot, words::Local},
    texts::Table,
};
use serde::Deserialize;

use crate::chat_page::escape;

/// What is to be done at the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Todo {
    /// A card: book. A meeting: look at it.
    #[default]
    Plain,
    Reschedule,
    Cancel,
}

/// The fields as a browser sends them. What is not understood counts as not said.
#[derive(Debug, Default, Deserialize)]
pub struct Fields {
    pub lang: Option<String>,
    pub zone: Option<String>,
    pub from: Option<String>,
    pub slot: Option<String>,
    #[serde(rename = "do")]
    pub todo: Option<String>,
    pub email: Option<String>,
    /// The id of the command, made with the form, so that a form that is sent twice acts once.
    pub id: Option<String>,
    /// A button was pressed that changes something.
    pub act: Option<String>,
}

/// The page as it was asked for.
pub struct Look<'a> {
    pub address: &'a str,
    pub words: &'a Table,
    /// The language that the address asks for; none: the browser's.
    pub lang: Option<Language>,
    pub local: Local,
    /// From which slot on days are shown.
    pub from: Option<Slot>,
    /// The slot that is chosen.
    pub slot: Option<Slot>,
    pub todo: Todo,
    /// What was written as email.
    pub email: String,
    /// The id of the command that the page's form would send.
    pub id: CommandId,
}

impl Fields {
    pub fn language(&self) -> Option<Language> {
        self.lang.as_deref().and_then(|tag| tag.parse().ok())
    }

    pub fn todo(&self) -> Todo {
        match self.todo.as_deref() {
            Some("reschedule") => Todo::Reschedule,
            Some("cancel") => Todo::Cancel,
            _ => Todo::Plain,
        }
    }

    pub fn slot(&self) -> Option<Slot> {
        slot(self.slot.as_deref())
    }

    pub fn from(&self) -> Option<Slot> {
        slot(self.from.as_deref())
    }
}

/// A slot as it stands in an address: seconds since 1970. Slots begin at whole minutes.
pub fn seconds(slot: Slot) -> i64 {
    slot.0.0 / 1_000_000
}

fn slot(seconds: Option<&str>) -> Option<Slot> {
    let seconds: i64 = seconds?.parse().ok()?;
    Some(Slot(Timestamp(seconds.checked_mul(1_000_000)?)))
}

impl Look<'_> {
    /// The beginning of a form that changes nothing, with what was said before in hidden fields but
    /// those of some names. What was written does not go into an address.
    pub fn form(&self, attributes: &str, fragment: &str, without: &[&str]) -> String {
        let method = if self.email.is_empty() { "get" } else { "post" };
        format!(
            "<form {attributes} method=\"{method}\" action=\"/m/{}{fragment}\">\n{}",
            escape(self.address),
            self.hidden(without)
                + &match self.email.as_str() {
                    "" => String::new(),
                    email => input("email", email),
                }
        )
    }

    /// What was said before, in hidden fields but those of some names.
    pub fn hidden(&self, without: &[&str]) -> String {
        self.said()
            .into_iter()
            .filter(|(name, _)| !without.contains(name))
            .map(|(name, value)| input(name, &value))
            .collect()
    }

    /// The same, for a form that changes something.
    pub fn act(&self, without: &[&str]) -> String {
        self.hidden(without) + &input("id", &self.id.to_string())
    }

    /// The page of an address in the same zone and language.
    pub fn path(&self, address: &str) -> String {
        let mut path = format!("/m/{address}?zone={}", self.local.zone());
        if let Some(language) = self.lang {
            path += &format!("&lang={language}");
        }
        path
    }

    /// A link to this page, for another thing to do; empty: to look at it.
    pub fn link(&self, todo: &str) -> String {
        let mut link = self.path(self.address);
        if !todo.is_empty() {
            link += &format!("&do={todo}");
        }
        escape(&link)
    }

    fn said(&self) -> Vec<(&'static str, String)> {
        let mut said = vec![("zone", self.local.zone().to_owned())];
        if let Some(language) = self.lang {
            said.push(("lang", language.to_string()));
        }
        for (name, slot) in [("from", self.from), ("slot", self.slot)] {
            said.extend(slot.map(|slot| (name, seconds(slot).to_string())));
        }
        match self.todo {
            Todo::Plain => {}
            Todo::Reschedule => said.push(("do", "reschedule".to_owned())),
            Todo::Cancel => said.push(("do", "cancel".to_owned())),
        }
        said
    }
}

fn input(name: &str, value: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n",
        escape(value)
    )
}

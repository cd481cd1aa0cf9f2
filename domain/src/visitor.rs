//! Visitors: people on a site.

use serde::{Deserialize, Serialize};

use crate::{
    Refusal, Timestamp, VisitorId,
    text::{Email, Field},
};

/// What the visitor panel shows; `None` is shown as `-`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub name: Option<Field>,
    pub job_title: Option<Field>,
    pub email: Option<Email>,
    pub phone: Option<Field>,
    /// Text without meaning to Casella, never set by the site's script or the visitor.
    pub crm_status: Option<Field>,
}

/// What a visitor typed into the start form, or a script said with `identify`; unchecked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileInput {
    pub name: Option<String>,
    pub job_title: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

impl ProfileInput {
    /// The same, checked; blank fields count as absent.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for an email of a wrong form, [`Refusal::TooLarge`] for a field
    /// over its limit.
    pub fn parse(self) -> Result<Profile, Refusal> {
        fn field<T: TryFrom<String, Error = crate::text::TextError>>(
            input: Option<String>,
        ) -> Result<Option<T>, Refusal> {
            match input.map(T::try_from) {
                None | Some(Err(crate::text::TextError::Empty)) => Ok(None),
                Some(Ok(value)) => Ok(Some(value)),
                Some(Err(error)) => Err(error.into()),
            }
        }
        Ok(Profile {
            name: field(self.name)?,
            job_title: field(self.job_title)?,
            email: field(self.email)?,
            phone: field(self.phone)?,
            crm_status: None,
        })
    }
}

impl Profile {
    /// Takes over what the visitor typed: it replaces what was typed before.
    pub fn typed(&mut self, new: Profile) {
        replace(&mut self.name, new.name);
        replace(&mut self.job_title, new.job_title);
        replace(&mut self.email, new.email);
        replace(&mut self.phone, new.phone);
    }

    /// Takes over what the site's script said: it fills empty fields only, and never the CRM status.
    pub fn suggested(&mut self, new: Profile) {
        fill(&mut self.name, new.name);
        fill(&mut self.job_title, new.job_title);
        fill(&mut self.email, new.email);
        fill(&mut self.phone, new.phone);
    }
}

fn replace<T>(field: &mut Option<T>, new: Option<T>) {
    if new.is_some() {
        *field = new;
    }
}

fn fill<T>(field: &mut Option<T>, new: Option<T>) {
    if field.is_none() {
        *field = new;
    }
}

/// A page of the site as its script reports it. Cut to size by [`Page::new`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Address, at most 2,000 bytes.
    pub url: String,
    /// Title, at most 200 characters.
    pub title: String,
    /// Where the visitor came from, at most 2,000 bytes; empty if unknown.
    pub referrer: String,
}

impl Page {
    /// A page with every field cut to its limit.
    pub fn new(url: &str, title: &str, referrer: &str) -> Self {
        Self {
            url: cut(url, 2_000),
            title: cut(title, 200),
            referrer: cut(referrer, 2_000),
        }
    }

    /// The same with every field within its limit, whoever filled it.
    pub fn limited(self) -> Self {
        Self::new(&self.url, &self.title, &self.referrer)
    }

    /// What to call the page: its title, else its address; empty if neither is known.
    pub fn label(&self) -> &str {
        if self.title.is_empty() {
            &self.url
        } else {
            &self.title
        }
    }
}

fn cut(text: &str, limit: usize) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).collect();
    let end = (0..=limit.min(clean.len()))
        .rev()
        .find(|end| clean.is_char_boundary(*end))
        .unwrap_or(0);
    clean.get(..end).unwrap_or_default().to_owned()
}

/// A visitor as agents see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    pub id: VisitorId,
    pub profile: Profile,
    /// Where the visitor is, or was last seen.
    pub page: Page,
    /// The browser's own words about itself, cut to 300 bytes.
    pub user_agent: String,
    /// The language of the visitor's chat, as a tag.
    pub language: String,
    /// Refused from now on.
    pub blocked: bool,
    pub created_at: Timestamp,
}

impl Visitor {
    /// The visitor's name, else the email; none if both are unknown.
    pub fn label(&self) -> Option<&str> {
        self.profile
            .name
            .as_deref()
            .or(self.profile.email.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(name: &str) -> Profile {
        ProfileInput {
            name: Some(name.into()),
            ..ProfileInput::default()
        }
        .parse()
        .unwrap()
    }

    #[test]
    fn typing_replaces_and_a_script_fills_only_what_is_empty() {
        let mut known = profile("Ada");
        known.suggested(profile("Eve"));
        assert_eq!(known.name.as_deref(), Some("Ada"));
        known.typed(profile("Ada L."));
        assert_eq!(known.name.as_deref(), Some("Ada L."));
        known.typed(Profile::default());
        assert_eq!(known.name.as_deref(), Some("Ada L."));
    }

    #[test]
    fn blank_fields_are_absent_and_a_wrong_email_is_malformed() {
        let input = ProfileInput {
            name: Some("  ".into()),
            ..ProfileInput::default()
        };
        assert_eq!(input.parse(), Ok(Profile::default()));
        let input = ProfileInput {
            email: Some("ada".into()),
            ..ProfileInput::default()
        };
        assert_eq!(input.parse(), Err(Refusal::Malformed));
    }

    #[test]
    fn a_page_is_cut_between_characters() {
        let page = Page::new(&"é".repeat(1_500), "", "");
        assert_eq!(page.url.len(), 2_000);
    }
}

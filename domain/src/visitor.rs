//! Visitors: people on a site.

use serde::{Deserialize, Serialize};

use crate::{
    Refusal, Timestamp, VisitorId,
    text::{Email, Field, Label, TextError, is_hidden},
};

/// What the visitor panel shows; `None` is shown as `-`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub name: Option<Field>,
    pub job_title: Option<Field>,
    pub email: Option<Email>,
    pub phone: Option<Field>,
    /// Text without meaning to Casella, never set by the site's script or the visitor.
    pub crm_status: Option<Label>,
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
        fn field<T: TryFrom<String, Error = TextError>>(
            input: Option<String>,
        ) -> Result<Option<T>, Refusal> {
            match input.map(T::try_from) {
                None | Some(Err(TextError::Empty)) => Ok(None),
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

    /// Takes out the fields that are not right, and tells which: what a site's script or server says
    /// of a visitor is taken field by field. The rest [parses](Self::parse).
    pub fn sift(&mut self) -> Vec<ProfileField> {
        fn field<T: TryFrom<String, Error = TextError>>(input: &mut Option<String>) -> bool {
            let wrong = input.clone().map(T::try_from);
            let wrong = matches!(wrong, Some(Err(error)) if error != TextError::Empty);
            if wrong {
                *input = None;
            }
            wrong
        }
        [
            (ProfileField::Name, field::<Field>(&mut self.name)),
            (ProfileField::JobTitle, field::<Field>(&mut self.job_title)),
            (ProfileField::Email, field::<Email>(&mut self.email)),
            (ProfileField::Phone, field::<Field>(&mut self.phone)),
        ]
        .into_iter()
        .filter_map(|(field, wrong)| wrong.then_some(field))
        .collect()
    }
}

impl Profile {
    /// Takes over what the visitor typed: it replaces what was typed or suggested before, never
    /// what is held.
    pub fn typed(&mut self, new: Profile, held: Held) {
        let free = |field| !held.has(field);
        replace(&mut self.name, new.name, free(ProfileField::Name));
        replace(
            &mut self.job_title,
            new.job_title,
            free(ProfileField::JobTitle),
        );
        replace(&mut self.email, new.email, free(ProfileField::Email));
        replace(&mut self.phone, new.phone, free(ProfileField::Phone));
    }

    /// Takes over what the site's server vouched for: it replaces everything that it names, and
    /// holds it.
    pub fn vouched(&mut self, new: Profile, held: &mut Held) {
        for (field, known) in [
            (ProfileField::Name, new.name.is_some()),
            (ProfileField::JobTitle, new.job_title.is_some()),
            (ProfileField::Email, new.email.is_some()),
            (ProfileField::Phone, new.phone.is_some()),
            (ProfileField::CrmStatus, new.crm_status.is_some()),
        ] {
            if known {
                held.hold(field);
            }
        }
        replace(&mut self.name, new.name, true);
        replace(&mut self.job_title, new.job_title, true);
        replace(&mut self.email, new.email, true);
        replace(&mut self.phone, new.phone, true);
        replace(&mut self.crm_status, new.crm_status, true);
    }

    /// The fields that are filled in.
    pub fn filled(&self) -> Vec<ProfileField> {
        [
            (ProfileField::Name, self.name.is_some()),
            (ProfileField::JobTitle, self.job_title.is_some()),
            (ProfileField::Email, self.email.is_some()),
            (ProfileField::Phone, self.phone.is_some()),
            (ProfileField::CrmStatus, self.crm_status.is_some()),
        ]
        .into_iter()
        .filter_map(|(field, filled)| filled.then_some(field))
        .collect()
    }

    /// Takes over what the site's script said: it fills empty fields only, none that somebody
    /// emptied and holds, and never the CRM status.
    pub fn suggested(&mut self, new: Profile, held: Held) {
        let free = |field| !held.has(field);
        fill(&mut self.name, new.name, free(ProfileField::Name));
        let job_title = free(ProfileField::JobTitle);
        fill(&mut self.job_title, new.job_title, job_title);
        fill(&mut self.email, new.email, free(ProfileField::Email));
        fill(&mut self.phone, new.phone, free(ProfileField::Phone));
    }
}

fn replace<T>(field: &mut Option<T>, new: Option<T>, free: bool) {
    if new.is_some() && free {
        *field = new;
    }
}

fn fill<T>(field: &mut Option<T>, new: Option<T>, free: bool) {
    if field.is_none() && free {
        *field = new;
    }
}

/// A field of the visitor panel, in the panel's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProfileField {
    Name,
    JobTitle,
    Email,
    Phone,
    CrmStatus,
}

impl ProfileField {
    /// All of them, in the panel's order.
    pub const ALL: [Self; 5] = [
        Self::Name,
        Self::JobTitle,
        Self::Email,
        Self::Phone,
        Self::CrmStatus,
    ];

    fn bit(self) -> u8 {
        match self {
            Self::Name => 1,
            Self::JobTitle => 2,
            Self::Email => 4,
            Self::Phone => 8,
            Self::CrmStatus => 16,
        }
    }
}

/// The fields that an agent or a signed identity set: what a visitor types or a script says no
/// longer changes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Held(pub u8);

impl Held {
    /// Whether a field is held.
    pub fn has(self, field: ProfileField) -> bool {
        self.0 & field.bit() != 0
    }

    /// Holds a field from now on.
    pub fn hold(&mut self, field: ProfileField) {
        self.0 |= field.bit();
    }
}

/// What an agent changes in the visitor panel: none leaves a field, an empty text empties it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileEdit {
    pub name: Option<String>,
    pub job_title: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// At most [`LABEL_CHARS`](crate::text::LABEL_CHARS) characters.
    pub crm_status: Option<String>,
}

impl ProfileEdit {
    /// Carries the edit out; what was set is held from then on. An edit that is refused has
    /// changed nothing.
    ///
    /// # Errors
    /// The first field that was not taken, with the reason.
    pub fn apply(
        &self,
        profile: &mut Profile,
        held: &mut Held,
    ) -> Result<(), (ProfileField, TextError)> {
        let mut new = profile.clone();
        let mut set = *held;
        edit(&mut new.name, &self.name, ProfileField::Name, &mut set)?;
        edit(
            &mut new.job_title,
            &self.job_title,
            ProfileField::JobTitle,
            &mut set,
        )?;
        edit(&mut new.email, &self.email, ProfileField::Email, &mut set)?;
        edit(&mut new.phone, &self.phone, ProfileField::Phone, &mut set)?;
        edit(
            &mut new.crm_status,
            &self.crm_status,
            ProfileField::CrmStatus,
            &mut set,
        )?;
        *profile = new;
        *held = set;
        Ok(())
    }
}

fn edit<T: TryFrom<String, Error = TextError>>(
    field: &mut Option<T>,
    input: &Option<String>,
    name: ProfileField,
    held: &mut Held,
) -> Result<(), (ProfileField, TextError)> {
    let Some(input) = input else { return Ok(()) };
    *field = match T::try_from(input.clone()) {
        Ok(value) => Some(value),
        Err(TextError::Empty) => None,
        Err(error) => return Err((name, error)),
    };
    held.hold(name);
    Ok(())
}

/// How many attributes of its own a site may give a visitor.
pub const ATTRIBUTES: usize = 20;

/// Something that the site says of a visitor beyond the panel's five fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    pub name: Label,
    pub value: Field,
}

impl Attribute {
    /// A name and a value as a site's script or server says them.
    ///
    /// # Errors
    /// [`TextError::Empty`] or [`TextError::TooLong`] for a name or value of a wrong length.
    pub fn parse(name: &str, value: &str) -> Result<Self, TextError> {
        Ok(Self {
            name: name.to_owned().try_into()?,
            value: value.to_owned().try_into()?,
        })
    }
}

/// The longest name of a time zone that is kept, in bytes.
const ZONE_BYTES: usize = 64;

/// What browsers say that do not know where they are (CLDR's word for no zone).
const NO_ZONE: &str = "Etc/Unknown";

/// The name of a time zone as a browser says it; empty if it cannot be one.
pub fn zone(said: &str) -> &str {
    let known = |b: u8| b.is_ascii_alphanumeric() || b"/_+-".contains(&b);
    if said.len() <= ZONE_BYTES && said.bytes().all(known) && said != NO_ZONE {
        said
    } else {
        ""
    }
}

/// Takes new attributes over: one of a known name replaces, at most [`ATTRIBUTES`] are kept, in
/// the order in which they first came.
pub fn set_attributes(known: &mut Vec<Attribute>, new: Vec<Attribute>) {
    for attribute in new {
        if let Some(old) = known.iter_mut().find(|old| old.name == attribute.name) {
            *old = attribute;
        } else if known.len() < ATTRIBUTES {
            known.push(attribute);
        }
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
    let clean: String = text.chars().filter(|c| !is_hidden(*c)).collect();
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
    /// The time zone of the visitor's browser, an IANA name; empty if unknown.
    pub zone: String,
    /// What the site says beyond the five fields, in its order.
    pub attributes: Vec<Attribute>,
    /// The site's server vouched for who it is.
    pub signed: bool,
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
        known.suggested(profile("Eve"), Held::default());
        assert_eq!(known.name.as_deref(), Some("Ada"));
        known.typed(profile("Ada L."), Held::default());
        assert_eq!(known.name.as_deref(), Some("Ada L."));
        known.typed(Profile::default(), Held::default());
        assert_eq!(known.name.as_deref(), Some("Ada L."));
    }

    #[test]
    fn what_an_agent_or_a_signed_identity_set_stays() {
        let (mut known, mut held) = (profile("Ada"), Held::default());
        let edit = ProfileEdit {
            name: Some("Ada Lovelace".into()),
            phone: Some(String::new()),
            ..ProfileEdit::default()
        };
        assert_eq!(edit.apply(&mut known, &mut held), Ok(()));
        known.typed(profile("Eve"), held);
        assert_eq!(known.name.as_deref(), Some("Ada Lovelace"));
        assert!(held.has(ProfileField::Phone) && !held.has(ProfileField::Email));
        known.vouched(profile("A. Lovelace"), &mut held);
        assert_eq!(known.name.as_deref(), Some("A. Lovelace"));
        let wrong = ProfileEdit {
            name: Some("Eve".into()),
            email: Some("eve".into()),
            ..ProfileEdit::default()
        };
        let before = known.clone();
        assert_eq!(
            wrong.apply(&mut known, &mut held),
            Err((ProfileField::Email, TextError::Malformed))
        );
        assert_eq!(known, before);
    }

    #[test]
    fn attributes_replace_by_name_and_are_not_endless() {
        let attribute = |name: String, value: &str| Attribute {
            name: name.try_into().unwrap(),
            value: value.to_owned().try_into().unwrap(),
        };
        let mut known = Vec::new();
        for n in 0..30 {
            set_attributes(&mut known, vec![attribute(format!("a{n}"), "1")]);
        }
        set_attributes(&mut known, vec![attribute("a3".into(), "2")]);
        assert_eq!(known.len(), ATTRIBUTES);
        assert_eq!(known.get(3).map(|a| &*a.value), Some("2"));
    }

    #[test]
    fn a_browser_that_does_not_know_its_zone_has_none() {
        assert_eq!(zone("Europe/Rome"), "Europe/Rome");
        for none in ["", "Etc/Unknown", "Europe/Rome; DROP", &"a".repeat(65)] {
            assert_eq!(zone(none), "", "{none}");
        }
    }

    #[test]
    fn what_a_script_says_is_sifted_field_by_field() {
        let mut input = ProfileInput {
            name: Some("Ada".into()),
            email: Some("n/a".into()),
            phone: Some("x".repeat(201)),
            job_title: Some(" ".into()),
        };
        assert_eq!(input.sift(), [ProfileField::Email, ProfileField::Phone]);
        assert_eq!(input.sift(), []);
        let taken = input.parse().unwrap();
        assert_eq!((taken.name.as_deref(), taken.email), (Some("Ada"), None));
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

//! The outbox as the browser keeps it over a reload. Written by hand: what reads it is a part of
//! what every visitor loads, and reading by `serde` would be three times as large.

use uuid::Uuid;

use super::{Fate, Intent, Outgoing};
use crate::{CommandId, ConversationId, Refusal, Timestamp, visitor::ProfileInput};

/// Stands first, and changes with what follows.
const FORM: u8 = 1;

impl Outgoing {
    /// As bytes. Files and bookings are not kept, and of a refusal only whether the chat had ended.
    pub fn keep(&self) -> Option<Vec<u8>> {
        let none = ProfileInput::default();
        let (kind, to, form, text) = match &self.intent {
            Intent::Start {
                form,
                first_message,
                ..
            } => (0, None, form, first_message.as_deref().unwrap_or("")),
            Intent::Message { to, text } => (1, *to, &none, text.as_str()),
            Intent::End { to } => (2, *to, &none, ""),
            Intent::Leave { to, form, text, .. } => (3, *to, form, text.as_str()),
            Intent::Rate {
                to,
                rating,
                comment,
            } => (3 + rating.number(), Some(*to), &none, comment.as_str()),
            Intent::File { .. } | Intent::Book { .. } => return None,
        };
        let fate = match self.fate {
            Fate::Waiting | Fate::Committed { .. } => 0,
            Fate::Refused { refusal, answered } => {
                1 + 2 * u8::from(answered) + 4 * u8::from(refusal == Refusal::Ended)
            }
        };
        let mut bytes = vec![FORM, kind, fate];
        bytes.extend_from_slice(self.id.0.as_bytes());
        bytes.extend_from_slice(to.map_or(Uuid::nil(), |to| to.0).as_bytes());
        bytes.extend_from_slice(&self.at.0.to_le_bytes());
        for text in [&form.name, &form.job_title, &form.email, &form.phone]
            .map(|field| field.as_deref().unwrap_or(""))
            .into_iter()
            .chain([text])
        {
            let length = u32::try_from(text.len()).unwrap_or(0);
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        Some(bytes)
    }

    /// From the bytes that were kept; none if they are not understood.
    pub fn kept(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        let [form, kind, fate] = rest.array()?;
        if form != FORM {
            return None;
        }
        let id = CommandId(Uuid::from_bytes(rest.array()?));
        let to = Uuid::from_bytes(rest.array()?);
        let to = Some(ConversationId(to)).filter(|to| !to.0.is_nil());
        let at = Timestamp(i64::from_le_bytes(rest.array()?));
        let form = ProfileInput {
            name: rest.text()?,
            job_title: rest.text()?,
            email: rest.text()?,
            phone: rest.text()?,
        };
        let first_message = rest.text()?;
        let text = first_message.clone().unwrap_or_default();
        let views = Vec::new();
        let intent = match kind {
            0 => Intent::Start {
                form,
                first_message,
                views,
            },
            1 => Intent::Message { to, text },
            2 => Intent::End { to },
            3 => Intent::Leave {
                to,
                form,
                text,
                views,
            },
            rates => Intent::Rate {
                to: to?,
                rating: (rates - 3).try_into().ok()?,
                comment: text,
            },
        };
        let fate = if fate == 0 {
            Fate::Waiting
        } else {
            Fate::Refused {
                refusal: if fate & 4 == 0 {
                    Refusal::Unavailable
                } else {
                    Refusal::Ended
                },
                answered: fate & 2 != 0,
            }
        };
        Some(Self {
            id,
            at,
            intent,
            fate,
        })
    }
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    /// The next text; nothing where it is empty.
    #[expect(
        clippy::option_option,
        reason = "a field that is empty, or bytes that are wrong"
    )]
    fn text(&mut self) -> Option<Option<String>> {
        let length = usize::try_from(u32::from_le_bytes(self.array()?)).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        let text = core::str::from_utf8(text).ok()?;
        Some(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }
}

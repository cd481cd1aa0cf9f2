//! What is looked up when a letter is sent: whom it concerns, and what an agent says to meetings.

use domain::{
    AgentId, Language, Timestamp,
    meeting::Meeting,
    name::is_plain,
    reply,
    text::Field,
    visitor::{Profile, ProfileField},
};

use super::letter::{MeetingThen, Reader};
use crate::{
    Casella,
    store::{self, Connection, duty, visitor::Known},
    writer::Standing,
};

/// Somebody of a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// None if it is not known.
    pub name: Option<String>,
    pub email: String,
}

/// A meeting as letters and files tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// By which calendars know it: its id (RFC 7986, 5.3).
    pub uid: String,
    pub meeting: Meeting,
    pub at: Timestamp,
    pub agent: Party,
    pub visitor: Party,
    /// What the agent says to it, with its variables filled in; may be empty.
    pub words: String,
    /// Where it takes place; may be empty.
    pub video: String,
    /// What stands in the link by which it can be rescheduled and cancelled.
    pub address: String,
    /// It is told to an address that nobody vouched for.
    pub to_stranger: bool,
}

/// What visitors say of themselves, as far as a letter may repeat it.
pub struct OwnWords {
    pub name: Option<String>,
    pub job_title: Option<String>,
    pub phone: Option<String>,
}

impl OwnWords {
    /// Of a visitor whose letters go to a stranger's address, or not.
    pub fn of(known: &Known, to_stranger: bool) -> Self {
        let Profile {
            name,
            job_title,
            phone,
            ..
        } = &known.visitor.profile;
        let may_stand = |field: ProfileField, words: &Field| {
            !to_stranger || known.held.has(field) || is_plain(words)
        };
        let said = |field: ProfileField, words: &Option<Field>| {
            let words = words.as_ref().filter(|words| may_stand(field, words));
            words.map(|words| words.to_string())
        };
        Self {
            name: said(ProfileField::Name, name),
            job_title: said(ProfileField::JobTitle, job_title),
            phone: said(ProfileField::Phone, phone),
        }
    }
}

impl Casella {
    /// A meeting with its people, and the visitor as a reader; none if one of them is gone.
    /// `to_visitor`: it is told to where the visitor's letters go. Whoever typed that address may be
    /// somebody else: unless it is vouched for, nothing stands there that could lead elsewhere.
    pub(super) async fn facts(
        &self,
        connection: &mut Connection,
        then: &MeetingThen,
        to_visitor: bool,
    ) -> Result<Option<(Facts, Reader)>, sqlx::Error> {
        let Some(agent) = store::agent::by_id(connection, then.agent).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        let Some(known) = store::visitor::of_id(connection, then.visitor, now).await? else {
            return Ok(None);
        };
        let directory = self.directory.get();
        let stranger =
            to_visitor && Standing::of(&then.email, Some(&known), &directory) == Standing::Stranger;
        let own_words = OwnWords::of(&known, stranger);
        let visitor = known.visitor;
        let letters = store::mail::letters(connection, then.agent).await?;
        let OwnWords {
            name,
            job_title,
            phone,
        } = own_words;
        let words = reply::fill(&letters.invitation, |variable| {
            let value = match variable {
                "visitor.name" => name.as_deref(),
                "visitor.email" => Some(then.email.as_str()),
                "visitor.job_title" => job_title.as_deref(),
                "visitor.phone" => phone.as_deref(),
                "agent.name" => Some(&*agent.name),
                _ => None,
            };
            value.map(str::to_owned)
        });
        let zone = Some(&then.zone)
            .filter(|zone| !zone.is_empty())
            .unwrap_or(&visitor.zone);
        let reader = Reader {
            name: name.clone(),
            email: then.email.clone(),
            language: visitor.language.parse().unwrap_or(Language::English),
            zone: Some(zone.clone()),
        };
        let facts = Facts {
            uid: then.id.to_string(),
            meeting: then.meeting,
            at: then.at,
            agent: Party {
                name: Some(agent.name.into()),
                email: agent.email.into(),
            },
            visitor: Party {
                name,
                email: then.email.clone(),
            },
            words,
            video: letters.video,
            address: self.addresses.meeting(then.id),
            to_stranger: stranger,
        };
        Ok(Some((facts, reader)))
    }

    /// An agent as a reader; none for one who is gone or was disabled.
    pub(super) async fn agent_as_reader(
        &self,
        connection: &mut Connection,
        id: AgentId,
    ) -> Result<Option<Reader>, sqlx::Error> {
        let agent = store::agent::by_id(connection, id).await?;
        let Some(agent) = agent.filter(|agent| !agent.disabled) else {
            return Ok(None);
        };
        let hours = store::hours::of(connection, &[id]).await?.pop();
        let duty = duty::of(connection, [id]).await?.pop();
        let of_meetings = hours.as_ref().and_then(|own| own.hours.week.zone());
        let of_chats = duty.as_ref().and_then(|duty| duty.schedule.zone());
        let zone = of_meetings
            .or(of_chats)
            .map(|zone| zone.as_str().to_owned());
        Ok(Some(Reader {
            name: Some(agent.name.into()),
            email: agent.email.into(),
            language: agent.language.unwrap_or(Language::English),
            zone,
        }))
    }
}

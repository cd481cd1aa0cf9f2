//! What a visitor has not seen of what was answered, when it is time to mail it.

use domain::{
    ConversationId, Language, SiteId, Timestamp,
    message::{Author, Body, Message},
    name::is_plain_path,
    site::Origin,
};

use super::{facts::OwnWords, letter::Reader, words::Unseen};
use crate::{
    Casella,
    store::{self, Connection, message::Portion},
    writer::Standing,
};

impl Casella {
    /// What a visitor who was away at `since` has not seen yet; none if they came back meanwhile,
    /// have seen it all, or no email is known.
    pub(super) async fn unseen(
        &self,
        connection: &mut Connection,
        conversation: ConversationId,
        since: Timestamp,
    ) -> Result<Option<Unseen>, sqlx::Error> {
        let now = self.clock.now();
        let Some(listed) = store::list::one(connection, conversation, now).await? else {
            return Ok(None);
        };
        let head = listed.conversation;
        let known = store::visitor::of_id(connection, head.visitor, now).await?;
        let away = known
            .filter(|known| !known.connected && known.seen_at <= since && !known.visitor.blocked);
        let Some(known) = away else {
            return Ok(None);
        };
        let directory = self.directory.get();
        let stranger = known.visitor.profile.email.as_ref().is_some_and(|email| {
            Standing::of(email, Some(&known), &directory) == Standing::Stranger
        });
        let name = OwnWords::of(&known, stranger).name;
        let visitor = known.visitor;
        let Some(email) = visitor.profile.email.filter(|_| head.visitor_unread > 0) else {
            return Ok(None);
        };
        let messages = store::message::after(
            connection,
            &self.addresses,
            conversation,
            head.visitor_read,
            Portion::PIECE,
        )
        .await?;
        let mut texts: Vec<String> = messages.iter().filter_map(written).collect();
        if messages.last().is_some_and(|last| last.seq < head.last) {
            // The rest is read in the chat, to which the letter leads.
            texts.push("…".to_owned());
        }
        let Some(agent) = messages.iter().rev().find_map(by) else {
            return Ok(None);
        };
        Ok(Some(Unseen {
            agent: agent.to_owned(),
            texts,
            page: self.way_back(known.site, &visitor.page.url, stranger),
            to: Reader {
                name,
                email: email.into(),
                language: visitor.language.parse().unwrap_or(Language::English),
                zone: Some(visitor.zone).filter(|zone| !zone.is_empty()),
            },
        }))
    }

    /// The page that the visitor was on, if it is one of the site's: a browser can say anything, and
    /// no letter of the company is to lead elsewhere. Else where the site begins. `to_stranger`: the
    /// path alone, if it is no more than a path.
    fn way_back(&self, site: SiteId, page: &str, to_stranger: bool) -> Option<String> {
        let directory = self.directory.get();
        let origins = &directory.site(site)?.settings.origins;
        let page = if to_stranger {
            page.split(['?', '#']).next().unwrap_or(page)
        } else {
            page
        };
        let own = origins.iter().any(|origin| {
            let path = path_of(page, origin);
            path.is_some_and(|path| !to_stranger || is_plain_path(path))
        });
        if own && !page.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Some(page.to_owned());
        }
        origins
            .first()
            .map(|origin| format!("{}/", origin.as_str()))
    }
}

/// What follows the origin in an address that lies under it.
fn path_of<'a>(address: &'a str, origin: &Origin) -> Option<&'a str> {
    address
        .strip_prefix(origin.as_str())
        .filter(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

/// Which agent wrote a message.
fn by(message: &Message) -> Option<&str> {
    match &message.author {
        Author::Agent { name, .. } => Some(name),
        Author::Visitor | Author::System => None,
    }
}

/// The words of an agent's message.
fn written(message: &Message) -> Option<String> {
    by(message)?;
    match &message.body {
        Body::Text(text) => Some(text.clone()),
        Body::File(card) => Some(card.name.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_another_site_is_not_taken_for_the_own() {
        let origin = Origin::try_from("https://www.example.com".to_owned()).unwrap();
        for own in [
            "https://www.example.com",
            "https://www.example.com/a?b#c",
            "https://www.example.com?a",
        ] {
            assert!(path_of(own, &origin).is_some(), "{own}");
        }
        for other in [
            "https://www.example.com.evil.org/",
            "https://www.example.com@evil.org/",
            "http://www.example.com/",
            "https://www.example.com:8443/",
        ] {
            assert!(path_of(other, &origin).is_none(), "{other}");
        }
    }
}

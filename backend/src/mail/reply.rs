//! What a visitor has not seen of what was answered, when it is time to mail it.

use domain::{
    ConversationId, Language, SiteId, Timestamp,
    message::{Author, Body, Message},
    site::Origin,
};

use super::{letter::Reader, words::Unseen};
use crate::{
    Casella,
    store::{self, Connection},
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
        let visitor = known.visitor;
        let Some(email) = visitor.profile.email.filter(|_| head.visitor_unread > 0) else {
            return Ok(None);
        };
        let messages = store::message::after(
            connection,
            &self.addresses,
            conversation,
            head.visitor_read,
            i64::MAX,
        )
        .await?;
        let texts: Vec<String> = messages.iter().filter_map(written).collect();
        let Some(agent) = messages.iter().rev().find_map(by) else {
            return Ok(None);
        };
        Ok(Some(Unseen {
            agent: agent.to_owned(),
            texts,
            page: self.way_back(known.site, &visitor.page.url),
            to: Reader {
                name: visitor.profile.name.map(String::from),
                email: email.into(),
                language: visitor.language.parse().unwrap_or(Language::English),
                zone: Some(visitor.zone).filter(|zone| !zone.is_empty()),
            },
        }))
    }

    /// The page that the visitor was on, if it is one of the site's: a browser can say anything, and
    /// no letter of the company is to lead elsewhere. Else where the site begins.
    fn way_back(&self, site: SiteId, page: &str) -> Option<String> {
        let directory = self.directory.get();
        let origins = &directory.site(site)?.settings.origins;
        let own = origins.iter().any(|origin| is_of(page, origin));
        if own && !page.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Some(page.to_owned());
        }
        origins
            .first()
            .map(|origin| format!("{}/", origin.as_str()))
    }
}

/// Whether an address lies under an origin.
fn is_of(address: &str, origin: &Origin) -> bool {
    address
        .strip_prefix(origin.as_str())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
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
            assert!(is_of(own, &origin), "{own}");
        }
        for other in [
            "https://www.example.com.evil.org/",
            "https://www.example.com@evil.org/",
            "http://www.example.com/",
            "https://www.example.com:8443/",
        ] {
            assert!(!is_of(other, &origin), "{other}");
        }
    }
}

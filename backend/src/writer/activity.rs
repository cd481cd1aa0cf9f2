//! What visitors did, for the activity history, and what they think of a chat.

use domain::{
    ConversationId, Refusal, Timestamp, VisitorId,
    activity::{ActivityKind, HistoryKey, Rating, SAME_VIEW, handed_over, is_same_view},
    frame::visitor::{Answer, PageView},
    text::{Label, Remark, TextError},
    visitor::Page,
};
use uuid::Uuid;

use super::{Done, batch::Batch};
use crate::{
    clock::random,
    store::{self, Connection, activity::Stored, visitor::VisitorKey},
};

impl Batch<'_> {
    /// Reads which pages these visitors viewed a short while ago.
    pub(super) async fn read_last_views(
        &mut self,
        connection: &mut Connection,
        keys: &[VisitorKey],
    ) -> Result<(), sqlx::Error> {
        let visitors: Vec<_> = keys
            .iter()
            .filter_map(|key| self.keys.get(key).copied())
            .collect();
        let views = store::activity::views(connection, &visitors, self.now - SAME_VIEW).await?;
        for view in views {
            let page = (view.visitor, view.url);
            let last = self.views.entry(page).or_insert(view.at);
            *last = view.at.max(*last);
        }
        Ok(())
    }

    /// Writes down what a visitor did just now.
    pub(super) fn happened(&mut self, visitor: VisitorId, kind: ActivityKind) {
        self.happened_at(visitor, self.now, kind);
    }

    fn happened_at(&mut self, visitor: VisitorId, at: Timestamp, kind: ActivityKind) {
        let tie = tie(self.activities.len(), random());
        self.activities.push(Stored {
            visitor,
            key: HistoryKey { at, tie },
            kind,
        });
    }

    /// A visitor viewed a page; nothing if that belongs to a view before. What tells neither its
    /// address nor its title is no page.
    fn viewed(&mut self, visitor: VisitorId, page: Page, at: Timestamp) {
        if page.label().is_empty() {
            return;
        }
        let last = self.views.get(&(visitor, page.url.clone()));
        if last.is_some_and(|last| is_same_view(*last, at)) {
            return;
        }
        self.views.insert((visitor, page.url.clone()), at);
        let Page { url, title, .. } = page;
        self.happened_at(visitor, at, ActivityKind::PageViewed { url, title });
    }

    /// What a new visitor viewed before the first chat, and the page on which it is asked for
    /// unless that is among them.
    pub(super) fn viewed_before(&mut self, visitor: VisitorId, page: &Page, views: &[PageView]) {
        let now = self.now;
        let views = views.iter().map(|view| (view.page.clone(), view.at));
        let views = handed_over(views, now);
        let known = views.iter().any(|(viewed, _)| viewed.url == page.url);
        for (viewed, at) in views {
            self.viewed(visitor, viewed, at);
        }
        if !known {
            self.viewed(visitor, page.clone(), now);
        }
    }

    /// A visitor is on this page. `zone` comes with a connection's first frame.
    pub(super) fn visitor_page(
        &mut self,
        key: &VisitorKey,
        page: &Page,
        zone: Option<&str>,
    ) -> Result<Done, Refusal> {
        let now = self.now;
        let Some(id) = self.keys.get(key).copied() else {
            return Ok(Done::Silently);
        };
        let Some(known) = self.visitors.get_mut(&id) else {
            return Ok(Done::Silently);
        };
        let visitor = &mut known.visitor;
        let is_view = zone.is_none() || visitor.page.url != page.url;
        let zone = zone.filter(|zone| !zone.is_empty() && *zone != visitor.zone);
        if visitor.page != *page || zone.is_some() {
            visitor.page = page.clone();
            if let Some(zone) = zone {
                visitor.zone = zone.to_owned();
            }
            self.visitor_changed(id);
            self.touch_open_chat(id);
        }
        if is_view {
            self.viewed(id, page.clone(), now);
        }
        Ok(Done::Silently)
    }

    /// The visitor rates an ended chat.
    pub(super) fn rate(
        &mut self,
        key: &VisitorKey,
        conversation: ConversationId,
        rating: Rating,
        comment: &str,
    ) -> Result<Answer, Refusal> {
        self.own_chat(key, conversation)?;
        if self.is_blocked(key) {
            return Err(Refusal::Blocked);
        }
        let comment = match Remark::try_from(comment.to_owned()) {
            Err(TextError::Empty) => None,
            comment => Some(comment?),
        };
        let visitor = self.chat(conversation)?.head.visitor;
        self.step(conversation, |head| head.rate(rating))?;
        self.happened(
            visitor,
            ActivityKind::Rated {
                conversation,
                rating,
                comment,
            },
        );
        Ok(Answer::Done)
    }

    /// The site's script reports an event of its own.
    pub(super) fn report(&mut self, key: &VisitorKey, name: &str) -> Result<Answer, Refusal> {
        let name = Label::try_from(name.to_owned())?;
        if let Some(visitor) = self.keys.get(key).copied() {
            self.happened(visitor, ActivityKind::Reported { name });
        }
        Ok(Answer::Done)
    }
}

/// Orders what one commit writes down for one instant, below all conversations of that instant:
/// a chat comes after the form that asked for it. Those are UUIDs of version 7, whose first byte
/// is never 0 in our time.
fn tie(place: usize, random: [u8; 10]) -> Uuid {
    let place = u128::try_from(place).unwrap_or(u128::MAX) & 0xffff_ffff;
    let random = random
        .iter()
        .fold(0, |number: u128, byte| (number << 8) | u128::from(*byte));
    Uuid::from_u128((place << 80) | random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_first_stands_below_and_under_its_chat() {
        let first = tie(0, [255; 10]);
        let second = tie(1, [0; 10]);
        let chat = ConversationId::new(Timestamp(1_700_000_000_000_000), [0; 10]);
        assert!(first < second && second < chat.0);
    }
}

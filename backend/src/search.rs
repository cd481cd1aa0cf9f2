//! Searching conversations.

use std::collections::{HashMap, HashSet};

use domain::{
    ConversationId, Refusal, Timestamp,
    permission::{Action, Stand},
    search::{Hit, Marked, SEARCH_CHARS, SearchKey, SearchPage},
};

use crate::{
    Casella, Error, SignedIn,
    store::{
        self, Connection,
        list::Listed,
        search::{Found, Naming, Terms, Text},
    },
};

/// How many hits a page has.
const HITS: usize = 25;

/// How many entries are looked at in one step: several may be of one conversation.
const STEP: usize = 64;

/// What is known of entries that were found.
struct Known {
    listed: HashMap<ConversationId, Listed>,
    namings: HashMap<ConversationId, Naming>,
    /// The texts from the one found on, in order.
    texts: HashMap<ConversationId, Vec<Text>>,
}

impl Casella {
    /// A page of the conversations that the agent may read in which all words of `query` stand: in
    /// one message, or in the visitor's name and email. The last word may be the beginning of one.
    /// Newest first, each conversation once, with its newest message that has them. Nothing is
    /// found by a query without letters and digits.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] for more than [`SEARCH_CHARS`].
    pub async fn search(
        &self,
        who: &SignedIn,
        query: &str,
        before: Option<SearchKey>,
    ) -> Result<SearchPage, Error> {
        let viewer = who.viewer();
        if !viewer.may(Action::UseInbox, Stand::None) {
            return Err(Refusal::Forbidden.into());
        }
        if query.chars().count() > SEARCH_CHARS {
            return Err(Refusal::TooLarge.into());
        }
        let Some(terms) = Terms::of(query) else {
            return Ok(SearchPage::default());
        };
        let mut connection = self.store.reader().await?;
        let mut before = before.map_or(i64::MAX, |key| key.0);
        let mut seen = HashSet::new();
        let mut page = SearchPage::default();
        let mut last = before;
        loop {
            let found = store::search::find(&mut connection, viewer, &terms, before, STEP).await?;
            let newest: Vec<Found> = found
                .iter()
                .filter(|found| seen.insert(found.conversation))
                .copied()
                .collect();
            let known = Known::read(&mut connection, &newest, self.clock.now()).await?;
            for found in newest {
                // The query has asked who may see it; nothing leaves without being asked again.
                let Some(listed) = known.listed.get(&found.conversation) else {
                    continue;
                };
                if !listed.conversation.audience().lists(viewer) {
                    continue;
                }
                let Some(part) = known.part(&terms, found) else {
                    continue;
                };
                if page.hits.len() == HITS {
                    page.next = Some(SearchKey(last));
                    return Ok(page);
                }
                last = found.entry;
                page.hits.push(Hit {
                    row: self.row(listed, who.agent.id),
                    found: part,
                });
            }
            match found.last() {
                Some(end) if found.len() == STEP => before = end.entry,
                _ => return Ok(page),
            }
        }
    }
}

impl Known {
    async fn read(
        connection: &mut Connection,
        found: &[Found],
        now: Timestamp,
    ) -> Result<Self, sqlx::Error> {
        let ids = || found.iter().map(|found| found.conversation);
        let listed = store::list::these(connection, ids(), now).await?;
        let namings = store::search::namings(connection, ids()).await?;
        let mut texts: HashMap<ConversationId, Vec<Text>> = HashMap::new();
        for text in store::search::texts(connection, found).await? {
            texts.entry(text.conversation).or_default().push(text);
        }
        Ok(Self {
            listed: listed
                .into_iter()
                .map(|listed| (listed.conversation.id, listed))
                .collect(),
            namings: namings.into_iter().collect(),
            texts,
        })
    }

    /// Where the words are; none of it if they are not there any more, or if a newer message of
    /// the conversation has them too, with which an earlier page has shown it.
    fn part(&self, terms: &Terms, found: Found) -> Option<Option<Marked>> {
        let texts = self.texts.get(&found.conversation);
        let texts = texts.map(Vec::as_slice).unwrap_or_default();
        let newest = texts.iter().rfind(|text| terms.are_in(&text.text));
        if let Some(newest) = newest {
            return (newest.seq == found.seq).then(|| Some(terms.mark(&newest.text)));
        }
        let naming = self.namings.get(&found.conversation)?;
        if found.seq > 0 || !naming.holds(terms) {
            return None;
        }
        let name = naming.name.as_deref().unwrap_or_default();
        let email = naming.email.as_deref().filter(|_| !terms.are_in(name));
        Some(email.map(|email| terms.mark(email)))
    }
}

//! Which part of the inbox an address shows.

use domain::{ConversationId, inbox::Tab};

/// Where the agent is: a tab of the list, and perhaps an open conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub tab: Tab,
    pub open: Option<ConversationId>,
}

impl Place {
    /// The place of an address, as the router gives its parts; none if there is no such page.
    pub fn of(path: &str, search: &str) -> Option<Self> {
        let by_search = if search.split(['?', '&']).any(|part| part == "tab=all") {
            Tab::All
        } else {
            Tab::Active
        };
        let (tab, open) = match path {
            "/" => (Tab::Active, None),
            "/all" => (Tab::All, None),
            path => (
                by_search,
                Some(path.strip_prefix("/conversations/")?.parse().ok()?),
            ),
        };
        Some(Self { tab, open })
    }

    /// Its address.
    pub fn path(self) -> String {
        match (self.open, self.tab) {
            (None, Tab::Active) => "/".into(),
            (None, Tab::All) => "/all".into(),
            (Some(id), Tab::Active) => format!("/conversations/{id}"),
            (Some(id), Tab::All) => format!("/conversations/{id}?tab=all"),
        }
    }

    /// The list alone, in the same tab.
    pub fn list(self) -> Self {
        Self { open: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn an_address_leads_back_to_its_place() {
        let id = ConversationId::new(Timestamp(0), [1; 10]);
        for open in [None, Some(id)] {
            for tab in [Tab::Active, Tab::All] {
                let place = Place { tab, open };
                let path = place.path();
                let (path, search) = path.split_once('?').unwrap_or((&path, ""));
                assert_eq!(Place::of(path, search), Some(place));
            }
        }
        assert_eq!(Place::of("/conversations/nonsense", ""), None);
        assert_eq!(Place::of("/nonsense", "tab=all"), None);
    }
}

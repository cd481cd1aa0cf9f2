//! Which part of the inbox an address shows.

use domain::{
    ConversationId,
    inbox::Tab,
    permission::{Action, Stand, Viewer},
};

/// Where the agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A tab of the list, and perhaps an open conversation.
    Inbox {
        tab: Tab,
        open: Option<ConversationId>,
    },
    /// What visitors booked.
    Meetings,
    /// The agents and what they do.
    Agents,
    /// The agent's own settings.
    Settings,
}

impl Default for Place {
    fn default() -> Self {
        Self::list_of(Tab::Active)
    }
}

impl Place {
    /// A tab of the list.
    pub fn list_of(tab: Tab) -> Self {
        Self::Inbox { tab, open: None }
    }

    /// A conversation, beside a tab of the list.
    pub fn conversation(tab: Tab, id: ConversationId) -> Self {
        Self::Inbox {
            tab,
            open: Some(id),
        }
    }

    /// The place of an address, as the router gives its parts; none if there is no such page.
    pub fn of(path: &str, search: &str) -> Option<Self> {
        let tab = |word| TABS.into_iter().find(|(_, name)| *name == word);
        let place = match path {
            "/" => Self::default(),
            "/meetings" => Self::Meetings,
            "/agents" => Self::Agents,
            "/settings" => Self::Settings,
            path => match path.strip_prefix("/conversations/") {
                Some(id) => {
                    let word = search
                        .split(['?', '&'])
                        .find_map(|part| part.strip_prefix("tab="));
                    let tab = word.and_then(tab).map_or(Tab::Active, |(tab, _)| tab);
                    Self::conversation(tab, id.parse().ok()?)
                }
                None => Self::list_of(tab(path.strip_prefix('/')?)?.0),
            },
        };
        Some(place)
    }

    /// Its address.
    pub fn path(self) -> String {
        let word = |tab| {
            TABS.into_iter()
                .find_map(|(own, word)| (own == tab).then_some(word))
        };
        match self {
            Self::Meetings => "/meetings".into(),
            Self::Agents => "/agents".into(),
            Self::Settings => "/settings".into(),
            Self::Inbox { tab, open: None } => format!("/{}", word(tab).unwrap_or_default()),
            Self::Inbox {
                tab,
                open: Some(id),
            } => match word(tab) {
                None => format!("/conversations/{id}"),
                Some(word) => format!("/conversations/{id}?tab={word}"),
            },
        }
    }

    /// The list's tab; the first one where no list stands.
    pub fn tab(self) -> Tab {
        match self {
            Self::Inbox { tab, .. } => tab,
            Self::Meetings | Self::Agents | Self::Settings => Tab::Active,
        }
    }

    /// The open conversation.
    pub fn open(self) -> Option<ConversationId> {
        match self {
            Self::Inbox { open, .. } => open,
            Self::Meetings | Self::Agents | Self::Settings => None,
        }
    }

    /// The list alone, in the same tab.
    pub fn list(self) -> Self {
        Self::list_of(self.tab())
    }

    /// Whether there is such a page for this agent.
    pub fn is_for(self, viewer: Viewer) -> bool {
        let action = match self {
            Self::Inbox { tab, .. } => tab.action(),
            Self::Meetings => Action::ManageMeetings,
            Self::Agents => Action::ReadAgents,
            Self::Settings => Action::ChangeOwnSettings,
        };
        viewer.may(action, Stand::None)
    }
}

/// The word of each tab in addresses; the first one needs none.
const TABS: [(Tab, &str); 3] = [
    (Tab::All, "all"),
    (Tab::Unanswered, "unanswered"),
    (Tab::Everyone, "everyone"),
];

/// The words that an address looks for, as the router gives its part behind `?`; empty: none.
pub fn searched(search: &str) -> String {
    let coded = search
        .split(['?', '&'])
        .find_map(|part| part.strip_prefix("q="));
    decode(coded.unwrap_or_default())
}

/// An address that looks for these words besides.
pub fn searching(path: String, words: &str) -> String {
    if words.is_empty() {
        return path;
    }
    let mark = if path.contains('?') { '&' } else { '?' };
    let mut path = path;
    path.push(mark);
    path.push_str("q=");
    for byte in words.bytes() {
        if byte.is_ascii_alphanumeric() {
            path.push(char::from(byte));
        } else {
            const DIGITS: [char; 16] = [
                '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
            ];
            path.push('%');
            for digit in [byte >> 4, byte & 15] {
                path.extend(DIGITS.get(usize::from(digit)));
            }
        }
    }
    path
}

fn decode(coded: &str) -> String {
    let mut bytes = Vec::with_capacity(coded.len());
    let mut rest = coded.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex: Vec<u8> = rest.by_ref().take(2).collect();
                let hex = core::str::from_utf8(&hex).unwrap_or_default();
                u8::from_str_radix(hex, 16).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use domain::{AgentId, Timestamp, agent::Role};

    use super::*;

    fn places() -> Vec<Place> {
        let id = ConversationId::new(Timestamp(0), [1; 10]);
        let mut places = vec![Place::Meetings, Place::Agents, Place::Settings];
        for tab in [Tab::Active, Tab::All, Tab::Unanswered, Tab::Everyone] {
            places.extend([Place::list_of(tab), Place::conversation(tab, id)]);
        }
        places
    }

    #[test]
    fn an_address_leads_back_to_its_place() {
        for place in places() {
            let path = place.path();
            let (path, search) = path.split_once('?').unwrap_or((&path, ""));
            assert_eq!(Place::of(path, search), Some(place));
        }
        for nonsense in ["/conversations/nonsense", "/nonsense", "/active", "//"] {
            assert_eq!(Place::of(nonsense, "tab=all"), None, "{nonsense}");
        }
    }

    #[test]
    fn an_address_holds_what_is_looked_for() {
        for words in ["", "invoice", "Ana Müller & Söhne", "100% +1?q=#/", "ада"] {
            for place in places() {
                let path = searching(place.path(), words);
                let (path, search) = path.split_once('?').unwrap_or((&path, ""));
                assert_eq!(searched(search), words);
                assert_eq!(Place::of(path, search), Some(place));
            }
        }
        assert_eq!(searched("q=two+words&tab=all"), "two words");
        assert_eq!(searched("?q=%zz%4"), "?\u{4}");
    }

    #[test]
    fn some_places_are_for_supervisors() {
        let seen_by = |role| {
            let agent = AgentId::new(Timestamp(0), [1; 10]);
            let viewer = Viewer { agent, role };
            let is_for = |place: &Place| place.is_for(viewer);
            places().into_iter().filter(is_for).count()
        };
        assert_eq!(seen_by(Role::Agent), places().len() - 3);
        assert_eq!(seen_by(Role::Supervisor), places().len());
    }
}

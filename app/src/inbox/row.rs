use domain::{
    ConversationId, Timestamp,
    frame::agent::Row,
    inbox::Tab,
    permission::Stand,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use super::marks::{mark, marked};
use crate::{
    components::{Avatar, Moment, calc, memo, part},
    inbox_state::stand,
    live::Inbox,
    place::Place,
    texts::Texts,
};

/// What a row shows of its conversation.
#[derive(Clone, PartialEq, Eq)]
struct Head {
    visitor: Option<String>,
    at: Timestamp,
    /// The last words, with who said them if that was no visitor.
    words: String,
    /// Whose chat it is, where that is somebody else.
    with: Option<String>,
    /// How many messages of the visitor wait for this agent.
    unread: u32,
}

/// Of a conversation that is no longer the agent's to see.
const GONE: Head = Head {
    visitor: None,
    at: Timestamp(0),
    words: String::new(),
    with: None,
    unread: 0,
};

impl Head {
    fn of(row: &Row, me: &str, texts: Texts) -> Self {
        let words = if row.preview_by_agent && !row.preview.is_empty() {
            let by = if row.agent == me {
                texts.shared(SharedText::You)
            } else {
                &row.agent
            };
            format!("{by}: {}", row.preview)
        } else {
            row.preview.clone()
        };
        let stand = stand(row);
        let with = match stand {
            _ if row.away => Some(InboxText::AgentAway),
            Stand::Others => Some(InboxText::WithAgent),
            _ => None,
        };
        Self {
            visitor: row.visitor.clone(),
            at: row.activity_at,
            words,
            with: with.map(|key| fill(texts.inbox(key), &[("agent", &row.agent)])),
            // An ended chat asks for nothing any more.
            unread: if stand == Stand::Own { row.unread } else { 0 },
        }
    }
}

/// A row of the list: visitor, time, last words or typing, what is unread. Its link's name begins
/// with the visitor's name. A row that was `found` shows the words that were looked for.
#[component]
pub fn ListRow(id: ConversationId, tab: Tab, #[prop(optional)] found: bool) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let me = inbox.me().name.to_string();
    // A row that is gone is empty until the list drops it.
    let head = memo(move || {
        inbox
            .of_row(id, |row| Head::of(row, &me, texts))
            .unwrap_or(GONE)
    });
    let open = memo(move || inbox.place.get().open() == Some(id));
    let unread = memo(move || {
        let seen = inbox.in_front() == Some(id);
        head.with(|head| if seen { 0 } else { head.unread })
    });
    let typing = memo(move || inbox.is_typing(id));
    let name = calc(move || head.with(|head| head.visitor.clone()));
    let at = calc(move || head.with(|head| head.at));
    let words = calc(move || head.with(|head| head.words.clone()));
    let with = calc(move || head.with(|head| head.with.clone()));
    let label = move || {
        name.get()
            .unwrap_or_else(|| texts.shared(SharedText::Visitor).to_owned())
    };
    let name_shown = if found {
        part(move || marked(mark(&label(), &inbox.words.get()))).into_any()
    } else {
        calc(label).into_any()
    };
    let text = if found {
        untrack(|| inbox.found_text(id))
    } else {
        None
    };
    let last = move || {
        if typing.get() {
            let words = fill(texts.inbox(InboxText::IsTyping), &[("visitor", &label())]);
            return view! {
                <span class="last typing">
                    <span class="visually-hidden">{words}</span>
                    <i></i>
                    <i></i>
                    <i></i>
                </span>
            }
            .into_any();
        }
        let shown = match &text {
            Some(text) => marked(text.clone()),
            None => words.into_any(),
        };
        view! {
            <span class="last" dir="auto">
                {shown}
            </span>
        }
        .into_any()
    };
    let badge = move || {
        let count = unread.get();
        if count == 0 {
            return ().into_any();
        }
        let words = fill(
            texts.inbox(InboxText::Unread),
            &[("count", &count.to_string())],
        );
        view! {
            <span class="badge">
                <span aria-hidden="true">{count.to_string()}</span>
                <span class="visually-hidden">{words}</span>
            </span>
        }
        .into_any()
    };
    let address = move || {
        let place = Place::conversation(tab, id);
        if found {
            inbox.path_of(place)
        } else {
            place.path()
        }
    };
    view! {
        <li>
            <a
                class="row"
                class:unread=calc(move || unread.get().gt(&0))
                href=calc(address)
                aria-current=calc(move || open.get().then_some("page"))
            >
                <Avatar name />
                <span class="name">
                    {name_shown} " " <span class="with">{with}</span>
                </span>
                " "
                <span class="when">
                    <Moment at />
                </span>
                " "
                {part(last)}
                " "
                {part(badge)}
            </a>
        </li>
    }
}

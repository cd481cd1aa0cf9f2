use domain::{
    ConversationId,
    inbox::Tab,
    permission::Stand,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use crate::{
    components::{Avatar, Moment, calc, part},
    inbox_state::stand,
    live::Inbox,
    place::Place,
};

/// A row of the list: visitor, time, last words or typing, what is unread. Its link's name begins
/// with the visitor's name.
#[component]
pub fn ListRow(id: ConversationId, tab: Tab) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    // A row that is gone is empty until the list drops it.
    let row = move || inbox.row(id);
    let open = Memo::new(move |_| inbox.place.get().open() == Some(id));
    let unread = Memo::new(move |_| {
        let seen = inbox.in_front() == Some(id);
        // An ended chat asks for nothing any more.
        row()
            .filter(|row| !seen && stand(row) == Stand::Own)
            .map_or(0, |row| row.unread)
    });
    let typing = Memo::new(move |_| inbox.is_typing(id));
    let name = calc(move || row().and_then(|row| row.visitor));
    let at = calc(move || row().map_or(domain::Timestamp(0), |row| row.activity_at));
    let me = inbox.me().name.to_string();
    let words = calc(move || {
        let Some(row) = row() else {
            return String::new();
        };
        if !row.preview_by_agent || row.preview.is_empty() {
            return row.preview;
        }
        let by = if row.agent == me {
            texts.shared(SharedText::You)
        } else {
            &row.agent
        };
        format!("{by}: {}", row.preview)
    });
    // Whose chat it is, where that is somebody else.
    let with = calc(move || {
        let row = row()?;
        let key = match stand(&row) {
            _ if row.away => InboxText::AgentAway,
            Stand::Others => InboxText::WithAgent,
            _ => return None,
        };
        Some(fill(texts.inbox(key), &[("agent", &row.agent)]))
    });
    let label = move || {
        name.get()
            .unwrap_or_else(|| texts.shared(SharedText::Visitor).to_owned())
    };
    view! {
        <li>
            <a
                class="row"
                class:unread=calc(move || unread.get().gt(&0))
                href=Place::conversation(tab, id).path()
                aria-current=calc(move || open.get().then_some("page"))
            >
                <Avatar name />
                <span class="name">
                    {calc(label)} " " <span class="with">{with}</span>
                </span>
                " "
                <span class="when">
                    <Moment at />
                </span>
                " "
                {part(move || {
                    if typing.get() {
                        let words = fill(
                            texts.inbox(InboxText::IsTyping),
                            &[("visitor", &label())],
                        );
                        view! {
                            <span class="last typing">
                                <span class="visually-hidden">{words}</span>
                                <i></i>
                                <i></i>
                                <i></i>
                            </span>
                        }
                            .into_any()
                    } else {
                        view! { <span class="last" dir="auto">{words}</span> }.into_any()
                    }
                })}
                " "
                {part(move || {
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
                })}
            </a>
        </li>
    }
}

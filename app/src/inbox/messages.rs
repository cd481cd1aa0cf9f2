use domain::{
    ConversationId,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::{html::Div, prelude::*};

use super::line::LineItem;
use crate::{
    components::{Button, Empty, Kind, SkeletonMessages, calc, effect, memo, part},
    inbox_state::{Key, Reading, Side},
    live::Inbox,
};

/// Nearer than this to the end, in pixels, new messages push the older ones up.
const AT_END: i32 = 48;

/// How many of the newest lines are drawn at once when a chat is opened: more than a high screen
/// shows. A click is answered by these; the others come in the frame after, above them.
const AT_ONCE: usize = 30;

/// The messages. They are laid out from below, so that the newest are in view from the first
/// paint on and earlier ones move nothing when they come.
#[component]
pub fn Messages(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let scroll = NodeRef::<Div>::new();
    // The last line that was in view, as long as the reader is further up.
    let left_at = RwSignal::new(None::<Key>);
    let from_end = move || {
        scroll
            .get_untracked()
            .map_or(0, |scroll| scroll.scroll_top().abs())
    };
    let on_scroll = move |_| {
        let away = from_end() > AT_END;
        if away != left_at.with_untracked(Option::is_some) {
            let last = untrack(move || inbox.lines(id)).last().map(|line| line.key);
            left_at.set(if away { last } else { None });
        }
    };
    let new = move || {
        let Some(left_at) = left_at.get() else {
            return 0;
        };
        inbox
            .lines(id)
            .iter()
            .rev()
            .take_while(|line| line.key != left_at)
            .filter(|line| line.side != Side::Own)
            .count()
    };
    let to_end = move || {
        if let Some(scroll) = scroll.get_untracked() {
            scroll.set_scroll_top(0);
        }
    };
    // What the agent writes is always shown.
    Effect::new(move |before: Option<Option<Key>>| {
        let last = inbox
            .lines(id)
            .last()
            .filter(|line| line.side == Side::Own)
            .map(|line| line.key);
        if last.is_some() && before.is_some_and(|before| before != last) {
            to_end();
        }
        last
    });
    let is = move |reading: Reading| memo(move || inbox.thread(id).reading == reading);
    let (done, failed) = (is(Reading::Done), is(Reading::Failed));
    let has_earlier = memo(move || inbox.thread(id).has_earlier);
    // New messages below move nothing, because the browser holds on to a line in view. With many
    // above it picks a wrong one; and they move nothing by themselves, laid out from below.
    let reads_earlier = memo(move || inbox.thread(id).earlier == Reading::UnderWay);
    effect(move || {
        if reads_earlier.get() {
            anchor(scroll, "none");
        } else {
            // In the frame after the one that shows them.
            let _ = request_animation_frame(move || {
                let _ = request_animation_frame(move || anchor(scroll, ""));
            });
        }
    });
    let earlier_failed = memo(move || inbox.thread(id).earlier == Reading::Failed);
    // What the server has drawn is taken over whole.
    let whole = RwSignal::new(!inbox.live.get_untracked());
    effect(move || {
        let _ = request_animation_frame(move || {
            let _ = request_animation_frame(move || {
                let _ = whole.try_set(true);
            });
        });
    });
    let lines = move || {
        let mut lines = inbox.lines(id);
        if !whole.get() {
            lines.drain(..lines.len().saturating_sub(AT_ONCE));
        }
        lines
    };
    let name = memo(move || inbox.visitor_name(id));
    view! {
        <div class="scroll messages" tabindex="0" node_ref=scroll on:scroll=on_scroll>
            <div class="inner">
                // Above the list, where own messages wait whether or not the others are there.
                {part(move || match (done.get(), failed.get()) {
                    (true, _) => ().into_any(),
                    (false, true) => {
                        let retry = texts.shared(SharedText::Retry).to_owned();
                        view! {
                            <Empty
                                text=texts.inbox(InboxText::ConversationFailed)
                                action=(retry, Callback::new(move |()| inbox.read_thread(id)))
                            />
                        }
                            .into_any()
                    }
                    (false, false) => view! { <SkeletonMessages /> }.into_any(),
                })}
                {part(move || {
                    if !has_earlier.get() {
                        return ().into_any();
                    }
                    let failed = earlier_failed.get()
                        .then(|| texts.shared(SharedText::Failed));
                    view! {
                    <div class="more">
                        <p class="error" role="alert">{failed}</p>
                        <Button
                            label=texts.inbox(InboxText::EarlierMessages)
                            kind=Kind::Quiet
                            pending=reads_earlier
                            on_click=Callback::new(move |()| inbox.read_earlier(id))
                        />
                    </div>
                    }.into_any()
                })}
                <ul aria-label=texts.shared(SharedText::Messages) aria-live="polite">
                    <For
                        each=lines
                        key=|line| line.key
                        children=move |line| view! { <LineItem id line name /> }
                    />
                </ul>
                <p class="typing" hidden=calc(move || !inbox.is_typing(id))>
                    <span class="dots" aria-hidden="true">
                        <i></i>
                        <i></i>
                        <i></i>
                    </span>
                    {calc(move || {
                        fill(
                            texts.inbox(InboxText::IsTyping),
                            &[("visitor", &name.get())],
                        )
                    })}
                </p>
            </div>
        </div>
        <div class="new" hidden=calc(move || new() == 0)>
                <Button
                    label=calc(move || match new() {
                        1 => texts.shared(SharedText::NewMessage).to_owned(),
                        count => {
                            fill(
                                texts.shared(SharedText::NewMessages),
                                &[("count", &count.to_string())],
                            )
                        }
                    })
                    kind=Kind::Primary
                    on_click=Callback::new(move |()| to_end())
                />
        </div>
    }
}

/// Whether the browser keeps a line in view in its place when others come; empty: as it likes.
fn anchor(scroll: NodeRef<Div>, value: &str) {
    if let Some(scroll) = scroll.try_get_untracked().flatten() {
        let style = web_sys::HtmlElement::style(&scroll);
        let _ = style.set_property("overflow-anchor", value);
    }
}

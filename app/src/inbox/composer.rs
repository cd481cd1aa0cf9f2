use std::time::Duration;

use domain::{
    ConversationId,
    text::TextError,
    texts::keys::{InboxText, SharedText},
};
use leptos::{ev::KeyboardEvent, html::Textarea, leptos_dom::helpers::TimeoutHandle, prelude::*};

use crate::{
    browser::{self, storage},
    components::{Button, Kind, calc, effect},
    live::Inbox,
};

/// A notice of typing is renewed this often, and taken back after a pause of this length.
const TYPING: Duration = Duration::from_secs(3);

/// The box in which the agent writes. Enter sends, Shift+Enter breaks the line; the draft survives
/// a reload.
#[component]
pub fn Composer(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let me = inbox.me().id;
    let text = NodeRef::<Textarea>::new();
    let error = RwSignal::new(None::<&'static str>);
    let typing = Typing::new(inbox, id);
    let closes = Memo::new(move |_| inbox.row(id).is_some_and(|row| row.closes_at.is_some()));
    effect(move || {
        if let Some(text) = text.get() {
            // What was typed before the page came alive is newer than the draft.
            if text.value().is_empty() {
                text.set_value(&storage::draft(me, id));
            } else {
                storage::keep_draft(me, id, &text.value());
            }
        }
    });
    // A chat that the agent opens is there to be answered.
    effect(move || {
        if let Some(text) = text.get()
            && browser::window()
                .inner_width()
                .is_ok_and(|width| width.as_f64() >= Some(900.0))
        {
            let _ = text.focus();
        }
    });
    let send = move || {
        let Some(text) = text.get_untracked() else {
            return;
        };
        match inbox.write(id, text.value()) {
            Ok(()) => {
                text.set_value("");
                storage::keep_draft(me, id, "");
                error.set(None);
                typing.stop();
            }
            Err(TextError::TooLong) => error.set(Some(texts.shared(SharedText::TooLarge))),
            Err(TextError::Empty | TextError::Malformed) => {}
        }
        let _ = text.focus();
    };
    let on_key = move |event: KeyboardEvent| {
        // Enter that ends the choice of an input method sends nothing.
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            if inbox.live.get_untracked() {
                send();
            }
        }
    };
    let on_input = move |_| {
        if let Some(text) = text.get_untracked() {
            let value = text.value();
            storage::keep_draft(me, id, &value);
            error.set(None);
            if value.is_empty() {
                typing.stop();
            } else {
                typing.go_on();
            }
        }
    };
    on_cleanup(move || typing.stop());
    view! {
        <form
            class="composer"
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <p class="warning" role="status">
                {calc(move || closes.get().then(|| texts.shared(SharedText::ClosesSoon)))}
            </p>
            <div class="card">
                <textarea
                    id="reply"
                    rows="1"
                    aria-label=texts.inbox(InboxText::Reply)
                    placeholder=texts.inbox(InboxText::WriteReply)
                    aria-describedby="reply-error"
                    aria-invalid=calc(move || error.get().map(|_| "true"))
                    node_ref=text
                    on:keydown=on_key
                    on:input=on_input
                ></textarea>
                <div class="bar">
                    <p class="error" id="reply-error" role="alert">
                        {calc(move || error.get())}
                    </p>
                    <Button label=texts.shared(SharedText::Send) kind=Kind::Primary submits=true />
                </div>
            </div>
        </form>
    }
}

/// Tells the visitor that the agent is writing, now and then, and when it is over.
#[derive(Clone, Copy)]
struct Typing {
    inbox: Inbox,
    id: ConversationId,
    /// When the last notice was sent, while writing.
    told: StoredValue<Option<domain::Timestamp>>,
    pause: StoredValue<Option<TimeoutHandle>>,
}

impl Typing {
    fn new(inbox: Inbox, id: ConversationId) -> Self {
        Self {
            inbox,
            id,
            told: StoredValue::new(None),
            pause: StoredValue::new(None),
        }
    }

    fn go_on(self) {
        let now = browser::now();
        let due = self
            .told
            .get_value()
            .is_none_or(|told| now.since(told) >= TYPING);
        if due {
            self.told.set_value(Some(now));
            self.inbox.type_in(self.id, true);
        }
        let handle = set_timeout(move || self.stop(), TYPING + TYPING).ok();
        self.replace(handle);
    }

    fn stop(self) {
        self.replace(None);
        if self.told.try_get_value().flatten().is_some() {
            self.told.set_value(None);
            self.inbox.type_in(self.id, false);
        }
    }

    fn replace(self, handle: Option<TimeoutHandle>) {
        self.pause.try_update_value(|pause| {
            if let Some(old) = core::mem::replace(pause, handle) {
                old.clear();
            }
        });
    }
}

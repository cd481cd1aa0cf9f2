mod drop;
mod replies;
mod typing;

use domain::{
    ConversationId,
    text::TextError,
    texts::keys::{InboxText, SharedText},
};
use leptos::{
    ev::{ClipboardEvent, KeyboardEvent},
    html::{Input, Textarea},
    prelude::*,
};
use web_sys::FileList;

use super::{score::Score, shortcuts};
use crate::{
    browser::{
        self,
        storage::{self, Draft},
    },
    components::{Button, Icon, Kind, Live, Picture, calc, effect, memo},
    live::{Dialog, Inbox},
};
use replies::{OPTIONS, Replies, ReplyList};
use typing::Typing;

/// The id of the box in which the agent writes.
pub const REPLY: &str = "reply";

/// The id of the button that makes a private note of what is written.
pub const NOTE: &str = "private-note";

/// The box in which the agent writes to the visitor, or a private note. Enter sends, Shift+Enter
/// breaks the line, `/` offers saved replies; the drafts of both survive a reload.
#[component]
pub fn Composer(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let live = Live::current();
    let me = inbox.me().id;
    let text = NodeRef::<Textarea>::new();
    let input = NodeRef::<Input>::new();
    let error = RwSignal::new(None::<&'static str>);
    let note = RwSignal::new(false);
    // The words of the other kind, which wait until it is their turn.
    let other = StoredValue::new(String::new());
    let typing = Typing::new(inbox, id);
    let closes = memo(move || inbox.row(id).is_some_and(|row| row.closes_at.is_some()));
    let draft = move || match note.get_untracked() {
        true => Draft::Note,
        false => Draft::Reply,
    };
    effect(move || {
        if let Some(text) = text.get() {
            other.set_value(storage::draft(me, id, Draft::Note));
            // What was typed before the page came alive is newer than the draft.
            if text.value().is_empty() {
                text.set_value(&storage::draft(me, id, Draft::Reply));
            } else {
                storage::keep_draft(me, id, Draft::Reply, &text.value());
            }
        }
    });
    // A chat that the agent opens is there to be answered.
    effect(move || {
        if let Some(text) = text.get()
            && !shortcuts::leads_to(id)
            && browser::window()
                .inner_width()
                .is_ok_and(|width| width.as_f64() >= Some(900.0))
        {
            let _ = text.focus();
        }
    });
    let written = move || {
        let Some(text) = text.get_untracked() else {
            return;
        };
        let value = text.value();
        storage::keep_draft(me, id, draft(), &value);
        error.set(None);
        if value.is_empty() || note.get_untracked() {
            typing.stop();
        } else {
            typing.go_on();
        }
    };
    let replies = Replies::new(inbox, id, text, Callback::new(move |()| written()));
    let turn = move || {
        let Some(text) = text.get_untracked() else {
            return;
        };
        let words = text.value();
        text.set_value(&other.get_value());
        other.set_value(words);
        note.update(|note| *note = !*note);
        replies.close();
        typing.stop();
        error.set(None);
        let _ = text.focus();
    };
    let send = move || {
        let Some(text) = text.get_untracked() else {
            return;
        };
        match inbox.write(id, text.value(), note.get_untracked()) {
            Ok(()) => {
                text.set_value("");
                storage::keep_draft(me, id, draft(), "");
                error.set(None);
                typing.stop();
            }
            Err(TextError::TooLong) => error.set(Some(texts.shared(SharedText::TooLarge))),
            Err(TextError::Empty | TextError::Malformed) => {}
        }
        let _ = text.focus();
    };
    let attach = move |files: Option<FileList>| {
        let Some(files) = files.filter(|files| files.length() > 0) else {
            return false;
        };
        if note.get_untracked() {
            // What is meant for agents only must not reach the visitor by the way.
            error.set(Some(texts.inbox(InboxText::NoFilesInNotes)));
        } else {
            error.set(None);
            inbox.attach(id, &files);
        }
        true
    };
    let dragging = drop::files(Callback::new(move |files| {
        attach(Some(files));
    }));
    let on_key = move |event: KeyboardEvent| {
        if replies.take(&event) {
            event.prevent_default();
            return;
        }
        match browser::key(&event).as_str() {
            "Enter" if !event.shift_key() => {
                event.prevent_default();
                if inbox.live.get_untracked() {
                    send();
                }
            }
            "Escape" if note.get_untracked() => turn(),
            "Escape" => {
                if let Some(text) = text.get_untracked() {
                    let _ = text.blur();
                }
            }
            _ => {}
        }
    };
    let on_paste = move |event: ClipboardEvent| {
        // Words are pasted as words, also where a picture of them lies beside.
        let data = event.clipboard_data();
        let data = data.filter(|data| data.get_data("text").is_ok_and(|words| words.is_empty()));
        if attach(data.and_then(|data| data.files())) {
            event.prevent_default();
        }
    };
    let on_choose = move |_| {
        if let Some(input) = input.get_untracked() {
            attach(input.files());
            // The same file again is a choice too.
            input.set_value("");
        }
        browser::focus(REPLY);
    };
    let word = move |of_note: &'static str, of_reply: &'static str| {
        calc(move || if note.get() { of_note } else { of_reply })
    };
    on_cleanup(move || typing.stop());
    view! {
        <form
            class="composer"
            class:as-note=note
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <p class="warning" role="status">
                {calc(move || closes.get().then(|| texts.shared(SharedText::ClosesSoon)))}
            </p>
            <div class="card" class:dragging=dragging>
                <ReplyList replies />
                <textarea
                    id=REPLY
                    rows="1"
                    aria-label=word(texts.inbox(InboxText::Note), texts.inbox(InboxText::Reply))
                    placeholder=word(
                        texts.inbox(InboxText::WriteNote),
                        texts.inbox(InboxText::WriteReply),
                    )
                    aria-describedby="reply-error"
                    aria-invalid=calc(move || error.get().map(|_| "true"))
                    aria-autocomplete="list"
                    aria-haspopup="listbox"
                    aria-controls=calc(move || replies.is_open().then_some(OPTIONS))
                    aria-activedescendant=calc(move || replies.active())
                    node_ref=text
                    on:keydown=on_key
                    on:input=move |_| {
                        written();
                        replies.follow();
                    }
                    on:blur=move |_| replies.close()
                    on:paste=on_paste
                ></textarea>
                <div class="bar">
                    <input
                        type="file"
                        multiple
                        hidden
                        aria-hidden="true"
                        tabindex="-1"
                        node_ref=input
                        on:change=on_choose
                    />
                    <button
                        type="button"
                        class="icon-button"
                        aria-label=texts.inbox(InboxText::ShareCalendar)
                        title=texts.inbox(InboxText::ShareCalendar)
                        disabled=calc(move || !live.get())
                        on:click=move |_| inbox.open_dialog(Dialog::ShareCalendar(id))
                    >
                        <Icon picture=Picture::Calendar />
                    </button>
                    <button
                        type="button"
                        class="icon-button"
                        aria-label=texts.inbox(InboxText::AttachFile)
                        title=word(
                            texts.inbox(InboxText::NoFilesInNotes),
                            texts.inbox(InboxText::AttachFile),
                        )
                        disabled=calc(move || !live.get() || note.get())
                        on:click=move |_| {
                            if let Some(input) = input.get_untracked() {
                                input.click();
                            }
                        }
                    >
                        <Icon picture=Picture::Attach />
                    </button>
                    <button
                        type="button"
                        id=NOTE
                        class="icon-button"
                        aria-label=texts.inbox(InboxText::PrivateNote)
                        title=texts.inbox(InboxText::PrivateNote)
                        aria-pressed=calc(move || note.get().to_string())
                        disabled=calc(move || !live.get())
                        on:click=move |_| turn()
                    >
                        <Icon picture=Picture::Note />
                    </button>
                    <p class="error" id="reply-error" role="alert">
                        {calc(move || error.get())}
                    </p>
                    <Score id />
                    <Button label=texts.shared(SharedText::Send) kind=Kind::Primary submits=true />
                </div>
                <p class="drop-here" aria-hidden="true">
                    {texts.inbox(InboxText::DropFiles)}
                </p>
            </div>
        </form>
    }
}

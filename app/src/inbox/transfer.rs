use std::sync::Arc;

use domain::{
    ConversationId,
    inbox::{Busy, Colleague},
    texts::keys::InboxText,
};
use leptos::{html, prelude::*};

use super::picker::{Choice, Choices, Picker, PickerDialog};
use crate::{api::read_colleagues, components::calc, inbox_state::Intent, live::Inbox};

/// To whom the chat is to be handed over, and what to tell them.
#[component]
pub fn Transfer(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let note = NodeRef::<html::Textarea>::new();
    let request = move |to| {
        let note = note.get_untracked().map(|note| note.value());
        inbox.ask(Intent::Transfer {
            conversation: id,
            to,
            note: Arc::from(note.unwrap_or_default().trim()),
        });
    };
    let field = view! {
        <div class="field">
            <label for="transfer-note">{texts.inbox(InboxText::Note)}</label>
            <textarea id="transfer-note" rows="2" maxlength="1000" node_ref=note></textarea>
        </div>
    };
    Picker::new(inbox, colleagues).dialog(PickerDialog {
        title: InboxText::TransferChat,
        group: InboxText::Agent,
        search: false,
        extra: field.into_any(),
        yes: texts.inbox(InboxText::RequestTransfer),
        pending: calc(move || inbox.is_asking(id)),
        fault: Signal::stored(None),
        on_choose: Callback::new(request),
    })
}

fn colleagues(_: Inbox) -> Choices {
    Box::pin(async {
        let choice = |Colleague { id, name, busy }| Choice {
            id,
            name,
            not: busy.map(|busy| match busy {
                Busy::Unavailable => InboxText::Unavailable,
                Busy::Away => InboxText::NotConnected,
                Busy::Full => InboxText::AtLimit,
            }),
        };
        Ok(read_colleagues().await?.into_iter().map(choice).collect())
    })
}

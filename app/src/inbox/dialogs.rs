use domain::{
    ConversationId,
    texts::keys::{InboxText, SharedText},
};
use leptos::prelude::*;

use super::{share::ShareCalendar, shortcuts::Shortcuts, transfer::Transfer};
use crate::{
    components::{Button, Dialog, Kind, part},
    inbox_state::Intent,
    live::{self, Inbox},
};

/// The dialog that is open, if any.
#[component]
pub fn Dialogs() -> impl IntoView {
    let inbox = Inbox::current();
    part(move || match inbox.dialog() {
        None => ().into_any(),
        Some(live::Dialog::Transfer(id)) => view! { <Transfer id /> }.into_any(),
        Some(live::Dialog::ShareCalendar(id)) => view! { <ShareCalendar id /> }.into_any(),
        Some(live::Dialog::OfPage(draw)) => draw.run(()),
        Some(live::Dialog::Shortcuts) => view! { <Shortcuts /> }.into_any(),
        Some(live::Dialog::SignOut) => question(
            inbox,
            [
                InboxText::SignOutQuestion,
                InboxText::SignOutHint,
                InboxText::SignOut,
            ],
            Kind::Primary,
            Callback::new(move |()| inbox.sign_out()),
        ),
        Some(live::Dialog::Block {
            conversation,
            blocked,
        }) => block(inbox, conversation, blocked),
    })
}

fn block(inbox: Inbox, conversation: ConversationId, blocked: bool) -> AnyView {
    let words = if blocked {
        [
            InboxText::BlockQuestion,
            InboxText::BlockHint,
            InboxText::BlockVisitor,
        ]
    } else {
        [
            InboxText::UnblockQuestion,
            InboxText::UnblockHint,
            InboxText::Unblock,
        ]
    };
    let intent = Intent::SetBlocked {
        conversation,
        blocked,
    };
    let act = move |()| {
        inbox.close_dialog();
        inbox.ask(intent.clone());
    };
    let kind = if blocked { Kind::Danger } else { Kind::Primary };
    question(inbox, words, kind, Callback::new(act))
}

/// A question, what follows from a yes, and the word for it.
fn question(inbox: Inbox, words: [InboxText; 3], kind: Kind, act: Callback<()>) -> AnyView {
    let [title, hint, yes] = words.map(|key| inbox.texts.inbox(key));
    let close = Callback::new(move |()| inbox.close_dialog());
    view! {
        <Dialog title on_close=close>
            <p>{hint}</p>
            <div class="actions">
                <Button label=inbox.texts.shared(SharedText::Close) on_click=close />
                <Button label=yes kind on_click=act />
            </div>
        </Dialog>
    }
    .into_any()
}

use domain::{
    ConversationId,
    permission::{Action, Stand},
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use super::{composer::Composer, ended::Ended, messages::Messages, notices::words};
use crate::{
    components::{Button, Empty, Icon, Kind, Picture, calc, memo, part},
    inbox_state::{Intent, News, stand},
    live::{Dialog, Inbox},
};

/// The open conversation: head, messages, and below them the composer or, after the end, the
/// transcript.
#[component]
pub fn Chat(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let name = move || inbox.visitor_name(id);
    let foot = memo(move || Foot::of(inbox, id));
    let own = memo(move || foot.get() == Foot::Composer);
    let head = move || {
        let Some(row) = inbox.row(id) else {
            return String::new();
        };
        let with = |key| fill(texts.inbox(key), &[("agent", &row.agent)]);
        let state = match stand(&row) {
            Stand::Own if row.visitor_connected => texts.inbox(InboxText::Connected).into(),
            Stand::Own => texts.inbox(InboxText::NotConnected).into(),
            Stand::Others => with(InboxText::WithAgent),
            Stand::Unanswered if row.away => with(InboxText::AgentAway),
            Stand::Unanswered => texts.inbox(InboxText::MessageLeft).into(),
            _ => String::new(),
        };
        let parts = [state.as_str(), row.page.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(" · ")
    };
    let region = move || {
        fill(
            texts.shared(SharedText::TranscriptOf),
            &[("visitor", &name())],
        )
    };
    view! {
        <main class="chat">
            <section aria-label=calc(region)>
                <header class="chat-head">
                    <BackToList />
                    <div class="who">
                        <h1 dir="auto">{calc(name)}</h1>
                        <p>{calc(head)}</p>
                    </div>
                    {part(move || {
                        if !own.get() {
                            return ().into_any();
                        }
                        let asked = calc(move || {
                            inbox.row(id).is_some_and(|row| row.transfer_to.is_some())
                        });
                        let open = move |()| inbox.open_dialog(Dialog::Transfer(id));
                        view! {
                            <Button
                                label=texts.inbox(InboxText::Transfer)
                                kind=Kind::Quiet
                                disabled=asked
                                on_click=Callback::new(open)
                            />
                        }
                            .into_any()
                    })}
                    <button
                        type="button"
                        class="icon-button narrow"
                        aria-label=texts.inbox(InboxText::ShowVisitor)
                        title=texts.inbox(InboxText::ShowVisitor)
                        on:click=move |_| inbox.shows_visitor.set(true)
                    >
                        <Icon picture=Picture::Person />
                    </button>
                </header>
                <Messages id />
                <p class="handing-over" role="status">
                    {calc(move || handing_over(inbox, id))}
                </p>
                {part(move || match foot.get() {
                    Foot::Composer => view! { <Composer id /> }.into_any(),
                    Foot::Ended => view! { <Ended id /> }.into_any(),
                    Foot::PickUp => {
                        take(inbox, id, InboxText::PickUp, InboxText::PickUpHint, Intent::PickUp(id))
                    }
                    Foot::TakeOver => {
                        take(
                            inbox,
                            id,
                            InboxText::TakeOver,
                            InboxText::TakeOverHint,
                            Intent::TakeOver(id),
                        )
                    }
                    Foot::Nothing => ().into_any(),
                })}
            </section>
        </main>
    }
}

/// What stands below the messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Foot {
    Composer,
    PickUp,
    TakeOver,
    Ended,
    Nothing,
}

impl Foot {
    fn of(inbox: Inbox, id: ConversationId) -> Self {
        let may = |action| inbox.may_to(action, id);
        if may(Action::Talk) {
            Self::Composer
        } else if may(Action::PickUp) {
            Self::PickUp
        } else if may(Action::TakeOver) {
            Self::TakeOver
        } else if may(Action::ReadTranscript) {
            Self::Ended
        } else {
            Self::Nothing
        }
    }
}

/// The one button by which somebody else's chat, or nobody's, becomes the agent's own.
fn take(
    inbox: Inbox,
    id: ConversationId,
    label: InboxText,
    hint: InboxText,
    intent: Intent,
) -> AnyView {
    let texts = inbox.texts;
    let asked = intent.clone();
    let hint = move || {
        let agent = inbox.row(id).map(|row| row.agent).unwrap_or_default();
        fill(texts.inbox(hint), &[("agent", &agent)])
    };
    view! {
        <footer class="after">
            <p class="hint">{calc(hint)}</p>
            <Button
                label=texts.inbox(label)
                kind=Kind::Primary
                pending=calc(move || inbox.is_asked(&asked))
                on_click=Callback::new(move |()| inbox.ask(intent.clone()))
            />
        </footer>
    }
    .into_any()
}

/// Whether somebody is asked to take an own chat over, or did not.
fn handing_over(inbox: Inbox, id: ConversationId) -> Option<String> {
    let asked = inbox.row(id).and_then(|row| row.transfer_to);
    match (asked, inbox.news(id)) {
        (Some(agent), _) => Some(fill(
            inbox.texts.inbox(InboxText::TransferWaits),
            &[("agent", &agent)],
        )),
        (None, Some(news @ News::NotTransferred { .. })) => Some(words(&news, inbox.texts)),
        _ => None,
    }
}

/// What stands in the place of a conversation that the agent may not see.
#[component]
pub fn NoChat(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let why = move || match inbox.news(id) {
        Some(news) => words(&news, texts),
        None => texts.inbox(InboxText::ConversationUnavailable).to_owned(),
    };
    view! {
        <main class="chat nothing">
            <div class="narrow">
                <BackToList />
            </div>
            <h1 class="visually-hidden">{texts.inbox(InboxText::Inbox)}</h1>
            <Empty text=calc(why) />
        </main>
    }
}

/// The way back where only one column fits.
#[component]
fn BackToList() -> impl IntoView {
    let inbox = Inbox::current();
    let label = inbox.texts.inbox(InboxText::BackToConversations);
    view! {
        <button
            type="button"
            class="icon-button narrow"
            aria-label=label
            title=label
            on:click=move |_| inbox.go(inbox.place.get_untracked().list())
        >
            <Icon picture=Picture::Back />
        </button>
    }
}

//! Saved replies: the agent's own, and those that every agent has.

mod form;

use std::sync::Arc;

use domain::{
    Refusal, ReplyId,
    agent::Role,
    reply::SavedReply,
    texts::keys::{InboxText, SharedText},
};
use leptos::prelude::*;

use super::work::{Outcome, Work};
use crate::{
    api::{Failure, delete_reply, read_replies},
    browser,
    components::{Button, Empty, Kind, SkeletonRows, effect, part},
    live::Inbox,
};
use form::ReplyForm;
pub use form::variables;

/// What the region shows; none while it is being read.
type Read = RwSignal<Option<Result<Arc<Vec<SavedReply>>, Failure>>>;

/// Which of them is being changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    New,
    Edit(ReplyId),
    /// It is asked whether to delete it.
    Delete(ReplyId),
}

#[derive(Clone, Copy)]
struct Replies {
    inbox: Inbox,
    read: Read,
    open: RwSignal<Open>,
}

/// The saved replies, each with what changes it, and a form for a new one.
#[component]
pub fn SavedReplies() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let replies = Replies {
        inbox,
        read: RwSignal::new(None),
        open: RwSignal::new(Open::Nothing),
    };
    effect(move || replies.fetch());
    part(move || match replies.read.get() {
        None => view! { <SkeletonRows /> }.into_any(),
        Some(Err(_)) => {
            let retry = texts.shared(SharedText::Retry).to_owned();
            let action = (retry, Callback::new(move |()| replies.fetch()));
            view! { <Empty text=texts.inbox(InboxText::SavedRepliesFailed) action /> }.into_any()
        }
        Some(Ok(read)) => replies.list(&read),
    })
}

impl Replies {
    fn fetch(self) {
        self.read.set(None);
        browser::spawn(async move {
            let read = read_replies().await;
            self.inbox.check(read.as_ref().err());
            // The agent may be elsewhere by now.
            self.read.try_set(Some(read.map(Arc::new)));
        });
    }

    /// Changes what is shown as the server has changed what it keeps.
    fn change(self, change: impl FnOnce(&mut Vec<SavedReply>)) {
        self.open.set(Open::Nothing);
        self.read.update(|read| {
            if let Some(Ok(replies)) = read {
                change(Arc::make_mut(replies));
            }
        });
    }

    fn list(self, replies: &[SavedReply]) -> AnyView {
        let texts = self.inbox.texts;
        let empty = replies.is_empty();
        let rows = replies.iter().map(|reply| self.item(reply.clone()));
        let rows = rows.collect_view().into_any();
        let list = if empty {
            view! { <p class="hint">{texts.inbox(InboxText::RepliesNone)}</p> }.into_any()
        } else {
            view! {
                <ul class="replies" aria-label=texts.inbox(InboxText::SavedReplies)>
                    {rows}
                </ul>
            }
            .into_any()
        };
        let below = move || {
            if self.open.get() == Open::New {
                return view! { <ReplyForm replies=self known=None /> }.into_any();
            }
            view! {
                <div class="submit">
                    <Button
                        id=ADD
                        label=texts.inbox(InboxText::AddReply)
                        on_click=Callback::new(move |()| self.open.set(Open::New))
                    />
                </div>
            }
            .into_any()
        };
        view! {
            {list}
            {part(below)}
        }
        .into_any()
    }

    fn item(self, reply: SavedReply) -> AnyView {
        let id = reply.id;
        let open = Memo::new(move |_| self.open.get());
        view! {
            <li>
                {part(move || match open.get() {
                    Open::Edit(open) if open == id => {
                        view! { <ReplyForm replies=self known=Some(reply.clone()) /> }.into_any()
                    }
                    Open::Delete(open) if open == id => self.question(&reply),
                    _ => self.row(&reply),
                })}
            </li>
        }
        .into_any()
    }

    fn row(self, reply: &SavedReply) -> AnyView {
        let texts = self.inbox.texts;
        let id = reply.id;
        let name = format!("reply-{id}");
        // The table of permissions says it; here it decides what is drawn.
        let may = !reply.shared || self.inbox.me().role >= Role::Supervisor;
        let button = |label, open| {
            view! {
                <Button
                    label=texts.inbox(label)
                    kind=Kind::Quiet
                    described=name.clone()
                    on_click=Callback::new(move |()| self.open.set(open))
                />
            }
        };
        let acts = may.then(|| {
            [
                button(InboxText::Edit, Open::Edit(id)),
                button(InboxText::Delete, Open::Delete(id)),
            ]
            .collect_view()
        });
        view! {
            <div class="reply">
                {what(self.inbox, reply)}
                <div class="actions">{acts}</div>
            </div>
        }
        .into_any()
    }

    fn question(self, reply: &SavedReply) -> AnyView {
        let texts = self.inbox.texts;
        let id = reply.id;
        let work = Work::new();
        let delete = move |()| {
            let answer = Box::pin(async move {
                match delete_reply(id).await {
                    // Gone already, by whomever: that is what was wanted.
                    Err(Failure::Refused(Refusal::NotFound)) => Ok(()),
                    other => other,
                }
            });
            work.run(
                self.inbox,
                answer,
                super::work::nothing_special,
                move || {
                    self.change(|replies| replies.retain(|known| known.id != id));
                    browser::focus_soon(ADD);
                },
            );
        };
        browser::focus_soon(KEEP);
        view! {
            <div class="reply">
                {what(self.inbox, reply)}
                <div class="actions" role="group" aria-label=texts.inbox(InboxText::DeleteReply)>
                    <p class="hint">{texts.inbox(InboxText::DeleteReply)}</p>
                    <Button
                        label=texts.inbox(InboxText::Delete)
                        kind=Kind::Danger
                        described=format!("reply-{id}")
                        pending=work.pending
                        on_click=Callback::new(delete)
                    />
                    <Button
                        id=KEEP
                        label=texts.inbox(InboxText::Keep)
                        on_click=Callback::new(move |()| self.open.set(Open::Nothing))
                    />
                </div>
                <Outcome work />
            </div>
        }
        .into_any()
    }
}

const ADD: &str = "add-reply";
const KEEP: &str = "keep-reply";

/// Shortcut and text of a saved reply.
fn what(inbox: Inbox, reply: &SavedReply) -> AnyView {
    let shared = reply.shared.then(|| {
        view! { <span class="tag">{inbox.texts.inbox(InboxText::Shared)}</span> }
    });
    view! {
        <div class="what">
            <p id=format!("reply-{}", reply.id)>
                <strong>"/" {reply.shortcut.to_string()}</strong>
                " "
                {shared}
            </p>
            <p class="text" dir="auto">
                {reply.text.clone()}
            </p>
        </div>
    }
    .into_any()
}

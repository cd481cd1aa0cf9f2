mod edit;
mod surroundings;

use domain::{
    ConversationId,
    permission::Action,
    texts::keys::{InboxText, SharedText},
    visitor::{Profile, ProfileField, Visitor},
};
use leptos::prelude::*;

use super::history::History;
use crate::{
    browser,
    components::{Avatar, Button, Icon, Kind, Picture, calc, memo, part},
    inbox_state::Intent,
    live::{Dialog, Inbox},
    texts::Texts,
};
use edit::EditForm;
use surroundings::Surroundings;
pub use surroundings::{bare, link};

/// The id of the button by which a shortcut begins to edit.
pub const EDIT: &str = "edit-visitor";

/// Who the visitor is, where they are, and what they did before. What is not known shows a hyphen.
#[component]
pub fn VisitorPanel(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let visitor = memo(move || inbox.thread(id).visitor);
    let mine = memo(move || inbox.may_to(Action::Talk, id));
    let editing = RwSignal::new(false);
    let refused = memo(move || inbox.thread(id).refused_edit.is_some());
    // What was refused stands open until the agent has dealt with it, whatever became of the chat.
    let open = memo(move || refused.get() || (editing.get() && mine.get()));
    let name = move || inbox.visitor_name(id);
    let close = Callback::new(move |()| {
        editing.set(false);
        inbox.discard_edit(id);
        browser::focus_soon(EDIT);
    });
    view! {
        <aside class="visitor" aria-label=texts.shared(SharedText::Visitor)>
            <header class="visitor-head">
                <button
                    type="button"
                    class="icon-button narrow"
                    aria-label=texts.inbox(InboxText::BackToChat)
                    title=texts.inbox(InboxText::BackToChat)
                    on:click=move |_| inbox.shows_visitor.set(false)
                >
                    <Icon picture=Picture::Back />
                </button>
                <Avatar
                    name=calc(move || visitor.with(|visitor| label(visitor.as_ref())))
                    large=true
                />
                <h2 dir="auto" title=calc(name)>
                    {calc(name)}
                </h2>
                {part(move || {
                    if !mine.get() {
                        return ().into_any();
                    }
                    view! { <Button
                        label=texts.inbox(InboxText::EndSession)
                        kind=Kind::Danger
                        pending=calc(move || inbox.is_asked(&Intent::End(id)))
                        on_click=Callback::new(move |()| inbox.ask(Intent::End(id)))
                    /> }.into_any()
                })}
            </header>
            {part(move || match (open.get(), untrack(|| visitor.get())) {
                (true, Some(visitor)) => {
                    let refused = untrack(|| inbox.thread(id).refused_edit);
                    view! { <EditForm id profile=visitor.profile refused mine close /> }.into_any()
                }
                _ => facts(visitor, texts),
            })}
            {part(move || {
                if open.get() || !mine.get() {
                    return ().into_any();
                }
                view! {
                    <div class="edit">
                        <Button
                            id=EDIT
                            label=texts.inbox(InboxText::EditVisitor)
                            kind=Kind::Quiet
                            disabled=calc(move || visitor.with(Option::is_none))
                            on_click=Callback::new(move |()| editing.set(true))
                        />
                    </div>
                }
                    .into_any()
            })}
            {part(move || visitor.get().map(|visitor| view! { <Surroundings visitor /> }).into_any())}
            <Block id visitor />
            <History id />
        </aside>
    }
}

/// The five fields as text.
fn facts(visitor: Memo<Option<Visitor>>, texts: Texts) -> AnyView {
    let fact = move |field: ProfileField| {
        let value = move || {
            visitor
                .with(|visitor| {
                    visitor
                        .as_ref()
                        .and_then(|visitor| of(&visitor.profile, field))
                })
                .unwrap_or_else(|| "-".into())
        };
        let id = field_id(field);
        view! {
            <div class="fact">
                // The group is named by it, and holds the value alone.
                <span class="label" id=id aria-hidden="true">
                    {word(field, texts)}
                </span>
                <span class="value" role="group" aria-labelledby=id dir="auto">
                    {calc(value)}
                </span>
            </div>
        }
        .into_any()
    };
    view! { <div class="facts">{ProfileField::ALL.map(fact).into_iter().collect_view()}</div> }
        .into_any()
}

/// Whether the visitor is refused from now on, and the button that changes it.
#[component]
fn Block(id: ConversationId, visitor: Memo<Option<Visitor>>) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let blocked = memo(move || visitor.with(|visitor| visitor.as_ref().is_some_and(|v| v.blocked)));
    let may_block = memo(move || inbox.may_to(Action::BlockVisitor, id));
    part(move || {
        if !may_block.get() {
            return ().into_any();
        }
        let is_blocked = blocked.get();
        let dialog = Dialog::Block {
            conversation: id,
            blocked: !is_blocked,
        };
        let label = if is_blocked {
            InboxText::Unblock
        } else {
            InboxText::BlockVisitor
        };
        view! {
            <div class="block">
                {is_blocked.then(|| view! { <span>{texts.inbox(InboxText::Blocked)}</span> })}
                <Button
                    label=texts.inbox(label)
                    kind=Kind::Quiet
                    pending=calc(move || {
                        inbox.is_asked(&Intent::SetBlocked {
                            conversation: id,
                            blocked: !is_blocked,
                        })
                    })
                    on_click=Callback::new(move |()| inbox.open_dialog(dialog))
                />
            </div>
        }
        .into_any()
    })
}

/// The word for a field.
pub fn word(field: ProfileField, texts: Texts) -> &'static str {
    match field {
        ProfileField::Name => texts.shared(SharedText::Name),
        ProfileField::JobTitle => texts.shared(SharedText::JobTitle),
        ProfileField::Email => texts.shared(SharedText::Email),
        ProfileField::Phone => texts.shared(SharedText::Phone),
        ProfileField::CrmStatus => texts.inbox(InboxText::CrmStatus),
    }
}

fn field_id(field: ProfileField) -> &'static str {
    match field {
        ProfileField::Name => "fact-name",
        ProfileField::JobTitle => "fact-job-title",
        ProfileField::Email => "fact-email",
        ProfileField::Phone => "fact-phone",
        ProfileField::CrmStatus => "fact-crm-status",
    }
}

fn of(profile: &Profile, field: ProfileField) -> Option<String> {
    let words = match field {
        ProfileField::Name => profile.name.as_deref(),
        ProfileField::JobTitle => profile.job_title.as_deref(),
        ProfileField::Email => profile.email.as_deref(),
        ProfileField::Phone => profile.phone.as_deref(),
        ProfileField::CrmStatus => profile.crm_status.as_deref(),
    };
    words.map(str::to_owned)
}

fn label(visitor: Option<&Visitor>) -> Option<String> {
    visitor.and_then(Visitor::label).map(str::to_owned)
}

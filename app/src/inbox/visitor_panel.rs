use domain::{
    ConversationId,
    permission::Action,
    texts::keys::{InboxText, SharedText},
    visitor::{Profile, Visitor},
};
use leptos::prelude::*;

use crate::{
    components::{Avatar, Button, Icon, Kind, Picture, calc, part},
    inbox_state::Intent,
    live::{Dialog, Inbox},
};

/// Who the visitor is. What is not known shows a hyphen.
#[component]
pub fn VisitorPanel(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let visitor = move || inbox.thread(id).visitor;
    let mine = Memo::new(move |_| inbox.may_to(Action::Talk, id));
    let blocked = Memo::new(move |_| visitor().is_some_and(|visitor| visitor.blocked));
    let may_block = Memo::new(move |_| inbox.may_to(Action::BlockVisitor, id));
    let name = move || inbox.visitor_name(id);
    let field = move |id: &'static str, label: &'static str, of: fn(&Profile) -> Option<String>| {
        let value = move || {
            visitor()
                .and_then(|visitor| of(&visitor.profile))
                .unwrap_or_else(|| "-".into())
        };
        view! {
            <div class="fact">
                // The group is named by it, and holds the value alone.
                <span class="label" id=id aria-hidden="true">
                    {label}
                </span>
                <span class="value" role="group" aria-labelledby=id dir="auto">
                    {calc(value)}
                </span>
            </div>
        }
    };
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
                    name=Signal::derive(move || label(visitor().as_ref()))
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
                        pending=Signal::derive(move || inbox.is_asked(&Intent::End(id)))
                        on_click=Callback::new(move |()| inbox.ask(Intent::End(id)))
                    /> }.into_any()
                })}
            </header>
            <div class="facts">
                {field("fact-name", texts.shared(SharedText::Name), |of| words(of.name.as_deref()))}
                {field(
                    "fact-job-title",
                    texts.shared(SharedText::JobTitle),
                    |of| words(of.job_title.as_deref()),
                )}
                {field(
                    "fact-email",
                    texts.shared(SharedText::Email),
                    |of| words(of.email.as_deref()),
                )}
                {field(
                    "fact-phone",
                    texts.shared(SharedText::Phone),
                    |of| words(of.phone.as_deref()),
                )}
                {field(
                    "fact-crm-status",
                    texts.inbox(InboxText::CrmStatus),
                    |of| words(of.crm_status.as_deref()),
                )}
            </div>
            {part(move || visitor().map(|visitor| view! { <Where visitor /> }).into_any())}
            {part(move || {
                if !may_block.get() {
                    return ().into_any();
                }
                let is_blocked = blocked.get();
                let dialog = Dialog::Block {
                    conversation: id,
                    blocked: !is_blocked,
                };
                let label = if is_blocked { InboxText::Unblock } else { InboxText::BlockVisitor };
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
            })}
        </aside>
    }
}

/// Where the visitor is, and where they came from.
#[component]
fn Where(visitor: Visitor) -> impl IntoView {
    let texts = Inbox::current().texts;
    let page = visitor.page;
    let title = page.label().to_owned();
    let address = page.url;
    let is_link = address.starts_with("https://") || address.starts_with("http://");
    let referrer = page.referrer;
    view! {
        <dl class="where">
            {(!title.is_empty())
                .then(|| {
                    view! {
                        <dt>{texts.inbox(InboxText::CurrentPage)}</dt>
                        <dd dir="auto">
                            {if is_link {
                                view! {
                                    <a
                                        href=address
                                        target="_blank"
                                        rel="noopener noreferrer nofollow"
                                    >
                                        {title}
                                    </a>
                                }
                                    .into_any()
                            } else {
                                title.into_any()
                            }}
                        </dd>
                    }
                })}
            {(!referrer.is_empty())
                .then(|| {
                    view! {
                        <dt>{texts.inbox(InboxText::Referrer)}</dt>
                        <dd dir="auto">{referrer}</dd>
                    }
                })}
        </dl>
    }
}

fn words(value: Option<&str>) -> Option<String> {
    value.map(str::to_owned)
}

fn label(visitor: Option<&Visitor>) -> Option<String> {
    visitor.and_then(Visitor::label).map(str::to_owned)
}

//! The agent's calendar elsewhere: connecting it, and choosing what of it counts.

mod connect;
mod feed;
mod notices;

use std::sync::Arc;

use domain::{
    calendar::{CalendarAccount, CalendarKind, CalendarSettings, CalendarState},
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::{ev::SubmitEvent, html::Input, prelude::*};

use super::{
    select::Select,
    work::{Outcome, Submit, Work, nothing_special},
};
use crate::{
    api::{Failure, choose_calendars, disconnect_calendar, read_calendar},
    browser,
    components::{Button, Empty, Kind, Moment, SkeletonRows, effect, part},
    live::Inbox,
};
use connect::Connect;
use feed::Feed;

/// What the region shows; none while it is being read.
type Read = RwSignal<Option<Result<Arc<CalendarSettings>, Failure>>>;

/// The region `Calendar`.
#[derive(Clone, Copy)]
struct Region {
    inbox: Inbox,
    read: Read,
    /// The form to connect stands open although something is connected.
    again: RwSignal<bool>,
}

/// The agent's calendar elsewhere, and the feed of their meetings.
#[component]
pub fn OwnCalendar() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let region = Region {
        inbox,
        read: RwSignal::new(None),
        again: RwSignal::new(false),
    };
    effect(move || {
        // The form hands on what the browser came back with.
        region.again.set(connect::is_back());
        region.fetch();
    });
    part(move || match region.read.get() {
        None => view! { <SkeletonRows /> }.into_any(),
        Some(Err(_)) => {
            let retry = texts.shared(SharedText::Retry).to_owned();
            let action = (retry, Callback::new(move |()| region.fetch()));
            view! { <Empty text=texts.inbox(InboxText::CalendarFailed) action /> }.into_any()
        }
        Some(Ok(settings)) => region.draw(&settings),
    })
}

impl Region {
    fn fetch(self) {
        self.read.set(None);
        browser::spawn(async move {
            let read = read_calendar().await;
            self.inbox.check(read.as_ref().err());
            // The agent may be elsewhere by now.
            self.read.try_set(Some(read.map(Arc::new)));
        });
    }

    fn draw(self, settings: &CalendarSettings) -> AnyView {
        let feed = view! { <Feed on=settings.feed /> }.into_any();
        let offered = settings.offered.clone();
        let account = settings.account.clone();
        let inside = move || {
            let offered = offered.clone();
            match &account {
                Some(account) if !self.again.get() => self.connected(account),
                account => {
                    let known = account.clone();
                    view! { <Connect region=self offered known /> }.into_any()
                }
            }
        };
        view! {
            {part(inside)}
            {feed}
        }
        .into_any()
    }

    fn connected(self, account: &CalendarAccount) -> AnyView {
        let texts = self.inbox.texts;
        let kind = words_of(self.inbox, account.kind);
        let whose = fill(
            texts.inbox(InboxText::CalendarConnected),
            &[("kind", kind), ("user", &account.user)],
        );
        let trouble = match account.state {
            CalendarState::Works => None,
            CalendarState::Refused => Some(texts.inbox(InboxText::CalendarRefused)),
            CalendarState::Unreachable { .. } => Some(texts.inbox(InboxText::CalendarUnreachable)),
        };
        let read_at = account.read_at.map(|at| {
            view! {
                <p class="hint">
                    {texts.inbox(InboxText::CalendarReadAt)} " " <Moment at />
                </p>
            }
        });
        let leave = Work::new();
        let disconnect = move |()| {
            let answer = Box::pin(disconnect_calendar());
            leave.run(self.inbox, answer, nothing_special, move || self.fetch());
        };
        view! {
            <p>{whose}</p>
            <p class="trouble" role="status">
                {trouble}
            </p>
            {read_at}
            {notices::list(texts, &account.notices)}
            {self.choice(account)}
            <div class="submit">
                <Button
                    label=texts.inbox(InboxText::ReconnectCalendar)
                    on_click=Callback::new(move |()| self.again.set(true))
                />
                <Button
                    label=texts.inbox(InboxText::Disconnect)
                    kind=Kind::Quiet
                    pending=leave.pending
                    on_click=Callback::new(disconnect)
                />
                <Outcome work=leave />
            </div>
        }
        .into_any()
    }

    /// Which calendars count, and where meetings go.
    fn choice(self, account: &CalendarAccount) -> AnyView {
        const WRITTEN: &str = "calendar-written";
        let texts = self.inbox.texts;
        let work = Work::new();
        let boxes: Vec<(String, NodeRef<Input>)> = account
            .calendars
            .iter()
            .map(|calendar| (calendar.address.clone(), NodeRef::new()))
            .collect();
        let checks: Vec<AnyView> = account
            .calendars
            .iter()
            .zip(&boxes)
            .map(|(calendar, (_, node))| {
                let node = *node;
                view! {
                    <label class="check">
                        <input type="checkbox" checked=calendar.busy node_ref=node />
                        <span dir="auto">{calendar.name.clone()}</span>
                    </label>
                }
                .into_any()
            })
            .collect();
        let nowhere = (
            String::new(),
            texts.inbox(InboxText::CalendarNowhere).to_owned(),
        );
        let unanswered = NodeRef::<Input>::new();
        let writable = account
            .calendars
            .iter()
            .filter(|calendar| calendar.writable);
        let choices = std::iter::once(nowhere)
            .chain(writable.map(|calendar| (calendar.address.clone(), calendar.name.clone())))
            .collect();
        let written = account.calendars.iter().find(|calendar| calendar.written);
        let chosen = written.map(|calendar| calendar.address.clone());
        let on_submit = move |event: SubmitEvent| {
            event.prevent_default();
            let busy = boxes
                .iter()
                .filter(|(_, node)| node.get_untracked().is_some_and(|input| input.checked()))
                .map(|(address, _)| address.clone())
                .collect();
            let written = Some(browser::value(WRITTEN)).filter(|address| !address.is_empty());
            let unanswered = unanswered.get_untracked();
            let unanswered = unanswered.is_none_or(|input| input.checked());
            let answer = Box::pin(choose_calendars(busy, written, unanswered));
            work.run(self.inbox, answer, nothing_special, || {});
        };
        view! {
            <form novalidate on:submit=on_submit>
                <fieldset class="checks">
                    <legend>{texts.inbox(InboxText::CalendarBusy)}</legend>
                    {checks}
                </fieldset>
                <label class="check">
                    <input type="checkbox" checked=account.unanswered node_ref=unanswered />
                    <span>{texts.inbox(InboxText::CalendarUnanswered)}</span>
                </label>
                <Select
                    id=WRITTEN
                    label=texts.inbox(InboxText::CalendarWritten)
                    choices
                    chosen=chosen.unwrap_or_default()
                    hint=Some(texts.inbox(InboxText::CalendarWrittenHint))
                />
                <Submit label=InboxText::Save work />
            </form>
        }
        .into_any()
    }
}

/// What a kind of account is called.
fn words_of(inbox: Inbox, kind: CalendarKind) -> &'static str {
    inbox.texts.inbox(match kind {
        CalendarKind::CalDav => InboxText::CalendarCaldav,
        CalendarKind::Google => InboxText::CalendarGoogle,
        CalendarKind::Outlook => InboxText::CalendarOutlook,
    })
}

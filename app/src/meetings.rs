//! The page `Meetings`: what visitors booked.

mod act;
mod row;

use std::sync::Arc;

use domain::{
    Timestamp,
    meeting::{MeetingKey, MeetingPage, MeetingRow, MeetingState},
    permission::Action,
    texts::keys::{InboxText, SharedText},
};
use leptos::prelude::*;

use crate::{
    api::{Failure, read_meetings},
    browser,
    components::{Button, Empty, Kind, SkeletonRows, calc, memo, part},
    follow::follow,
    live::Inbox,
};
use row::MeetingItem;

/// The coming or the past meetings, as far as they were read.
#[derive(Clone, Debug, Default)]
struct List {
    meetings: Vec<Arc<MeetingRow>>,
    /// Where the next page begins; none: there is no more.
    next: Option<MeetingKey>,
}

impl List {
    fn add(&mut self, page: MeetingPage) {
        self.meetings
            .extend(page.meetings.into_iter().map(Arc::new));
        self.next = page.next;
    }

    /// Reads from the beginning, at least as many as there were.
    async fn read(all: bool, past: bool, least: usize) -> Result<Self, Failure> {
        let mut list = Self::default();
        loop {
            list.add(read_meetings(all, past, list.next).await?);
            if list.next.is_none() || list.meetings.len() >= least {
                return Ok(list);
            }
        }
    }
}

/// What the page shows, and what it reads.
#[derive(Clone, Copy)]
struct Meetings {
    inbox: Inbox,
    /// Whether everybody's are shown.
    all: bool,
    /// Coming and past; none while they are being read for the first time.
    shown: RwSignal<Option<Result<[List; 2], Failure>>>,
    /// Whether further ones are being read, and whether that failed.
    pending: RwSignal<bool>,
    failed: RwSignal<bool>,
}

/// The places of the two lists.
const COMING: usize = 0;
const PAST: usize = 1;

impl Meetings {
    async fn read(self) {
        let known = |at: usize| {
            self.shown.try_with_untracked(|shown| match shown {
                Some(Ok(lists)) => lists.get(at).map_or(0, |list| list.meetings.len()),
                _ => 0,
            })
        };
        let (Some(coming), Some(past)) = (known(COMING), known(PAST)) else {
            return;
        };
        let read = async {
            let coming = List::read(self.all, false, coming).await?;
            Ok([coming, List::read(self.all, true, past).await?])
        };
        let read = read.await;
        self.inbox.check(read.as_ref().err());
        let is_shown = self
            .shown
            .try_with_untracked(|shown| matches!(shown, Some(Ok(_))));
        // What was read before stays: the next change tries again.
        if !(read.is_err() && is_shown == Some(true)) {
            self.shown.try_set(Some(read));
        }
    }

    fn retry(self) {
        self.shown.set(None);
        browser::spawn(self.read());
    }

    /// Reads on where a list ends.
    fn read_on(self, at: usize) {
        let Some(after) = untrack(|| self.list(at)).next else {
            return;
        };
        self.pending.set(true);
        self.failed.set(false);
        browser::spawn(async move {
            let page = read_meetings(self.all, at == PAST, Some(after)).await;
            self.inbox.check(page.as_ref().err());
            self.pending.try_set(false);
            match page {
                Ok(page) => drop(self.shown.try_update(|shown| {
                    if let Some(Ok(lists)) = shown
                        && let Some(list) = lists.get_mut(at)
                        && list.next == Some(after)
                    {
                        list.add(page);
                    }
                })),
                Err(_) => drop(self.failed.try_set(true)),
            }
        });
    }

    fn list(self, at: usize) -> List {
        self.shown.with(|shown| match shown {
            Some(Ok(lists)) => lists.get(at).cloned().unwrap_or_default(),
            _ => List::default(),
        })
    }

    /// Whether a coming meeting has ended.
    fn is_stale(self, now: Timestamp) -> bool {
        let ended = |meeting: &Arc<MeetingRow>| meeting.span.end() <= now;
        self.list(COMING).meetings.iter().any(ended)
    }

    /// Whether somebody has to act: a disabled agent has a meeting.
    fn is_orphaned(self) -> bool {
        let orphaned = |meeting: &Arc<MeetingRow>| {
            meeting.agent_disabled && meeting.state == MeetingState::Booked
        };
        self.list(COMING).meetings.iter().any(orphaned)
    }
}

/// The meetings: one's own, or for those who may see them everybody's.
#[component]
pub fn MeetingsPage() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let all = inbox.may(Action::ManageAllMeetings);
    let meetings = Meetings {
        inbox,
        all,
        shown: RwSignal::new(None),
        pending: RwSignal::new(false),
        failed: RwSignal::new(false),
    };
    let stale = memo(move || meetings.is_stale(inbox.clock()));
    follow(inbox, move || {
        stale.get();
        Box::pin(meetings.read())
    });
    let hint = if all {
        InboxText::AllMeetingsHint
    } else {
        InboxText::MeetingsHint
    };
    // Drawn anew only when there is something else than before, not with each row.
    let phase = memo(move || {
        meetings.shown.with(|shown| match shown {
            None => Phase::Reading,
            Some(Err(_)) => Phase::Failed,
            Some(Ok(lists)) if lists.iter().all(|list| list.meetings.is_empty()) => Phase::Empty,
            Some(Ok(_)) => Phase::Table,
        })
    });
    view! {
        <main class="page tabled meetings">
            <h1>{texts.inbox(InboxText::Meetings)}</h1>
            <p class="hint">{texts.inbox(hint)}</p>
            <p class="orphaned" role="status">
                {calc(move || {
                    meetings.is_orphaned().then(|| texts.inbox(InboxText::DisabledHaveMeetings))
                })}
            </p>
            {part(move || match phase.get() {
                Phase::Reading => view! { <SkeletonRows /> }.into_any(),
                Phase::Failed => {
                    let label = texts.shared(SharedText::Retry).to_owned();
                    let action = (label, Callback::new(move |()| meetings.retry()));
                    view! { <Empty text=texts.inbox(InboxText::MeetingsFailed) action /> }
                        .into_any()
                }
                Phase::Empty => view! { <Empty text=texts.inbox(InboxText::NoMeetings) /> }.into_any(),
                Phase::Table => table(meetings),
            })}
        </main>
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Reading,
    Failed,
    Empty,
    Table,
}

fn table(meetings: Meetings) -> AnyView {
    let texts = meetings.inbox.texts;
    let title = texts.inbox(InboxText::Meetings);
    let heads = [
        texts.shared(SharedText::Visitor),
        texts.inbox(InboxText::Agent),
        texts.inbox(InboxText::Time),
        texts.inbox(InboxText::Status),
    ]
    .map(|word| view! { <th scope="col">{word}</th> });
    view! {
        <div class="table">
            <table aria-label=title>
                <thead>
                    <tr>
                        {heads.into_iter().collect_view()}
                        <td></td>
                    </tr>
                </thead>
                {body(meetings, COMING, InboxText::LoadMoreComing)}
                {body(meetings, PAST, InboxText::LoadMorePast)}
            </table>
        </div>
    }
    .into_any()
}

/// The rows of a list, and the button for further ones.
fn body(meetings: Meetings, at: usize, more: InboxText) -> AnyView {
    let texts = meetings.inbox.texts;
    let is_last = memo(move || meetings.list(at).next.is_none());
    view! {
        <tbody>
            <For
                each=move || meetings.list(at).meetings
                key=|row| (row.meeting, row.sequence, row.agent, row.agent_disabled)
                children=move |row| view! { <MeetingItem row /> }
            />
        </tbody>
        <tbody class="more" hidden=is_last>
            <tr>
                <td colspan="5">
                    <Button
                        label=texts.inbox(InboxText::LoadMore)
                        name=texts.inbox(more)
                        kind=Kind::Quiet
                        pending=meetings.pending
                        on_click=Callback::new(move |()| meetings.read_on(at))
                    />
                    <p class="error" role="alert">
                        {calc(move || {
                            meetings.failed.get().then(|| texts.inbox(InboxText::MeetingsFailed))
                        })}
                    </p>
                </td>
            </tr>
        </tbody>
    }
    .into_any()
}

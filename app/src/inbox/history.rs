mod activity;

use domain::{
    ConversationId,
    activity::{Activity, HistoryKey, HistoryPage},
    texts::keys::{InboxText, SharedText},
};
use leptos::prelude::*;

use crate::{
    api::{Failure, read_history},
    browser,
    components::{Button, Empty, Kind, SkeletonRows, calc, effect, memo, part},
    live::Inbox,
};
use activity::ActivityItem;

/// What the visitor did in the last 90 days, newest first.
#[component]
pub fn History(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let history = Reader::new(inbox, id);
    // Whatever may be an activity of its own.
    let stand = memo(move || {
        let row = inbox.row(id);
        let thread = inbox.thread(id);
        let visitor = thread.visitor;
        (
            row.map(|row| (row.state, row.rating)),
            visitor.map(|visitor| (visitor.page, visitor.signed)),
            thread.meetings,
        )
    });
    effect(move || {
        if stand.get().1.is_some() {
            history.read_again();
        }
    });
    let shown = history.shown;
    let failed = memo(move || history.failed.get());
    let known = memo(move || shown.with(Option::is_some));
    let empty = memo(move || {
        shown.with(|shown| shown.as_ref().is_none_or(|shown| shown.entries.is_empty()))
    });
    let more =
        memo(move || shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.next.is_some())));
    view! {
        <section class="history" aria-labelledby="history-title">
            <h3 id="history-title">{texts.inbox(InboxText::ActivityHistory)}</h3>
            <ul aria-label=texts.inbox(InboxText::Activities) hidden=empty>
                <For
                    each=move || {
                        shown.with(|shown| {
                            shown.as_ref().map(|shown| shown.entries.clone()).unwrap_or_default()
                        })
                    }
                    key=|entry| entry.key
                    children=move |entry| view! { <ActivityItem entry /> }
                />
            </ul>
            {part(move || match (known.get(), failed.get(), empty.get()) {
                (_, true, _) => {
                    let retry = texts.shared(SharedText::Retry).to_owned();
                    view! {
                        <Empty
                            text=texts.inbox(InboxText::HistoryFailed)
                            action=(retry, Callback::new(move |()| history.retry()))
                        />
                    }
                        .into_any()
                }
                (false, ..) => view! { <SkeletonRows /> }.into_any(),
                (true, _, true) => {
                    view! { <p class="hint">{texts.inbox(InboxText::NoActivities)}</p> }.into_any()
                }
                (true, ..) => ().into_any(),
            })}
            <div class="more" hidden=calc(move || !more.get() || failed.get())>
                <Button
                    label=texts.inbox(InboxText::LoadMore)
                    name=texts.inbox(InboxText::LoadMoreActivities)
                    kind=Kind::Quiet
                    pending=history.pending
                    on_click=Callback::new(move |()| history.read_on())
                />
            </div>
        </section>
    }
}

/// An activity in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Tells apart all that were ever shown.
    key: u32,
    activity: Activity,
    /// First of its day in the reader's zone, or of the list.
    new_day: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    entries: Vec<Entry>,
    next: Option<HistoryKey>,
    /// The last key given.
    keys: u32,
}

impl Shown {
    /// The list with its first page read again: what stands there already stays as it is, also
    /// what was read behind that page.
    fn begun(&mut self, page: HistoryPage) {
        let behind = page.activities.last().and_then(|last| {
            let at = self
                .entries
                .iter()
                .position(|known| known.activity == *last)?;
            Some(self.entries.split_off(at + 1))
        });
        let known = core::mem::take(&mut self.entries);
        for activity in page.activities {
            let same = known.iter().find(|entry| entry.activity == activity);
            let same = same.map(|entry| (entry.key, entry.new_day));
            self.push(same, activity);
        }
        match behind {
            Some(behind) if !behind.is_empty() => self.entries.extend(behind),
            _ => self.next = page.next,
        }
    }

    fn went_on(&mut self, page: HistoryPage) {
        for activity in page.activities {
            self.push(None, activity);
        }
        self.next = page.next;
    }

    fn push(&mut self, known: Option<(u32, bool)>, activity: Activity) {
        // Two alike at one instant are two.
        let taken = |key: &u32| self.entries.iter().any(|entry| entry.key == *key);
        let known = known.filter(|(key, _)| !taken(key));
        let (key, new_day) = known.unwrap_or_else(|| {
            self.keys += 1;
            (self.keys, false)
        });
        self.entries.push(Entry {
            key,
            activity,
            new_day,
        });
    }

    /// Marks where days begin. A line whose mark changes is another one.
    fn days(&mut self) {
        let mut before = None;
        for entry in &mut self.entries {
            let day = browser::local_day(entry.activity.at);
            let new_day = before != Some(day);
            if entry.new_day != new_day {
                entry.new_day = new_day;
                self.keys += 1;
                entry.key = self.keys;
            }
            before = Some(day);
        }
    }
}

/// Reads the history, its beginning again whenever something happened.
#[derive(Clone, Copy)]
struct Reader {
    inbox: Inbox,
    id: ConversationId,
    /// None before it was read for the first time.
    shown: RwSignal<Option<Shown>>,
    failed: RwSignal<bool>,
    pending: RwSignal<bool>,
    /// Something happened while it was being read.
    stale: StoredValue<bool>,
}

impl Reader {
    fn new(inbox: Inbox, id: ConversationId) -> Self {
        Self {
            inbox,
            id,
            shown: RwSignal::new(None),
            failed: RwSignal::new(false),
            pending: RwSignal::new(false),
            stale: StoredValue::new(false),
        }
    }

    fn read_again(self) {
        self.read(None);
    }

    fn read_on(self) {
        let next = self.shown.with_untracked(|shown| shown.as_ref()?.next);
        if next.is_some() {
            self.read(next);
        }
    }

    /// From the beginning, if that was not read; else where it ended.
    fn retry(self) {
        if self.shown.with_untracked(Option::is_some) {
            self.read_on();
        } else {
            self.read_again();
        }
    }

    fn read(self, before: Option<HistoryKey>) {
        if self.pending.get_untracked() {
            self.stale.set_value(true);
            return;
        }
        self.pending.set(true);
        browser::spawn(async move {
            let page = read_history(self.id, before).await;
            self.inbox.check(page.as_ref().err());
            self.take(before, page);
        });
    }

    /// Another conversation may be open by now: then nothing of this is left.
    fn take(self, before: Option<HistoryKey>, page: Result<HistoryPage, Failure>) {
        if self.pending.try_set(false).is_some() {
            return;
        }
        self.failed.set(page.is_err());
        if let Ok(page) = page {
            self.shown.update(|shown| {
                let shown = shown.get_or_insert_default();
                match before {
                    None => shown.begun(page),
                    Some(_) => shown.went_on(page),
                }
                shown.days();
            });
        }
        if self.stale.try_update_value(core::mem::take) == Some(true) {
            self.read_again();
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Timestamp, activity::ActivityKind};

    use super::*;

    fn viewed(at: i64) -> Activity {
        Activity {
            at: Timestamp(at),
            kind: ActivityKind::Identified { signed: false },
        }
    }

    fn page(at: impl IntoIterator<Item = i64>, next: Option<i64>) -> HistoryPage {
        HistoryPage {
            activities: at.into_iter().map(viewed).collect(),
            next: next.map(|at| HistoryKey {
                at: Timestamp(at),
                tie: ConversationId::new(Timestamp(at), [0; 10]).0,
            }),
        }
    }

    fn instants(shown: &Shown) -> Vec<i64> {
        shown
            .entries
            .iter()
            .map(|entry| entry.activity.at.0)
            .collect()
    }

    #[test]
    fn a_first_page_read_again_keeps_what_was_read_behind_it() {
        let mut shown = Shown::default();
        shown.begun(page([9, 8], Some(8)));
        shown.went_on(page([7, 6], Some(6)));
        let keys: Vec<u32> = shown.entries.iter().map(|entry| entry.key).collect();
        shown.begun(page([10, 9], Some(9)));
        assert_eq!(instants(&shown), [10, 9, 8, 7, 6]);
        let again: Vec<u32> = shown
            .entries
            .iter()
            .skip(1)
            .map(|entry| entry.key)
            .collect();
        assert_eq!(again, keys);
        assert_eq!(shown.next.map(|next| next.at), Some(Timestamp(6)));
    }

    #[test]
    fn a_first_page_of_nothing_known_begins_anew() {
        let mut shown = Shown::default();
        shown.begun(page([3, 2], Some(2)));
        shown.went_on(page([1], None));
        shown.begun(page([9, 8], Some(8)));
        assert_eq!(instants(&shown), [9, 8]);
        assert_eq!(shown.next.map(|next| next.at), Some(Timestamp(8)));
    }
}

//! The hours in which an agent is available by schedule.

mod draft;

use domain::{
    Refusal,
    availability::{BLOCKS_A_DAY, Block, HoursError, Schedule, Weekday, Zone},
    texts::keys::InboxText,
};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    select::Select,
    work::{Submit, Work},
};
use crate::{
    api::set_schedule,
    browser,
    components::{Button, Kind, calc, part},
    live::Inbox,
};
use draft::{Draft, check};

const ZONE: &str = "time-zone";

/// What the server means where no zone is set.
const UTC: &str = "UTC";

/// The blocks of a day as they are typed.
type Day = RwSignal<Vec<Draft>>;

/// The week, its time zone, and what saves both.
#[component]
pub fn ChatHours(schedule: Schedule) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let work = Work::new();
    let zone_fault = RwSignal::new(None::<String>);
    let days: [Day; 7] = schedule
        .days()
        .clone()
        .map(|day| RwSignal::new(day.into_iter().map(Draft::of).collect()));
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        zone_fault.set(None);
        let Some(week) = week(days) else {
            work.saved.set(false);
            work.fail(texts.inbox(InboxText::HoursWrong));
            browser::once_drawn(|| browser::focus_first("[aria-invalid]"));
            return;
        };
        let zone = Zone::try_from(browser::value(ZONE)).ok();
        match Schedule::new(zone, week) {
            Ok(schedule) => {
                let answer = Box::pin(set_schedule(schedule));
                work.run(inbox, answer, refused, || {});
            }
            Err(error) => work.fail(texts.inbox(words(error))),
        }
    };
    let own = browser::zone();
    let set = schedule.zone().map(|zone| zone.as_str().to_owned());
    let suggested = set.is_none() && !own.is_empty();
    let chosen = set.unwrap_or(if own.is_empty() { UTC.into() } else { own });
    let mut zones = browser::zones();
    for known in [UTC, &chosen] {
        if !zones.iter().any(|zone| zone == known) {
            zones.push(known.to_owned());
        }
    }
    let choices = zones
        .into_iter()
        .map(|zone| (zone.clone(), zone.replace('_', " ")))
        .collect();
    let groups = Weekday::ALL
        .into_iter()
        .enumerate()
        .map(|(at, weekday)| group(inbox, days, at, weekday))
        .collect_view();
    view! {
        <form novalidate on:submit=on_submit>
            <Select
                id=ZONE
                label=texts.inbox(InboxText::TimeZone)
                choices
                chosen
                hint=suggested.then(|| texts.inbox(InboxText::ZoneSuggested))
                error=zone_fault
                on_change=move |()| zone_fault.set(None)
            />
            <div class="week">{groups}</div>
            <Submit label=InboxText::Save work />
        </form>
    }
}

/// The whole week; none if something is wrong somewhere, which is then shown.
fn week(days: [Day; 7]) -> Option<[Vec<Block>; 7]> {
    let mut fine = true;
    let week = days.map(|day| {
        let mut drafts = day.get_untracked();
        let blocks = check(&mut drafts);
        day.set(drafts);
        fine &= blocks.is_some();
        blocks.unwrap_or_default()
    });
    fine.then_some(week)
}

fn group(inbox: Inbox, days: [Day; 7], at: usize, weekday: Weekday) -> AnyView {
    let texts = inbox.texts;
    let Some(day) = days.get(at).copied() else {
        return ().into_any();
    };
    let add = move |()| {
        // Before: it reads the day that is then changed.
        let new = suggestion(days, at);
        let mut added = 0;
        day.update(|drafts| {
            added = drafts.len();
            drafts.push(new);
        });
        browser::focus_soon(id("from", at, added));
    };
    let full = calc(move || day.with(Vec::len) >= BLOCKS_A_DAY);
    let name = id("day", at, 0);
    let add_id = ADD.get(at).copied().unwrap_or_default();
    view! {
        <div role="group" class="day" aria-labelledby=name>
            <h3 id=name.clone()>{texts.inbox(weekday_name(weekday))}</h3>
            <div class="blocks">
                {part(move || {
                    let drafts = day.get();
                    if drafts.is_empty() {
                        let none = texts.inbox(InboxText::NoHours);
                        return view! { <p class="none">{none}</p> }.into_any();
                    }
                    drafts
                        .into_iter()
                        .enumerate()
                        .map(|(block, draft)| row(inbox, day, at, block, draft))
                        .collect_view()
                        .into_any()
                })}
            </div>
            <Button
                id=add_id
                label=texts.inbox(InboxText::AddHours)
                kind=Kind::Quiet
                disabled=full
                on_click=Callback::new(add)
            />
        </div>
    }
    .into_any()
}

/// The ids of the buttons that add hours.
const ADD: [&str; 7] = [
    "add-0", "add-1", "add-2", "add-3", "add-4", "add-5", "add-6",
];

fn row(inbox: Inbox, day: Day, at: usize, block: usize, draft: Draft) -> AnyView {
    let texts = inbox.texts;
    let fault = draft.fault;
    let fault_id = id("fault", at, block);
    let field = |label, name, value: String, is_wrong: bool, set: fn(&mut Draft, String)| {
        let own = id(name, at, block);
        view! {
            <label for=own.clone()>{texts.inbox(label)}</label>
            <input
                id=own.clone()
                type="text"
                inputmode="numeric"
                autocomplete="off"
                maxlength="8"
                placeholder="--:--"
                prop:value=value
                aria-invalid=is_wrong.then_some("true")
                aria-describedby=is_wrong.then(|| fault_id.clone())
                on:input=move |_| {
                    let typed = browser::value(&own);
                    // Drawn again with it: what is drawn stays what is known, also when blocks move up.
                    day.update(|drafts| {
                        if let Some(draft) = drafts.get_mut(block) {
                            set(draft, typed);
                        }
                    });
                }
            />
        }
        .into_any()
    };
    let remove = move |()| {
        day.update(|drafts| {
            if block < drafts.len() {
                drafts.remove(block);
            }
        });
        if let Some(add) = ADD.get(at) {
            browser::focus(add);
        }
    };
    let (wrong_from, wrong_to) = fault.map_or((false, false), |fault| (fault.in_from, fault.in_to));
    let from = field(
        InboxText::From,
        "from",
        draft.from,
        wrong_from,
        |draft, typed| {
            draft.from = typed;
        },
    );
    let to = field(InboxText::To, "to", draft.to, wrong_to, |draft, typed| {
        draft.to = typed;
    });
    view! {
        <div class="block">
            {from} {to}
            <Button
                label=texts.inbox(InboxText::RemoveHours)
                kind=Kind::Quiet
                on_click=Callback::new(remove)
            />
            <p class="error" id=fault_id.clone()>
                {fault.map(|fault| texts.inbox(words(fault.error)))}
            </p>
        </div>
    }
    .into_any()
}

fn id(what: &str, day: usize, block: usize) -> String {
    format!("{what}-{day}-{block}")
}

/// What new hours begin with: those of the last day before that has some, as long as the day has
/// none itself.
fn suggestion(days: [Day; 7], at: usize) -> Draft {
    let is_empty = |day: &Day| day.with_untracked(Vec::is_empty);
    if !days.get(at).is_some_and(is_empty) {
        return Draft::default();
    }
    let before = days
        .iter()
        .take(at)
        .rev()
        .find_map(|day| day.with_untracked(|drafts| drafts.first().cloned()));
    let usual = || Draft {
        from: "09:00".into(),
        to: "17:00".into(),
        fault: None,
    };
    Draft {
        fault: None,
        ..before.unwrap_or_else(usual)
    }
}

fn weekday_name(day: Weekday) -> InboxText {
    match day {
        Weekday::Monday => InboxText::Monday,
        Weekday::Tuesday => InboxText::Tuesday,
        Weekday::Wednesday => InboxText::Wednesday,
        Weekday::Thursday => InboxText::Thursday,
        Weekday::Friday => InboxText::Friday,
        Weekday::Saturday => InboxText::Saturday,
        Weekday::Sunday => InboxText::Sunday,
    }
}

fn words(error: HoursError) -> InboxText {
    match error {
        HoursError::NoTime => InboxText::HoursNoTime,
        HoursError::Backwards => InboxText::HoursBackwards,
        HoursError::Overlap => InboxText::HoursOverlap,
        HoursError::TooMany => InboxText::HoursTooMany,
        HoursError::NoZone => InboxText::ZoneUnknown,
    }
}

/// The one thing that only the server knows: which zones there are.
fn refused(refusal: Refusal) -> Option<InboxText> {
    (refusal == Refusal::Malformed).then_some(InboxText::ZoneUnknown)
}

//! The hours of a week in a time zone while an agent edits them: those of chats, those of meetings.

mod draft;

use domain::{
    availability::{BLOCKS_A_DAY, Block, HoursError, Schedule, Weekday, Zone},
    texts::keys::InboxText,
};
use leptos::prelude::*;

use super::{select::Select, work::Work};
use crate::{
    browser,
    components::{Button, Kind, calc, part},
    live::Inbox,
};
use draft::{Draft, check};

/// What the server means where no zone is set.
const UTC: &str = "UTC";

/// The ids of a week's elements, of which no two on the page may be alike.
pub struct Ids {
    /// Of the form around all of it.
    pub form: &'static str,
    pub zone: &'static str,
    /// Of the buttons that add hours.
    pub add: [&'static str; 7],
}

/// The blocks of a day as they are typed.
type Day = RwSignal<Vec<Draft>>;

/// A week while it is edited.
#[derive(Clone, Copy)]
pub struct Week {
    ids: &'static Ids,
    days: [Day; 7],
    zone_fault: RwSignal<Option<String>>,
}

impl Week {
    /// As it is set.
    pub fn new(ids: &'static Ids, schedule: &Schedule) -> Self {
        let days = schedule.days().clone();
        Self {
            ids,
            days: days.map(|day| RwSignal::new(day.into_iter().map(Draft::of).collect())),
            zone_fault: RwSignal::new(None),
        }
    }

    /// What was typed; none if something is wrong somewhere, which is then shown beside it.
    pub fn read(self, inbox: Inbox, work: Work) -> Option<Schedule> {
        self.zone_fault.set(None);
        let Some(week) = self.blocks() else {
            refuse(inbox, work, self.ids);
            return None;
        };
        let zone = Zone::try_from(browser::value(self.ids.zone)).ok();
        let schedule = Schedule::new(zone, week);
        if let Err(error) = &schedule {
            work.fail(inbox.texts.inbox(words(*error)));
        }
        schedule.ok()
    }

    /// The whole week; none if something is wrong somewhere, which is then shown.
    fn blocks(self) -> Option<[Vec<Block>; 7]> {
        let mut fine = true;
        let week = self.days.map(|day| {
            let mut drafts = day.get_untracked();
            let blocks = check(&mut drafts);
            day.set(drafts);
            fine &= blocks.is_some();
            blocks.unwrap_or_default()
        });
        fine.then_some(week)
    }

    fn id(self, what: &str, day: usize, block: usize) -> String {
        format!("{}-{what}-{day}-{block}", self.ids.form)
    }
}

/// Says that something above is wrong, and goes to the first of it.
pub fn refuse(inbox: Inbox, work: Work, ids: &'static Ids) {
    work.saved.set(false);
    work.fail(inbox.texts.inbox(InboxText::HoursWrong));
    let wrong = format!("#{} [aria-invalid]", ids.form);
    browser::once_drawn(move || browser::focus_first(&wrong));
}

/// The week's time zone and its days.
#[component]
pub fn WeekFields(
    week: Week,
    /// The zone that is set.
    set: Option<Zone>,
    /// The one to suggest where none is; the browser's otherwise.
    #[prop(optional_no_strip)]
    usual: Option<Zone>,
) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let name = |zone: Zone| zone.as_str().to_owned();
    let own = usual.map_or_else(browser::zone, name);
    let set = set.map(name);
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
    let zone_fault = week.zone_fault;
    let groups = Weekday::ALL
        .into_iter()
        .enumerate()
        .map(|(at, weekday)| group(inbox, week, at, weekday))
        .collect_view();
    view! {
        <Select
            id=week.ids.zone
            label=texts.inbox(InboxText::TimeZone)
            choices
            chosen
            hint=suggested.then(|| texts.inbox(InboxText::ZoneSuggested))
            error=zone_fault
            on_change=move |()| zone_fault.set(None)
        />
        <div class="week">{groups}</div>
    }
}

fn group(inbox: Inbox, week: Week, at: usize, weekday: Weekday) -> AnyView {
    let texts = inbox.texts;
    let Some(day) = week.days.get(at).copied() else {
        return ().into_any();
    };
    let add = move |()| {
        // Before: it reads the day that is then changed.
        let new = suggestion(week.days, at);
        let mut added = 0;
        day.update(|drafts| {
            added = drafts.len();
            drafts.push(new);
        });
        browser::focus_soon(week.id("from", at, added));
    };
    let full = calc(move || day.with(Vec::len) >= BLOCKS_A_DAY);
    let name = week.id("day", at, 0);
    let add_id = week.ids.add.get(at).copied().unwrap_or_default();
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
                        .map(|(block, draft)| row(inbox, week, day, at, block, draft))
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

fn row(inbox: Inbox, week: Week, day: Day, at: usize, block: usize, draft: Draft) -> AnyView {
    let texts = inbox.texts;
    let fault = draft.fault;
    let fault_id = week.id("fault", at, block);
    let field = |label, name, value: String, is_wrong: bool, set: fn(&mut Draft, String)| {
        let own = week.id(name, at, block);
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
        if let Some(add) = week.ids.add.get(at) {
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

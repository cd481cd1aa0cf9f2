//! The hours in which visitors can book a meeting with the agent, and how.

use core::ops::RangeInclusive;

use domain::{
    availability::Zone,
    meeting::{
        BUFFER_MOST, DAILY_LIMITS, HORIZONS, LENGTHS, MeetingHours, NOTICE_MOST, Terms, TermsDraft,
    },
    texts::{fill, keys::InboxText},
};
use leptos::{ev::SubmitEvent, html::Input, prelude::*};

use super::{
    hours::refused,
    week::{Ids, Week, WeekFields, refuse},
    work::{Submit, Work},
};
use crate::{
    api::set_meeting_hours,
    components::{Field, effect},
    live::Inbox,
};

const IDS: Ids = Ids {
    form: "meeting-hours",
    zone: "meeting-zone",
    add: [
        "meeting-add-0",
        "meeting-add-1",
        "meeting-add-2",
        "meeting-add-3",
        "meeting-add-4",
        "meeting-add-5",
        "meeting-add-6",
    ],
};

/// The week, how meetings in it are booked, and what saves both.
#[component]
pub fn MeetingHoursForm(
    hours: MeetingHours,
    /// The time zone of the chat hours, in which the others probably are as well.
    usual: Option<Zone>,
) -> impl IntoView {
    let inbox = Inbox::current();
    let work = Work::new();
    let week = Week::new(&IDS, &hours.week);
    let terms = TermsDraft::from(hours.terms);
    let [length, buffer, notice, horizon] = [
        Number::new(LENGTHS, terms.length.into()),
        Number::new(0..=BUFFER_MOST, terms.buffer.into()),
        Number::new(0..=NOTICE_MOST, terms.notice.into()),
        Number::new(HORIZONS, terms.horizon.into()),
    ];
    let (least, most) = DAILY_LIMITS.into_inner();
    let daily = Number::new(least.into()..=most.into(), terms.daily_limit.map(u16::from));
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let schedule = week.read(inbox, work);
        let numbers = [length, buffer, notice, horizon].map(|number| number.read(inbox));
        let daily = daily.read_optional(inbox);
        let (Some(week), [Some(length), Some(buffer), Some(notice), Some(horizon)], Some(daily)) =
            (schedule, numbers, daily)
        else {
            return refuse(inbox, work, &IDS);
        };
        let terms = Terms::try_from(TermsDraft {
            length,
            buffer,
            notice,
            horizon,
            daily_limit: daily.and_then(|daily| u8::try_from(daily).ok()),
        });
        if let Ok(terms) = terms {
            let answer = Box::pin(set_meeting_hours(MeetingHours { week, terms }));
            work.run(inbox, answer, refused, || {});
        }
    };
    let field = |id, label, hint, number: Number| number.draw(inbox, id, label, hint);
    let set = hours.week.zone().cloned();
    view! {
        <form id=IDS.form novalidate on:submit=on_submit>
            <WeekFields week set usual />
            <div class="terms">
                {field(
                    "meeting-length",
                    InboxText::MeetingLength,
                    InboxText::LengthHint,
                    length,
                )}
                {field("meeting-buffer", InboxText::Buffer, InboxText::LengthHint, buffer)}
                {field("meeting-notice", InboxText::MinimumNotice, InboxText::NoticeHint, notice)}
                {field("meeting-horizon", InboxText::HowFarAhead, InboxText::AheadHint, horizon)}
                {field(
                    "meeting-daily",
                    InboxText::MeetingsADay,
                    InboxText::MeetingsADayHint,
                    daily,
                )}
            </div>
            <Submit label=InboxText::Save work />
        </form>
    }
}

/// A whole number as it is typed.
#[derive(Clone, Copy)]
struct Number {
    least: u16,
    most: u16,
    /// What is set; none: nothing.
    known: Option<u16>,
    input: NodeRef<Input>,
    fault: RwSignal<Option<String>>,
}

impl Number {
    fn new(range: RangeInclusive<u16>, known: Option<u16>) -> Self {
        Self {
            least: *range.start(),
            most: *range.end(),
            known,
            input: NodeRef::new(),
            fault: RwSignal::new(None),
        }
    }

    fn typed(self) -> String {
        let input = self.input.get_untracked();
        input.map(|input| input.value()).unwrap_or_default()
    }

    /// The number; none if there is none that can be taken, which is then said beside it.
    fn read(self, inbox: Inbox) -> Option<u16> {
        let number = self.typed().trim().parse().ok();
        let number = number.filter(|number| (self.least..=self.most).contains(number));
        let fault = number.is_none().then(|| {
            fill(
                inbox.texts.inbox(InboxText::NumberWrong),
                &[
                    ("least", &self.least.to_string()),
                    ("most", &self.most.to_string()),
                ],
            )
        });
        self.fault.set(fault);
        number
    }

    /// The same where an empty field is fine.
    fn read_optional(self, inbox: Inbox) -> Option<Option<u16>> {
        if self.typed().trim().is_empty() {
            self.fault.set(None);
            return Some(None);
        }
        self.read(inbox).map(Some)
    }

    fn draw(self, inbox: Inbox, id: &'static str, label: InboxText, hint: InboxText) -> AnyView {
        // Once it is in the page.
        effect(move || {
            if let (Some(input), Some(known)) = (self.input.get(), self.known) {
                input.set_value(&known.to_string());
            }
        });
        let fault = self.fault;
        view! {
            <Field
                id
                label=inbox.texts.inbox(label)
                hint=inbox.texts.inbox(hint)
                numeric=true
                error=fault
                input=self.input
                on_input=move |()| fault.set(None)
            />
        }
        .into_any()
    }
}

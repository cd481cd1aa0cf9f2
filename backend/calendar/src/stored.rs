//! Writes meetings as they lie in a calendar, where nobody is invited: what a server keeps
//! (RFC 4791, 4.1), and feeds.

use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty,
};

use crate::invitation::{Invitation, PRODUCT};

/// The text of these meetings, without methods and without who takes part: else a server would send
/// invitations of its own (RFC 6638). `name`: what a feed is called.
pub fn stored(name: Option<&str>, meetings: &[Invitation<'_>]) -> String {
    let mut calendar = ICalendarComponent::new(ICalendarComponentType::VCalendar);
    calendar.add_property(ICalendarProperty::Version, "2.0");
    calendar.add_property(ICalendarProperty::Prodid, PRODUCT);
    if let Some(name) = name {
        // RFC 7986, and what was common before it.
        calendar.add_property(ICalendarProperty::Name, name);
        let common = ICalendarProperty::Other("X-WR-CALNAME".to_owned());
        calendar.add_property(common, name);
    }
    let mut components = vec![calendar];
    components.extend(meetings.iter().map(|meeting| {
        let mut event = meeting.event();
        event.entries.retain(|entry| {
            !matches!(
                entry.name,
                ICalendarProperty::Organizer | ICalendarProperty::Attendee
            )
        });
        event
    }));
    let count = u32::try_from(components.len()).unwrap_or(u32::MAX);
    if let Some(calendar) = components.first_mut() {
        calendar.component_ids = (1..count).collect();
    }
    ICalendar { components }.to_string()
}

//! An agent's meeting hours on the command line.

use anyhow::Context;
use clap::Args;
use domain::{
    availability::Schedule,
    meeting::{MeetingHours, Terms, TermsDraft},
};

use super::hours;

#[derive(Debug, Args)]
pub struct Changes {
    /// Weekly hours in which visitors can book meetings, in the form of --hours; separate from
    /// those. Repeat it for other days. Replaces all meeting hours there were
    #[arg(long, value_name = "DAYS TIMES")]
    meeting_hours: Vec<String>,
    /// No meeting hours: the agent's calendar cannot be shared. Booked meetings stay
    #[arg(long, conflicts_with = "meeting_hours")]
    no_meeting_hours: bool,
    /// Time zone of the meeting hours, like Europe/Rome [default: UTC]
    #[arg(long, value_name = "ZONE")]
    meeting_zone: Option<String>,
    /// How long a meeting lasts, 5 to 480 minutes [default of a new agent: 30]
    #[arg(long, value_name = "MINUTES")]
    meeting_length: Option<u16>,
    /// What stays free after a meeting, at most 240 minutes [default of a new agent: 0]
    #[arg(long, value_name = "MINUTES")]
    meeting_buffer: Option<u16>,
    /// How long before it begins a meeting must be booked, at most 720 hours [default of a new
    /// agent: 24]
    #[arg(long, value_name = "HOURS")]
    meeting_notice: Option<u16>,
    /// How far ahead meetings can be booked, 1 to 365 days [default of a new agent: 60]
    #[arg(long, value_name = "DAYS")]
    meeting_horizon: Option<u16>,
    /// How many meetings a day may have, 1 to 100, or none for as many as fit [default of a new
    /// agent: none]
    #[arg(long, value_name = "NUMBER|none")]
    meeting_daily_limit: Option<String>,
}

impl Changes {
    /// The meeting hours with these changes.
    ///
    /// # Errors
    /// What was expected instead.
    pub fn applied_to(self, before: &MeetingHours) -> anyhow::Result<MeetingHours> {
        let zone = match self.meeting_zone {
            Some(zone) => Some(hours::zone("meeting-zone", zone)?),
            None => before.week.zone().cloned(),
        };
        let week = if self.no_meeting_hours || !self.meeting_hours.is_empty() {
            hours::parse(zone, &self.meeting_hours).context("meeting-hours")?
        } else {
            Schedule::new(zone, before.week.days().clone())?
        };
        let mut terms = TermsDraft::from(before.terms);
        terms.length = self.meeting_length.unwrap_or(terms.length);
        terms.buffer = self.meeting_buffer.unwrap_or(terms.buffer);
        terms.notice = self.meeting_notice.unwrap_or(terms.notice);
        terms.horizon = self.meeting_horizon.unwrap_or(terms.horizon);
        match self.meeting_daily_limit.as_deref() {
            None => {}
            Some("none") => terms.daily_limit = None,
            Some(number) => {
                let expected =
                    || format!("meeting-daily-limit: expected 1 to 100, or none, not `{number}`");
                terms.daily_limit = Some(number.parse().with_context(expected)?);
            }
        }
        let terms = Terms::try_from(terms).context("meeting terms")?;
        Ok(MeetingHours { week, terms })
    }
}

/// Meeting hours in words.
pub fn words(hours: &MeetingHours) -> String {
    let terms = TermsDraft::from(hours.terms);
    let limit = match terms.daily_limit {
        Some(limit) => format!(", at most {limit} a day"),
        None => String::new(),
    };
    format!(
        "{}, {} minutes, buffer {}, notice {} h, {} days ahead{limit}",
        hours::words(&hours.week),
        terms.length,
        terms.buffer,
        terms.notice,
        terms.horizon
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        changes: Changes,
    }

    fn changed(before: &MeetingHours, words: &[&str]) -> anyhow::Result<MeetingHours> {
        let line = Line::try_parse_from(["set"].iter().chain(words))?;
        line.changes.applied_to(before)
    }

    #[test]
    fn meeting_hours_and_terms_are_set_apart() {
        let none = MeetingHours::default();
        let first = changed(
            &none,
            &[
                "--meeting-hours",
                "mon-fri 10:00-12:00",
                "--meeting-zone",
                "Europe/Rome",
                "--meeting-daily-limit",
                "3",
            ],
        );
        let first = first.unwrap();
        assert_eq!(
            words(&first),
            "mon,tue,wed,thu,fri 10:00-12:00 (Europe/Rome), 30 minutes, buffer 0, notice 24 h, \
             60 days ahead, at most 3 a day"
        );
        let then = changed(
            &first,
            &["--meeting-length", "45", "--meeting-daily-limit", "none"],
        );
        let then = then.unwrap();
        assert_eq!(then.week, first.week);
        assert!(words(&then).ends_with("45 minutes, buffer 0, notice 24 h, 60 days ahead"));
        let off = changed(&then, &["--no-meeting-hours"]).unwrap();
        assert!(off.week.is_empty() && off.terms == then.terms);
    }

    #[test]
    fn wrong_terms_say_what_was_expected() {
        for (wrong, expected) in [
            (["--meeting-length", "4"], "5 minutes to 8 hours"),
            (["--meeting-horizon", "0"], "1 to 365 days"),
            (["--meeting-daily-limit", "many"], "1 to 100, or none"),
            (["--meeting-zone", "Mars/Olympus"], "like Europe/Rome"),
            (["--meeting-hours", "mon 9-10"], "a time like 09:00"),
        ] {
            let error = changed(&MeetingHours::default(), &wrong).unwrap_err();
            let error = format!("{error:#}");
            assert!(error.contains(expected), "{wrong:?}: {error}");
        }
    }
}

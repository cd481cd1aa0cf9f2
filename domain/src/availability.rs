//! When an agent may be offered new conversations: a weekly schedule, and above it the switch.
//!
//! The rules need the time zone database and are in [`rules`], behind the feature `zones`; browsers
//! get finished instants.

#[cfg(feature = "zones")]
pub mod rules;

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Minutes of a day.
pub const DAY_MINUTES: u16 = 24 * 60;

/// How many blocks a day may have.
pub const BLOCKS_A_DAY: usize = 12;

/// The days of the week, Monday first (ISO 8601).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];
}

/// Hours within one day of the wall clock, `from` included, `to` not. In minutes after 00:00;
/// `to` may be 24:00. A night shift is two blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u16, u16)", into = "(u16, u16)")]
pub struct Block {
    from: u16,
    to: u16,
}

/// Why hours were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HoursError {
    /// No time of a day like `09:00`, or after 24:00.
    NoTime,
    /// They end before or when they begin.
    Backwards,
    /// They overlap other hours of the same day.
    Overlap,
    /// More than [`BLOCKS_A_DAY`] on a day.
    TooMany,
    /// No name of a time zone.
    NoZone,
}

impl fmt::Display for HoursError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoTime => "expected a time like 09:00, at most 24:00",
            Self::Backwards => {
                "the hours must end after they begin; a night shift is two blocks, until 24:00 and from 00:00"
            }
            Self::Overlap => "the hours overlap others of the same day",
            Self::TooMany => "a day has at most 12 blocks",
            Self::NoZone => "expected the name of a time zone, like Europe/Rome",
        })
    }
}

impl core::error::Error for HoursError {}

impl Block {
    /// Hours from one minute of the day to another.
    ///
    /// # Errors
    /// [`HoursError::NoTime`] after 24:00, [`HoursError::Backwards`].
    pub fn new(from: u16, to: u16) -> Result<Self, HoursError> {
        if from >= DAY_MINUTES || to > DAY_MINUTES {
            return Err(HoursError::NoTime);
        }
        if to <= from {
            return Err(HoursError::Backwards);
        }
        Ok(Self { from, to })
    }

    /// Hours from two times like `09:00` and `17:30`.
    ///
    /// # Errors
    /// As [`Block::new`].
    pub fn parse(from: &str, to: &str) -> Result<Self, HoursError> {
        Self::new(minutes(from)?, minutes(to)?)
    }

    /// The first minute.
    pub fn from(self) -> u16 {
        self.from
    }

    /// The minute after the last.
    pub fn to(self) -> u16 {
        self.to
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", clock(self.from), clock(self.to))
    }
}

impl TryFrom<(u16, u16)> for Block {
    type Error = HoursError;

    fn try_from((from, to): (u16, u16)) -> Result<Self, HoursError> {
        Self::new(from, to)
    }
}

impl From<Block> for (u16, u16) {
    fn from(block: Block) -> Self {
        (block.from, block.to)
    }
}

/// The minutes after 00:00 of a time like `09:00`.
///
/// # Errors
/// [`HoursError::NoTime`].
pub fn minutes(time: &str) -> Result<u16, HoursError> {
    let parse = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse::<u16>().ok())
            .flatten()
    };
    let (hours, minutes) = time.trim().split_once(':').ok_or(HoursError::NoTime)?;
    match (parse(hours), parse(minutes)) {
        (Some(hours @ 0..24), Some(minutes @ 0..60)) => Ok(hours * 60 + minutes),
        (Some(24), Some(0)) => Ok(DAY_MINUTES),
        _ => Err(HoursError::NoTime),
    }
}

/// A minute of the day as `09:00`.
pub fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The name of a time zone in the IANA database. Whether there is one of this name is known
/// where the database is: a name of the right form may still be refused there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(String);

impl Zone {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0
    }
}

impl TryFrom<String> for Zone {
    type Error = HoursError;

    fn try_from(name: String) -> Result<Self, HoursError> {
        let fine = (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte));
        if fine {
            Ok(Self(name))
        } else {
            Err(HoursError::NoZone)
        }
    }
}

/// A week of hours in one time zone. Each day's blocks are in order and do not overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Schedule {
    zone: Option<Zone>,
    days: [Vec<Block>; 7],
}

#[derive(Serialize, Deserialize)]
struct Unchecked {
    zone: Option<Zone>,
    days: [Vec<Block>; 7],
}

impl Schedule {
    /// A week of hours, Monday first.
    ///
    /// # Errors
    /// [`HoursError::Overlap`], [`HoursError::TooMany`].
    pub fn new(zone: Option<Zone>, mut days: [Vec<Block>; 7]) -> Result<Self, HoursError> {
        for day in &mut days {
            day.sort_unstable();
            if day.len() > BLOCKS_A_DAY {
                return Err(HoursError::TooMany);
            }
            if day
                .iter()
                .zip(day.iter().skip(1))
                .any(|(block, next)| next.from < block.to)
            {
                return Err(HoursError::Overlap);
            }
        }
        Ok(Self { zone, days })
    }

    /// The zone in which the hours are meant; none means UTC.
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// The blocks of each day, Monday first.
    pub fn days(&self) -> &[Vec<Block>; 7] {
        &self.days
    }

    /// Whether no hours are set: then the agent is unavailable until switched on.
    pub fn is_empty(&self) -> bool {
        self.days.iter().all(Vec::is_empty)
    }
}

impl TryFrom<Unchecked> for Schedule {
    type Error = HoursError;

    fn try_from(week: Unchecked) -> Result<Self, HoursError> {
        Self::new(week.zone, week.days)
    }
}

impl From<Schedule> for Unchecked {
    fn from(week: Schedule) -> Self {
        Self {
            zone: week.zone,
            days: week.days,
        }
    }
}

/// An agent's manual setting that stands above the schedule until `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    pub available: bool,
    pub until: Timestamp,
    /// It ends at midnight, not when the next block starts.
    pub at_midnight: bool,
}

/// What the switch and the note beside it show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// Whether the agent may be offered new conversations now.
    pub available: bool,
    /// The setting above the schedule, if there is one.
    pub over: Option<Override>,
    /// The agent is unavailable because two offers in a row were missed.
    pub missed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        assert_eq!(minutes("09:05"), Ok(545));
        assert_eq!(minutes("24:00"), Ok(1_440));
        for wrong in ["9:00", "24:01", "12:60", "noon", "", "-1:00", "+1:00"] {
            assert_eq!(minutes(wrong), Err(HoursError::NoTime), "{wrong}");
        }
        assert_eq!(
            Block::parse("09:00", "17:30").unwrap().to_string(),
            "09:00-17:30"
        );
        assert_eq!(Block::parse("17:00", "09:00"), Err(HoursError::Backwards));
    }

    #[test]
    fn blocks_of_a_day_are_put_in_order_and_must_not_overlap() {
        let block = |from, to| Block::new(from, to).unwrap();
        let day = |blocks: Vec<Block>| {
            let mut days: [Vec<Block>; 7] = Default::default();
            days[0] = blocks;
            Schedule::new(None, days)
        };
        let week = day(vec![block(600, 660), block(540, 600)]).unwrap();
        assert_eq!(week.days()[0], [block(540, 600), block(600, 660)]);
        assert_eq!(
            day(vec![block(540, 601), block(600, 660)]),
            Err(HoursError::Overlap)
        );
        assert!(day(Vec::new()).unwrap().is_empty());
    }
}

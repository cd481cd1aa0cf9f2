//! Weekly hours, in whole minutes and in zones without daylight saving: those that change their
//! clocks are the business of the rules' own tests.

use super::SECOND;

const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

/// Hours of some days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    pub zone: Option<&'static str>,
    /// Minutes east of UTC.
    east: i64,
    /// From Monday on.
    pub days: i64,
    /// From one minute of the day to another.
    pub blocks: &'static [(u16, u16)],
}

/// What the agents of a walk work by.
pub const HOURS: [Hours; 5] = [
    Hours {
        zone: None,
        east: 0,
        days: 0,
        blocks: &[],
    },
    Hours {
        zone: None,
        east: 0,
        days: 7,
        blocks: &[(480, 720), (780, 1_020)],
    },
    Hours {
        zone: Some("Asia/Kolkata"),
        east: 330,
        days: 7,
        blocks: &[(540, 1_080)],
    },
    Hours {
        zone: Some("America/Phoenix"),
        east: -420,
        days: 7,
        blocks: &[(0, 360), (1_320, 1_440)],
    },
    Hours {
        zone: Some("UTC"),
        east: 0,
        days: 5,
        blocks: &[(600, 660), (660, 720), (900, 1_380)],
    },
];

impl Hours {
    /// The local day since 1970-01-01, and the time of day.
    fn local(&self, now: i64) -> (i64, i64) {
        let local = now + self.east * MINUTE;
        (local.div_euclid(DAY), local.rem_euclid(DAY))
    }

    fn of_day(&self, day: i64) -> &'static [(u16, u16)] {
        // 1970-01-01 was a Thursday, the fourth day from Monday.
        if (day + 3).rem_euclid(7) < self.days {
            self.blocks
        } else {
            &[]
        }
    }

    /// Whether the agent is available by these hours.
    pub fn say(&self, now: i64) -> bool {
        let (day, time) = self.local(now);
        self.of_day(day)
            .iter()
            .any(|(from, to)| i64::from(*from) * MINUTE <= time && time < i64::from(*to) * MINUTE)
    }

    /// The setting above them after the switch was turned.
    pub fn switched(&self, wanted: bool, now: i64) -> Option<(bool, i64, bool)> {
        if self.say(now) == wanted {
            return None;
        }
        let (day, time) = self.local(now);
        let start = self
            .of_day(day)
            .iter()
            .map(|(from, _)| i64::from(*from) * MINUTE)
            .filter(|from| *from > time)
            .min();
        let until = start.unwrap_or(DAY);
        Some((wanted, now - time + until, start.is_none()))
    }
}

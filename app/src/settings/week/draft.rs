//! Hours as somebody types them, and what is wrong with them.

use domain::availability::{Block, HoursError, minutes};

/// A block of hours as it stands in its two fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub from: String,
    pub to: String,
    pub fault: Option<Fault>,
}

/// What is wrong with a block, and in which of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub error: HoursError,
    pub in_from: bool,
    pub in_to: bool,
}

impl Draft {
    /// A block that is set already.
    pub fn of(block: Block) -> Self {
        let text = block.to_string();
        let (from, to) = text.split_once('-').unwrap_or_default();
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            fault: None,
        }
    }

    fn parse(&self) -> Result<Block, Fault> {
        let (in_from, in_to) = (minutes(&self.from).is_err(), minutes(&self.to).is_err());
        Block::parse(&self.from, &self.to).map_err(|error| Fault {
            error,
            in_from,
            // Where both are times, the end is what is wrong: it comes too early.
            in_to: in_to || !in_from,
        })
    }
}

/// A day's blocks; none if something is wrong, which is then noted beside each block concerned.
pub fn check(drafts: &mut [Draft]) -> Option<Vec<Block>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut fine = true;
    for draft in drafts {
        draft.from = tidy(&draft.from);
        draft.to = tidy(&draft.to);
        let parsed = draft.parse();
        let overlaps = |block: &Block| {
            let meets = |other: &Block| block.from() < other.to() && other.from() < block.to();
            blocks.iter().any(meets)
        };
        draft.fault = match parsed {
            Err(fault) => Some(fault),
            Ok(block) if overlaps(&block) => Some(Fault {
                error: HoursError::Overlap,
                in_from: true,
                in_to: true,
            }),
            Ok(block) => {
                blocks.push(block);
                None
            }
        };
        fine &= draft.fault.is_none();
    }
    fine.then_some(blocks)
}

/// A time as it is meant: `9`, `9:00`, `9.00` and `0900` for `09:00`. What is no time stays.
fn tidy(typed: &str) -> String {
    let plain = typed.trim().replace('.', ":");
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (hours, minutes) = match plain.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if plain.len() == 4 && digits(&plain) => plain.split_at(2),
        None => (plain.as_str(), "00"),
    };
    if digits(hours) && digits(minutes) && hours.len() <= 2 && minutes.len() == 2 {
        format!("{hours:0>2}:{minutes}")
    } else {
        typed.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(from: &str, to: &str) -> Draft {
        Draft {
            from: from.into(),
            to: to.into(),
            fault: None,
        }
    }

    #[test]
    fn times_are_taken_as_people_write_them() {
        for typed in ["9", "09", "9:00", " 09:00 ", "9.00", "0900"] {
            assert_eq!(tidy(typed), "09:00", "{typed}");
        }
        for typed in ["noon", "9:5", "", "123", "9:00:00"] {
            assert_eq!(tidy(typed), typed);
        }
    }

    #[test]
    fn each_block_that_is_wrong_says_so_in_its_field() {
        let mut day = [
            draft("9", "13"),
            draft("noon", "14:00"),
            draft("18:00", "17:00"),
            draft("12:00", "15:00"),
            draft("22:00", "24:00"),
        ];
        assert_eq!(check(&mut day), None);
        let faults: Vec<_> = day
            .iter()
            .map(|draft| {
                draft
                    .fault
                    .map(|fault| (fault.error, fault.in_from, fault.in_to))
            })
            .collect();
        assert_eq!(
            faults,
            [
                None,
                Some((HoursError::NoTime, true, false)),
                Some((HoursError::Backwards, false, true)),
                Some((HoursError::Overlap, true, true)),
                None,
            ]
        );
    }

    #[test]
    fn blocks_that_touch_are_fine() {
        let mut day = [draft("12:00", "17:30"), draft("09:00", "12:00")];
        assert_eq!(check(&mut day).map(|blocks| blocks.len()), Some(2));
        assert_eq!(Draft::of(Block::new(540, 1_440).unwrap()).to, "24:00");
    }
}

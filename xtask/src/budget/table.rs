//! Sizes beside their bars.

use std::fmt;

/// One kilobyte of the bars, in bytes.
const KILOBYTE: u64 = 1024;

/// Everything that one purpose loads.
pub struct Row {
    purpose: &'static str,
    /// In bytes.
    bar: u64,
    /// What it consists of, in bytes.
    parts: Vec<(String, u64)>,
}

impl Row {
    /// `bar` in tenths of a kilobyte of 1024 bytes, `parts` in bytes.
    pub fn new(purpose: &'static str, bar: u64, parts: Vec<(String, u64)>) -> Self {
        Self {
            purpose,
            bar: bar * KILOBYTE / 10,
            parts,
        }
    }

    fn size(&self) -> u64 {
        self.parts.iter().map(|(_, size)| size).sum()
    }

    fn passes(&self) -> bool {
        self.size() <= self.bar
    }

    fn verdict(&self) -> &'static str {
        if self.passes() { "ok" } else { "OVER THE BAR" }
    }
}

/// All rows; shown one below the other, with their parts.
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    pub fn new(rows: Vec<Row>) -> Self {
        Self { rows }
    }

    /// How many rows keep their bar.
    pub fn kept(&self) -> u64 {
        self.rows.iter().map(|row| u64::from(row.passes())).sum()
    }

    /// How many rows are over it.
    pub fn broken(&self) -> u64 {
        self.rows.iter().map(|row| u64::from(!row.passes())).sum()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            writeln!(
                formatter,
                "{:20} {:>9} of {:>6} KB  {}",
                row.purpose,
                kilobytes(row.size()),
                tenths(row.bar),
                row.verdict()
            )?;
            for (name, size) in &row.parts {
                writeln!(formatter, "  {name:18} {:>9}", kilobytes(*size))?;
            }
        }
        Ok(())
    }
}

/// With two decimals, rounded up: nothing over a bar may look as if it were on it.
fn kilobytes(bytes: u64) -> String {
    let hundredths = (bytes * 100).div_ceil(KILOBYTE);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A bar as it was given.
fn tenths(bytes: u64) -> String {
    let tenths = (bytes * 10).div_ceil(KILOBYTE);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(size: u64) -> Table {
        Table::new(vec![Row::new(
            "loader",
            23,
            vec![("a".into(), 1000), ("b".into(), size)],
        )])
    }

    #[test]
    fn a_size_on_the_bar_is_kept() {
        let kept = table(1355);
        assert_eq!((kept.kept(), kept.broken()), (1, 0));
        assert!(kept.to_string().contains("2.30 of    2.3 KB  ok"));
    }

    #[test]
    fn one_byte_more_is_not() {
        let broken = table(1356);
        assert_eq!((broken.kept(), broken.broken()), (0, 1));
        assert!(
            broken
                .to_string()
                .contains("2.31 of    2.3 KB  OVER THE BAR")
        );
    }
}

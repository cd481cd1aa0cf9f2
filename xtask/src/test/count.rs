//! How many checks passed and failed, as told by the tools that ran them.

use std::io::{BufRead, BufReader, Write};
use std::ops::AddAssign;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::program::show;

/// Checks that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub passed: u64,
    pub failed: u64,
}

impl Count {
    pub const SUCCESS: Self = Self {
        passed: 1,
        failed: 0,
    };
    pub const FAILURE: Self = Self {
        passed: 0,
        failed: 1,
    };

    pub fn of(success: bool) -> Self {
        if success {
            Self::SUCCESS
        } else {
            Self::FAILURE
        }
    }

    /// The count of a program that counts by itself. One that failed without
    /// a failed check (it did not compile, say), or that checked nothing, is a
    /// failure of its own.
    fn with_status(mut self, success: bool) -> Self {
        if (!success && self.failed == 0) || self == Self::default() {
            self.failed += 1;
        }
        self
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs `cargo test`, shows what it prints, and adds up its results.
pub fn cargo_test(command: &mut Command) -> Result<Count> {
    count(command, test_result)
}

/// Runs the comparison of calendars, shows what it prints, and reads its result.
pub fn compared(command: &mut Command) -> Result<Count> {
    count(command, comparison)
}

/// Runs a program, shows what it prints, and adds up what `read` finds in its lines.
fn count(command: &mut Command, read: fn(&str) -> Option<Count>) -> Result<Count> {
    let shown = show(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{shown}`"))?;
    let mut count = Count::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let mut terminal = std::io::stdout().lock();
            terminal.write_all(&line)?;
            terminal.write_all(b"\n")?;
            if let Some(result) = read(&String::from_utf8_lossy(&line)) {
                count += result;
            }
        }
    }
    let status = child.wait()?;
    if !status.success() {
        eprintln!("`{shown}` failed ({status})");
    }
    Ok(count.with_status(status.success()))
}

/// Reads `test result: ok. 3 passed; 0 failed; …`.
fn test_result(line: &str) -> Option<Count> {
    let (_, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut count = Count::default();
    for field in numbers.split("; ") {
        match field.split_once(' ')? {
            (number, "passed") => count.passed = number.parse().ok()?,
            (number, "failed") => count.failed = number.parse().ok()?,
            _ => {}
        }
    }
    Some(count)
}

/// Reads `16939 passed, 0 failed, 584 …`.
fn comparison(line: &str) -> Option<Count> {
    let (passed, rest) = line.split_once(" passed, ")?;
    let (failed, _) = rest.split_once(" failed, ")?;
    Some(Count {
        passed: passed.parse().ok()?,
        failed: failed.parse().ok()?,
    })
}

/// Reads the report of Playwright's JSON reporter. A story that passed when it
/// was tried once more, as under CI, counts as passed; Playwright lists it as flaky.
pub fn playwright(report: &str, success: bool) -> Result<Count> {
    let report: Value = serde_json::from_str(report).context("Playwright's report is not JSON")?;
    let number = |name: &str| {
        let found = report
            .pointer(&format!("/stats/{name}"))
            .and_then(Value::as_u64);
        found.with_context(|| format!("Playwright's report has no stats.{name}"))
    };
    let count = Count {
        passed: number("expected")? + number("flaky")?,
        failed: number("unexpected")?,
    };
    Ok(count.with_status(success))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_results_are_read() {
        let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        assert_eq!(
            test_result(line),
            Some(Count {
                passed: 12,
                failed: 0
            })
        );
        let line = "test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(
            test_result(line),
            Some(Count {
                passed: 7,
                failed: 2
            })
        );
        assert_eq!(test_result("test store::sqlite ... ok"), None);
    }

    #[test]
    fn the_result_of_the_comparison_is_read() {
        let line = "16939 passed, 2 failed, 584 disagreements of the others";
        assert_eq!(
            comparison(line),
            Some(Count {
                passed: 16_939,
                failed: 2
            })
        );
        assert_eq!(comparison("clock      python         23"), None);
    }

    #[test]
    fn playwright_reports_are_read() {
        let report = r#"{"stats": {"expected": 9, "unexpected": 1, "flaky": 1, "skipped": 2}}"#;
        assert_eq!(
            playwright(report, false).unwrap(),
            Count {
                passed: 10,
                failed: 1
            }
        );
        assert!(playwright("{}", true).is_err());
    }

    #[test]
    fn a_failure_without_failed_checks_counts() {
        let passed = Count {
            passed: 3,
            failed: 0,
        };
        assert_eq!(passed.with_status(true), passed);
        assert_eq!(
            passed.with_status(false),
            Count {
                passed: 3,
                failed: 1
            }
        );
    }

    #[test]
    fn checking_nothing_is_a_failure() {
        assert_eq!(Count::default().with_status(true), Count::FAILURE);
    }
}

//! How long to wait before connecting again.

use std::time::Duration;

/// The span of the first wait, doubled by every failure in a row.
const FIRST: Duration = Duration::from_millis(500);

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(20);

/// The wait after `failures` in a row: exponential with full jitter, so that a restarted server
/// is not met by everybody at once. `random` is from 0 to below 1.
pub fn wait(failures: u32, random: f64) -> Duration {
    FIRST
        .saturating_mul(1_u32.checked_shl(failures.min(16)).unwrap_or(u32::MAX))
        .min(LONGEST)
        .mul_f64(random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_are_spread() {
        assert_eq!(wait(0, 1.0), FIRST);
        assert_eq!(wait(2, 1.0), FIRST * 4);
        assert_eq!(wait(400, 1.0), LONGEST);
        assert_eq!(wait(3, 0.0), Duration::ZERO);
        assert_eq!(wait(1, 0.5), FIRST);
    }
}

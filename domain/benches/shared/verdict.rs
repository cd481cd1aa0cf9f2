//! How a bench ends: the figure beside its bar.

use std::process::ExitCode;

/// Prints the median of what each time took, in milliseconds, beside its bar, and the slowest;
/// fails over the bar, and if nothing was found: then nothing was measured.
pub fn of(what: &str, mut took: Vec<f64>, bar: f64, found: usize) -> ExitCode {
    took.sort_by(f64::total_cmp);
    let middle = took.get(took.len() / 2).copied().unwrap_or(f64::MAX);
    let most = took.last().copied().unwrap_or(f64::MAX);
    let kept = middle <= bar && found > 0;
    println!(
        "{what:<62} {:>14}  {:>12}  {}",
        format!("{middle:.2} ms"),
        format!("≤ {bar} ms"),
        if kept { "ok" } else { "over" }
    );
    println!(
        "{:<62} {:>14}",
        "… the slowest time",
        format!("{most:.2} ms")
    );
    if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

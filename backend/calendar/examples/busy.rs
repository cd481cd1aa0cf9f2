//! Says when calendars make busy, one per line of the standard input, as `end2end/calendars` asks.

use std::io::{BufRead as _, Write as _};

use calendar::{Calendar, Reader};
use domain::{Timestamp, availability::Zone, meeting::Span};
use serde_json::{Value, json};

const SECOND: i64 = 1_000_000;

fn busy(case: &Value) -> Result<Value, Box<dyn std::error::Error>> {
    let field = |name: &str| case.get(name).ok_or(format!("{name} is missing"));
    let number = |name: &str| field(name)?.as_i64().ok_or(format!("{name} is no number"));
    let text = |name: &str| field(name)?.as_str().ok_or(format!("{name} is no text"));
    let window = Span::new(
        Timestamp(number("from")? * SECOND),
        Timestamp(number("to")? * SECOND),
    )
    .ok_or("the window is empty")?;
    let mut reader = Reader::new(&Zone::try_from(text("reader")?.to_owned())?);
    let calendar = Calendar::parse(text("text")?, &mut reader)?;
    let reading = calendar.busy(window, &mut reader);
    if let Some(unread) = reading.unread.first() {
        return Err(format!("{}: {}", unread.uid, unread.reason).into());
    }
    let times: Vec<Value> = reading
        .busy
        .iter()
        .map(|busy| {
            let (start, end) = busy.span.into();
            json!([busy.uid, start.0 / SECOND, end.0 / SECOND])
        })
        .collect();
    Ok(json!(times))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line?)?;
        let number = case.get("n");
        let answer = match busy(&case) {
            Ok(times) => json!({ "n": number, "busy": times }),
            Err(error) => json!({ "n": number, "error": error.to_string() }),
        };
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

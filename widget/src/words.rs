//! The texts of the page's one language, and its numbers and times.

use domain::{
    Timestamp,
    texts::{
        Words,
        keys::{ChatText, SharedText},
    },
};
use js_sys::{Array, Date, Function, Intl::DateTimeFormat, Object, Reflect};
use wasm_bindgen::JsValue;

/// What the page was given: the shared texts, then those of the chat.
pub struct Texts(Vec<String>);

impl Texts {
    pub fn new(texts: &Array) -> Self {
        Self(texts.iter().filter_map(|text| text.as_string()).collect())
    }

    #[inline(never)]
    fn at(&self, index: usize) -> &str {
        self.0.get(index).map_or("", String::as_str)
    }
}

impl Words<SharedText> for Texts {
    fn word(&self, key: SharedText) -> &str {
        self.at(key.index())
    }
}

impl Words<ChatText> for Texts {
    fn word(&self, key: ChatText) -> &str {
        self.at(SharedText::COUNT + key.index())
    }
}

/// Words instants in the reader's zone and language.
pub struct Times {
    time: Function,
    date: Function,
    date_and_time: Function,
}

impl Times {
    pub fn new(language: &str) -> Self {
        Self {
            time: format(language, &[HOUR, MINUTE, CYCLE]),
            date: format(language, &[WEEKDAY, DAY, MONTH]),
            date_and_time: format(language, &[YEAR, SHORT_MONTH, DAY, HOUR, MINUTE, CYCLE]),
        }
    }

    /// Today HH:MM, else date and time.
    pub fn short(&self, at: Timestamp) -> String {
        let format = if day(at) == day(now()) {
            &self.time
        } else {
            &self.date_and_time
        };
        call(format, at)
    }

    /// Date and time.
    pub fn long(&self, at: Timestamp) -> String {
        call(&self.date_and_time, at)
    }

    /// The day, for the line above its messages.
    pub fn day(&self, at: Timestamp) -> String {
        call(&self.date, at)
    }
}

const HOUR: (&str, &str) = ("hour", "2-digit");
const MINUTE: (&str, &str) = ("minute", "2-digit");
const CYCLE: (&str, &str) = ("hourCycle", "h23");
const WEEKDAY: (&str, &str) = ("weekday", "long");
const DAY: (&str, &str) = ("day", "numeric");
const MONTH: (&str, &str) = ("month", "long");
const SHORT_MONTH: (&str, &str) = ("month", "short");
const YEAR: (&str, &str) = ("year", "numeric");

fn format(language: &str, options: &[(&str, &str)]) -> Function {
    let object = Object::new();
    for (name, value) in options {
        // A fresh plain object takes every property.
        let _ = Reflect::set(&object, &(*name).into(), &(*value).into());
    }
    DateTimeFormat::new(&Array::of1(&language.into()), &object).format()
}

fn call(format: &Function, at: Timestamp) -> String {
    format
        .call1(&JsValue::UNDEFINED, &date(at))
        .ok()
        .and_then(|words| words.as_string())
        .unwrap_or_default()
}

fn date(at: Timestamp) -> Date {
    Date::new(&millis(at).into())
}

/// An instant in the browser's unit.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 are exact in a double for 285,000 years"
)]
pub fn millis(at: Timestamp) -> f64 {
    (at.0 / 1_000) as f64
}

/// The browser's clock.
pub fn now() -> Timestamp {
    instant(Date::now())
}

/// The instant of so many milliseconds since 1970.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "saturates; milliseconds since 1970 are exact in a double for 285,000 years"
)]
pub fn instant(millis: f64) -> Timestamp {
    Timestamp((millis as i64).saturating_mul(1_000))
}

/// A number that is the same for all instants of a day in the reader's zone.
pub fn day(at: Timestamp) -> u32 {
    let date = date(at);
    date.get_full_year() * 400 + date.get_month() * 32 + date.get_date()
}

/// The instant for machines, in UTC.
pub fn machine(at: Timestamp) -> String {
    date(at).to_iso_string().into()
}

/// The reader's offset from UTC now, as `UTC+01:00`.
pub fn zone() -> String {
    let behind = whole(Date::new_0().get_timezone_offset());
    let mut words = String::from(if behind > 0 { "UTC-" } else { "UTC+" });
    two_digits(&mut words, behind.abs() / 60);
    words.push(':');
    two_digits(&mut words, behind.abs() % 60);
    words
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "saturates; a day has 1,440 minutes"
)]
fn whole(minutes: f64) -> i32 {
    minutes as i32
}

fn two_digits(words: &mut String, number: i32) {
    if number < 10 {
        words.push('0');
    }
    words.push_str(&self::number(number));
}

/// A whole number in digits. `to_string` would bring the machinery of formatting with it.
pub fn number(number: i32) -> String {
    let mut digits = String::new();
    let mut rest = number.unsigned_abs();
    loop {
        digits.insert(0, char::from_digit(rest % 10, 10).unwrap_or('0'));
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        digits.insert(0, '-');
    }
    digits
}

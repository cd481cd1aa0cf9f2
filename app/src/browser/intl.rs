//! What the browser knows of languages and time zones, for what visitors' browsers tell. Nothing of
//! it is checked before: where the browser does not know it, there are no words.

use domain::{Language, Timestamp};
use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The name of a language in the reader's own: `Italian` for `it`.
pub fn language(tag: &str, reader: Language) -> Option<String> {
    let names = made("DisplayNames", reader, &[("type", "language")])?;
    let of: Function = get(&names, "of")?.dyn_into().ok()?;
    of.call1(&names, &JsValue::from_str(tag)).ok()?.as_string()
}

/// The time of day in a time zone: `14:32`, with the weekday where it is another than here.
pub fn time_in(zone: &str, at: Timestamp, reader: Language) -> Option<String> {
    let format = |options: &[(&str, &str)]| {
        let made = made("DateTimeFormat", reader, options)?;
        let format: Function = get(&made, "format")?.dyn_into().ok()?;
        format
            .call1(&JsValue::UNDEFINED, &super::date(at))
            .ok()?
            .as_string()
    };
    let there = format(&[("weekday", "short"), ("timeZone", zone)])?;
    let here = format(&[("weekday", "short")])?;
    let time = format(&[
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("hourCycle", "h23"),
        ("timeZone", zone),
    ])?;
    Some(if there == here {
        time
    } else {
        format!("{there} {time}")
    })
}

/// A formatter of `Intl`; its constructors throw where they do not know something.
fn made(kind: &str, reader: Language, options: &[(&str, &str)]) -> Option<JsValue> {
    let intl = get(&js_sys::global(), "Intl")?;
    let constructor: Function = get(&intl, kind)?.dyn_into().ok()?;
    let wanted = Object::new();
    for (name, value) in options {
        let _ = Reflect::set(&wanted, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    let locales = JsValue::from_str(super::locale(reader));
    Reflect::construct(&constructor, &Array::of2(&locales, &wanted)).ok()
}

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).ok()
}

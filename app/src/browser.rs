//! What only a browser has. Called from event handlers and effects, which never run on the server.

use std::{borrow::Cow, pin::Pin};

use domain::{CommandId, Timestamp};
use js_sys::{Date, Intl, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, HtmlElement, Window};

pub(crate) mod intl;
pub(crate) mod storage;

/// The window; panics outside a browser.
pub fn window() -> Window {
    leptos::prelude::window()
}

/// The document; panics outside a browser.
pub fn document() -> Document {
    leptos::prelude::document()
}

/// Begins something that waits. Boxed, so that not everything that waits brings code of its own.
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    spawn_boxed(Box::pin(task));
}

fn spawn_boxed(task: Pin<Box<dyn Future<Output = ()>>>) {
    leptos::task::spawn_local(task);
}

/// The browser's clock.
pub fn now() -> Timestamp {
    #[expect(
        clippy::as_conversions,
        reason = "a float of milliseconds has no other way to an integer; `as` saturates"
    )]
    let millis = Date::now() as i64;
    Timestamp(millis.saturating_mul(1_000))
}

/// A new id for a command.
pub fn command_id() -> CommandId {
    let mut random = [0; 10];
    // `randomUUID` is missing on plain http; this is not.
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut random);
    }
    CommandId::new(now(), random)
}

/// A random number from 0 to below 1.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// Whether the page is shown to somebody.
pub fn is_visible() -> bool {
    !document().hidden()
}

/// Whether the agent looks at the page: it is shown, and has the keyboard.
pub fn is_in_front() -> bool {
    is_visible() && document().has_focus().unwrap_or(true)
}

/// Whether the browser has a global of this name.
pub fn has(name: &str) -> bool {
    Reflect::has(&window(), &JsValue::from_str(name)).unwrap_or(false)
}

/// The element with this id.
pub fn element(id: &str) -> Option<web_sys::Element> {
    document().get_element_by_id(id)
}

/// Gives the focus to the element with this id, if there is one.
pub fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Does something once the page has drawn what changes now. A frame that is asked for while a part
/// of the page handles a click is given up when that part goes: this is not.
pub fn once_drawn(act: impl FnOnce() + 'static) {
    once_drawn_boxed(Box::new(act));
}

fn once_drawn_boxed(act: Box<dyn FnOnce()>) {
    spawn(async move {
        leptos::task::tick().await;
        act();
    });
}

/// Gives the focus to the element with this id once the page has drawn what changes now.
pub fn focus_soon(id: impl Into<Cow<'static, str>>) {
    let id = id.into();
    once_drawn(move || focus(&id));
}

/// The id of the element that has the focus; empty if it has none.
pub fn focused_id() -> String {
    let active = document().active_element();
    active.map(|element| element.id()).unwrap_or_default()
}

/// Leaves for another page of Casella, by a full load.
pub fn go(path: &str) {
    let _ = window().location().set_href(path);
}

/// What stands behind `#` in the page's address.
pub fn fragment() -> Option<String> {
    let hash = window().location().hash().ok()?;
    let fragment = hash.strip_prefix('#')?;
    (!fragment.is_empty()).then(|| fragment.to_owned())
}

/// Loads the page anew.
pub fn reload() {
    let _ = window().location().reload();
}

/// Puts text into the clipboard; false where the browser has none, as on plain http.
pub fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    let clipboard = Reflect::get(&navigator, &JsValue::from_str("clipboard"));
    if clipboard.is_ok_and(|clipboard| clipboard.is_object()) {
        let _ = navigator.clipboard().write_text(text);
        true
    } else {
        false
    }
}

/// Saves what the server offers at this address as a file.
pub fn download(address: &str) {
    let document = document();
    let Ok(link) = document.create_element("a") else {
        return;
    };
    let _ = link.set_attribute("href", address);
    let _ = link.set_attribute("download", "");
    if let (Ok(link), Some(body)) = (link.dyn_into::<HtmlElement>(), document.body()) {
        let _ = body.append_child(&link);
        link.click();
        link.remove();
    }
}

fn date(at: Timestamp) -> Date {
    #[expect(
        clippy::as_conversions,
        reason = "milliseconds of any date fit a float exactly"
    )]
    let millis = (at.0 / 1_000) as f64;
    Date::new(&JsValue::from_f64(millis))
}

/// The number of an instant's day in the browser's zone, 0 for 1970-01-01.
pub fn local_day(at: Timestamp) -> i64 {
    #[expect(
        clippy::as_conversions,
        reason = "an offset is a whole number of minutes below a thousand"
    )]
    let offset_minutes = date(at).get_timezone_offset() as i64;
    crate::calendar::utc_day(Timestamp(at.0 - offset_minutes * 60_000_000))
}

/// The IANA name of the browser's zone; empty if it does not tell.
pub fn zone() -> String {
    let options = Intl::DateTimeFormat::default().resolved_options();
    Reflect::get(&options, &JsValue::from_str("timeZone"))
        .ok()
        .and_then(|zone| zone.as_string())
        .map(|zone| domain::visitor::zone(&zone).to_owned())
        .unwrap_or_default()
}

/// How an instant is worded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// `14:32`
    Time,
    /// `3 Nov, 14:32`
    DateAndTime,
    /// `Tuesday 3 November 2026`
    Day,
}

/// An instant in words of the browser's zone.
pub fn words(at: Timestamp, wording: Wording, language: domain::Language) -> String {
    thread_local! {
        // A formatter takes longer to make than to use.
        static FORMATTERS: std::cell::RefCell<Vec<(Wording, js_sys::Function)>> =
            const { std::cell::RefCell::new(Vec::new()) };
    }
    let format = FORMATTERS.with_borrow_mut(|made| {
        if let Some((_, format)) = made.iter().find(|(known, _)| *known == wording) {
            return format.clone();
        }
        let format = formatter(wording, language);
        made.push((wording, format.clone()));
        format
    });
    format
        .call1(&JsValue::UNDEFINED, &date(at))
        .ok()
        .and_then(|words| words.as_string())
        .unwrap_or_default()
}

fn formatter(wording: Wording, language: domain::Language) -> js_sys::Function {
    let parts: &[(&str, &str)] = match wording {
        Wording::Time => &[("hour", "2-digit"), ("minute", "2-digit")],
        Wording::DateAndTime => &[
            ("day", "numeric"),
            ("month", "short"),
            ("hour", "2-digit"),
            ("minute", "2-digit"),
        ],
        Wording::Day => &[
            ("weekday", "long"),
            ("day", "numeric"),
            ("month", "long"),
            ("year", "numeric"),
        ],
    };
    let options = Object::new();
    for (name, value) in parts.iter().chain(&[("hourCycle", "h23")]) {
        let _ = Reflect::set(
            &options,
            &JsValue::from_str(name),
            &JsValue::from_str(value),
        );
    }
    let locales = js_sys::Array::of1(&JsValue::from_str(locale(language)));
    Intl::DateTimeFormat::new(&locales, &options).format()
}

fn locale(language: domain::Language) -> &'static str {
    match language {
        // Plain `en` is the American way, with the month first.
        domain::Language::English => "en-GB",
        other => other.tag(),
    }
}

thread_local! {
    static FOCUS: std::cell::RefCell<Option<HtmlElement>> = const { std::cell::RefCell::new(None) };
}

/// Remembers which control has the focus, before a dialog takes it.
pub fn remember_focus() {
    let focused = document()
        .active_element()
        .and_then(|element| element.dyn_into().ok());
    FOCUS.set(focused);
}

/// Gives the focus back once the dialog is gone and the page takes it again.
pub fn restore_focus() {
    once_drawn(|| {
        if let Some(element) = FOCUS.take() {
            let _ = element.focus();
        }
    });
}

/// The key of a keyboard's event; empty for one that belongs to an input method, which says so, or has
/// the code 229, as where Safari ends a composition.
pub fn key(event: &web_sys::KeyboardEvent) -> String {
    if event.is_composing() || event.key_code() == 229 {
        return String::new();
    }
    // Not the typed getter: autofill tells of keys without a name.
    let key = Reflect::get(event, &JsValue::from_str("key"));
    key.ok().and_then(|key| key.as_string()).unwrap_or_default()
}

/// What stands in the field with this id; empty if there is none.
pub fn value(id: &str) -> String {
    document()
        .get_element_by_id(id)
        .and_then(|field| {
            Reflect::get(&field, &JsValue::from_str("value"))
                .ok()?
                .as_string()
        })
        .unwrap_or_default()
}

/// The names of all time zones that the browser knows.
pub fn zones() -> Vec<String> {
    let names = || -> Result<JsValue, JsValue> {
        // Not the typed binding: a browser without it would throw where nothing catches.
        let intl = Reflect::get(&js_sys::global(), &JsValue::from_str("Intl"))?;
        let list = Reflect::get(&intl, &JsValue::from_str("supportedValuesOf"))?;
        let list: js_sys::Function = list.dyn_into()?;
        list.call1(&intl, &JsValue::from_str("timeZone"))
    };
    match names() {
        Ok(names) => js_sys::Array::from(&names)
            .iter()
            .filter_map(|name| name.as_string())
            .collect(),
        Err(_) => Vec::new(),
    }
}

/// Gives the focus to the first element that a selector finds.
pub fn focus_first(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

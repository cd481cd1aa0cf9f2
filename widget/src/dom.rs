//! The few things that the chat does to its page. Text is only ever set as text.

use crate::message::Msg;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{Document, Event, EventTarget, HtmlElement, HtmlTextAreaElement, Node, Window};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = window)]
    static WINDOW: Window;

    #[wasm_bindgen(thread_local_v2, js_name = document)]
    static DOCUMENT: Document;

    /// Any value as JavaScript words it.
    #[wasm_bindgen(js_name = String)]
    pub fn words_of(value: &JsValue) -> String;
}

/// The frame's window. Smaller than `web_sys::window`, which looks for other globals as well.
pub fn window() -> Window {
    WINDOW.with(Clone::clone)
}

pub fn document() -> Document {
    DOCUMENT.with(Clone::clone)
}

/// A new element with a class; an empty class is left out.
pub fn element(name: &str, class: &str) -> HtmlElement {
    let Ok(made) = document().create_element(name) else {
        // Only the names of known elements are passed. Not `expect`, which would word the reason.
        wasm_bindgen::throw_str(name)
    };
    if !class.is_empty() {
        made.set_class_name(class);
    }
    made.unchecked_into()
}

/// A new element at the end of `parent`.
pub fn add(parent: &Node, name: &str, class: &str) -> HtmlElement {
    let made = element(name, class);
    append(parent, &made);
    made
}

/// A new element with a text at the end of `parent`.
pub fn add_text(parent: &Node, name: &str, class: &str, words: &str) -> HtmlElement {
    let made = add(parent, name, class);
    text(&made, words);
    made
}

/// A new button at the end of `parent`; `msg` happens at a click.
pub fn add_button(parent: &Node, class: &str, words: &str, msg: Msg) -> HtmlElement {
    let made = add_text(parent, "button", class, words);
    attribute(&made, "type", "button");
    on(&made, "click", msg);
    made
}

/// A link to another page at the end of `parent`.
pub fn add_link(parent: &Node, address: &str, words: &str) -> HtmlElement {
    let link = add_text(parent, "a", "", words);
    attribute(&link, "href", address);
    attribute(&link, "target", "_blank");
    attribute(&link, "rel", "noopener noreferrer");
    link
}

/// Text at the end of `parent`.
pub fn add_words(parent: &Node, words: &str) {
    append(parent, &document().create_text_node(words));
}

pub fn append(parent: &Node, child: &Node) {
    // Refused only for a parent inside its own child, which is never built here.
    let _ = parent.append_child(child);
}

/// Puts `child` before `next`, or at the end.
pub fn insert(parent: &Node, child: &Node, next: Option<&Node>) {
    let _ = parent.insert_before(child, next);
}

pub fn text(node: &Node, words: &str) {
    node.set_text_content(Some(words));
    // A node takes any property.
    let _ = js_sys::Reflect::set(node, &SAID.into(), &words.into());
}

/// Sets the text unless it was said already, so that a screen reader says nothing twice. What stands
/// there may be another by now: the browser may have translated it.
pub fn change_text(node: &Node, words: &str) {
    if get(node, SAID).as_string().as_deref() != Some(words) {
        text(node, words);
    }
}

/// The property of a node that holds what was last said there.
const SAID: &str = "said";

pub fn attribute(element: &HtmlElement, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

/// Shows or hides, without touching what is already so.
pub fn show(element: &HtmlElement, shown: bool) {
    if element.hidden() == shown {
        element.set_hidden(!shown);
    }
}

/// Takes `msg` at every such event.
pub fn on(target: &EventTarget, event: &str, msg: Msg) {
    hear(
        target,
        event,
        Box::new(move |_| crate::dispatch(msg.clone())),
    );
}

/// Calls `heard` at every such event.
pub fn hear(target: &EventTarget, event: &str, heard: Box<dyn FnMut(Event)>) {
    let heard = Closure::wrap(heard).into_js_value();
    let _ = target.add_event_listener_with_callback(event, heard.unchecked_ref());
}

/// Takes `msg` after some milliseconds, when what happens now has been taken in; returns the
/// timer.
pub fn after(millis: i32, msg: Msg) -> Option<i32> {
    let rings: Box<dyn FnMut(Event)> = Box::new(move |_| crate::dispatch(msg.clone()));
    let rings = Closure::wrap(rings).into_js_value();
    window()
        .set_timeout_with_callback_and_timeout_and_arguments_0(rings.unchecked_ref(), millis)
        .ok()
}

/// The key of a keyboard's event; empty for one that belongs to an input method, which says so, or
/// has the code 229, as where Safari ends a composition. Autofill tells of keys without a name.
pub fn key(event: &Event) -> String {
    let composes = get(event, "isComposing").is_truthy();
    if composes || get(event, "keyCode").as_f64() == Some(229.0) {
        return String::new();
    }
    get_text(event, "key")
}

/// What stands in an input or text area.
pub fn value(field: &HtmlElement) -> String {
    // Both kinds of field have the same property.
    field.unchecked_ref::<HtmlTextAreaElement>().value()
}

pub fn set_value(field: &HtmlElement, words: &str) {
    field
        .unchecked_ref::<HtmlTextAreaElement>()
        .set_value(words);
}

pub fn focus(element: &HtmlElement) {
    let _ = element.focus();
}

/// A property of a JavaScript object; undefined if there is none.
pub fn get(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A property that is a text; empty if there is none.
pub fn get_text(object: &JsValue, name: &str) -> String {
    get(object, name).as_string().unwrap_or_default()
}

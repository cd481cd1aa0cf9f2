//! `Download transcript`: a file made in the browser.

use domain::{
    message::Message,
    texts::{Words, keys::SharedText},
    transcript::transcript,
};
use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use crate::{
    dom::element,
    words::{Texts, Times, machine, now, zone},
};

/// Offers the conversation as a text file. `visitor` is the name, if it is known.
pub fn download(messages: &[Message], visitor: &str, words: &Texts, times: &Times) {
    let visitor = if visitor.is_empty() {
        words.word(SharedText::Visitor)
    } else {
        visitor
    };
    let file = transcript(messages, visitor, &zone(), words, |at| times.long(at));
    let kind = BlobPropertyBag::new();
    kind.set_type("text/plain;charset=utf-8");
    let parts = Array::of1(&file.into());
    let Ok(address) = Blob::new_with_str_sequence_and_options(&parts, &kind)
        .and_then(|blob| Url::create_object_url_with_blob(&blob))
    else {
        return;
    };
    let link: HtmlAnchorElement = element("a", "").unchecked_into();
    link.set_href(&address);
    let mut name = String::from("chat-");
    let at = messages.first().map_or_else(now, |message| message.at);
    name.extend(machine(at).chars().take(10));
    name.push_str(".txt");
    link.set_download(&name);
    link.click();
    // The browser has taken the file by then, or keeps the address itself.
    let _ = Url::revoke_object_url(&address);
}

use domain::{
    Timestamp,
    texts::keys::InboxText,
    visitor::{Attribute, Visitor},
};
use leptos::prelude::*;

use crate::{
    browser::intl,
    browser_name::browser_name,
    components::{Icon, Picture, calc, memo},
    live::Inbox,
};

/// In microseconds.
const MINUTE: i64 = 60_000_000;

/// Where the visitor is and came from, with what, in which language and zone, and what else the
/// site says of them.
#[component]
pub fn Surroundings(visitor: Visitor) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let page = visitor.page;
    let title = page.label().to_owned();
    let browser = match visitor.user_agent.as_str() {
        "" => String::new(),
        words => browser_name(words, texts),
    };
    let signed = visitor.signed.then(|| {
        view! {
            <p class="verified" title=texts.inbox(InboxText::VerifiedHint)>
                <Icon picture=Picture::Verified />
                {texts.inbox(InboxText::Verified)}
            </p>
        }
        .into_any()
    });
    let tag = visitor.language;
    // The browser knows languages and zones, and the server has none of its tables.
    let language = (!tag.is_empty()).then(|| {
        let words = calc(move || match inbox.live.get() {
            true => intl::language(&tag, texts.language).unwrap_or_else(|| tag.clone()),
            false => tag.clone(),
        });
        row(texts.inbox(InboxText::Language), words.into_any())
    });
    let zone = visitor.zone;
    let local_time = (!zone.is_empty()).then(|| {
        let name = zone.clone();
        // What takes a while to word is worded anew each minute, not each second.
        let minute = memo(move || inbox.clock().0.div_euclid(MINUTE));
        let time = calc(move || {
            let at = Timestamp(minute.get() * MINUTE);
            let words = inbox
                .live
                .get()
                .then(|| intl::time_in(&zone, at, texts.language));
            words.flatten().unwrap_or_default()
        });
        let view = view! {
            <span class="clock">{time}</span>
            " "
            <span class="zone">{name.replace('_', " ")}</span>
        };
        row(texts.inbox(InboxText::LocalTime), view.into_any())
    });
    view! {
        {signed}
        <dl class="where">
            {(!title.is_empty())
                .then(|| row(texts.inbox(InboxText::CurrentPage), link(page.url, title)))}
            {(!page.referrer.is_empty())
                .then(|| {
                    let words = bare(&page.referrer).to_owned();
                    row(texts.inbox(InboxText::Referrer), link(page.referrer, words))
                })}
            {(!browser.is_empty())
                .then(|| row(texts.inbox(InboxText::Browser), browser.into_any()))}
            {language}
            {local_time}
        </dl>
        {(!visitor.attributes.is_empty()).then(|| attributes(visitor.attributes))}
    }
}

fn attributes(attributes: Vec<Attribute>) -> AnyView {
    let rows: Vec<_> = attributes
        .into_iter()
        .map(|attribute| {
            view! {
                <div>
                    <dt dir="auto">{attribute.name.to_string()}</dt>
                    <dd dir="auto">{attribute.value.to_string()}</dd>
                </div>
            }
            .into_any()
        })
        .collect();
    view! { <dl class="where">{rows}</dl> }.into_any()
}

fn row(label: &'static str, value: AnyView) -> AnyView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd dir="auto">{value}</dd>
        </div>
    }
    .into_any()
}

/// Words that lead to a page, if its address is one of the web.
pub fn link(address: String, words: String) -> AnyView {
    if address.starts_with("https://") || address.starts_with("http://") {
        let title = address.clone();
        view! {
            <a href=address title=title target="_blank" rel="noopener noreferrer nofollow">
                {words}
            </a>
        }
        .into_any()
    } else {
        words.into_any()
    }
}

/// An address as people write it.
pub fn bare(address: &str) -> &str {
    let rest = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"))
        .unwrap_or(address);
    rest.strip_suffix('/').unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn an_address_loses_its_scheme_and_its_last_slash() {
        assert_eq!(bare("https://example.com/"), "example.com");
        assert_eq!(bare("http://example.com/a?b=c"), "example.com/a?b=c");
        assert_eq!(bare("android-app://x"), "android-app://x");
    }
}

use domain::{
    Language, Refusal,
    agent::Agent,
    text::Field as Line,
    texts::keys::{InboxText, SharedText},
};
use leptos::{ev::SubmitEvent, html::Input, prelude::*};

use super::{
    photo::Photo,
    select::Select,
    work::{Submit, Work},
};
use crate::{api::set_profile, browser, components::Field, components::effect, live::Inbox};

const LANGUAGE: &str = "language";

/// Photo, name and language.
#[component]
pub fn Profile(agent: Agent) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let work = Work::new();
    let name = NodeRef::<Input>::new();
    let fault = RwSignal::new(None::<String>);
    let before = agent.language;
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = name.get_untracked().map(|name| name.value());
        let line = match Line::try_from(typed.unwrap_or_default()) {
            Ok(line) => line,
            Err(error) => {
                let key = match Refusal::from(error) {
                    Refusal::TooLarge => InboxText::NameLong,
                    _ => InboxText::NameMissing,
                };
                fault.set(Some(texts.inbox(key).to_owned()));
                browser::focus("own-name");
                return;
            }
        };
        let language = browser::value(LANGUAGE).parse::<Language>().ok();
        let answer = Box::pin(set_profile(line.to_string(), language));
        work.run(inbox, answer, refused, move || {
            inbox.change_profile(|me| me.name = line);
            if language != before {
                // A page has the words of one language.
                browser::reload();
            }
        });
    };
    let mut choices = vec![(
        String::new(),
        texts.inbox(InboxText::LanguageOfBrowser).to_owned(),
    )];
    choices.extend(NAMES.map(|(language, name)| (language.tag().to_owned(), name.to_owned())));
    // Once it is in the page: what the server knows is what stands in the field.
    let known = agent.name.to_string();
    effect(move || {
        if let Some(name) = name.get() {
            name.set_value(&known);
        }
    });
    view! {
        <Photo />
        <form novalidate on:submit=on_submit>
            <Field
                id="own-name"
                label=texts.shared(SharedText::Name)
                autocomplete="name"
                error=fault
                input=name
                on_input=move |()| fault.set(None)
            />
            <Select
                id=LANGUAGE
                label=texts.inbox(InboxText::Language)
                choices
                chosen=before.map(Language::tag).unwrap_or_default().to_owned()
            />
            <Submit label=InboxText::Save work />
        </form>
    }
}

/// Each language by its own name.
const NAMES: [(Language, &str); Language::ALL.len()] = [
    (Language::English, "English"),
    (Language::Italian, "Italiano"),
];

fn refused(refusal: Refusal) -> Option<InboxText> {
    match refusal {
        Refusal::Empty => Some(InboxText::NameMissing),
        Refusal::TooLarge => Some(InboxText::NameLong),
        _ => None,
    }
}

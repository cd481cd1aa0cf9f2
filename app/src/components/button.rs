use leptos::prelude::*;

use super::{Live, calc};

/// How much a button asks for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// The one main action.
    Primary,
    #[default]
    Plain,
    /// Beside a main action.
    Quiet,
    /// Ends something.
    Danger,
    /// As small as the text around it.
    Inline,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Plain => "button",
            Self::Quiet => "button quiet",
            Self::Danger => "button danger",
            Self::Inline => "button inline",
        }
    }
}

/// A button with words. While `pending` it says so and takes no second click.
#[component]
pub fn Button(
    #[prop(into)] label: Signal<String>,
    #[prop(optional)] kind: Kind,
    #[prop(optional)] submits: bool,
    #[prop(optional, into)] id: Option<&'static str>,
    /// What it is called where its words alone do not say what it is for; begins with them.
    #[prop(optional, into)]
    name: Option<&'static str>,
    /// The id of what tells several buttons of one name apart.
    #[prop(optional, into)]
    described: Option<String>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] pending: Signal<bool>,
    #[prop(optional, into)] on_click: Option<Callback<()>>,
) -> impl IntoView {
    let live = Live::current();
    view! {
        <button
            id=id
            class=kind.class()
            aria-label=name
            aria-describedby=described
            type=if submits { "submit" } else { "button" }
            disabled=calc(move || !live.get() || disabled.get() || pending.get())
            aria-busy=calc(move || pending.get().then_some("true"))
            on:click=move |_| {
                if let Some(on_click) = on_click {
                    on_click.run(());
                }
            }
        >
            {label}
        </button>
    }
}

use std::{pin::Pin, time::Duration};

use domain::{
    AgentId,
    texts::keys::{InboxText, SharedText},
};
use leptos::prelude::*;

use super::{marks::mark, notices::passing};
use crate::{
    api::Failure,
    browser,
    components::{Button, Dialog, Empty, Kind, SkeletonRows, calc, effect, part},
    inbox_state::Notice,
    live::Inbox,
};

/// How often it is looked again who can be chosen.
const AGAIN: Duration = Duration::from_secs(3);

/// The field in which one looks for an agent.
const FIND: &str = "find-agent";

/// An agent to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub id: AgentId,
    pub name: String,
    /// Why not; none: can be chosen.
    pub not: Option<InboxText>,
}

/// The agents on their way from the server.
pub type Choices = Pin<Box<dyn Future<Output = Result<Vec<Choice>, Failure>>>>;

/// A dialog in which one agent is chosen. Who can be is looked up again and again while it is open;
/// what was chosen and typed stays.
#[derive(Clone, Copy)]
pub struct Picker {
    inbox: Inbox,
    read: fn(Inbox) -> Choices,
    /// None while they are being read.
    choices: RwSignal<Option<Result<Vec<Choice>, Failure>>>,
    chosen: RwSignal<Option<AgentId>>,
    /// What is looked for.
    words: RwSignal<String>,
    /// Who is out of the question.
    except: Option<AgentId>,
}

/// What a dialog with a [`Picker`] consists of besides.
pub struct PickerDialog {
    pub title: InboxText,
    /// The name of the agents' group.
    pub group: InboxText,
    /// Whether one can search among the agents.
    pub search: bool,
    /// Stands below them.
    pub extra: AnyView,
    /// The name of the button that asks for what is chosen.
    pub yes: &'static str,
    pub pending: Signal<bool>,
    /// What went wrong besides what the server refuses over the connection.
    pub fault: Signal<Option<String>>,
    pub on_choose: Callback<AgentId>,
}

impl Picker {
    /// Begins to read who can be chosen.
    pub fn new(inbox: Inbox, read: fn(Inbox) -> Choices) -> Self {
        let picker = Self {
            inbox,
            read,
            choices: RwSignal::new(None),
            chosen: RwSignal::new(None),
            words: RwSignal::new(String::new()),
            except: None,
        };
        effect(move || {
            picker.look();
            if let Ok(again) = set_interval(move || picker.look(), AGAIN) {
                on_cleanup(move || again.clear());
            }
        });
        picker
    }

    /// The same without this agent.
    pub fn without(self, agent: AgentId) -> Self {
        Self {
            except: Some(agent),
            ..self
        }
    }

    fn look(self) {
        browser::spawn(async move {
            let read = (self.read)(self.inbox).await;
            self.inbox.check(read.as_ref().err());
            let is_news = self
                .choices
                .try_with_untracked(|known| match (known, &read) {
                    // What was read before stays.
                    (Some(Ok(_)), Err(_)) => false,
                    (known, read) => known.as_ref() != Some(read),
                });
            // None: the dialog is closed by now.
            if is_news == Some(true) {
                let focused = browser::focused_id();
                self.choices.set(Some(read));
                browser::focus_soon(focused);
            }
        });
    }

    /// Whether the agent's name has all words that are looked for.
    fn is_found(self, choice: &Choice) -> bool {
        let has = |word: &str| mark(&choice.name, word).iter().any(|(_, hit)| *hit);
        Some(choice.id) != self.except && self.words.with(|words| words.split_whitespace().all(has))
    }

    /// Draws the dialog.
    pub fn dialog(self, dialog: PickerDialog) -> AnyView {
        let inbox = self.inbox;
        let texts = inbox.texts;
        let close = Callback::new(move |()| inbox.close_dialog());
        let refused = move || {
            dialog.fault.get().or_else(|| match inbox.notice() {
                Some((_, notice @ (Notice::NotAsked(_) | Notice::Failed(_)))) => {
                    Some(passing(inbox, notice))
                }
                _ => None,
            })
        };
        let nobody = calc(move || {
            let may = |choice: &Choice| choice.not.is_none() && self.is_found(choice);
            self.choices
                .with(|read| !matches!(read, Some(Ok(read)) if read.iter().any(may)))
        });
        let search = dialog.search.then(|| self.search());
        view! {
            <Dialog title=texts.inbox(dialog.title) on_close=close>
                <form
                    on:submit=move |event| {
                        event.prevent_default();
                        if let Some(agent) = self.chosen.get_untracked() {
                            dialog.on_choose.run(agent);
                        }
                    }
                >
                    {search}
                    <div
                        class="choices scroll"
                        role="radiogroup"
                        aria-label=texts.inbox(dialog.group)
                    >
                        {part(move || self.draw())}
                    </div>
                    {dialog.extra}
                    <p class="error" role="alert">
                        {calc(refused)}
                    </p>
                    <div class="actions">
                        <Button label=texts.shared(SharedText::Close) on_click=close />
                        <Button
                            label=dialog.yes
                            kind=Kind::Primary
                            submits=true
                            disabled=nobody
                            pending=dialog.pending
                        />
                    </div>
                </form>
            </Dialog>
        }
        .into_any()
    }

    fn search(self) -> AnyView {
        let label = self.inbox.texts.inbox(InboxText::FindAgent);
        let on_input = move |_| {
            self.words.set(browser::value(FIND));
            // Nobody is chosen out of sight.
            let shown = untrack(|| {
                self.choices.with(|read| match read {
                    Some(Ok(read)) => read.iter().any(|choice| {
                        Some(choice.id) == self.chosen.get() && self.is_found(choice)
                    }),
                    _ => true,
                })
            });
            if !shown {
                self.chosen.set(None);
            }
        };
        view! {
            <div class="search">
                <input
                    id=FIND
                    type="search"
                    aria-label=label
                    placeholder=label
                    autocomplete="off"
                    on:input=on_input
                />
            </div>
        }
        .into_any()
    }

    fn draw(self) -> AnyView {
        let texts = self.inbox.texts;
        let empty = |key| view! { <Empty text=texts.inbox(key) /> }.into_any();
        match self.choices.get() {
            None => view! { <SkeletonRows /> }.into_any(),
            Some(Err(_)) => {
                let retry = move |()| {
                    self.choices.set(None);
                    self.look();
                };
                let retry = (
                    texts.shared(SharedText::Retry).to_owned(),
                    Callback::new(retry),
                );
                view! { <Empty text=texts.inbox(InboxText::ColleaguesFailed) action=retry /> }
                    .into_any()
            }
            Some(Ok(read)) if read.is_empty() => empty(InboxText::NoColleagues),
            Some(Ok(read)) => {
                let found: Vec<_> = read
                    .into_iter()
                    .filter(|choice| self.is_found(choice))
                    .map(|choice| self.choice(choice))
                    .collect();
                if found.is_empty() {
                    empty(InboxText::NoAgentFound)
                } else {
                    found.into_any()
                }
            }
        }
    }

    fn choice(self, choice: Choice) -> AnyView {
        let Choice { id, name, not } = choice;
        let why = not.map(|key| self.inbox.texts.inbox(key));
        let may = why.is_none();
        let value = id.to_string();
        let note = format!("why-{value}");
        let chosen = self.chosen;
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="agent"
                    value=value.clone()
                    id=format!("ask-{value}")
                    required
                    disabled=!may
                    prop:checked=calc(move || may && chosen.get() == Some(id))
                    on:change=move |_| chosen.set(Some(id))
                    aria-label=name.clone()
                    aria-describedby=why.map(|_| note.clone())
                />
                <span dir="auto">{name}</span>
                <span class="note" id=note>
                    {why}
                </span>
            </label>
        }
        .into_any()
    }
}

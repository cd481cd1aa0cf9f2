use core::{pin::Pin, time::Duration};

use domain::{
    Refusal,
    texts::keys::{InboxText, SharedText},
};
use leptos::prelude::*;

use crate::{
    api::Failure,
    components::{Button, Kind, calc},
    live::Inbox,
};

/// For how long it is said that something was saved.
const SAID: Duration = Duration::from_secs(4);

/// The server's answer on its way.
pub type Answer = Pin<Box<dyn Future<Output = Result<(), Failure>>>>;

/// Something that the agent asks for: whether it is under way, and what came of it.
#[derive(Clone, Copy)]
pub struct Work {
    pub pending: RwSignal<bool>,
    pub saved: RwSignal<bool>,
    pub failed: RwSignal<Option<String>>,
}

impl Work {
    pub fn new() -> Self {
        Self {
            pending: RwSignal::new(false),
            saved: RwSignal::new(false),
            failed: RwSignal::new(None),
        }
    }

    /// Says why it was not done.
    pub fn fail(self, words: &str) {
        self.failed.try_set(Some(words.to_owned()));
    }

    /// Waits for the answer; then either `done`, or what `word` has to say about the refusal, and
    /// otherwise that it went wrong. While one is awaited no other is asked for.
    pub fn run(
        self,
        inbox: Inbox,
        answer: Answer,
        word: fn(Refusal) -> Option<InboxText>,
        done: impl FnOnce() + 'static,
    ) {
        self.run_boxed(inbox, answer, word, Box::new(done));
    }

    fn run_boxed(
        self,
        inbox: Inbox,
        answer: Answer,
        word: fn(Refusal) -> Option<InboxText>,
        done: Box<dyn FnOnce()>,
    ) {
        self.pending.set(true);
        self.saved.set(false);
        self.failed.set(None);
        crate::browser::spawn(async move {
            let answer = answer.await;
            inbox.check(answer.as_ref().err());
            // The agent may be on another page by now.
            self.pending.try_set(false);
            match answer {
                Ok(()) => {
                    self.saved.try_set(true);
                    let unsay = move || {
                        self.saved.try_set(false);
                    };
                    let _ = set_timeout(unsay, SAID);
                    done();
                }
                Err(failure) => self.fail(&words(inbox, failure, word)),
            }
        });
    }
}

fn words(inbox: Inbox, failure: Failure, word: fn(Refusal) -> Option<InboxText>) -> String {
    let texts = inbox.texts;
    let own = match failure {
        Failure::Refused(refusal) => word(refusal).map(|key| texts.inbox(key)),
        Failure::Unreachable => None,
    };
    let general = || match failure {
        Failure::Refused(Refusal::TooMany) => texts.shared(SharedText::TooMany),
        _ => texts.shared(SharedText::Failed),
    };
    own.unwrap_or_else(general).to_owned()
}

/// No refusal means anything in particular.
pub fn nothing_special(_: Refusal) -> Option<InboxText> {
    None
}

/// The button that sends a form, and beside it what came of it.
#[component]
pub fn Submit(label: InboxText, work: Work) -> impl IntoView {
    let texts = Inbox::current().texts;
    view! {
        <div class="submit">
            <Button
                label=texts.inbox(label)
                kind=Kind::Primary
                submits=true
                pending=work.pending
            />
            <Outcome work />
        </div>
    }
}

/// What came of something that the agent asked for.
#[component]
pub fn Outcome(work: Work) -> impl IntoView {
    let texts = Inbox::current().texts;
    view! {
        <p class="saved" role="status">
            {calc(move || work.saved.get().then(|| texts.inbox(InboxText::Saved)))}
        </p>
        <p class="error" role="alert">
            {work.failed}
        </p>
    }
}

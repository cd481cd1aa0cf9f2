//! What the agent sets of mails: what invitations say, where meetings take place, which mails come.

use domain::{
    Refusal,
    settings::{INVITATION_CHARS, Letters, VIDEO_BYTES},
    texts::{fill, keys::InboxText},
};
use leptos::{
    ev::SubmitEvent,
    html::{Input, Textarea},
    prelude::*,
};

use super::{
    replies::variables,
    work::{Submit, Work},
};
use crate::{
    api::{Failure, set_letters},
    browser,
    components::{Field, calc, effect},
    live::Inbox,
};

const INVITATION: &str = "invitation";
const VIDEO: &str = "video";

/// The words of invitations, the video room, and whether requests are mailed.
#[component]
pub fn LettersForm(letters: Letters) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let work = Work::new();
    let (invitation, video) = (NodeRef::<Textarea>::new(), NodeRef::<Input>::new());
    let requests = NodeRef::<Input>::new();
    let invitation_fault = RwSignal::new(None::<String>);
    let video_fault = RwSignal::new(None::<String>);
    let say = move |fault: RwSignal<Option<String>>, words: String, id| {
        fault.set(Some(words));
        browser::focus(id);
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (Some(invitation), Some(video)) = (invitation.get_untracked(), video.get_untracked())
        else {
            return;
        };
        let letters = Letters {
            invitation: invitation.value().trim().to_owned(),
            video: video.value().trim().to_owned(),
            requests: requests.get_untracked().is_some_and(|box_| box_.checked()),
        };
        if letters.invitation.chars().count() > INVITATION_CHARS {
            let count = INVITATION_CHARS.to_string();
            let words = fill(texts.inbox(InboxText::FieldLong), &[("count", &count)]);
            return say(invitation_fault, words, INVITATION);
        }
        if letters.video.len() > VIDEO_BYTES {
            let count = VIDEO_BYTES.to_string();
            let words = fill(texts.inbox(InboxText::FieldLong), &[("count", &count)]);
            return say(video_fault, words, VIDEO);
        }
        let answer = Box::pin(async move {
            let answer = set_letters(letters).await;
            if answer == Err(Failure::Refused(Refusal::Malformed)) {
                say(
                    video_fault,
                    texts.inbox(InboxText::VideoWrong).to_owned(),
                    VIDEO,
                );
            }
            answer
        });
        work.run(inbox, answer, refused, || {});
    };
    let known = letters.clone();
    // Once they are in the page.
    effect(move || {
        if let (Some(invitation), Some(video)) = (invitation.get(), video.get()) {
            invitation.set_value(&known.invitation);
            video.set_value(&known.video);
        }
    });
    let missing = (!inbox.mail)
        .then(|| view! { <p class="trouble">{texts.inbox(InboxText::MailMissingHere)}</p> });
    view! {
        <form novalidate on:submit=on_submit>
            {missing}
            <div class="field">
                <label for=INVITATION>{texts.inbox(InboxText::InvitationText)}</label>
                <textarea
                    id=INVITATION
                    rows="4"
                    aria-invalid=calc(move || {
                        invitation_fault.with(Option::is_some).then_some("true")
                    })
                    aria-describedby="invitation-error invitation-hint"
                    node_ref=invitation
                    on:input=move |_| invitation_fault.set(None)
                ></textarea>
                <p class="error" id="invitation-error" role="alert">
                    {invitation_fault}
                </p>
                <p class="hint" id="invitation-hint">
                    {texts.inbox(InboxText::InvitationHint)}
                    " "
                    {variables(texts)}
                </p>
            </div>
            <Field
                id=VIDEO
                label=texts.inbox(InboxText::VideoLink)
                hint=texts.inbox(InboxText::VideoHint)
                error=video_fault
                input=video
                on_input=move |()| video_fault.set(None)
            />
            <label class="check">
                <input type="checkbox" checked=letters.requests node_ref=requests />
                {texts.inbox(InboxText::MailRequests)}
            </label>
            <Submit label=InboxText::Save work />
        </form>
    }
}

fn refused(refusal: Refusal) -> Option<InboxText> {
    match refusal {
        // It stands beside the field.
        Refusal::Malformed => Some(InboxText::HoursWrong),
        Refusal::TooLarge => Some(InboxText::ReplyLong),
        _ => None,
    }
}

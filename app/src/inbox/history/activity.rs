use domain::{
    ConversationId,
    activity::{ActivityKind, MeetingFact},
    conversation::EndReason,
    message::Message,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
    transcript::{Reader, system_text},
};
use leptos::prelude::*;

use super::Entry;
use crate::{
    api::{Failure, read_transcript},
    browser::{self, Wording},
    calendar,
    components::{Button, Kind, Moment, SkeletonRows, calc, part},
    inbox::{
        line::{day_word, linked},
        visitor_panel::{bare, link, word},
    },
    live::Inbox,
    texts::Texts,
};

/// One activity: what it was, what there is to say of it, when.
#[component]
pub fn ActivityItem(entry: Entry) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let Entry {
        activity, new_day, ..
    } = entry;
    let at = activity.at;
    let day = calc(move || new_day.then(|| day_word(inbox, at)));
    let machine = calendar::machine(at);
    let time = browser::words(at, Wording::Time, texts.language);
    let told = told(activity.kind, texts);
    let class = if told.quiet {
        "activity quiet"
    } else {
        "activity"
    };
    view! {
        <li class=class data-day=day>
            <p class="what">
                <strong>{told.what}</strong>
                " "
                <time datetime=machine>{time}</time>
            </p>
            {told.detail}
            {told.transcript.map(|id| view! { <Transcript id /> })}
        </li>
    }
}

/// An activity in words.
struct Told {
    what: &'static str,
    detail: AnyView,
    /// The chat whose transcript can be read here.
    transcript: Option<ConversationId>,
    /// Of little weight beside the others.
    quiet: bool,
}

fn told(kind: ActivityKind, texts: Texts) -> Told {
    let text = |key| texts.inbox(key);
    let detail = |words: String| match words.as_str() {
        "" => ().into_any(),
        _ => view! { <p class="detail" dir="auto">{words}</p> }.into_any(),
    };
    let transcript = match &kind {
        ActivityKind::ChatEnded { conversation, .. } => Some(*conversation),
        _ => None,
    };
    let quiet = matches!(kind, ActivityKind::PageViewed { .. });
    let (what, detail) = match kind {
        ActivityKind::PageViewed { url, title } => {
            let words = if title.is_empty() {
                bare(&url).to_owned()
            } else {
                title.clone()
            };
            let address = (!title.is_empty() && !url.is_empty())
                .then(|| view! { <span class="address">{bare(&url).to_owned()}</span> });
            let view = view! {
                <p class="detail" dir="auto">
                    {link(url, words)} " " {address}
                </p>
            };
            (text(InboxText::PageViewed), view.into_any())
        }
        ActivityKind::ChatStarted { .. } => (text(InboxText::ChatStarted), ().into_any()),
        ActivityKind::ChatEnded { reason, agent, .. } => (
            texts.shared(SharedText::Ended),
            detail(ended(reason, &agent, texts)),
        ),
        ActivityKind::FormFilled { fields } => {
            let fields: Vec<_> = fields.into_iter().map(|field| word(field, texts)).collect();
            (text(InboxText::FormFilled), detail(fields.join(", ")))
        }
        ActivityKind::MessageLeft { .. } => (text(InboxText::MessageLeft), ().into_any()),
        ActivityKind::Identified { signed } => {
            let words = if signed {
                text(InboxText::Verified)
            } else {
                ""
            };
            (text(InboxText::Identified), detail(words.to_owned()))
        }
        ActivityKind::Rated {
            rating, comment, ..
        } => {
            let number = rating.number().to_string();
            let number = fill(text(InboxText::RatingOf), &[("rating", &number)]);
            let comment = comment.map(|comment| {
                view! { <p class="detail remark" dir="auto">{comment.to_string()}</p> }
            });
            let view = view! {
                <p class="detail">{number}</p>
                {comment}
            };
            (text(InboxText::Rated), view.into_any())
        }
        ActivityKind::MeetingScheduled(fact) => {
            (text(InboxText::MeetingScheduled), meeting(fact, texts))
        }
        ActivityKind::MeetingRescheduled(fact) => {
            (text(InboxText::MeetingRescheduled), meeting(fact, texts))
        }
        ActivityKind::MeetingCancelled(fact) => {
            (text(InboxText::MeetingCancelled), meeting(fact, texts))
        }
        ActivityKind::Reported { name } => (text(InboxText::Reported), detail(name.to_string())),
    };
    Told {
        what,
        detail,
        transcript,
        quiet,
    }
}

/// When a meeting is, and with whom.
fn meeting(fact: MeetingFact, texts: Texts) -> AnyView {
    let with = fill(texts.inbox(InboxText::WithAgent), &[("agent", &fact.agent)]);
    view! {
        <p class="detail" dir="auto">
            <Moment at=fact.start /> " · " {with}
        </p>
    }
    .into_any()
}

/// With whom a chat was, and why it ended, where that is not plain.
fn ended(reason: EndReason, agent: &str, texts: Texts) -> String {
    let with =
        (!agent.is_empty()).then(|| fill(texts.inbox(InboxText::WithAgent), &[("agent", agent)]));
    let why = match reason {
        EndReason::Agent => None,
        EndReason::Visitor => Some(InboxText::ByVisitor),
        EndReason::Cancelled => Some(InboxText::WasCancelled),
        EndReason::Missed => Some(InboxText::WasMissed),
        EndReason::Inactivity => Some(InboxText::NoActivity),
    };
    let why = why.map(|key| texts.inbox(key).to_owned());
    let parts: Vec<String> = [with, why].into_iter().flatten().collect();
    parts.join(" · ")
}

/// The button that opens the transcript of an earlier chat in place.
#[component]
fn Transcript(id: ConversationId) -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let open = RwSignal::new(false);
    // None while it is being read.
    let read = RwSignal::new(None::<Result<Vec<Message>, Failure>>);
    let ask = move || {
        read.set(None);
        browser::spawn(async move {
            let messages = read_transcript(id).await;
            inbox.check(messages.as_ref().err());
            read.try_set(Some(messages));
        });
    };
    let toggle = move |_| {
        open.update(|open| *open = !*open);
        if open.get_untracked() && !read.with_untracked(|read| matches!(read, Some(Ok(_)))) {
            ask();
        }
    };
    view! {
        <button
            type="button"
            class="button inline"
            aria-expanded=calc(move || open.get().to_string())
            on:click=toggle
        >
            {texts.inbox(InboxText::ShowTranscript)}
        </button>
        {part(move || {
            if !open.get() {
                return ().into_any();
            }
            match read.get() {
                None => view! { <SkeletonRows /> }.into_any(),
                Some(Err(_)) => {
                    view! {
                        <p class="detail error" role="alert">
                            {texts.inbox(InboxText::TranscriptFailed)} " "
                            <Button
                                label=texts.shared(SharedText::Retry)
                                kind=Kind::Inline
                                on_click=Callback::new(move |()| ask())
                            />
                        </p>
                    }
                        .into_any()
                }
                Some(Ok(messages)) => said(inbox, messages),
            }
        })}
    }
}

fn said(inbox: Inbox, messages: Vec<Message>) -> AnyView {
    let texts = inbox.texts;
    let lines: Vec<_> = messages
        .into_iter()
        .map(|message| said_line(inbox, message))
        .collect();
    view! {
        <ul class="transcript" aria-label=texts.inbox(InboxText::Transcript)>
            {lines}
        </ul>
    }
    .into_any()
}

fn said_line(inbox: Inbox, message: Message) -> AnyView {
    use domain::message::{Author, Body};

    let texts = inbox.texts;
    let time = view! {
        <time datetime=calendar::machine(message.at)>
            {browser::words(message.at, Wording::Time, texts.language)}
        </time>
    };
    let author = match message.author {
        Author::Agent { name, .. } => name,
        Author::Visitor | Author::System => texts.shared(SharedText::Visitor).to_owned(),
    };
    let words = match message.body {
        Body::System(system) => {
            let words = system_text(&system, Reader::Agent(inbox.me().id), &texts);
            return view! { <li class="of-system">{words} " " {time}</li> }.into_any();
        }
        Body::Calendar(card) => {
            let shared = texts.shared(SharedText::CalendarOf);
            let words = fill(shared, &[("agent", &card.agent.name)]);
            return view! { <li class="of-system">{words} " " {time}</li> }.into_any();
        }
        Body::Text(text) => linked(&text).into_any(),
        Body::File(card) => {
            let words = fill(texts.shared(SharedText::FileNamed), &[("name", &card.name)]);
            let address = format!("/files/{}", card.address);
            view! { <a href=address target="_blank" rel="noopener">{words}</a> }.into_any()
        }
    };
    view! {
        <li>
            <span class="author" dir="auto">{author}</span>
            " "
            {time}
            " "
            <p dir="auto">{words}</p>
        </li>
    }
    .into_any()
}

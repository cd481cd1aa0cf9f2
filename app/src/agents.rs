//! The page `Agents`: who is there, and what they do.

use std::sync::Arc;

use domain::{
    agent::Role,
    inbox::AgentStatus,
    permission::Action,
    texts::{
        fill,
        keys::{InboxText, SharedText},
    },
};
use leptos::prelude::*;

use crate::{
    api::{Failure, read_agents},
    components::{Avatar, Button, Empty, SkeletonRows, calc, instant, part},
    follow::follow,
    inbox_state::Intent,
    live::Inbox,
};

/// What the page shows; none while it is being read for the first time.
type Read = RwSignal<Option<Result<Arc<Vec<AgentStatus>>, Failure>>>;

/// The agents with their status, for those who may see it.
#[component]
pub fn Agents() -> impl IntoView {
    let inbox = Inbox::current();
    let texts = inbox.texts;
    let title = texts.inbox(InboxText::Agents);
    if !inbox.may(Action::ReadAgents) {
        #[cfg(feature = "ssr")]
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(http::StatusCode::FORBIDDEN);
        }
        return view! {
            <main class="page tabled agents">
                <h1>{title}</h1>
                <Empty text=texts.inbox(InboxText::NotForYou) />
            </main>
        }
        .into_any();
    }
    let agents: Read = RwSignal::new(None);
    follow(inbox, move || Box::pin(read(inbox, agents)));
    let retry = move |()| {
        agents.set(None);
        crate::browser::spawn(read(inbox, agents));
    };
    view! {
        <main class="page tabled agents">
            <h1>{title}</h1>
            <p class="hint">{texts.inbox(InboxText::AgentsHint)}</p>
            {part(move || match agents.get() {
                None => view! { <SkeletonRows /> }.into_any(),
                Some(Err(_)) => {
                    let label = texts.shared(SharedText::Retry).to_owned();
                    let action = (label, Callback::new(retry));
                    view! { <Empty text=texts.inbox(InboxText::AgentsFailed) action /> }.into_any()
                }
                Some(Ok(agents)) => table(inbox, &agents),
            })}
        </main>
    }
    .into_any()
}

async fn read(inbox: Inbox, agents: Read) {
    let read = read_agents().await;
    inbox.check(read.as_ref().err());
    let failed = read.is_err();
    let is_shown = agents.try_with_untracked(|shown| matches!(shown, Some(Ok(_))));
    // What was read before stays: the next change tries again.
    if !(failed && is_shown == Some(true)) {
        agents.try_set(Some(read.map(Arc::new)));
    }
}

fn table(inbox: Inbox, agents: &[AgentStatus]) -> AnyView {
    let texts = inbox.texts;
    let heads = [
        InboxText::Agent,
        InboxText::Status,
        InboxText::Connection,
        InboxText::Chats,
        InboxText::Teams,
    ]
    .map(|key| view! { <th scope="col">{texts.inbox(key)}</th> });
    let rows = agents.iter().map(|agent| row(inbox, agent)).collect_view();
    view! {
        <div class="table">
            <table>
                <thead>
                    <tr>
                        {heads.into_iter().collect_view()}
                        <td></td>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(inbox: Inbox, agent: &AgentStatus) -> AnyView {
    let texts = inbox.texts;
    let id = agent.id;
    let name_id = format!("agent-{id}");
    let role = match agent.role {
        Role::Agent => InboxText::RoleAgent,
        Role::Supervisor => InboxText::RoleSupervisor,
        Role::Admin => InboxText::RoleAdmin,
    };
    let now = agent.availability;
    let status = if now.available {
        InboxText::Available
    } else {
        InboxText::Unavailable
    };
    let until = calc(move || match now.over {
        None => texts.inbox(InboxText::BySchedule).to_owned(),
        Some(over) if over.at_midnight => texts.inbox(InboxText::UntilMidnight).to_owned(),
        Some(over) => fill(
            texts.inbox(InboxText::Until),
            &[("time", &instant(inbox, over.until))],
        ),
    });
    let connection = if agent.connected {
        InboxText::Connected
    } else {
        InboxText::NotConnected
    };
    let chats = fill(
        texts.inbox(InboxText::ChatsOf),
        &[
            ("count", &agent.open.to_string()),
            ("limit", &agent.limit.to_string()),
        ],
    );
    let teams = match agent.teams.as_slice() {
        [] => "-".to_owned(),
        teams => teams.join(", "),
    };
    let name = agent.name.clone();
    let photo = agent.photo.clone();
    let act = now.available.then(|| {
        let intent = Intent::SetUnavailable(id);
        let asked = intent.clone();
        view! {
            <Button
                label=texts.inbox(InboxText::SetUnavailable)
                described=name_id.clone()
                pending=calc(move || inbox.is_asked(&asked))
                on_click=Callback::new(move |()| inbox.ask(intent.clone()))
            />
        }
    });
    let cell = |title: InboxText, class, inside: AnyView| {
        view! {
            <td class=class data-title=texts.inbox(title)>
                {inside}
            </td>
        }
    };
    view! {
        <tr>
            <th scope="row">
                <div class="person">
                    <Avatar name=Some(name.clone()) photo />
                    <span class="who">
                        <span id=name_id dir="auto">
                            {name}
                        </span>
                        <span class="hint">{texts.inbox(role)}</span>
                    </span>
                </div>
            </th>
            {cell(
                InboxText::Status,
                if now.available { "state on" } else { "state" },
                view! {
                    <span>{texts.inbox(status)}</span>
                    <span class="hint">{until}</span>
                }
                    .into_any(),
            )}
            {cell(
                InboxText::Connection,
                if agent.connected { "link on" } else { "link" },
                view! { <span>{texts.inbox(connection)}</span> }.into_any(),
            )}
            {cell(InboxText::Chats, "figure", chats.into_any())}
            {cell(InboxText::Teams, "teams", teams.into_any())}
            <td class="act">{act}</td>
        </tr>
    }
    .into_any()
}

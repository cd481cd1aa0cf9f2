//! The end of a commit: what changed is written, and told.

use domain::{
    conversation::{Lists, State},
    frame::agent::Position,
};

use super::{batch::Batch, working::Working};
use crate::{
    live::{
        event::{ConversationChanged, Event},
        weight::pieces,
    },
    store::{self, Connection, audit::Deed, event::Stored, layout, visitor::Known},
};

/// How many bytes of messages, or of notes, one event carries, about.
const EVENT_BYTES: usize = 64 * 1024;

impl Batch<'_> {
    /// Writes everything that changed; returns the events, numbered after `n`, and what people did
    /// with a role's power.
    pub async fn write(
        mut self,
        connection: &mut Connection,
        n: i64,
    ) -> Result<(Vec<(Position, Event)>, Vec<Deed>), sqlx::Error> {
        if let Some(error) = self.unwritable.take() {
            return Err(error);
        }
        for chat in self.chats.values_mut().filter(|chat| chat.changed) {
            chat.head.version = chat.head.version.saturating_add(1);
        }
        let touched = |chat: &&Working| chat.changed || !chat.notes.is_empty();
        let mut changed: Vec<&Working> = self.chats.values().filter(touched).collect();
        changed.sort_by_key(|chat| chat.head.id);
        let visitors: Vec<&Known> = self
            .changed_visitors
            .iter()
            .filter_map(|id| self.visitors.get(id))
            .collect();
        store::visitor::save(connection, &visitors).await?;
        let heads = |new: bool| -> Vec<_> {
            let chats = changed.iter().filter(|chat| chat.new == new);
            let due = |chat: &Working| chat.head.due_at(self.directory.times(chat.head.site));
            chats.map(|chat| (&chat.head, due(chat))).collect()
        };
        // Those that end go first: a visitor's next conversation finds the place free.
        store::conversation::save(connection, &heads(false)).await?;
        store::conversation::add(connection, &heads(true)).await?;
        let messages: Vec<_> = changed
            .iter()
            .flat_map(|chat| chat.messages.iter().map(|message| (chat.head.id, message)))
            .collect();
        store::message::add(connection, &messages).await?;
        let listed: Vec<_> = changed
            .iter()
            .filter(|chat| chat.comes_into_a_list())
            .filter_map(|chat| Some((chat.head.id, self.visitors.get(&chat.head.visitor)?)))
            .collect();
        let said_in_lists: Vec<_> = changed
            .iter()
            .filter(|chat| chat.before.lists != Lists::Nobody)
            .flat_map(|chat| chat.messages.iter().map(|message| (chat.head.id, message)))
            .collect();
        store::search::write(connection, &visitors, &listed, &said_in_lists).await?;
        let meetings = self.write_meetings(connection).await?;
        let notes: Vec<_> = changed
            .iter()
            .flat_map(|chat| chat.notes.iter().map(|note| (chat.head.id, note)))
            .collect();
        store::note::add(connection, &notes).await?;
        store::activity::add(connection, &self.activities).await?;
        store::file::sent(connection, &self.sent_files).await?;
        self.enqueue_letters(connection, &changed).await?;
        let answers: Vec<_> = self
            .new_answers
            .iter()
            .filter_map(|id| self.answered.get(id))
            .cloned()
            .collect();
        store::command::add(connection, &answers, self.now).await?;
        for (visitor, blocked) in &self.blocked {
            let since = blocked.then_some(self.now);
            store::visitor::set_blocked(connection, *visitor, since).await?;
        }
        let duties: Vec<_> = self
            .changed_duties
            .iter()
            .filter_map(|agent| self.duties.get(agent))
            .collect();
        store::duty::save(connection, &duties).await?;
        store::duty::end_row(connection, &self.answered_offers).await?;
        store::audit::add(connection, &self.deeds, self.now).await?;
        store::presence::enter(connection, self.run, &self.entering).await?;
        for (subject, at) in &self.leaving {
            store::presence::leave(connection, self.run, &[*subject], *at).await?;
        }
        store::presence::sign_out(connection, &self.signed_out).await?;
        let moved: Vec<_> = self.roster.turns.moved().collect();
        store::turn::save(connection, &moved).await?;
        let mut events = Vec::with_capacity(changed.len() + self.events.len());
        for chat in &changed {
            events.extend(self.events_of(chat));
        }
        events.extend(meetings);
        events.extend(self.events.iter().cloned());
        let busy_changed = changed
            .iter()
            .any(|chat| chat.before != chat.head.audience());
        if busy_changed || self.agents_changed {
            events.push(Event::Agents);
        }
        let events = self.store_events(connection, n, events).await?;
        Ok((events, self.deeds))
    }

    async fn store_events(
        &self,
        connection: &mut Connection,
        n: i64,
        events: Vec<Event>,
    ) -> Result<Vec<(Position, Event)>, sqlx::Error> {
        let numbered: Vec<_> = (n + 1..)
            .zip(events)
            .map(|(n, event)| (Position { run: self.run, n }, event))
            .collect();
        let stored: Vec<_> = numbered
            .iter()
            .map(|(position, event)| {
                Ok(Stored {
                    position: *position,
                    payload: layout::EVENT.write(event)?,
                })
            })
            .collect::<Result<_, sqlx::Error>>()?;
        store::event::add(connection, &stored, self.now).await?;
        Ok(numbered)
    }

    /// What is told of a conversation: in one event, or in several where much was said at once.
    /// Whoever has just got it is told its head; the rest is read by who opens it.
    fn events_of(&self, chat: &Working) -> Vec<Event> {
        let head = &chat.head;
        let known = self.visitors.get(&head.visitor);
        let had = match chat.before.lists {
            Lists::Agent(own) | Lists::Unanswered(Some(own)) => Some(own),
            Lists::Nobody | Lists::Unanswered(None) | Lists::Everyone => None,
        };
        let gained = chat.before.lists != Lists::Everyone
            && head.agent().is_some_and(|agent| had != Some(agent));
        let visitor = known.map(|known| &known.visitor);
        let told = gained || self.changed_visitors.contains(&head.visitor);
        let agent = head.agent().and_then(|agent| self.directory.agent(agent));
        let transfer_to = match &head.state {
            State::Active {
                transfer: Some(transfer),
                ..
            } => self.directory.agent_name(transfer.to),
            _ => None,
        };
        let (mut messages, mut notes) = (
            pieces(&chat.messages, EVENT_BYTES).into_iter(),
            pieces(&chat.notes, EVENT_BYTES).into_iter(),
        );
        let whole = ConversationChanged {
            before: chat.before,
            conversation: head.clone(),
            messages: messages.next().unwrap_or_default().to_vec(),
            notes: notes.next().unwrap_or_default().to_vec(),
            quiet: !chat.changed,
            key: known.map_or([0; 32], |known| known.key),
            visitor: visitor
                .and_then(|visitor| visitor.label())
                .map(str::to_owned),
            page: visitor
                .map(|visitor| visitor.page.label().to_owned())
                .unwrap_or_default(),
            visitor_connected: known.is_some_and(|known| known.connected),
            agent_name: agent.map(|agent| agent.name.to_string()),
            agent_photo: agent.and_then(|agent| agent.photo.clone()),
            transfer_to: transfer_to.map(str::to_owned),
            notices: chat.notices.clone(),
            closes_at: head.closes_at(self.directory.times(head.site)),
            profile: visitor.filter(|_| told).cloned(),
        };
        let rest = ConversationChanged {
            before: head.audience(),
            messages: Vec::new(),
            notes: Vec::new(),
            notices: Vec::new(),
            profile: None,
            ..whole.clone()
        };
        let messages = messages.map(|messages| ConversationChanged {
            messages: messages.to_vec(),
            ..rest.clone()
        });
        let notes = notes.map(|notes| ConversationChanged {
            notes: notes.to_vec(),
            quiet: true,
            ..rest.clone()
        });
        core::iter::once(whole.clone())
            .chain(messages)
            .chain(notes)
            .map(|changed| Event::Conversation(Box::new(changed)))
            .collect()
    }
}

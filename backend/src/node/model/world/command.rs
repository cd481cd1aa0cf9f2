//! Commands on their way to the product and to the reference.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use domain::{
    AgentId, CommandId, ConversationId,
    frame::{
        agent::{self as agent_frame, AgentCommand},
        visitor::{self as visitor_frame, VisitorCommand},
    },
    visitor::{Page, ProfileEdit, ProfileInput},
};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Sent, World};
use crate::{
    bound::Source,
    live::connect::visitor_key,
    node::model::{
        action::{Asks, Command, Does},
        reference::{Answer, Form, Outcome},
    },
    writer::{Done, NotDone, Origin, Task, VisitorSelf},
};

/// From where a visitor comes: each from an address of their own.
fn home(visitor: usize) -> Source {
    let last = u8::try_from(visitor).unwrap_or(u8::MAX);
    IpAddr::from(Ipv4Addr::new(192, 0, 2, last)).into()
}

/// What a client sends.
#[derive(Clone)]
pub enum What {
    Agent(Does),
    Visitor(Asks),
}

impl What {
    /// Whether it may make a conversation.
    fn creates(&self) -> bool {
        matches!(self, Self::Visitor(Asks::Start(..) | Asks::Leave(None, ..)))
    }
}

fn profile(form: &Form) -> ProfileInput {
    ProfileInput {
        name: form.name.clone(),
        email: form.email.clone(),
        ..ProfileInput::default()
    }
}

/// What the product answered, in the reference's terms.
fn outcome(done: Result<Done, NotDone>) -> Outcome {
    Ok(match done.map_err(NotDone::refusal)? {
        Done::Agent(agent_frame::Answer::Done) | Done::Visitor(visitor_frame::Answer::Done) => {
            Answer::Done
        }
        Done::Visitor(visitor_frame::Answer::Started { conversation }) => {
            Answer::Started(conversation)
        }
        Done::Agent(agent_frame::Answer::Message {
            conversation,
            seq,
            at,
        })
        | Done::Visitor(visitor_frame::Answer::Message {
            conversation,
            seq,
            at,
        }) => Answer::Message(conversation, seq, at.0),
        Done::Agent(agent_frame::Answer::Note(note)) => Answer::Note(note.n, note.after, note.at.0),
        // Meetings are no part of the walk.
        Done::Visitor(visitor_frame::Answer::Booked(_)) | Done::Silently => Answer::Done,
    })
}

impl World {
    pub(super) fn chat(&self, at: usize) -> ConversationId {
        let unknown = ConversationId(Uuid::from_u128(7));
        let known = self.order.get(..self.known);
        known
            .and_then(|known| known.get(at))
            .copied()
            .unwrap_or(unknown)
    }

    fn agent_id(&self, place: usize) -> AgentId {
        let unknown = AgentId(Uuid::from_u128(9));
        self.cast.agents.get(place).copied().unwrap_or(unknown)
    }

    /// The node to which a command goes; none if its client is not connected.
    fn line_of(&self, sent: &Sent) -> Option<usize> {
        match sent.what {
            What::Agent(_) => Some(self.agents.get(sent.client)?.on.as_ref()?.node),
            What::Visitor(_) => Some(self.visitors.get(sent.client)?.on.as_ref()?.node),
        }
    }

    fn prepare(&mut self, command: Command) -> Option<Sent> {
        let (client, what) = match command {
            Command::Agent(client, does) => (client, What::Agent(does)),
            Command::Visitor(client, asks) => (client, What::Visitor(asks)),
            Command::Again(back, by) => {
                let at = self.sent.len().checked_sub(back + 1)?;
                let mut again = self.sent.get(at)?.clone();
                again.client = by.unwrap_or(again.client);
                self.line_of(&again)?;
                return Some(again);
            }
        };
        self.commands += 1;
        let sent = Sent {
            client,
            id: CommandId(Uuid::from_u128(self.commands)),
            what,
        };
        self.line_of(&sent)?;
        self.sent.push(sent.clone());
        Some(sent)
    }

    /// Sends commands that reach their nodes at one moment: one commit a node.
    pub(super) async fn commands(&mut self, commands: Vec<Command>) -> Result<(), String> {
        let mut prepared = Vec::new();
        for command in commands {
            if let Some(sent) = self.prepare(command) {
                // Ids of one millisecond have no order that a repetition of the walk would keep.
                let second = prepared
                    .iter()
                    .any(|(_, one): &(usize, Sent)| one.what.creates());
                if !(second && sent.what.creates())
                    && let Some(node) = self.line_of(&sent)
                {
                    prepared.push((node, sent));
                }
            }
        }
        for node in 0..self.nodes.len() {
            let here: Vec<Sent> = prepared
                .iter()
                .filter(|(at, _)| *at == node)
                .map(|(_, sent)| sent.clone())
                .collect();
            if !here.is_empty() {
                self.commit(node, here).await?;
                self.deliver(node).await?;
                self.compare().await?;
            }
        }
        Ok(())
    }

    async fn commit(&mut self, node: usize, all: Vec<Sent>) -> Result<(), String> {
        let run = self.node(node).map_or(0, |node| node.run);
        self.known = self.order.len();
        let mut waiting = Vec::new();
        for sent in &all {
            let Some(task) = self.task(sent) else {
                return Err("a command without a client".into());
            };
            let (tell, told) = oneshot::channel();
            let writer = self.node(node).map(|node| node.casella.writer.clone());
            writer
                .ok_or("a command for a node that is down")?
                .submit(Origin::Node, task, |done| {
                    let _ = tell.send(done);
                });
            waiting.push(told);
        }
        self.reference.asking.clear();
        let mut found = Vec::new();
        for told in waiting {
            found.push(outcome(told.await.map_err(|error| error.to_string())?));
        }
        for (sent, found) in all.iter().zip(found) {
            let fresh = match found {
                Ok(Answer::Started(id) | Answer::Message(id, ..)) => id,
                _ => ConversationId(Uuid::nil()),
            };
            let expected = self.refer(sent, run, fresh);
            if self.reference.chats.contains_key(&fresh) && !self.order.contains_recent(fresh) {
                self.order.push(fresh);
            }
            if found != expected {
                return Err(format!("answer {found:?} instead of {expected:?}"));
            }
        }
        Ok(())
    }

    fn task(&self, sent: &Sent) -> Option<Task> {
        let id = sent.id;
        Some(match &sent.what {
            What::Agent(does) => Task::Agent {
                who: self.agents.get(sent.client)?.session.as_ref()?.viewer(),
                id,
                command: self.agent_command(*does),
            },
            What::Visitor(asks) => {
                let client = self.visitors.get(sent.client)?;
                Task::Visitor {
                    who: Arc::new(VisitorSelf {
                        key: visitor_key(client.site, &client.token),
                        from: home(client.visitor),
                        site: client.site,
                        language: "en",
                        user_agent: "Test".into(),
                        zone: "".into(),
                        page: Page::default(),
                        vouched: None,
                    }),
                    id,
                    command: self.visitor_command(asks),
                }
            }
        })
    }

    fn agent_command(&self, does: Does) -> AgentCommand {
        match does {
            Does::Accept(at) => AgentCommand::Accept {
                conversation: self.chat(at),
            },
            Does::Decline(at) => AgentCommand::Decline {
                conversation: self.chat(at),
            },
            Does::Say(at, text) => AgentCommand::Message {
                conversation: self.chat(at),
                text: text.text(),
            },
            Does::Note(at, text) => AgentCommand::Note {
                conversation: self.chat(at),
                text: text.text(),
            },
            Does::Score(at, score) => AgentCommand::SetScore {
                conversation: self.chat(at),
                score: score.map(|score| score.try_into().unwrap()),
            },
            Does::Edit(at, fix) => AgentCommand::EditVisitor {
                conversation: self.chat(at),
                edit: ProfileEdit {
                    name: fix.name(),
                    email: fix.email(),
                    ..ProfileEdit::default()
                },
            },
            Does::End(at) => AgentCommand::End {
                conversation: self.chat(at),
            },
            Does::Switch(available) => AgentCommand::SetAvailable { available },
            Does::Reset => AgentCommand::ResetAvailability,
            Does::PickUp(at) => AgentCommand::PickUp {
                conversation: self.chat(at),
            },
            Does::Transfer(at, to, note) => AgentCommand::Transfer {
                conversation: self.chat(at),
                to: self.agent_id(to),
                note: note.text(),
            },
            Does::TakeOver(at) => AgentCommand::TakeOver {
                conversation: self.chat(at),
            },
            Does::Block(at, blocked) => AgentCommand::SetBlocked {
                conversation: self.chat(at),
                blocked,
            },
            Does::SetUnavailable(place) => AgentCommand::SetUnavailable {
                agent: self.agent_id(place),
            },
        }
    }

    fn visitor_command(&self, asks: &Asks) -> VisitorCommand {
        match asks {
            Asks::Start(form, first) => VisitorCommand::Start {
                form: profile(form),
                first_message: Some(first.text()),
                views: Vec::new(),
            },
            Asks::Say(at, text) => VisitorCommand::Message {
                conversation: self.chat(*at),
                text: text.text(),
            },
            Asks::Leave(at, form, text) => VisitorCommand::Leave {
                conversation: at.map(|at| self.chat(at)),
                form: profile(form),
                text: text.text(),
                views: Vec::new(),
            },
            Asks::End(at) => VisitorCommand::End {
                conversation: self.chat(*at),
            },
            Asks::Rate(at, rating) => VisitorCommand::Rate {
                conversation: self.chat(*at),
                rating: (*rating).try_into().unwrap(),
                comment: String::new(),
            },
            Asks::Identify(form) => VisitorCommand::Identify {
                profile: profile(form),
            },
        }
    }

    /// The same in the reference.
    fn refer(&mut self, sent: &Sent, run: i64, fresh: ConversationId) -> Outcome {
        let id = sent.id;
        match &sent.what {
            What::Agent(does) => {
                let client = &self.agents[sent.client];
                let (agent, role) = (client.agent, client.role());
                self.refer_agent(agent, role, id, *does)
            }
            What::Visitor(asks) => {
                let visitor = self.visitors[sent.client].visitor;
                match asks {
                    Asks::Start(form, first) => {
                        let first = first.text();
                        self.reference.start(visitor, run, id, form, &first, fresh)
                    }
                    Asks::Say(at, text) => {
                        let chat = self.chat(*at);
                        self.reference.visitor_says(visitor, id, chat, &text.text())
                    }
                    Asks::Leave(at, form, text) => {
                        let chat = at.map(|at| self.chat(at));
                        let text = text.text();
                        self.reference
                            .leave(visitor, run, id, chat, form, &text, fresh)
                    }
                    Asks::End(at) => {
                        let chat = self.chat(*at);
                        self.reference.visitor_ends(visitor, id, chat)
                    }
                    Asks::Rate(at, rating) => {
                        let chat = self.chat(*at);
                        self.reference.rate(visitor, id, chat, *rating)
                    }
                    Asks::Identify(form) => self.reference.identify(visitor, id, form),
                }
            }
        }
    }

    fn refer_agent(
        &mut self,
        agent: usize,
        role: domain::agent::Role,
        id: CommandId,
        does: Does,
    ) -> Outcome {
        let known = |place: usize| Some(place).filter(|place| *place < self.cast.agents.len());
        let to = match does {
            Does::Transfer(_, to, _) | Does::SetUnavailable(to) => known(to),
            _ => None,
        };
        let chat = match does {
            Does::Accept(at)
            | Does::Decline(at)
            | Does::Say(at, _)
            | Does::Note(at, _)
            | Does::Score(at, _)
            | Does::Edit(at, _)
            | Does::End(at)
            | Does::PickUp(at)
            | Does::Transfer(at, ..)
            | Does::TakeOver(at)
            | Does::Block(at, _) => self.chat(at),
            Does::Switch(_) | Does::Reset | Does::SetUnavailable(_) => ConversationId(Uuid::nil()),
        };
        let reference = &mut self.reference;
        if let Does::Say(_, text) = does {
            return reference.agent_says(agent, id, chat, &text.text());
        }
        if let Does::Note(_, text) = does {
            return reference.note(agent, id, chat, &text.text());
        }
        reference.agent_does(agent, id, |all| match does {
            Does::Score(_, score) => all.score(agent, chat, score),
            Does::Edit(_, fix) => all.edit(agent, chat, fix),
            Does::Accept(_) => all.accept(agent, chat),
            Does::Decline(_) => all.decline(agent, chat),
            Does::End(_) => all.agent_ends(agent, chat),
            Does::Switch(available) => {
                all.switch(agent, available);
                Ok(())
            }
            Does::Reset => {
                all.reset(agent);
                Ok(())
            }
            Does::PickUp(_) => all.pick_up(agent, chat),
            Does::Transfer(_, _, note) => all.hand_over(agent, chat, to, &note.text()),
            Does::TakeOver(_) => all.take_over(agent, role, chat),
            Does::Block(_, blocked) => all.block(agent, role, chat, blocked),
            Does::SetUnavailable(_) => all.set_unavailable(role, to),
            Does::Say(..) | Does::Note(..) => Ok(()),
        })
    }
}

/// Whether one of the last is this.
trait ContainsRecent {
    fn contains_recent(&self, id: ConversationId) -> bool;
}

impl ContainsRecent for Vec<ConversationId> {
    fn contains_recent(&self, id: ConversationId) -> bool {
        self.iter().rev().any(|known| *known == id)
    }
}

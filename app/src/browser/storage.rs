//! What this browser keeps for an agent between pages: drafts, and messages that were not sent.
//!
//! One entry each, so that two tabs never overwrite each other's. A browser that keeps nothing
//! (private mode, full disk) loses only what a reload would lose.

use std::sync::Arc;

use domain::{AgentId, CommandId, ConversationId, Refusal, Timestamp};
use web_sys::Storage;

use crate::inbox_state::{Fate, Intent, Unsent};

/// After this time unsent words are dropped, in microseconds: 30 days.
const KEPT: i64 = 30 * 86_400 * 1_000_000;

fn storage() -> Option<Storage> {
    super::window().local_storage().ok().flatten()
}

/// What is kept under a key.
pub fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// The note that Casella cannot send mail was read. The document's head looks here before it is
/// drawn the next time.
pub fn hide_mail_note() {
    set("casella:mail", "no");
    if let Some(root) = leptos::prelude::document().document_element() {
        let _ = root.set_attribute("data-mail", "no");
    }
}

/// Keeps a value under a key.
pub fn set(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Drops what is kept under keys that begin with this, unless its value is to stay.
pub fn retain(prefix: &str, stays: impl Fn(&str) -> bool) {
    for key in keys(prefix) {
        let stays = get(&key).is_some_and(|value| stays(&value));
        if let (false, Some(storage)) = (stays, storage()) {
            let _ = storage.remove_item(&key);
        }
    }
}

fn keys(prefix: &str) -> Vec<String> {
    let Some(storage) = storage() else {
        return Vec::new();
    };
    (0..storage.length().unwrap_or(0))
        .filter_map(|index| storage.key(index).ok().flatten())
        .filter(|key| key.starts_with(prefix))
        .collect()
}

/// What a draft is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draft {
    Reply,
    /// Kept apart: it must never be sent to the visitor.
    Note,
}

fn draft_key(agent: AgentId, conversation: ConversationId, draft: Draft) -> String {
    let kind = match draft {
        Draft::Reply => "draft",
        Draft::Note => "note",
    };
    format!("casella:{kind}:{agent}:{conversation}")
}

fn unsent_prefix(agent: AgentId) -> String {
    format!("casella:unsent:{agent}:")
}

/// What was being written in a conversation; empty if nothing.
pub fn draft(agent: AgentId, conversation: ConversationId, draft: Draft) -> String {
    get(&draft_key(agent, conversation, draft)).unwrap_or_default()
}

/// Keeps what is being written; nothing is kept of an empty draft.
pub fn keep_draft(agent: AgentId, conversation: ConversationId, draft: Draft, text: &str) {
    let Some(storage) = storage() else { return };
    let key = draft_key(agent, conversation, draft);
    let _ = if text.is_empty() {
        storage.remove_item(&key)
    } else {
        storage.set_item(&key, text)
    };
}

/// Keeps a message or note until it is sent.
pub fn keep(agent: AgentId, unsent: &Unsent) {
    let (Some(storage), Some(entry)) = (storage(), entry(unsent)) else {
        return;
    };
    let key = format!("{}{}", unsent_prefix(agent), unsent.id);
    let _ = storage.set_item(&key, &entry);
}

/// A message is sent or given up.
pub fn forget(agent: AgentId, id: CommandId) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&format!("{}{id}", unsent_prefix(agent)));
    }
}

/// The messages and notes that earlier pages could not send, in the order of writing.
pub fn unsent(agent: AgentId, now: Timestamp) -> Vec<Unsent> {
    let Some(storage) = storage() else {
        return Vec::new();
    };
    let prefix = unsent_prefix(agent);
    let mut found = Vec::new();
    for key in keys(&prefix) {
        let id = key.strip_prefix(&prefix).and_then(|id| id.parse().ok());
        let text = storage.get_item(&key).ok().flatten().unwrap_or_default();
        match id.and_then(|id| parse(id, &text)) {
            Some(unsent) if now.0.saturating_sub(unsent.at.0) < KEPT => {
                let at = found.partition_point(|known: &Unsent| known.id <= unsent.id);
                found.insert(at, unsent);
            }
            _ => {
                let _ = storage.remove_item(&key);
            }
        }
    }
    found
}

/// What stands before the fate of a note.
const NOTE: &str = "note ";

/// Conversation, instant and fate on a line each, then the words. A file cannot be kept.
fn entry(unsent: &Unsent) -> Option<String> {
    let (conversation, note, text) = match &unsent.intent {
        Intent::Message { conversation, text } => (conversation, "", text),
        Intent::Note { conversation, text } => (conversation, NOTE, text),
        _ => return None,
    };
    let fate = match unsent.fate {
        Fate::Uploading(_) | Fate::Waiting => "waiting",
        Fate::Refused(Refusal::Ended) => "ended",
        Fate::Refused(Refusal::Unavailable) => "unavailable",
        Fate::Refused(_) => "refused",
    };
    let at = unsent.at.0;
    Some(format!("{conversation}\n{at}\n{note}{fate}\n{text}"))
}

fn parse(id: CommandId, entry: &str) -> Option<Unsent> {
    let mut lines = entry.splitn(4, '\n');
    let conversation = lines.next()?.parse().ok()?;
    let at = Timestamp(lines.next()?.parse().ok()?);
    let fate = lines.next()?;
    let (note, fate) = match fate.strip_prefix(NOTE) {
        Some(fate) => (true, fate),
        None => (false, fate),
    };
    let fate = match fate {
        "waiting" => Fate::Waiting,
        "ended" => Fate::Refused(Refusal::Ended),
        "unavailable" => Fate::Refused(Refusal::Unavailable),
        _ => Fate::Refused(Refusal::NotNow),
    };
    let text = Arc::from(lines.next()?);
    let intent = if note {
        Intent::Note { conversation, text }
    } else {
        Intent::Message { conversation, text }
    };
    Some(Unsent {
        fate,
        ..Unsent::new(id, intent, at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let conversation = ConversationId::new(Timestamp(0), [1; 10]);
        let id = CommandId::new(Timestamp(0), [2; 10]);
        let text: Arc<str> = Arc::from("two\nlines\n");
        let message = Intent::Message {
            conversation,
            text: Arc::clone(&text),
        };
        for intent in [message, Intent::Note { conversation, text }] {
            let mut unsent = Unsent::new(id, intent, Timestamp(7));
            for fate in [Fate::Waiting, Fate::Refused(Refusal::Ended)] {
                unsent.fate = fate;
                let entry = entry(&unsent).unwrap();
                assert_eq!(parse(id, &entry), Some(unsent.clone()));
            }
        }
        assert_eq!(parse(id, "nonsense"), None);
    }
}

//! What the inbox asks of the agent, and of the browser.

use domain::ConversationId;
use leptos::prelude::*;

use super::Inbox;
use crate::{browser, notify::Permission};

/// What is asked of the agent above everything else.
#[derive(Clone, Copy, Debug)]
pub enum Dialog {
    /// To whom a chat is to be handed over.
    Transfer(ConversationId),
    /// Whose calendar to share in a chat.
    ShareCalendar(ConversationId),
    /// A dialog of the page beside the chats, which draws it.
    OfPage(Callback<(), AnyView>),
    /// What the keys do.
    Shortcuts,
    /// Whether to sign out although there are active chats.
    SignOut,
    /// Whether to block the visitor of a conversation, or to take that back.
    Block {
        conversation: ConversationId,
        blocked: bool,
    },
}

impl Inbox {
    /// The dialog that is open.
    pub fn dialog(self) -> Option<Dialog> {
        self.track(|parts| &parts.dialog);
        self.inner.with_value(|inner| inner.dialog)
    }

    /// Opens a dialog above everything else.
    pub fn open_dialog(self, dialog: Dialog) {
        browser::remember_focus();
        self.set_dialog(Some(dialog));
    }

    /// Closes the dialog; the focus goes back to where it was.
    pub fn close_dialog(self) {
        self.set_dialog(None);
        browser::restore_focus();
    }

    fn set_dialog(self, dialog: Option<Dialog>) {
        self.inner.update_value(|inner| inner.dialog = dialog);
        self.touch(|parts| &parts.dialog);
    }

    /// Whether the agent wants sounds and the browser blocks them.
    pub fn misses_sound(self) -> bool {
        self.sound_blocked.get() && self.notifications().sound
    }

    /// The browser blocks sound, or blocks it no longer.
    pub fn sound_is_blocked(self, blocked: bool) {
        self.sound_blocked.set(blocked);
    }

    /// What the browser says of notifications; none until it was asked.
    pub fn permission(self) -> Option<Permission> {
        self.track(|parts| &parts.permission);
        self.inner.with_value(|inner| inner.permission)
    }

    /// What the browser says of notifications now.
    pub fn set_permission(self, permission: Permission) {
        self.inner
            .update_value(|inner| inner.permission = Some(permission));
        self.touch(|parts| &parts.permission);
    }
}

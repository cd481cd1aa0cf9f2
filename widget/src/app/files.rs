//! Files that the visitor attaches.

use domain::{
    CommandId, FileId, Refusal,
    file::{FILE_BYTES, FILE_NAME_CHARS, FileCard, FileKind, VisitorUpload},
};

use super::App;
use crate::{bytes::random, upload::Upload, words::now};

impl App {
    /// Shows the file at once, and begins to upload it.
    pub(super) fn attach(&mut self, name: String, bytes: Vec<u8>) {
        self.problem.clear();
        if !self.site.files {
            return;
        }
        if bytes.is_empty() || bytes.len() > FILE_BYTES {
            self.fail(if bytes.is_empty() {
                Refusal::Empty
            } else {
                Refusal::FileTooLarge
            });
            return;
        }
        let id = Self::fresh_id();
        let file = FileId::new(now(), random());
        let card = FileCard {
            id: file,
            address: String::new(),
            name: name.chars().take(FILE_NAME_CHARS).collect(),
            kind: FileKind::Other,
            bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            pixels: None,
        };
        let conversation = self.chat.current().map(|thread| thread.head.id);
        if let Some(conversation) = conversation
            && self.chat.attach(id, now(), card)
        {
            let body = VisitorUpload {
                site: self.site.key.clone(),
                token: self.loader.token(),
                identity: self.said.identity(),
                conversation,
                file,
                name,
                bytes,
            };
            self.uploads.push(Upload {
                id,
                body,
                percent: 0,
            });
            self.upload(id);
            self.view.go_to_end();
        }
    }

    /// Sends a file that is not up yet, from the beginning.
    pub(super) fn upload(&mut self, id: CommandId) {
        if let Some(upload) = self.uploads.iter_mut().find(|upload| upload.id == id) {
            upload.begin();
        }
    }

    pub(super) fn progress(&mut self, id: CommandId, percent: u32) {
        if let Some(upload) = self.uploads.iter_mut().find(|upload| upload.id == id) {
            upload.percent = percent;
        }
    }

    pub(super) fn uploaded(&mut self, id: CommandId, result: Result<FileCard, Refusal>) {
        if result.is_ok() {
            self.uploads.retain(|upload| upload.id != id);
        }
        let effects = self.chat.uploaded(id, result);
        self.perform(effects);
    }
}

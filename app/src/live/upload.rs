//! Files on their way to the server: one at a time, in the order in which they were attached.

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
};

use domain::{
    CommandId, ConversationId, FileId, Refusal,
    file::{AgentUpload, FileCard},
    frame,
};
use js_sys::{ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, File, FileList, ProgressEvent, XmlHttpRequest, XmlHttpRequestResponseType};

use super::Inbox;
use crate::browser;

#[derive(Default)]
struct Uploads {
    /// What was attached and is not at the server yet.
    files: HashMap<FileId, File>,
    queue: VecDeque<CommandId>,
    /// Whether one is on its way.
    busy: bool,
}

thread_local! {
    static UPLOADS: RefCell<Uploads> = RefCell::default();
}

impl Inbox {
    /// Attaches files to a conversation; they are sent as soon as they are uploaded.
    pub fn attach(self, id: ConversationId, files: &FileList) {
        for file in (0..files.length()).filter_map(|at| files.item(at)) {
            let command = browser::command_id();
            let name = file.name();
            #[expect(
                clippy::as_conversions,
                reason = "a float of bytes has no other way to an integer; `as` saturates"
            )]
            let bytes = file.size() as u32;
            UPLOADS.with_borrow_mut(|uploads| {
                uploads.files.insert(FileId(command.0), file);
            });
            self.update(|state| state.attach(command, id, &name, bytes, browser::now()));
        }
    }

    /// Gives up a file that was not sent.
    pub fn remove_upload(self, id: CommandId) {
        self.update(|state| state.remove_upload(id));
    }
}

/// Uploads the file of a command when those before it are through.
pub(super) fn begin(inbox: Inbox, id: CommandId) {
    let free = UPLOADS.with_borrow_mut(|uploads| {
        if !uploads.queue.contains(&id) {
            uploads.queue.push_back(id);
        }
        !core::mem::replace(&mut uploads.busy, true)
    });
    if free {
        browser::spawn(work(inbox));
    }
}

/// The file is no longer needed.
pub(super) fn forget(file: FileId) {
    UPLOADS.with_borrow_mut(|uploads| uploads.files.remove(&file));
}

async fn work(inbox: Inbox) {
    while let Some(id) = UPLOADS.with_borrow_mut(|uploads| {
        let next = uploads.queue.pop_front();
        uploads.busy = next.is_some();
        next
    }) {
        // Given up meanwhile.
        let Some(upload) = inbox.state(|state| state.upload(id)) else {
            continue;
        };
        let file = UPLOADS.with_borrow(|uploads| uploads.files.get(&upload.file).cloned());
        let bytes = match file {
            Some(file) => read(&file).await,
            None => None,
        };
        let result = match bytes {
            None => Err(Refusal::NotFound),
            Some(bytes) => {
                let body = frame::encode(&AgentUpload {
                    conversation: upload.conversation,
                    file: upload.file,
                    name: upload.name.to_string(),
                    bytes,
                });
                send(inbox, id, &body).await
            }
        };
        inbox.update(|state| state.uploaded(id, result));
    }
}

/// What is in a file; none if it is gone from the disk.
async fn read(file: &File) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(file.array_buffer()).await.ok()?;
    let buffer: ArrayBuffer = buffer.dyn_into().ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// Not `fetch`, which tells nothing of how far it is.
async fn send(inbox: Inbox, id: CommandId, body: &[u8]) -> Result<FileCard, Refusal> {
    let unavailable = |_: JsValue| Refusal::Unavailable;
    let request = XmlHttpRequest::new().map_err(unavailable)?;
    request.open("POST", "/api/upload").map_err(unavailable)?;
    request.set_response_type(XmlHttpRequestResponseType::Arraybuffer);
    let progress = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        let share = event.loaded() / event.total().max(1.0);
        #[expect(
            clippy::as_conversions,
            reason = "a float has no other way to an integer; `as` saturates"
        )]
        let percent = (share * 100.0).min(100.0) as u8;
        inbox.update(|state| {
            state.uploading(id, percent);
            Vec::new()
        });
    });
    if let Ok(upload) = request.upload() {
        upload.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    }
    let mut done = None;
    let over = Promise::new(&mut |resolve, _| {
        // Whatever ends it: success, failure, a lost connection.
        let ended = Closure::once_into_js(move |_: Event| {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        });
        request.set_onloadend(Some(ended.unchecked_ref()));
        done = Some(ended);
    });
    request
        .send_with_opt_u8_array(Some(body))
        .map_err(unavailable)?;
    JsFuture::from(over).await.map_err(unavailable)?;
    answer(&request)
}

fn answer(request: &XmlHttpRequest) -> Result<FileCard, Refusal> {
    let status = request.status().unwrap_or(0);
    let bytes = request
        .response()
        .ok()
        .and_then(|response| response.dyn_into::<ArrayBuffer>().ok())
        .map(|buffer| Uint8Array::new(&buffer).to_vec())
        .unwrap_or_default();
    match (frame::decode::<Result<FileCard, Refusal>>(&bytes), status) {
        (Ok(result), _) => result,
        // Refused before it came to the frame: 413 by what stands before Casella.
        (Err(_), 401) => Err(Refusal::SignedOut),
        (Err(_), 413) => Err(Refusal::TooLarge),
        (Err(_), 429) => Err(Refusal::TooMany),
        (Err(_), _) => Err(Refusal::Unavailable),
    }
}

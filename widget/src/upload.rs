//! Files on their way to the server.

use domain::{
    CommandId, Refusal,
    file::{FileCard, VisitorUpload},
    frame::{encode, read::read},
};
use web_sys::Event;

use crate::{
    connection::request::{request, send},
    dom::{get, hear},
    message::Msg,
};

/// How long an upload may take, in milliseconds.
const UPLOAD_MILLIS: u32 = 600_000;

/// A file that is not up yet; its bytes are kept for a second try.
pub struct Upload {
    pub id: CommandId,
    pub body: VisitorUpload,
    /// How much of it is up.
    pub percent: u32,
}

impl Upload {
    /// Sends it, from the beginning. What becomes of it is told.
    pub fn begin(&mut self) {
        self.percent = 0;
        let id = self.id;
        let sent = request("/upload/visitor", UPLOAD_MILLIS).is_some_and(|request| {
            if let Ok(up) = request.upload() {
                let progress = Box::new(move |event: Event| {
                    crate::dispatch(Msg::Progress(id, percent(&event)));
                });
                hear(&up, "progress", progress);
            }
            let asked = request.clone();
            let over = Box::new(move |answer: Vec<u8>| {
                let status = asked.status().unwrap_or_default();
                Msg::Uploaded(id, card(&answer, status))
            });
            send(&request, &encode(&self.body), over)
        });
        if !sent {
            crate::dispatch(Msg::Uploaded(id, Err(Refusal::Unavailable)));
        }
    }
}

/// The server's card of the file, or why there is none.
fn card(answer: &[u8], status: u16) -> Result<FileCard, Refusal> {
    read(answer).unwrap_or(Err(match status {
        // Not Casella's words: what stands before it takes no request of this size.
        413 => Refusal::TooLarge,
        _ => Refusal::Unavailable,
    }))
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates; a part of a whole"
)]
fn percent(event: &Event) -> u32 {
    let number = |name| get(event, name).as_f64().unwrap_or(0.0);
    (number("loaded") * 100.0 / number("total").max(1.0)) as u32
}

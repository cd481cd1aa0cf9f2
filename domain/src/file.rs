//! Files in conversations: what may be attached, and what is shown of it.

use serde::{Deserialize, Serialize};

use crate::{ConversationId, FileId, frame::visitor::VisitorToken, site::SiteKey};

/// The largest file, in bytes: 10 MB.
pub const FILE_BYTES: usize = crate::bound::Bound::FileBytes.amount();

/// The longest name of a file that is kept, in characters; longer ones lose their middle.
pub const FILE_NAME_CHARS: usize = 120;

/// A file that an agent uploads: the body of `POST /api/upload`, as a frame. The answer is the frame
/// of a `Result<FileCard, Refusal>`. The same id again gets the same answer; what no message sends
/// within a day is removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentUpload {
    pub conversation: ConversationId,
    /// Chosen by the sender.
    pub file: FileId,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What stands before the content in the frame of an [`AgentUpload`]: enough to look whether it may
/// come at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentUploadHead {
    pub conversation: ConversationId,
    pub file: FileId,
    pub name: String,
}

/// The same from a visitor: the body of `POST /upload/visitor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorUpload {
    pub site: SiteKey,
    pub token: VisitorToken,
    /// As in [`VisitorHello`](crate::frame::visitor::VisitorHello).
    pub identity: Option<String>,
    pub conversation: ConversationId,
    pub file: FileId,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What stands before the content in the frame of a [`VisitorUpload`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorUploadHead {
    pub site: SiteKey,
    pub token: VisitorToken,
    pub identity: Option<String>,
    pub conversation: ConversationId,
    pub file: FileId,
    pub name: String,
}

/// What kind of content a file has, found from its first bytes, never from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FileKind {
    Png,
    Jpeg,
    Gif,
    Webp,
    Pdf,
    /// A ZIP archive, also those of office programs.
    Zip,
    /// UTF-8 text, markup included; always offered as a download of plain text.
    Text,
    /// Anything else; always offered as a download.
    Other,
}

impl FileKind {
    /// Whether a page may show it in place.
    pub fn is_image(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Gif | Self::Webp)
    }

    /// The media type that it is served with. None of them can run as a page.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Zip => "application/zip",
            Self::Text => "text/plain; charset=utf-8",
            Self::Other => "application/octet-stream",
        }
    }
}

/// A file as a message shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCard {
    pub id: FileId,
    /// The unguessable part of its address `/files/{address}`; whoever has it may read the file.
    pub address: String,
    /// As its sender named it, at most [`FILE_NAME_CHARS`] characters, without folders.
    pub name: String,
    pub kind: FileKind,
    /// Its size in bytes.
    pub bytes: u32,
    /// Width and height in pixels, of images, so that nothing moves when they arrive.
    pub pixels: Option<(u16, u16)>,
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::{
        Timestamp,
        frame::{Head, decode_head, encode},
    };

    const CONTENT: &[u8] = &[7; 300];

    /// Reads a head from every beginning of a frame: it is there as soon as the content begins.
    fn read<T: DeserializeOwned + PartialEq + core::fmt::Debug>(frame: &[u8], head: &T) {
        let begin = frame.len() - CONTENT.len();
        for length in 0..begin {
            assert_eq!(decode_head::<T>(&frame[..length]), Ok(None), "{length}");
        }
        for length in begin..=frame.len() {
            let read = decode_head::<T>(&frame[..length]).unwrap().unwrap();
            assert_eq!(read.content, 300);
            assert_eq!(&read.head, head);
            assert_eq!(read.rest, &CONTENT[..length - begin]);
        }
    }

    #[test]
    fn who_uploads_is_known_before_the_content_has_come() {
        let conversation = ConversationId::new(Timestamp(1), [1; 10]);
        let file = FileId::new(Timestamp(2), [2; 10]);
        let name = "Angebot für Zoë.pdf".to_owned();
        let by_agent = encode(&AgentUpload {
            conversation,
            file,
            name: name.clone(),
            bytes: CONTENT.to_vec(),
        });
        let head = AgentUploadHead {
            conversation,
            file,
            name: name.clone(),
        };
        read(&by_agent, &head);

        let (site, identity): (SiteKey, _) = ("shop".parse().unwrap(), Some("a.b.c".to_owned()));
        let by_visitor = encode(&VisitorUpload {
            site: site.clone(),
            token: [9; 32],
            identity: identity.clone(),
            conversation,
            file,
            name: name.clone(),
            bytes: CONTENT.to_vec(),
        });
        let head = VisitorUploadHead {
            site,
            token: [9; 32],
            identity,
            conversation,
            file,
            name,
        };
        read(&by_visitor, &head);
        let nonsense: Result<Option<Head<'_, AgentUploadHead>>, _> = decode_head(b"nonsense");
        assert!(nonsense.is_err());
    }
}

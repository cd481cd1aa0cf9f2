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

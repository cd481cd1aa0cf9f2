//! Files that people attach: uploaded first, then sent by a command of the connection.

mod disk;
mod kind;
mod name;

use std::time::Duration;

use domain::{
    AgentId, ConversationId, FileId, Refusal, Timestamp,
    conversation::State,
    file::{AgentUpload, FILE_BYTES, FileCard, FileKind, VisitorUpload},
    permission::Action,
};
use sha2::{Digest as _, Sha256};

use crate::{
    Casella, Error, SignedIn, random,
    store::{self, Connection, Dialect, file::Uploaded},
};
pub use disk::Disk;

/// How long what no message sends is kept.
const UNSENT_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How many files of a conversation may be uploaded and not sent.
const UNSENT: i64 = 20;

/// A file as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedFile {
    pub name: String,
    pub kind: FileKind,
    pub bytes: Vec<u8>,
}

/// Whether a text can be an address: 32 random bytes in hexadecimal digits.
fn is_address(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 64 && text.bytes().all(digit)
}

impl Casella {
    /// Takes a file that an agent wants to send in an own active chat. The same id again is
    /// answered with the same card.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a chat that is not the agent's, [`Refusal::Ended`] after its end;
    /// [`Refusal::Empty`], [`Refusal::FileTooLarge`]; [`Refusal::TooMany`] with too many that are
    /// not sent; [`Refusal::Forbidden`] for an id that another file has.
    pub async fn upload_by_agent(
        &self,
        who: &SignedIn,
        upload: AgentUpload,
    ) -> Result<FileCard, Error> {
        let (agent, viewer) = (Some(who.agent.id), who.viewer());
        let mut connection = self.store.reader().await?;
        let draft = Draft::new(
            upload.conversation,
            agent,
            upload.file,
            &upload.name,
            upload.bytes,
        )?;
        if let Some(card) = draft.known(&mut connection).await? {
            return Ok(card);
        }
        let now = self.clock.now();
        let listed = store::list::one(&mut connection, upload.conversation, now).await?;
        drop(connection);
        let head = listed.ok_or(Refusal::NotFound)?.conversation;
        head.held_by(viewer.agent)?;
        if !viewer.may(Action::Talk, viewer.stands(&head)) {
            return Err(Refusal::NotFound.into());
        }
        self.take_in(draft).await
    }

    /// The same of a visitor, in an active chat of a site that allows it.
    ///
    /// # Errors
    /// As [`Casella::upload_by_agent`]; [`Refusal::Forbidden`] where the site takes no files, or
    /// for an identity that does not hold; [`Refusal::NotNow`] in a chat that is not active;
    /// [`Refusal::Blocked`].
    pub async fn upload_by_visitor(&self, upload: VisitorUpload) -> Result<FileCard, Error> {
        let site = self.site(&upload.site).await?.ok_or(Refusal::NotFound)?;
        let (key, _) = self
            .visitor_of(site.id, &upload.token, upload.identity.as_deref())
            .await?;
        let mut connection = self.store.reader().await?;
        let now = self.clock.now();
        let listed = store::list::one(&mut connection, upload.conversation, now).await?;
        let head = listed.ok_or(Refusal::NotFound)?.conversation;
        let known = store::visitor::of_id(&mut connection, head.visitor, now).await?;
        let known = known.filter(|known| known.key == key);
        let known = known.ok_or(Refusal::NotFound)?;
        let draft = Draft::new(
            upload.conversation,
            None,
            upload.file,
            &upload.name,
            upload.bytes,
        )?;
        if let Some(card) = draft.known(&mut connection).await? {
            return Ok(card);
        }
        drop(connection);
        head.open_to_visitor()?;
        if known.visitor.blocked {
            return Err(Refusal::Blocked.into());
        }
        if !site.settings.visitor_files {
            return Err(Refusal::Forbidden.into());
        }
        if !matches!(head.state, State::Active { .. }) {
            return Err(Refusal::NotNow.into());
        }
        self.take_in(draft).await
    }

    async fn take_in(&self, draft: Draft) -> Result<FileCard, Error> {
        let Draft { mut file, bytes } = draft;
        let now = self.clock.now();
        let mut connection = self.store.writer().await?;
        if store::file::unsent(&mut connection, file.conversation).await? >= UNSENT {
            return Err(Refusal::TooMany.into());
        }
        if connection.dialect() == Dialect::Postgres {
            file.ready = true;
            connection.begin().await?;
            if store::file::add(&mut connection, &file, now).await? {
                store::file::add_content(&mut connection, file.card.id, &bytes).await?;
                connection.commit().await?;
                return Ok(file.card);
            }
            connection.rollback().await?;
        }
        // The row comes first: whatever lies on the disk is known, and can be cleared away.
        else if store::file::add(&mut connection, &file, now).await? {
            drop(connection);
            return self.write(file.card, bytes).await;
        }
        // The same came twice at once, or was broken off the last time.
        let before = store::file::by_id(&mut connection, file.card.id).await?;
        drop(connection);
        let before = before.filter(|before| same(before, &file));
        let before = before.ok_or(Refusal::Forbidden)?;
        if before.ready {
            Ok(before.card)
        } else {
            self.write(before.card, bytes).await
        }
    }

    async fn write(&self, card: FileCard, bytes: Vec<u8>) -> Result<FileCard, Error> {
        let written = self.disk.put(&card.address, bytes).await;
        written.map_err(|error| Error::Internal(format!("a file was not written: {error}")))?;
        let mut connection = self.store.writer().await?;
        store::file::complete(&mut connection, card.id).await?;
        Ok(card)
    }

    /// A file by its address, for whoever has that.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Internal`] if the content cannot be read.
    pub async fn file(&self, address: &str) -> Result<Option<ServedFile>, Error> {
        if !is_address(address) {
            return Ok(None);
        }
        let mut connection = self.store.reader().await?;
        let found = store::file::by_address(&mut connection, address).await?;
        let Some(Uploaded { card, .. }) = found.filter(|file| file.ready) else {
            return Ok(None);
        };
        let bytes = if connection.dialect() == Dialect::Postgres {
            Some(store::file::content(&mut connection, card.id).await?)
        } else {
            drop(connection);
            let read = self.disk.get(address).await;
            read.map_err(|error| Error::Internal(format!("a file was not read: {error}")))?
        };
        Ok(bytes.map(|bytes| ServedFile {
            name: card.name,
            kind: card.kind,
            bytes,
        }))
    }

    /// Removes what no message sent in time: first it is out of use, then its content goes, then
    /// its row, so that nothing is left whenever this is broken off.
    pub(crate) async fn clear_files(&self, now: Timestamp) -> Result<(), sqlx::Error> {
        let mut connection = self.store.writer().await?;
        let retired = store::file::retire(&mut connection, now - UNSENT_KEPT).await?;
        if connection.dialect() == Dialect::Sqlite {
            drop(connection);
            for (_, address) in &retired {
                self.disk.remove(address).await.map_err(sqlx::Error::Io)?;
            }
            connection = self.store.writer().await?;
        }
        let files: Vec<FileId> = retired.into_iter().map(|(file, _)| file).collect();
        store::file::remove(&mut connection, &files).await
    }
}

/// A file that is about to be taken in.
struct Draft {
    file: Uploaded,
    bytes: Vec<u8>,
}

impl Draft {
    fn new(
        conversation: ConversationId,
        agent: Option<AgentId>,
        id: FileId,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<Self, Refusal> {
        let size = match u32::try_from(bytes.len()) {
            Ok(0) => return Err(Refusal::Empty),
            Ok(size) if bytes.len() <= FILE_BYTES => size,
            _ => return Err(Refusal::FileTooLarge),
        };
        let (kind, pixels) = kind::kind(&bytes);
        let file = Uploaded {
            card: FileCard {
                id,
                address: hex::encode(random::<32>()),
                name: name::clean(name),
                kind,
                bytes: size,
                pixels,
            },
            conversation,
            agent,
            hash: Sha256::digest(&bytes).into(),
            ready: false,
            sent: false,
        };
        Ok(Self { file, bytes })
    }

    /// The card that was given for the same before.
    async fn known(&self, connection: &mut Connection) -> Result<Option<FileCard>, Error> {
        match store::file::by_id(connection, self.file.card.id).await? {
            Some(before) if !same(&before, &self.file) => Err(Refusal::Forbidden.into()),
            before => Ok(before.filter(|file| file.ready).map(|file| file.card)),
        }
    }
}

/// Whether it is the same content from the same sender.
fn same(before: &Uploaded, file: &Uploaded) -> bool {
    before.conversation == file.conversation
        && before.agent == file.agent
        && before.hash == file.hash
}

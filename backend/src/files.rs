//! Files that people attach: uploaded first, then sent by a command of the connection.

mod budget;
mod content;
mod disk;
mod kind;
mod name;
mod upload;

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use domain::{
    AgentId, ConversationId, FileId, Refusal, Timestamp,
    bound::Bound,
    conversation::State,
    file::{AgentUploadHead, FILE_BYTES, FileCard, FileKind, VisitorUploadHead},
    permission::Action,
};

use crate::{
    Casella, Error, SignedIn,
    bound::{Source, met},
    random,
    store::{self, Connection, Dialect, file::Uploaded},
};
use budget::Budgets;
pub use content::Content;
use disk::Disk;
use upload::Place;
pub use upload::Upload;

/// How long what no message sends is kept.
const UNSENT_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// A file as it is served.
pub struct ServedFile {
    pub name: String,
    pub kind: FileKind,
    /// Its size in bytes.
    pub bytes: u32,
    pub content: Content,
}

/// Whether a text can be an address: 32 random bytes in hexadecimal digits.
fn is_address(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 64 && text.bytes().all(digit)
}

/// What a node has for files.
pub struct Files {
    /// Where they lie beside a SQLite database.
    disk: Disk,
    budgets: Budgets,
}

impl Files {
    pub fn new(data_dir: &Path) -> Self {
        Self {
            disk: Disk::new(data_dir),
            budgets: Budgets::default(),
        }
    }
}

/// The size of a file that is to come.
fn size(bytes: u64) -> Result<u32, Refusal> {
    match u32::try_from(bytes) {
        Ok(0) => Err(Refusal::Empty),
        Ok(size) if usize::try_from(size).is_ok_and(|size| size <= FILE_BYTES) => Ok(size),
        _ => Err(Refusal::FileTooLarge),
    }
}

impl Casella {
    /// Allows a file of so many bytes that an agent wants to send in an own active chat; its content
    /// has not been read. The same id again is answered with the same card.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a chat that is not the agent's, [`Refusal::Ended`] after its end;
    /// [`Refusal::Empty`], [`Refusal::FileTooLarge`]; [`Refusal::TooMany`] with too many that are
    /// not sent, [`Refusal::TooManyFiles`] for today; [`Refusal::Forbidden`] for an id that another
    /// file has.
    pub async fn begin_upload_by_agent(
        &self,
        who: &SignedIn,
        head: AgentUploadHead,
        bytes: u64,
    ) -> Result<Upload, Error> {
        let size = size(bytes)?;
        let (agent, viewer) = (who.agent.id, who.viewer());
        let draft = draft(head.conversation, Some(agent), head.file, &head.name, size);
        let mut connection = self.store.reader().await?;
        let before = known(&mut connection, &draft).await?;
        if before.as_ref().is_none_or(|before| !before.ready) {
            let now = self.clock.now();
            let listed = store::list::one(&mut connection, head.conversation, now).await?;
            let chat = listed.ok_or(Refusal::NotFound)?.conversation;
            chat.held_by(viewer.agent)?;
            if !viewer.may(Action::Talk, viewer.stands(&chat)) {
                return Err(Refusal::NotFound.into());
            }
        }
        drop(connection);
        self.files.budgets.take_of_agent(agent, size)?;
        self.take_in(draft, before).await
    }

    /// The same of a visitor at some address, in an active chat of a site that allows it.
    ///
    /// # Errors
    /// As [`Casella::begin_upload_by_agent`]; [`Refusal::Forbidden`] where the site takes no files,
    /// or for an identity that does not hold; [`Refusal::NotNow`] in a chat that is not active;
    /// [`Refusal::Blocked`].
    pub async fn begin_upload_by_visitor(
        &self,
        head: VisitorUploadHead,
        bytes: u64,
        from: Source,
    ) -> Result<Upload, Error> {
        let site = self.site(&head.site).await?.ok_or(Refusal::NotFound)?;
        let (key, _) = self
            .visitor_of(site.id, &head.token, head.identity.as_deref())
            .await?;
        let mut connection = self.store.reader().await?;
        let now = self.clock.now();
        let listed = store::list::one(&mut connection, head.conversation, now).await?;
        let chat = listed.ok_or(Refusal::NotFound)?.conversation;
        let visitor = store::visitor::of_id(&mut connection, chat.visitor, now).await?;
        let visitor = visitor.filter(|visitor| visitor.key == key);
        let visitor = visitor.ok_or(Refusal::NotFound)?;
        let size = size(bytes)?;
        let draft = draft(head.conversation, None, head.file, &head.name, size);
        let before = known(&mut connection, &draft).await?;
        drop(connection);
        if before.as_ref().is_none_or(|before| !before.ready) {
            chat.open_to_visitor()?;
            if visitor.visitor.blocked {
                return Err(Refusal::Blocked.into());
            }
            if !site.settings.visitor_files {
                return Err(Refusal::Forbidden.into());
            }
            if !matches!(chat.state, State::Active { .. }) {
                return Err(Refusal::NotNow.into());
            }
        }
        let budgets = &self.files.budgets;
        budgets.take_of_visitor(chat.visitor, head.conversation, from, size)?;
        self.take_in(draft, before).await
    }

    /// Notes that a file comes in. The row comes first: whatever lies on the disk is known, and can
    /// be cleared away.
    async fn take_in(&self, file: Uploaded, before: Option<Uploaded>) -> Result<Upload, Error> {
        let left = usize::try_from(file.card.bytes).unwrap_or(usize::MAX);
        let upload = |file, place| {
            let (store, disk) = (self.store.clone(), self.files.disk.clone());
            Upload::new(store, disk, file, left, place)
        };
        let now = self.clock.now();
        let mut connection = self.store.writer().await?;
        let replaced = match before {
            Some(before) if before.ready => return Ok(upload(before, Place::There)),
            // It was broken off, or still comes: then that one ends. It has another address from now
            // on, so that the two never mix.
            Some(before) => {
                if !store::file::begin_anew(&mut connection, &file, now).await? {
                    return Err(Refusal::Unavailable.into());
                }
                Some(before.card.address)
            }
            None => {
                let unsent = store::file::unsent(&mut connection, file.conversation).await?;
                if unsent >= Bound::UnsentFiles.amount() {
                    return Err(met(Bound::UnsentFiles).into());
                }
                if !store::file::add(&mut connection, &file, now).await? {
                    // The same came twice at once.
                    return Err(Refusal::Unavailable.into());
                }
                None
            }
        };
        if connection.dialect() == Dialect::Postgres {
            return Ok(upload(file, Place::Rows(0)));
        }
        drop(connection);
        let disk = &self.files.disk;
        let begun = async {
            if let Some(address) = replaced {
                disk.remove(&address).await?;
            }
            disk.draft().await
        };
        let draft = begun.await;
        let draft =
            draft.map_err(|error| Error::Internal(format!("a file was not written: {error}")))?;
        Ok(upload(file, Place::Disk(draft)))
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
        let content = if connection.dialect() == Dialect::Postgres {
            Some(Content::in_rows(self.store.clone(), card.id))
        } else {
            drop(connection);
            let opened = self.files.disk.open(address).await;
            opened
                .map_err(|error| Error::Internal(format!("a file was not read: {error}")))?
                .map(Content::on_disk)
        };
        Ok(content.map(|content| ServedFile {
            name: card.name,
            kind: card.kind,
            bytes: card.bytes,
            content,
        }))
    }

    /// Removes what no message sent in time: first it is out of use, then its content goes, then
    /// its row, so that nothing is left whenever this is broken off.
    pub(crate) async fn clear_files(&self, now: Timestamp) -> Result<(), sqlx::Error> {
        self.files.budgets.forget_quiet();
        let mut connection = self.store.writer().await?;
        let retired = store::file::retire(&mut connection, now - UNSENT_KEPT).await?;
        if connection.dialect() == Dialect::Sqlite {
            drop(connection);
            let disk = &self.files.disk;
            for (_, address) in &retired {
                disk.remove(address).await.map_err(sqlx::Error::Io)?;
            }
            // Files have the time of the machine, which no test turns.
            let drafts = disk.clear_drafts(SystemTime::now() - UNSENT_KEPT).await;
            drafts.map_err(sqlx::Error::Io)?;
            connection = self.store.writer().await?;
        }
        let files: Vec<FileId> = retired.into_iter().map(|(file, _)| file).collect();
        store::file::remove(&mut connection, &files).await
    }
}

/// A file whose content has not come.
fn draft(
    conversation: ConversationId,
    agent: Option<AgentId>,
    id: FileId,
    name: &str,
    bytes: u32,
) -> Uploaded {
    Uploaded {
        card: FileCard {
            id,
            address: hex::encode(random::<32>()),
            name: name::clean(name),
            kind: FileKind::Other,
            bytes,
            pixels: None,
        },
        conversation,
        agent,
        hash: [0; 32],
        ready: false,
        sent: false,
    }
}

/// What there is of the same id, by the same sender in the same chat.
async fn known(connection: &mut Connection, file: &Uploaded) -> Result<Option<Uploaded>, Error> {
    let before = store::file::by_id(connection, file.card.id).await?;
    let same = |before: &Uploaded| {
        before.conversation == file.conversation
            && before.agent == file.agent
            // Of another size it is another content.
            && (!before.ready || before.card.bytes == file.card.bytes)
    };
    match before {
        Some(before) if !same(&before) => Err(Refusal::Forbidden.into()),
        before => Ok(before),
    }
}

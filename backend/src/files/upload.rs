//! A file that comes in: in pieces, of which one is kept in memory.

use domain::{Refusal, file::FileCard};
use sha2::{Digest as _, Sha256};

use super::{
    disk::{Disk, Draft},
    kind,
};
use crate::{
    Error,
    store::{
        self, Store,
        file::{CHUNK, Uploaded},
    },
};

/// A file that was allowed, and whose content is to be pushed.
pub struct Upload {
    store: Store,
    disk: Disk,
    file: Uploaded,
    /// How many bytes are still to come.
    left: usize,
    /// Came, and was not written yet; at most [`CHUNK`] bytes.
    piece: Vec<u8>,
    kind: kind::Reader,
    hash: Sha256,
    place: Place,
}

/// Where the content goes.
pub(super) enum Place {
    /// It is there: the same is expected again, to be answered with the same card.
    There,
    Disk(Draft),
    /// To PostgreSQL, as rows from this one on.
    Rows(i64),
}

fn not_written(error: std::io::Error) -> Error {
    Error::Internal(format!("a file was not written: {error}"))
}

impl Upload {
    pub(super) fn new(store: Store, disk: Disk, file: Uploaded, left: usize, place: Place) -> Self {
        Self {
            store,
            disk,
            file,
            left,
            piece: Vec::new(),
            kind: kind::Reader::default(),
            hash: Sha256::new(),
            place,
        }
    }

    /// How many bytes are still to come.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for more than was announced, [`Refusal::Unavailable`] if the same file
    /// began to come anew meanwhile; [`Error::Store`], [`Error::Internal`].
    pub async fn push(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        self.left = self
            .left
            .checked_sub(bytes.len())
            .ok_or(Refusal::Malformed)?;
        while !bytes.is_empty() {
            let fits = CHUNK.saturating_sub(self.piece.len()).min(bytes.len());
            let (now, later) = bytes.split_at(fits);
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() >= CHUNK {
                self.write().await?;
            }
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), Error> {
        let piece = std::mem::take(&mut self.piece);
        self.kind.push(&piece);
        self.hash.update(&piece);
        match &mut self.place {
            Place::There => {}
            Place::Disk(draft) => draft.write(&piece).await.map_err(not_written)?,
            Place::Rows(n) => {
                let mut connection = self.store.writer().await?;
                let card = &self.file.card;
                let written =
                    store::file::add_chunk(&mut connection, card.id, &card.address, *n, &piece);
                if !written.await? {
                    return Err(Refusal::Unavailable.into());
                }
                *n += 1;
            }
        }
        Ok(())
    }

    /// The content is whole: from now on there is such a file.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for less than was announced, [`Refusal::Forbidden`] if a file of this id
    /// has another content; else as [`Upload::push`].
    pub async fn finish(mut self) -> Result<FileCard, Error> {
        if self.left > 0 {
            return Err(Refusal::Malformed.into());
        }
        if !self.piece.is_empty() {
            self.write().await?;
        }
        let Self {
            store,
            disk,
            mut file,
            kind,
            hash,
            place,
            ..
        } = self;
        let hash: [u8; 32] = hash.finalize().into();
        match place {
            Place::There if file.hash == hash => return Ok(file.card),
            Place::There => return Err(Refusal::Forbidden.into()),
            Place::Disk(draft) => {
                let kept = disk.keep(&file.card.address, draft).await;
                kept.map_err(not_written)?;
            }
            Place::Rows(_) => {}
        }
        (file.card.kind, file.card.pixels) = kind.kind();
        file.hash = hash;
        let mut connection = store.writer().await?;
        if store::file::complete(&mut connection, &file).await? {
            return Ok(file.card);
        }
        // The same came anew meanwhile: that one counts.
        drop(connection);
        let removed = disk.remove(&file.card.address).await;
        removed.map_err(not_written)?;
        Err(Refusal::Unavailable.into())
    }
}

//! The content of a file as it is read: in pieces, so that a slow reader costs one of them.

use domain::FileId;
use tokio::{fs::File, io::AsyncReadExt as _};

use crate::{
    Error,
    store::{self, Store},
};

/// How much of a file on the disk is read at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// What is still to be read.
pub struct Content(Place);

enum Place {
    Disk(File),
    /// Rows of PostgreSQL, from this one on. No connection is kept between two.
    Rows {
        store: Store,
        file: FileId,
        n: i64,
    },
}

impl Content {
    pub(super) fn on_disk(file: File) -> Self {
        Self(Place::Disk(file))
    }

    pub(super) fn in_rows(store: Store, file: FileId) -> Self {
        Self(Place::Rows { store, file, n: 0 })
    }

    /// The next piece; none after the last.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Internal`] if it cannot be read.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        match &mut self.0 {
            Place::Disk(file) => {
                let mut piece = Vec::with_capacity(PIECE);
                let limit = u64::try_from(PIECE).unwrap_or(u64::MAX);
                let read = file.take(limit).read_to_end(&mut piece).await;
                read.map_err(|error| Error::Internal(format!("a file was not read: {error}")))?;
                Ok((!piece.is_empty()).then_some(piece))
            }
            Place::Rows { store, file, n } => {
                let mut connection = store.reader().await?;
                let piece = store::file::chunk(&mut connection, *file, *n).await?;
                *n += 1;
                Ok(piece)
            }
        }
    }

    /// All that is left.
    ///
    /// # Errors
    /// As [`Content::next`].
    pub async fn rest(mut self) -> Result<Vec<u8>, Error> {
        let mut rest = Vec::new();
        while let Some(piece) = self.next().await? {
            rest.extend(piece);
        }
        Ok(rest)
    }
}

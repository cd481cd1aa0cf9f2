//! Files on the disk, beside a SQLite database.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use tokio::{fs::File, io::AsyncWriteExt as _};

use crate::random;

/// The folder in the data directory.
const FOLDER: &str = "files";

/// In it, what is still coming in.
const DRAFTS: &str = "new";

/// Where the content of files lies, each under its address, in folders by its first two digits.
#[derive(Clone, Debug)]
pub struct Disk(PathBuf);

/// A content that comes in; gone when it is dropped and was not kept.
#[derive(Debug)]
pub struct Draft {
    file: File,
    path: PathBuf,
}

impl Disk {
    pub fn new(data_dir: &Path) -> Self {
        Self(data_dir.join(FOLDER))
    }

    /// Begins a content, which is not there before it is kept.
    ///
    /// # Errors
    /// What the system says.
    pub async fn draft(&self) -> io::Result<Draft> {
        let folder = self.0.join(DRAFTS);
        let path = folder.join(hex::encode(random::<16>()));
        let (file, path) = off(move || {
            make(&folder)?;
            let mut options = OpenOptions::new();
            let file = options.write(true).create_new(true).mode(0o600);
            Ok((file.open(&path)?, path))
        })
        .await?;
        Ok(Draft {
            file: File::from_std(file),
            path,
        })
    }

    /// Keeps what a draft has: from now on it is there, whole and durably.
    ///
    /// # Errors
    /// What the system says.
    pub async fn keep(&self, address: &str, draft: Draft) -> io::Result<()> {
        let path = self.path(address)?;
        draft.file.sync_all().await?;
        off(move || {
            let folder = path.parent().unwrap_or(&path);
            make(folder)?;
            fs::rename(&draft.path, &path)?;
            // The names too: of the file, and of its folder, which may be new.
            for folder in path.ancestors().skip(1).take(3) {
                fs::File::open(folder)?.sync_all()?;
            }
            Ok(())
        })
        .await
    }

    /// Removes drafts that nobody has written to since `before`: the process ended meanwhile.
    ///
    /// # Errors
    /// What the system says.
    pub async fn clear_drafts(&self, before: SystemTime) -> io::Result<()> {
        let folder = self.0.join(DRAFTS);
        off(move || {
            let drafts = match fs::read_dir(folder) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                drafts => drafts?,
            };
            for draft in drafts {
                let draft = draft?;
                if draft.metadata()?.modified()? < before {
                    fs::remove_file(draft.path())?;
                }
            }
            Ok(())
        })
        .await
    }

    /// A content, to be read; none if there is none of this address.
    ///
    /// # Errors
    /// What the system says.
    pub async fn open(&self, address: &str) -> io::Result<Option<File>> {
        match File::open(self.path(address)?).await {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes a content, if it is there.
    ///
    /// # Errors
    /// What the system says.
    pub async fn remove(&self, address: &str) -> io::Result<()> {
        let path = self.path(address)?;
        off(move || match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }

    /// Only what is an address ever becomes a path.
    fn path(&self, address: &str) -> io::Result<PathBuf> {
        let folder = address.get(..2).filter(|_| super::is_address(address));
        let folder = folder.ok_or_else(|| io::Error::from(ErrorKind::InvalidInput))?;
        Ok(self.0.join(folder).join(address))
    }
}

async fn off<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

impl Draft {
    /// Adds bytes.
    ///
    /// # Errors
    /// What the system says.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await?;
        self.file.flush().await
    }
}

impl Drop for Draft {
    /// What was kept has another name by now.
    fn drop(&mut self) {
        // What cannot be removed now is cleared away later.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn a_content_is_whole_or_not_there_and_nothing_else_is_left() {
        let data = tempfile::tempdir().unwrap();
        let disk = Disk::new(data.path());
        let address = hex::encode([7; 32]);
        let drafts = || fs::read_dir(data.path().join("files/new")).unwrap().count();
        let half = async {
            let mut draft = disk.draft().await.unwrap();
            draft.write(b"half").await.unwrap();
            assert_eq!(drafts(), 1);
        };
        half.await;
        assert_eq!(drafts(), 0);
        assert!(disk.open(&address).await.unwrap().is_none());
        for _ in 0..2 {
            let mut draft = disk.draft().await.unwrap();
            draft.write(b"o").await.unwrap();
            draft.write(b"ne").await.unwrap();
            disk.keep(&address, draft).await.unwrap();
        }
        let mut kept = disk.open(&address).await.unwrap().unwrap();
        let mut content = String::new();
        kept.read_to_string(&mut content).await.unwrap();
        assert_eq!((content.as_str(), drafts()), ("one", 0));
        let folder = data.path().join("files/07");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        disk.remove(&address).await.unwrap();
        disk.remove(&address).await.unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        for wrong in ["", "../../etc/passwd", "zz"] {
            assert!(disk.open(wrong).await.is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn what_a_killed_process_left_is_cleared_away_and_what_comes_in_is_not() {
        let data = tempfile::tempdir().unwrap();
        let disk = Disk::new(data.path());
        let now = SystemTime::now();
        disk.clear_drafts(now).await.unwrap();
        let mut draft = disk.draft().await.unwrap();
        draft.write(b"half").await.unwrap();
        let hour = std::time::Duration::from_secs(60 * 60);
        disk.clear_drafts(now - hour).await.unwrap();
        assert!(draft.path.exists());
        disk.clear_drafts(now + hour).await.unwrap();
        assert!(!draft.path.exists());
    }
}

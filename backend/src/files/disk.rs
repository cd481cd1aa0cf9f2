//! Files on the disk, beside a SQLite database.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use crate::random;

/// The folder in the data directory.
const FOLDER: &str = "files";

/// Where the content of files lies, each under its address, in folders by its first two digits.
#[derive(Clone, Debug)]
pub struct Disk(PathBuf);

impl Disk {
    pub fn new(data_dir: &Path) -> Self {
        Self(data_dir.join(FOLDER))
    }

    /// Keeps a content. It is there whole and durably, or not at all.
    ///
    /// # Errors
    /// What the system says.
    pub async fn put(&self, address: &str, bytes: Vec<u8>) -> io::Result<()> {
        let path = self.path(address)?;
        off(move || put(&path, &bytes)).await
    }

    /// A content; none if there is none of this address.
    ///
    /// # Errors
    /// What the system says.
    pub async fn get(&self, address: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.path(address)?;
        off(move || match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await
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

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let draft = path.with_extension(format!("{}.new", hex::encode(random::<4>())));
    let written = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    })();
    if let Err(error) = written {
        // What went wrong is told; that the draft may be left is not worth more words.
        let _ = fs::remove_file(&draft);
        return Err(error);
    }
    // The names too: of the file, and of its folder, which may be new.
    for folder in path.ancestors().skip(1).take(3) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_content_is_whole_or_not_there_and_nothing_else_is_left() {
        let data = tempfile::tempdir().unwrap();
        let disk = Disk::new(data.path());
        let address = hex::encode([7; 32]);
        assert_eq!(disk.get(&address).await.unwrap(), None);
        disk.put(&address, b"one".to_vec()).await.unwrap();
        disk.put(&address, b"one".to_vec()).await.unwrap();
        assert_eq!(disk.get(&address).await.unwrap(), Some(b"one".to_vec()));
        let folder = data.path().join("files/07");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        disk.remove(&address).await.unwrap();
        disk.remove(&address).await.unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        for wrong in ["", "../../etc/passwd", "zz"] {
            assert!(disk.get(wrong).await.is_err(), "{wrong}");
        }
    }
}

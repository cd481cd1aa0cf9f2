//! What Casella keeps on the disk is for its owner only, whatever the umask says. What is there already
//! and open to others is closed to them at the start.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

/// What the group and all others may do.
const OTHERS: u32 = 0o077;

/// A folder in which everybody may make files, as `/tmp`: nobody's own.
const STICKY: u32 = 0o1000;

/// Opens a file to write to, and makes it if it is missing.
///
/// # Errors
/// What the system says.
pub fn file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    mend(path);
    Ok(file)
}

/// Makes a folder, and those it stands in, where they are missing.
///
/// # Errors
/// What the system says.
pub fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    mend(path);
    Ok(())
}

/// Takes from others what they may do with a file or folder that is there. That it cannot be done, as
/// with what belongs to somebody else, is told and stops nothing.
pub fn mend(path: &Path) {
    let mode = match fs::metadata(path) {
        Ok(found) => found.permissions().mode(),
        Err(error) if error.kind() == ErrorKind::NotFound => return,
        Err(error) => return told(path, &error),
    };
    if mode & OTHERS == 0 || mode & STICKY != 0 {
        return;
    }
    let before = mode & 0o777;
    match fs::set_permissions(path, fs::Permissions::from_mode(mode & !OTHERS)) {
        Ok(()) => tracing::warn!(
            "{} was open to other users of this machine (mode {before:o}); now it is not",
            path.display()
        ),
        Err(error) => told(path, &error),
    }
}

fn told(path: &Path, error: &io::Error) {
    tracing::warn!(%error, "{} cannot be closed to other users of this machine", path.display());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_and_what_was_there_is_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a/data");
        super::folder(&data).unwrap();
        assert_eq!(mode(&data), 0o700);
        let path = data.join("casella.db");
        file(&path).unwrap();
        assert_eq!(mode(&path), 0o600);

        fs::write(&path, "kept").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
        super::folder(&data).unwrap();
        file(&path).unwrap();
        assert_eq!((mode(&data), mode(&path)), (0o700, 0o600));
        assert_eq!(fs::read(&path).unwrap(), b"kept");
        mend(&data.join("nothing is there"));
    }
}

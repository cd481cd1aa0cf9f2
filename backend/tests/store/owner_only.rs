//! What is kept on the disk.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use backend::{Casella, Clock, Settings, store::Store};

use crate::support::databases;

/// All files and folders below a folder that somebody else may read or write.
fn open_to_others(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = fs::metadata(&path).unwrap();
        if about.is_dir() {
            found.extend(open_to_others(&path));
        }
        if about.permissions().mode() & 0o077 != 0 {
            found.push(path);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_and_what_is_beside_it_are_for_their_owner_only() {
    let database = databases().await.remove(0);
    let settings = Settings {
        secret_key: None,
        ..database.settings()
    };
    let folder = settings.data_dir.clone();
    let path = folder.join("casella.db");
    let node = Casella::start(settings.clone(), Clock::default());
    let node = node.await.unwrap();
    assert!(path.with_extension("db-wal").exists());
    assert_eq!(open_to_others(&folder), Vec::<PathBuf>::new());
    // Another opens it and keeps the files beside the database there.
    let other = Store::open(&database.url).await.unwrap();
    node.stop().await;

    // As a release left it that followed the umask.
    for entry in fs::read_dir(&folder).unwrap() {
        fs::set_permissions(entry.unwrap().path(), Permissions::from_mode(0o644)).unwrap();
    }
    assert!(open_to_others(&folder).len() >= 4);
    let node = Casella::start(settings, Clock::default()).await.unwrap();
    assert_eq!(open_to_others(&folder), Vec::<PathBuf>::new());
    node.stop().await;
    other.close().await;
}

//! What is kept secret at rest: sealed with one key, which all nodes of one database share.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};

use crate::{
    Settings, StartError, owner_only, random,
    store::{self, Store},
};

/// The file of a key that was not configured, in the data directory.
const FILE: &str = "secret.key";

/// How long a nonce is: random ones never meet.
const NONCE: usize = 24;

/// A value that every node must be able to open before it starts.
const CHECK: (&str, &[u8]) = ("check", b"casella");

/// Seals values, and opens them.
#[derive(Clone)]
pub struct Seal(XChaCha20Poly1305);

impl Seal {
    /// With a key of 32 random bytes.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// The value as it may be stored; the name belongs to it, so that two cannot be swapped.
    pub fn seal(&self, name: &str, value: &[u8]) -> Option<Vec<u8>> {
        let nonce = random::<NONCE>();
        let payload = Payload {
            msg: value,
            aad: name.as_bytes(),
        };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some([&nonce[..], &sealed].concat())
    }

    /// The value again; none if another key or name sealed it, or it was changed.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: name.as_bytes(),
        };
        self.0.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

/// The secrets of a database.
#[derive(Clone)]
pub struct Secrets {
    store: Store,
    seal: Seal,
}

impl Secrets {
    /// Takes the configured key, else the one of the data directory, which is made if there is
    /// none.
    ///
    /// # Errors
    /// [`StartError::SecretKey`] if the key cannot be read or made, or is not the one with which
    /// the database's secrets were sealed.
    pub async fn open(store: &Store, settings: &Settings) -> Result<Self, StartError> {
        let key = match settings.secret_key {
            Some(key) => key,
            None => key_of_file(&settings.data_dir.join(FILE))?,
        };
        let secrets = Self {
            store: store.clone(),
            seal: Seal::new(&key),
        };
        let (name, value) = CHECK;
        secrets.get_or_make(name, || value.to_vec()).await?;
        Ok(secrets)
    }

    /// The secret of a name. Where there is none yet, it is made; nodes that start at once agree
    /// on one.
    ///
    /// # Errors
    /// As [`Secrets::open`]; what the database says.
    pub async fn get_or_make(
        &self,
        name: &str,
        make: impl FnOnce() -> Vec<u8>,
    ) -> Result<Vec<u8>, StartError> {
        let mut connection = self.store.writer().await.map_err(StartError::Open)?;
        let mut stored = store::secret::get(&mut connection, name)
            .await
            .map_err(StartError::Open)?;
        if stored.is_none() {
            let sealed = self.seal.seal(name, &make()).unwrap_or_default();
            store::secret::add(&mut connection, name, &sealed)
                .await
                .map_err(StartError::Open)?;
            stored = store::secret::get(&mut connection, name)
                .await
                .map_err(StartError::Open)?;
        }
        let opened = stored.and_then(|sealed| self.seal.open(name, &sealed));
        opened.ok_or_else(|| StartError::SecretKey(OTHER_KEY.to_owned()))
    }

    /// As [`Seal::seal`], for what is kept elsewhere in the database.
    pub fn seal(&self, name: &str, value: &[u8]) -> Option<Vec<u8>> {
        self.seal.seal(name, value)
    }

    /// As [`Seal::open`].
    pub fn open_value(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        self.seal.open(name, sealed)
    }
}

const OTHER_KEY: &str = "the database's secrets were sealed with another key. Expected the key of its other nodes: \
     set the same secret_key everywhere, or copy the file secret.key of the first node's data directory. \
     If that key is lost for good, empty the table `secret`: browsers then subscribe to push anew";

/// Reads the key's file, or makes it, readable by its owner only.
fn key_of_file(path: &Path) -> Result<[u8; 32], StartError> {
    let wrong = |what: String| StartError::SecretKey(format!("{}: {what}", path.display()));
    owner_only::mend(path);
    match fs::read_to_string(path) {
        Ok(text) => {
            from_hex(text.trim()).ok_or_else(|| wrong("expected 64 hexadecimal digits".to_owned()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => match make_file(path) {
            Ok(key) => Ok(key),
            // Another process made it at the same moment.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => key_of_file(path),
            Err(error) => Err(wrong(format!("the key cannot be kept there: {error}"))),
        },
        Err(error) => Err(wrong(format!("the key cannot be read: {error}"))),
    }
}

/// Makes the file in one step, so that nobody reads half a key.
fn make_file(path: &Path) -> std::io::Result<[u8; 32]> {
    let key = random::<32>();
    let draft = path.with_extension(format!("key.{}", hex::encode(random::<4>())));
    let made = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        writeln!(file, "{}", hex::encode(key))?;
        file.sync_all()?;
        fs::hard_link(&draft, path)
    })();
    let removed = fs::remove_file(&draft);
    made?;
    removed?;
    Ok(key)
}

/// 32 bytes of 64 hexadecimal digits.
pub fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_sealed_value_opens_with_its_key_and_name_only() {
        let seal = Seal::new(&[7; 32]);
        let mut sealed = seal.seal("vapid", b"value").unwrap();
        assert_eq!(seal.open("vapid", &sealed).unwrap(), b"value");
        assert_ne!(seal.seal("vapid", b"value").unwrap(), sealed);
        assert_eq!(seal.open("other", &sealed), None);
        assert_eq!(Seal::new(&[8; 32]).open("vapid", &sealed), None);
        assert_eq!(seal.open("vapid", b"short"), None);
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(seal.open("vapid", &sealed), None);
    }

    #[test]
    fn the_keys_file_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let key = key_of_file(&path).unwrap();
        assert_eq!(key_of_file(&path).unwrap(), key);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        fs::write(&path, "too short").unwrap();
        let error = key_of_file(&path).unwrap_err().to_string();
        assert!(error.contains("64 hexadecimal digits"), "{error}");
    }
}

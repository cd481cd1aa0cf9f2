//! Pictures of agents and sites, as visitors see them.

use domain::{Refusal, settings::PHOTO_BYTES, site::Site};
use sha2::{Digest, Sha256};

use crate::{
    Casella, Error, SignedIn,
    store::{self, photo},
};

/// A picture that browsers can be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// Its media type, found from the content.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

/// Media type and extension of each kind.
const KINDS: [(&str, &str); 3] = [
    ("image/png", "png"),
    ("image/jpeg", "jpg"),
    ("image/webp", "webp"),
];

/// The kind of a picture, by how it begins; what its sender calls it counts for nothing.
fn kind(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let [png, jpeg, webp] = KINDS;
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(png)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some(jpeg)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(webp)
    } else {
        None
    }
}

/// The file name of a picture, and its media type.
fn named(bytes: &[u8]) -> Result<(String, &'static str), Refusal> {
    if bytes.len() > PHOTO_BYTES {
        return Err(Refusal::TooLarge);
    }
    let (kind, extension) = kind(bytes).ok_or(Refusal::Malformed)?;
    let mut hash = hex::encode(Sha256::digest(bytes));
    hash.truncate(NAME_DIGITS);
    Ok((format!("{hash}.{extension}"), kind))
}

/// How many hexadecimal digits of the hash the name has.
const NAME_DIGITS: usize = 32;

impl Casella {
    /// Replaces one's own photo, or removes it; returns the file name of the new one.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] over [`PHOTO_BYTES`]; [`Refusal::Malformed`] for what is no PNG, JPEG
    /// or WebP.
    pub async fn set_photo(
        &self,
        who: &SignedIn,
        picture: Option<Vec<u8>>,
    ) -> Result<Option<String>, Error> {
        let named = match &picture {
            None => None,
            Some(bytes) => {
                let (name, kind) = named(bytes)?;
                Some((name, kind, bytes))
            }
        };
        let id = who.agent.id;
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        store::agent::lock(&mut connection, id).await?;
        let before = store::agent::by_id(&mut connection, id)
            .await?
            .and_then(|agent| agent.photo);
        if let Some((name, kind, bytes)) = &named {
            photo::put(&mut connection, name, kind, bytes).await?;
        }
        let name = named.map(|(name, ..)| name);
        photo::choose(&mut connection, id, name.as_deref()).await?;
        if let Some(before) = before.filter(|before| Some(before) != name.as_ref()) {
            photo::forget(&mut connection, &before).await?;
        }
        connection.commit().await?;
        drop(connection);
        self.directory.refresh(&self.store).await?;
        Ok(name)
    }

    /// Replaces the picture in the head of a site's chat, or removes it.
    ///
    /// # Errors
    /// As [`Casella::set_photo`] for the picture, as [`Casella::set_site`] for the site.
    pub async fn set_avatar(
        &self,
        mut site: Site,
        picture: Option<Vec<u8>>,
    ) -> Result<Site, Error> {
        let before = site.settings.avatar.take();
        if let Some(bytes) = picture {
            let (name, kind) = named(&bytes)?;
            let mut connection = self.store.writer().await?;
            photo::put(&mut connection, &name, kind, &bytes).await?;
            site.settings.avatar = Some(name);
        }
        self.set_site(site.clone()).await?;
        if let Some(before) = before {
            let mut connection = self.store.writer().await?;
            photo::forget(&mut connection, &before).await?;
        }
        Ok(site)
    }

    /// A photo by its file name, for everybody.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn photo(&self, name: &str) -> Result<Option<Photo>, Error> {
        let digits = name.split('.').next().unwrap_or_default();
        if digits.len() != NAME_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let mut connection = self.store.reader().await?;
        let found = photo::get(&mut connection, name).await?;
        Ok(found.and_then(|(stored, bytes)| {
            let (kind, _) = KINDS.into_iter().find(|(kind, _)| *kind == stored)?;
            Some(Photo { kind, bytes })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_says_what_a_picture_is() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n...").unwrap().0, "image/png");
        assert_eq!(kind(b"\xff\xd8\xff\xe0").unwrap().1, "jpg");
        assert_eq!(kind(b"RIFF\x10\0\0\0WEBPVP8 ").unwrap().1, "webp");
        for other in [&b""[..], b"<svg xmlns", b"GIF89a", b"RIFF\x10\0\0\0WAVE"] {
            assert_eq!(kind(other), None);
        }
    }
}

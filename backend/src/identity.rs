//! Signed identities: a site's server vouches for who a visitor is, who is then the same on every
//! device, and nobody else can be.

mod token;

use std::sync::Arc;

use domain::{Refusal, SiteId, Timestamp, frame::visitor::VisitorToken, site::SiteKey};
use sha2::{Digest as _, Sha256};

use crate::{
    Casella, Error, live::connect::visitor_key, random, store, store::visitor::VisitorKey,
};
pub use token::Vouched;

/// What stands before a `sub` where it is hashed. Longer than a token, so that no token hashes to
/// the same as a `sub`: what is hashed for a token is shorter.
const SIGNED: &[u8] = b"casella: the visitor for whom the server of this site vouches\0";

/// The key under which the visitor of a `sub` is known on a site, whatever the browser.
fn signed_key(site: SiteId, sub: &str) -> VisitorKey {
    Sha256::new()
        .chain_update(site.0.as_bytes())
        .chain_update(SIGNED)
        .chain_update(sub.as_bytes())
        .finalize()
        .into()
}

/// A key with which a site's server signs, told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSiteKey {
    /// What stands in the token's `kid`.
    pub id: String,
    /// The key of the HMAC: these characters as they are.
    pub secret: String,
}

impl Casella {
    /// Makes a key with which a site's server can sign identities. It is told here and never again.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown site; [`Error::Internal`] if the key of the
    /// configuration cannot be had.
    pub async fn add_site_key(&self, site: &SiteKey) -> Result<NewSiteKey, Error> {
        let site = self.site(site).await?.ok_or(Refusal::NotFound)?;
        let key = NewSiteKey {
            id: hex::encode(random::<8>()),
            secret: hex::encode(random::<32>()),
        };
        let secrets = self.secrets().await?;
        let sealed = secrets.seal(&name(&key.id), key.secret.as_bytes());
        let sealed = sealed.ok_or_else(|| Error::Internal("the key was not sealed".to_owned()))?;
        let mut connection = self.store.writer().await?;
        let now = self.clock.now();
        store::site_key::add(&mut connection, &key.id, site.id, &sealed, now).await?;
        Ok(key)
    }

    /// The ids of a site's keys and since when they are there, the oldest first.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown site.
    pub async fn site_keys(&self, site: &SiteKey) -> Result<Vec<(String, Timestamp)>, Error> {
        let site = self.site(site).await?.ok_or(Refusal::NotFound)?;
        let mut connection = self.store.reader().await?;
        Ok(store::site_key::of(&mut connection, site.id).await?)
    }

    /// Removes a site's key: what it signed holds no longer, from the next connection on.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn remove_site_key(&self, site: &SiteKey, id: &str) -> Result<(), Error> {
        let site = self.site(site).await?.ok_or(Refusal::NotFound)?;
        let mut connection = self.store.writer().await?;
        match store::site_key::remove(&mut connection, site.id, id).await? {
            true => Ok(()),
            false => Err(Refusal::NotFound.into()),
        }
    }

    /// Who a visitor is: the one of the identity, if one is given, else the one of the token.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for an identity that does not hold: it never counts as none.
    pub(crate) async fn visitor_of(
        &self,
        site: SiteId,
        token: &VisitorToken,
        identity: Option<&str>,
    ) -> Result<(VisitorKey, Option<Arc<Vouched>>), Error> {
        let Some(identity) = identity else {
            return Ok((visitor_key(site, token), None));
        };
        let vouched = self.vouched(site, identity).await?;
        let vouched = vouched.map_err(|why| {
            metrics::counter!("casella_identities_refused_total").increment(1);
            tracing::info!(%site, why, "a signed identity was refused");
            Refusal::Forbidden
        })?;
        if !vouched.left_out.is_empty() {
            tracing::info!(%site, left_out = ?vouched.left_out, "a part of a signed identity was not taken");
        }
        let key = signed_key(site, &vouched.sub);
        Ok((key, Some(Arc::new(vouched))))
    }

    async fn vouched(
        &self,
        site: SiteId,
        identity: &str,
    ) -> Result<Result<Vouched, &'static str>, Error> {
        let unverified = match token::take_apart(identity) {
            Ok(unverified) => unverified,
            Err(why) => return Ok(Err(why)),
        };
        let mut connection = self.store.reader().await?;
        let sealed = store::site_key::get(&mut connection, site, &unverified.key).await?;
        drop(connection);
        let Some(sealed) = sealed else {
            return Ok(Err("the site has no key of this kid"));
        };
        let secrets = self.secrets().await?;
        let opened = secrets.open_value(&name(&unverified.key), &sealed);
        let key = opened.ok_or_else(|| {
            Error::Internal("a site's key was sealed with another key".to_owned())
        })?;
        Ok(unverified.verify(&key, self.clock.now()))
    }
}

/// The name under which a key is sealed.
fn name(id: &str) -> String {
    format!("site key {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_is_the_same_as_a_signed_visitor() {
        let site = SiteId::new(Timestamp(0), [1; 10]);
        let sub = "a".repeat(10);
        let key = signed_key(site, &sub);
        let whole = [SIGNED, sub.as_bytes()].concat();
        // A token of any 32 bytes of what is hashed, or of its hash, is another visitor.
        for token in whole.windows(32) {
            assert_ne!(visitor_key(site, token.try_into().unwrap()), key);
        }
        assert_ne!(visitor_key(site, &Sha256::digest(&whole).into()), key);
        assert!(SIGNED.len() > 32);
        assert_ne!(key, signed_key(SiteId::new(Timestamp(0), [2; 10]), &sub));
    }
}

//! The addresses of cards and meetings: what stands in the links `/m/{address}`.
//!
//! An address is a signed id: nothing of it is stored, and whoever has one may use it. It is
//! URL-safe Base64, without padding, of the id and the first half of an HMAC-SHA-256 (RFC 2104) over
//! a label and the id, under a secret that all nodes share.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{CardId, MeetingId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use crate::{StartError, random, secret::Secrets};

/// Under which name the secret is kept.
const SECRET: &str = "meeting-addresses";

const ID: usize = 16;

/// How much of a signature stands in an address, in bytes: nobody guesses 128 bits.
const SIGNATURE: usize = 16;

const CARD: &[u8] = b"card";
const MEETING: &[u8] = b"meeting";

/// What an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    Card(CardId),
    Meeting(MeetingId),
}

/// Makes addresses, and opens them.
pub struct Addresses(Vec<u8>);

impl Addresses {
    /// With the shared secret.
    pub fn new(secret: Vec<u8>) -> Self {
        Self(secret)
    }

    /// With the secret of a database's nodes, which is made if there is none.
    ///
    /// # Errors
    /// As [`Secrets::get_or_make`].
    pub async fn of(secrets: &Secrets) -> Result<Self, StartError> {
        let make = || random::<32>().to_vec();
        Ok(Self::new(secrets.get_or_make(SECRET, make).await?))
    }

    /// The address of a card.
    pub fn card(&self, card: CardId) -> String {
        self.sign(CARD, card.0)
    }

    /// The address of a meeting.
    pub fn meeting(&self, meeting: MeetingId) -> String {
        self.sign(MEETING, meeting.0)
    }

    /// What an address leads to; none if this secret did not sign it.
    pub fn open(&self, address: &str) -> Option<Address> {
        let bytes = URL_SAFE_NO_PAD.decode(address).ok()?;
        let (id, signature) = bytes.split_first_chunk::<ID>()?;
        if signature.len() != SIGNATURE {
            return None;
        }
        let id = Uuid::from_bytes(*id);
        let signed = |label| {
            // Compares in the same time whatever differs.
            let mac = self.mac(label, id.as_bytes());
            mac.is_some_and(|mac| mac.verify_truncated_left(signature).is_ok())
        };
        if signed(CARD) {
            Some(Address::Card(CardId(id)))
        } else if signed(MEETING) {
            Some(Address::Meeting(MeetingId(id)))
        } else {
            None
        }
    }

    /// A hash by which something is known again that is not kept, for a purpose: whoever has not the
    /// secret cannot find out what it was made of.
    pub fn hash(&self, purpose: &[u8], of: &[u8]) -> Uuid {
        let mac = self.mac(purpose, of).map(|mac| mac.finalize().into_bytes());
        let mut bytes = [0; ID];
        for (byte, made) in bytes.iter_mut().zip(mac.iter().flatten()) {
            *byte = *made;
        }
        Uuid::from_bytes(bytes)
    }

    fn sign(&self, label: &[u8], id: Uuid) -> String {
        let mac = self
            .mac(label, id.as_bytes())
            .map(|mac| mac.finalize().into_bytes());
        let mut bytes = id.as_bytes().to_vec();
        bytes.extend(mac.iter().flatten().take(SIGNATURE));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn mac(&self, label: &[u8], of: &[u8]) -> Option<Hmac<Sha256>> {
        // HMAC takes keys of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(label);
        mac.update(of);
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_what_it_was_made_for_under_its_secret_only() {
        let addresses = Addresses::new(vec![7; 32]);
        let id = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);
        let card = addresses.card(CardId(id));
        let meeting = addresses.meeting(MeetingId(id));
        assert_eq!(card.len(), 43);
        assert_ne!(card, meeting);
        assert_eq!(addresses.open(&card), Some(Address::Card(CardId(id))));
        let meeting_id = Some(Address::Meeting(MeetingId(id)));
        assert_eq!(addresses.open(&meeting), meeting_id);
        assert_eq!(Addresses::new(vec![8; 32]).open(&card), None);
    }

    #[test]
    fn whoever_changes_an_address_has_none() {
        let addresses = Addresses::new(vec![7; 32]);
        let bytes = URL_SAFE_NO_PAD
            .decode(addresses.card(CardId(Uuid::from_u128(1))))
            .unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let address = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(addresses.open(&address), None, "{at}");
        }
        for end in 0..bytes.len() {
            let address = URL_SAFE_NO_PAD.encode(&bytes[..end]);
            assert_eq!(addresses.open(&address), None, "{end}");
        }
        assert_eq!(addresses.open("no address"), None);
    }
}

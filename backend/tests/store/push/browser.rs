//! The browser's side of RFC 8291, on another cryptographic library than the product's.

use std::sync::Mutex;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::settings::PushSubscription;
use ring::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral},
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
    rand::SystemRandom,
};
use serde_json::Value;

pub struct Browser {
    endpoint: String,
    /// Opens one message: the library gives a key away with its first use.
    private: Mutex<Option<EphemeralPrivateKey>>,
    public: Vec<u8>,
    auth: [u8; 16],
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(prk: &Prk, info: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let info = [info];
    let okm = prk.expand(&info, Length(length)).unwrap();
    okm.fill(&mut bytes).unwrap();
    bytes
}

impl Browser {
    pub fn new(endpoint: &str) -> Self {
        let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        Self {
            endpoint: endpoint.to_owned(),
            private: Mutex::new(Some(private)),
            public,
            auth: backend::random(),
        }
    }

    pub fn subscription(&self) -> PushSubscription {
        PushSubscription {
            endpoint: self.endpoint.clone(),
            p256dh: BASE64.encode(&self.public),
            auth: BASE64.encode(self.auth),
        }
    }

    /// What the service worker is given (RFC 8188, 2 and RFC 8291, 3.4).
    pub fn open(&self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        let (record, rest) = rest.split_at(4);
        let record = u32::from_be_bytes(record.try_into().unwrap());
        let (length, rest) = rest.split_first().unwrap();
        let (sender, sealed) = rest.split_at(usize::from(*length));
        assert!(
            usize::try_from(record).unwrap() >= sealed.len(),
            "one record"
        );

        let private = self.private.lock().unwrap().take().expect("not used yet");
        let sender_key = UnparsedPublicKey::new(&ECDH_P256, sender);
        let secret = agree_ephemeral(private, &sender_key, <[u8]>::to_vec).unwrap();
        let info = [b"WebPush: info\0", &*self.public, sender].concat();
        let prk = Salt::new(HKDF_SHA256, &self.auth).extract(&secret);
        let material = expand(&prk, &info, 32);
        let prk = Salt::new(HKDF_SHA256, salt).extract(&material);
        let key = expand(&prk, b"Content-Encoding: aes128gcm\0", 16);
        let nonce = expand(&prk, b"Content-Encoding: nonce\0", 12);

        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&nonce).unwrap();
        let mut sealed = sealed.to_vec();
        let opened = key.open_in_place(nonce, Aad::empty(), &mut sealed).unwrap();
        let end = opened.iter().rposition(|byte| *byte != 0).unwrap();
        assert_eq!(opened[end], 2, "the last record's mark");
        serde_json::from_slice(&opened[..end]).unwrap()
    }
}

//! One push message: encrypted for its browser (RFC 8291), signed by this Casella (RFC 8292).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::{Timestamp, settings::PushSubscription};
use http::{HeaderMap, HeaderValue, Uri, header};
use serde_json::json;
use web_push_native::{
    Auth,
    p256::{
        PublicKey, SecretKey,
        ecdsa::{Signature, SigningKey, signature::Signer as _},
        elliptic_curve::sec1::ToEncodedPoint as _,
    },
};

/// The longest address of a browser at its push service, in bytes.
pub const ENDPOINT_BYTES: usize = 2_000;

/// How long a signature holds; push services take at most 24 hours.
const SIGNED_FOR: Duration = Duration::from_secs(12 * 60 * 60);

/// The length of the secret that the browser made for authentication.
const AUTH_BYTES: usize = 16;

/// The key pair by which push services know this Casella (VAPID).
pub struct Keys {
    signing: SigningKey,
    /// The uncompressed point, in URL-safe Base64 without padding.
    public: String,
    /// Whom a push service may ask: an address of the web, or none.
    contact: Option<String>,
}

impl Keys {
    /// A new private key.
    pub fn generate() -> Vec<u8> {
        loop {
            // One in 2^32 of the numbers is none of the curve's.
            let bytes = crate::random::<32>();
            if SecretKey::from_slice(&bytes).is_ok() {
                return bytes.to_vec();
            }
        }
    }

    /// The pair of a private key; none if it is no key.
    pub fn new(private: &[u8], contact: Option<String>) -> Option<Self> {
        let secret = SecretKey::from_slice(private).ok()?;
        let point = secret.public_key().to_encoded_point(false);
        Some(Self {
            public: BASE64.encode(point.as_bytes()),
            signing: SigningKey::from(secret),
            contact,
        })
    }

    /// The public key as browsers take it.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The header by which a push service knows the sender.
    fn authorization(&self, endpoint: &str, now: Timestamp) -> Option<HeaderValue> {
        let uri: Uri = endpoint.parse().ok()?;
        let audience = format!("{}://{}", uri.scheme_str()?, uri.authority()?);
        let expires = (now + SIGNED_FOR).unix_millis() / 1_000;
        let mut claims = json!({ "aud": audience, "exp": expires });
        if let (Some(contact), Some(claims)) = (&self.contact, claims.as_object_mut()) {
            claims.insert("sub".to_owned(), json!(contact));
        }
        let head = BASE64.encode(json!({ "typ": "JWT", "alg": "ES256" }).to_string());
        let signed = format!("{head}.{}", BASE64.encode(claims.to_string()));
        let signature: Signature = self.signing.sign(signed.as_bytes());
        let signature = BASE64.encode(signature.to_bytes());
        let value = format!("vapid t={signed}.{signature}, k={}", self.public);
        HeaderValue::try_from(value).ok()
    }
}

/// What is told to a push service.
pub struct Message<'a> {
    pub subscription: &'a PushSubscription,
    pub payload: &'a [u8],
    /// How long the push service keeps it for a browser that is off.
    pub kept_for: Duration,
    /// A newer message of one topic takes the older one's place: at most 32 characters of
    /// URL-safe Base64.
    pub topic: &'a str,
}

impl Message<'_> {
    /// The headers and the body of the request.
    pub fn request(&self, keys: &Keys, now: Timestamp) -> Option<(HeaderMap, Vec<u8>)> {
        let (public, auth) = keys_of(self.subscription)?;
        let body = web_push_native::encrypt(self.payload.to_vec(), &public, &auth).ok()?;
        let mut headers = HeaderMap::new();
        let authorization = keys.authorization(&self.subscription.endpoint, now)?;
        headers.insert(header::AUTHORIZATION, authorization);
        let fixed = HeaderValue::from_static;
        headers.insert(header::CONTENT_ENCODING, fixed("aes128gcm"));
        headers.insert(header::CONTENT_TYPE, fixed("application/octet-stream"));
        headers.insert("ttl", HeaderValue::from(self.kept_for.as_secs()));
        headers.insert("urgency", fixed("high"));
        headers.insert("topic", HeaderValue::from_str(self.topic).ok()?);
        Some((headers, body))
    }
}

/// Whether the keys of a subscription are keys.
pub fn is_valid(subscription: &PushSubscription) -> bool {
    subscription.endpoint.len() <= ENDPOINT_BYTES && keys_of(subscription).is_some()
}

fn keys_of(subscription: &PushSubscription) -> Option<(PublicKey, Auth)> {
    // Browsers leave the padding out; some libraries do not.
    let decode = |text: &str| BASE64.decode(text.trim_end_matches('=')).ok();
    let public = PublicKey::from_sec1_bytes(&decode(&subscription.p256dh)?).ok()?;
    let auth: [u8; AUTH_BYTES] = decode(&subscription.auth)?.try_into().ok()?;
    Some((public, auth.into()))
}

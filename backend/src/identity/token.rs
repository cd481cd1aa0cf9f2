//! The token by which a site's server says who a visitor is: a JWT (RFC 7519) signed with
//! HMAC-SHA-256 (RFC 7518, 3.2).
//!
//! Exactly one form is taken, so that there is nothing to choose for whoever makes up a token.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Timestamp,
    text::TextError,
    visitor::{ATTRIBUTES, Attribute, Profile, ProfileInput},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::Sha256;

/// The longest token, in bytes.
const TOKEN_BYTES: usize = 8 * 1024;

/// The longest `sub`, in characters.
const SUB_CHARS: usize = 200;

/// How far the clocks of the site's server and ours may be apart, in seconds.
const LEEWAY: i64 = 60;

/// Who a site's server vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// The site's own name for the person, the same on every device.
    pub sub: String,
    pub profile: Profile,
    pub attributes: Vec<Attribute>,
    /// What else the token says and is not taken, for the log.
    pub left_out: Vec<String>,
}

/// A token whose signature was not looked at yet: nothing in it may be believed.
pub struct Unverified<'a> {
    /// Which key it says it was signed with.
    pub key: String,
    /// What was signed.
    signed: &'a str,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    /// What must be understood (RFC 7515, 4.1.11); nothing is.
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    /// Seconds since 1970, possibly with a fraction.
    exp: serde_json::Number,
    nbf: Option<serde_json::Number>,
    // Who it is holds, whatever else stands in a wrong form: that is left out, one by one.
    name: Option<Value>,
    email: Option<Value>,
    phone: Option<Value>,
    job_title: Option<Value>,
    crm_status: Option<Value>,
    attributes: Option<Value>,
}

/// Takes a token apart.
///
/// # Errors
/// What is wrong, for the log.
pub fn take_apart(token: &str) -> Result<Unverified<'_>, &'static str> {
    if token.len() > TOKEN_BYTES {
        return Err("the token is longer than 8 KB");
    }
    let decode = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part);
        bytes.map_err(|_| "a part is not base64url without padding")
    };
    let (signed, signature) = token.rsplit_once('.').ok_or("there are no three parts")?;
    let (header, claims) = signed.split_once('.').ok_or("there are no three parts")?;
    let header: Header = serde_json::from_slice(&decode(header)?)
        .map_err(|_| "the header is no JSON with the texts alg and kid")?;
    if header.alg != "HS256" {
        return Err("alg is not HS256");
    }
    if header.crit.is_some() {
        return Err("crit names what is not understood");
    }
    Ok(Unverified {
        key: header.kid,
        signed,
        claims: decode(claims)?,
        signature: decode(signature)?,
    })
}

impl Unverified<'_> {
    /// Who it is, if the signature is that of `key` and the token holds at `now`.
    ///
    /// # Errors
    /// What is wrong, for the log.
    pub fn verify(&self, key: &[u8], now: Timestamp) -> Result<Vouched, &'static str> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| "the key is of no use")?;
        mac.update(self.signed.as_bytes());
        mac.verify_slice(&self.signature)
            .map_err(|_| "the signature is wrong")?;
        let claims: Claims = serde_json::from_slice(&self.claims)
            .map_err(|_| "the claims are no JSON with sub, exp and texts")?;
        let now = now.0.div_euclid(1_000_000);
        if seconds(&claims.exp)
            .ok_or("exp is no time")?
            .saturating_add(LEEWAY)
            <= now
        {
            return Err("it has expired");
        }
        let from = claims.nbf.as_ref().map(seconds);
        if from.is_some_and(|from| from.is_none_or(|from| from.saturating_sub(LEEWAY) > now)) {
            return Err("it does not hold yet");
        }
        claims.vouched()
    }
}

fn seconds(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let seconds = number.as_f64()?.floor();
        #[expect(
            clippy::as_conversions,
            reason = "a float has no other way to an integer; it was looked at"
        )]
        ((0.0..1e15).contains(&seconds)).then_some(seconds as i64)
    })
}

impl Claims {
    fn vouched(self) -> Result<Vouched, &'static str> {
        let length = self.sub.chars().count();
        if !(1..=SUB_CHARS).contains(&length) || self.sub.chars().any(char::is_control) {
            return Err("sub has not 1 to 200 characters");
        }
        let mut input = ProfileInput {
            name: self.name.and_then(text),
            job_title: self.job_title.and_then(text),
            email: self.email.and_then(text),
            phone: self.phone.and_then(text),
        };
        let mut left_out: Vec<String> = input.sift().iter().map(|f| format!("{f:?}")).collect();
        let mut profile = input.parse().map_err(|_| "a field is not taken")?;
        profile.crm_status = match self.crm_status.and_then(text).map(TryInto::try_into) {
            None | Some(Err(TextError::Empty)) => None,
            Some(Ok(status)) => Some(status),
            Some(Err(_)) => {
                left_out.push("CrmStatus".to_owned());
                None
            }
        };
        let mut attributes = Vec::new();
        let said = match self.attributes {
            Some(Value::Object(said)) => said,
            _ => Map::new(),
        };
        for (name, value) in said {
            let value = match value {
                Value::Null => continue,
                value => text(value).unwrap_or_default(),
            };
            if value.trim().is_empty() {
                continue;
            }
            match Attribute::parse(&name, &value) {
                Ok(attribute) if attributes.len() < ATTRIBUTES => attributes.push(attribute),
                _ => left_out.push(name),
            }
        }
        Ok(Vouched {
            sub: self.sub,
            profile,
            attributes,
            left_out,
        })
    }
}

/// A text, number or truth value as a text; none of anything else.
fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;

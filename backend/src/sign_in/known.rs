//! Browsers in which somebody has signed in before: each carries a signed token, so that what others
//! guess elsewhere does not slow it.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use domain::{AgentId, Timestamp, agent::Agent};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{StartError, random, secret::Secrets, store::guess::GuessKey};

/// Under which name the key of the signature is sealed.
const SECRET: &str = "known browsers";

/// How long a browser is known after the last time somebody signed in there.
const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How many agents one browser is known to.
const AGENTS: usize = 4;

/// Agent, time and a number of its own; the signature stands behind.
const SIGNED: usize = 16 + 8 + 16;

/// Signs the tokens of known browsers, and reads them.
pub struct KnownBrowsers([u8; 32]);

/// What a token says.
struct Token {
    agent: AgentId,
    at: Timestamp,
    /// What tells it from other browsers.
    number: [u8; 16],
}

impl KnownBrowsers {
    /// With a key of one's own.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// With the key of the database.
    ///
    /// # Errors
    /// As [`Secrets::get_or_make`].
    pub async fn of(secrets: &Secrets) -> Result<Self, StartError> {
        let key = secrets.get_or_make(SECRET, || random::<32>().to_vec());
        // Longer and shorter keys than 32 bytes are never made.
        Ok(Self(Sha256::digest(key.await?).into()))
    }

    /// The tokens with one more: this agent has just signed in there.
    pub fn add(&self, agent: AgentId, tokens: &str, now: Timestamp) -> String {
        let token = Token {
            agent,
            at: now,
            number: random(),
        };
        let others = tokens.split('.').filter(|text| {
            let read = self.read(text, now);
            read.is_some_and(|read| read.agent != agent)
        });
        let mut all = vec![self.write(&token)];
        all.extend(others.take(AGENTS - 1).map(str::to_owned));
        all.join(".")
    }

    /// Under which key a try of a password counts: that of this browser for the agent whose email it
    /// is, if they have signed in there, else that of the email.
    pub fn guess_key(
        &self,
        agent: Option<&Agent>,
        typed: &str,
        tokens: &str,
        now: Timestamp,
    ) -> GuessKey {
        let mut known = tokens.split('.').take(AGENTS);
        let known = known.find_map(|text| {
            let token = self.read(text, now)?;
            (agent?.id == token.agent).then_some(token.number)
        });
        // The database may find an agent by spellings that are not the same here.
        let email = agent.map_or(typed, |agent| &agent.email);
        match known {
            Some(number) => hash(b"browser", &number),
            None => hash(b"email", email.to_lowercase().as_bytes()),
        }
    }

    fn write(&self, token: &Token) -> String {
        let mut bytes = Vec::with_capacity(SIGNED + 32);
        bytes.extend_from_slice(token.agent.0.as_bytes());
        bytes.extend_from_slice(&token.at.0.to_be_bytes());
        bytes.extend_from_slice(&token.number);
        if let Some(mac) = self.mac(&bytes) {
            bytes.extend_from_slice(&mac.finalize().into_bytes());
        }
        BASE64.encode(bytes)
    }

    /// A token that was signed here in the last 90 days.
    fn read(&self, text: &str, now: Timestamp) -> Option<Token> {
        let bytes = BASE64.decode(text).ok()?;
        let (signed, signature) = bytes.split_at_checked(SIGNED)?;
        self.mac(signed)?.verify_slice(signature).ok()?;
        let (agent, rest) = signed.split_first_chunk::<16>()?;
        let (at, number) = rest.split_first_chunk::<8>()?;
        let token = Token {
            agent: AgentId(Uuid::from_bytes(*agent)),
            at: Timestamp(i64::from_be_bytes(*at)),
            number: number.try_into().ok()?,
        };
        (now.since(token.at) < KEPT).then_some(token)
    }

    fn mac(&self, signed: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(signed);
        Some(mac)
    }
}

/// Under which key tries of one's own password count, to set another.
pub fn own_guess_key(agent: AgentId) -> GuessKey {
    hash(b"own", agent.0.as_bytes())
}

fn hash(kind: &[u8], of: &[u8]) -> GuessKey {
    Sha256::new()
        .chain_update(kind)
        .chain_update([0])
        .chain_update(of)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use domain::agent::Role;

    use super::*;
    use crate::sign_in::new_agent;

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

    fn agent(email: &str) -> Agent {
        let name = "Maya".to_owned().try_into().unwrap();
        new_agent(NOW, name, email.to_owned().try_into().unwrap(), Role::Agent)
    }

    #[test]
    fn a_browser_is_known_to_those_who_signed_in_there_and_to_nobody_else() {
        let known = KnownBrowsers::new([7; 32]);
        let (maya, jun) = (agent("maya@example.com"), agent("jun@example.com"));
        let key = |agent: &Agent, tokens: &str, now| known.guess_key(Some(agent), "", tokens, now);
        let strangers = key(&maya, "", NOW);
        let tokens = known.add(maya.id, "", NOW);
        let own = key(&maya, &tokens, NOW);
        assert_ne!(own, strangers);
        assert_eq!(key(&jun, &tokens, NOW), key(&jun, "", NOW));
        let both = known.add(jun.id, &tokens, NOW);
        assert_eq!(key(&maya, &both, NOW), own);
        assert_ne!(key(&jun, &both, NOW), key(&jun, "", NOW));

        assert_eq!(key(&maya, &tokens, NOW + KEPT), strangers);
        for (at, _) in tokens.char_indices().take(tokens.len() - 1) {
            let mut forged = tokens.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(key(&maya, &forged, NOW), strangers, "{forged}");
        }
        let others = KnownBrowsers::new([8; 32]).add(maya.id, "", NOW);
        assert_eq!(key(&maya, &others, NOW), strangers);
    }

    #[test]
    fn a_browser_is_known_to_the_last_four() {
        let known = KnownBrowsers::new([7; 32]);
        let mut tokens = String::new();
        for _ in 0..9 {
            tokens = known.add(AgentId::new(NOW, random()), &tokens, NOW);
        }
        assert_eq!(tokens.split('.').count(), AGENTS);
        assert!(tokens.len() < 400);
    }

    #[test]
    fn an_email_counts_together_in_any_spelling_whether_there_is_such_an_agent_or_not() {
        let known = KnownBrowsers::new([7; 32]);
        let maya = agent("Maya@example.com");
        let key = |agent, typed| known.guess_key(agent, typed, "", NOW);
        assert_eq!(
            key(Some(&maya), "mAYA@example.com"),
            key(None, "maya@EXAMPLE.com")
        );
        assert_ne!(key(None, "maya@example.com"), key(None, "jun@example.com"));
    }
}

//! Signing in where no password may be sent (RFC 7616).

use std::fmt::Write as _;

use md5::Md5;
use sha2::{Digest as _, Sha256};

/// How what is proven is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hash {
    Md5,
    Sha256,
}

impl Hash {
    fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    fn of(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(text)),
            Self::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What a server wants to be proven.
#[derive(Clone, Debug)]
pub struct Digest {
    hash: Hash,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// Whether the request is part of the proof (`auth`), or it is as in RFC 2069.
    counts: bool,
    /// How often it was proven.
    count: u32,
    /// Only the number was too old; name and password are right.
    pub stale: bool,
}

impl Digest {
    /// The strongest that is offered of what is known here.
    pub fn read(offered: &[&str]) -> Option<Self> {
        let all = offered.iter().flat_map(|offered| challenges(offered));
        all.filter_map(|(scheme, fields)| {
            let field = |name: &str| {
                let mut fields = fields.iter();
                let field = fields.find(|(key, _)| key.eq_ignore_ascii_case(name));
                field.map(|(_, value)| value.as_str())
            };
            if !scheme.eq_ignore_ascii_case("Digest") {
                return None;
            }
            let hash = match field("algorithm").unwrap_or("MD5") {
                name if name.eq_ignore_ascii_case("MD5") => Hash::Md5,
                name if name.eq_ignore_ascii_case("SHA-256") => Hash::Sha256,
                _ => return None,
            };
            let counts = match field("qop") {
                None => false,
                Some(all) if all.split(',').any(|qop| qop.trim() == "auth") => true,
                Some(_) => return None,
            };
            Some(Self {
                hash,
                realm: field("realm")?.to_owned(),
                nonce: field("nonce")?.to_owned(),
                opaque: field("opaque").map(str::to_owned),
                counts,
                count: 0,
                stale: field("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            })
        })
        .max_by_key(|digest| digest.hash)
    }

    /// The proof for one request. `random`: another one each time.
    pub fn answer(
        &mut self,
        user: &str,
        password: &str,
        method: &str,
        path: &str,
        random: u128,
    ) -> String {
        self.count = self.count.saturating_add(1);
        let Self {
            hash, realm, nonce, ..
        } = self;
        let who = hash.of(&format!("{user}:{realm}:{password}"));
        let what = hash.of(&format!("{method}:{path}"));
        let (count, own) = (format!("{:08x}", self.count), format!("{random:032x}"));
        let proof = match self.counts {
            true => hash.of(&format!("{who}:{nonce}:{count}:{own}:auth:{what}")),
            false => hash.of(&format!("{who}:{nonce}:{what}")),
        };
        let mut answer = format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{path}\", algorithm={}, response=\"{proof}\"",
            quoted(user),
            quoted(realm),
            quoted(nonce),
            hash.name(),
        );
        if self.counts {
            answer.push_str(&format!(", qop=auth, nc={count}, cnonce=\"{own}\""));
        }
        if let Some(opaque) = &self.opaque {
            answer.push_str(&format!(", opaque=\"{}\"", quoted(opaque)));
        }
        answer
    }
}

/// Whether a password may be sent as it is, or nothing is said.
pub fn takes_basic(offered: &[&str]) -> bool {
    let mut all = offered.iter().flat_map(|offered| challenges(offered));
    offered.is_empty() || all.any(|(scheme, _)| scheme.eq_ignore_ascii_case("Basic"))
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A scheme with its fields.
type Challenge = (String, Vec<(String, String)>);

/// The challenges of a line, which may be several with commas between (RFC 9110, 11.6.1).
fn challenges(line: &str) -> Vec<Challenge> {
    let mut all: Vec<Challenge> = Vec::new();
    for part in parts(line) {
        let (first, rest) = match part.split_once('=') {
            Some((first, rest)) => (first.trim(), Some(rest.trim())),
            None => (part.trim(), None),
        };
        let key = match first.rsplit_once(char::is_whitespace) {
            Some((scheme, key)) => {
                all.push((scheme.trim().to_owned(), Vec::new()));
                key
            }
            None if rest.is_none() && !first.is_empty() => {
                all.push((first.to_owned(), Vec::new()));
                continue;
            }
            None => first,
        };
        if let (Some((_, fields)), Some(value)) = (all.last_mut(), rest) {
            fields.push((key.to_owned(), unquoted(value)));
        }
    }
    all
}

/// What stands between commas that are not in quotes.
fn parts(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in line.chars() {
        if c == ',' && !quoted {
            parts.push(String::new());
            continue;
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

fn unquoted(value: &str) -> String {
    let inner = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    let Some(inner) = inner else {
        return value.to_owned();
    };
    let mut text = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        text.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const REALM: &str = "http-auth@example.org";
    const NONCE: &str = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const OPAQUE: &str = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";

    /// RFC 7616, 3.9.1.
    #[test]
    fn the_example_of_the_standard_is_answered_by_the_strongest_hash() {
        let offered = |algorithm: &str| {
            format!(
                "Digest realm=\"{REALM}\", qop=\"auth, auth-int\", algorithm={algorithm}, nonce=\"{NONCE}\", opaque=\"{OPAQUE}\""
            )
        };
        let (md5, sha) = (offered("MD5"), offered("SHA-256"));
        let own = |hash| {
            let digest = Digest::read(&[&md5, &sha]).unwrap();
            Digest { hash, ..digest }
        };
        assert_eq!(Digest::read(&[&md5, &sha]).unwrap().hash, Hash::Sha256);
        let mut one_line =
            Digest::read(&[&format!("Negotiate, {sha}, Basic realm=\"a, b\"")]).unwrap();
        assert_eq!(one_line.realm, REALM);
        let answer = one_line.answer("Mufasa", "Circle of Life", "GET", "/dir/index.html", 7);
        assert!(answer.contains(&format!("opaque=\"{OPAQUE}\"")), "{answer}");
        assert!(answer.contains("nc=00000001"), "{answer}");
        // The standard's own number is no hexadecimal one.
        let proof = |hash: Hash| {
            let who = hash.of(&format!("Mufasa:{REALM}:Circle of Life"));
            let what = hash.of("GET:/dir/index.html");
            let own = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            hash.of(&format!("{who}:{NONCE}:00000001:{own}:auth:{what}"))
        };
        assert_eq!(proof(Hash::Md5), "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(
            proof(Hash::Sha256),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
        for hash in [Hash::Md5, Hash::Sha256] {
            let answer = own(hash).answer("Mufasa", "Circle of Life", "GET", "/dir/index.html", 7);
            let who = hash.of(&format!("Mufasa:{REALM}:Circle of Life"));
            let what = hash.of("GET:/dir/index.html");
            let wanted = hash.of(&format!("{who}:{NONCE}:00000001:{:032x}:auth:{what}", 7));
            assert!(
                answer.contains(&format!("response=\"{wanted}\"")),
                "{answer}"
            );
        }
    }

    #[test]
    fn what_is_offered_is_read_and_the_unknown_left_alone() {
        assert!(takes_basic(&[]));
        assert!(takes_basic(&[
            "Bearer",
            "basic realm=\"a\", charset=\"UTF-8\""
        ]));
        assert!(!takes_basic(&[
            "Digest realm=\"Basic \\\", realm\", nonce=\"b\""
        ]));
        assert!(Digest::read(&["Bearer", "Negotiate"]).is_none());
        assert!(
            Digest::read(&["Digest realm=\"a\", nonce=\"b\", algorithm=SHA-512-256"]).is_none()
        );
        assert!(Digest::read(&["Digest realm=\"a\", nonce=\"b\", qop=\"auth-int\""]).is_none());
        let old = Digest::read(&["Digest realm=\"a\", nonce=\"b\", stale=TRUE"]).unwrap();
        assert!(old.stale && !old.counts);
    }
}

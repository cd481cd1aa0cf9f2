//! The server that takes the mail, as an operator has set it.

use std::fmt;

use calendar::invitation::Person;
use lettre::message::Mailbox;

/// How the way to the server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// After the greeting (RFC 3207); a server that does not offer it is not used.
    StartTls,
    /// From the first byte (RFC 8314).
    Tls,
    /// Not at all.
    None,
}

impl Encryption {
    /// The port that servers usually listen on for it.
    pub fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// Who the mail is from: an address, with a name or without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(Mailbox);

impl Sender {
    /// Reads `chat@example.com` or `Example <chat@example.com>`.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// The address alone.
    pub fn address(&self) -> &str {
        self.0.email.as_ref()
    }

    /// As calendars name people.
    pub(super) fn person(&self) -> Person<'_> {
        Person {
            name: self.0.name.as_deref().unwrap_or_default(),
            email: self.address(),
        }
    }

    /// For a letter's head.
    pub(super) fn mailbox(&self) -> &Mailbox {
        &self.0
    }
}

/// The server, and how to speak to it.
#[derive(Clone)]
pub struct MailServer {
    /// A name or an address.
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    /// A name and a password; none: without signing in.
    pub login: Option<(String, String)>,
    pub from: Sender,
    /// The origin under which browsers reach this Casella, for the links in letters.
    pub public_url: String,
}

/// The password is left out.
impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailServer")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("encryption", &self.encryption)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}
